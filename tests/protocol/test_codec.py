"""Frames: the exact bytes, there and back again, and what comes of frames that mean harm."""

from __future__ import annotations

import json
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gathertui.errors import BadFrame, Code
from gathertui.protocol import auth, base, chat, codec, handshake, media, presence
from gathertui.protocol.positions import Cell, pack_cell, pack_positions
from gathertui.protocol.text import clean_line

GOLDEN = Path(__file__).parents[1] / "golden" / "protocol.json"
CLIENT_MEMBERS = typing.get_args(codec.ClientMessage)
SERVER_MEMBERS = typing.get_args(codec.ServerMessage)

Strategies = Callable[[type[msgspec.Struct]], st.SearchStrategy[Any]]

ADA = base.Account("a1", "Ada", base.Role.ADMIN, 3)
AVATAR = presence.Avatar(7, ADA, "AL", 300, 2, 1, away=True, media=media.CARRIED | media.CAMERA)
MESSAGE = chat.ChatMessage("lobby", 42, "a1", "Ada", "hello, wörld", 1_700_000_000_123, "c-1")

# One message of each kind with every field set, so that no field can move unseen.
CLIENT_EXAMPLES: list[base.Message] = [
    handshake.Hello("gathertui", "0.1.0", 0, 1, "device", base.ConnectionKind.VIEW, "token"),
    auth.SignUp(1, "Ada", "secret", "invite"),
    auth.LogIn(2, "Ada", "secret"),
    auth.LogOut(3),
    auth.CreateInvite(4, base.Role.GUEST, 5, 3600),
    presence.Enter(5),
    presence.Look(0, 1, 8, 9),
    presence.Follow([7, 300]),
    presence.Step(6, 3),
    presence.Goodbye(),
    presence.ListPeople(7),
    media.CarryMedia(11),
    media.SetMedia(media.MICROPHONE | media.DEAF | media.SPEAKING),
    media.GetIceServers(12),
    media.Signal(7, 0xFFFFFFFF, media.Offer(b"v=0\r\n")),
    chat.Listen(8),
    chat.Say(9, "lobby", "hello", "c-1"),
    chat.GetHistory(10, "lobby", 100, 50, 20, oldest_first=True),
]
SERVER_EXAMPLES: list[base.Message] = [
    base.Failure(1, Code.BAD_REQUEST, "No.", "Try again.", 2.5),
    base.Closing(Code.REPLACED, "Somebody else.", 1.5),
    handshake.Welcome("gathertui", "0.1.0", 0, "Office", ADA, base.Failure(0, Code.SESSION_EXPIRED, "Old.")),
    auth.SignedIn(2, "token", ADA),
    auth.LoggedOut(3),
    auth.InviteCreated(4, "code", base.Role.MEMBER, 5, 1_700_000_000.5),
    presence.Entered(5, "lobby", "name = 'Lobby'", 7, [AVATAR]),
    presence.StepRefused(6, 300, 2, 0, too_fast=True),
    presence.Tick(6, pack_cell(Cell(18, 0), [(7, 300, 2, 1)], [9]), pack_positions([(8, 65, 40, 3)])),
    presence.Whereabouts(pack_positions([(8, 65, 40, 3)])),
    presence.Roster([9], [AVATAR]),
    presence.Links([9], [presence.Link(8, 1, 2, "stage")], pack_positions([(8, 65, 40, 3)]), 14),
    media.MediaCarried(11),
    media.MediaTaken(),
    media.IceServers(12, [media.IceServer(["turn:turn.example:3478"], "1:a1", "c2VjcmV0")], 7766, True, 600),
    media.Signalled(300, 1, media.Candidate(b"candidate:1", b"0", 1)),
    presence.People(7, [presence.Person(ADA, "lobby", 300, 2, "Kitchen", away=False)]),
    chat.Listening(8, [chat.Channel("lobby", "Lobby", 42)]),
    chat.Said(9, MESSAGE),
    chat.History(10, [MESSAGE], more=True),
    chat.Posted(MESSAGE),
]


def tag_of(message: type[Any] | base.Message) -> str:
    return str(message.__struct_config__.tag)  # type: ignore[union-attr]


def frame(*items: object) -> bytes:
    return msgspec.msgpack.encode(items)


def refuses_client(data: bytes) -> BadFrame:
    with pytest.raises(BadFrame) as caught:
        codec.decode_client(data)
    return caught.value


# ---------------------------------------------------------------- what is on the wire


@pytest.mark.parametrize("message", CLIENT_EXAMPLES + SERVER_EXAMPLES, ids=tag_of)
def test_bytes_are_those_agreed_on(message: base.Message) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert codec.encode(message).hex() == golden[tag_of(message)]


def test_every_kind_of_message_has_golden_bytes() -> None:
    assert {type(message) for message in CLIENT_EXAMPLES} == set(CLIENT_MEMBERS)
    assert {type(message) for message in SERVER_EXAMPLES} == set(SERVER_MEMBERS)
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert set(golden) == codec.CLIENT_TAGS | codec.SERVER_TAGS


BODIES: list[tuple[media.SignalBody, list[object]]] = [
    (media.Ask(), ["ask"]),
    (media.Offer(b"v=0"), ["offer", b"v=0"]),
    (media.Answer(b"v=0"), ["answer", b"v=0"]),
    (media.Candidate(b"candidate:1", b"0", 1), ["candidate", b"candidate:1", b"0", 1]),
    (media.Want(media.LARGE_PICTURES), ["want", 3]),
    (media.HangUp(), ["hang_up"]),
]


@pytest.mark.parametrize(("body", "on_the_wire"), BODIES)
def test_what_a_signal_says_is_an_array_with_a_tag_of_its_own(
    body: media.SignalBody, on_the_wire: list[object]
) -> None:
    sent = codec.encode(media.Signal(7, 1, body))
    assert msgspec.msgpack.decode(sent) == ["signal", 7, 1, on_the_wire]
    assert codec.decode_client(sent) == media.Signal(7, 1, body)


def test_there_is_an_example_of_everything_that_a_signal_says() -> None:
    assert {type(body) for body, _ in BODIES} == set(typing.get_args(media.SignalBody))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (["offer", b"x" * (media.MAX_SDP + 1)], "length"),
        (["candidate", b"x" * (media.MAX_CANDIDATE + 1), b"0", 0], "length"),
        (["candidate", b"x", b"0" * 17, 0], "length"),
        (["candidate", b"x", b"0", 256], "255"),
        (["want", 4], "3"),
        (["shout"], "shout"),
        ([], "length"),
        ("offer", "array"),
    ],
)
def test_a_signal_that_is_too_long_or_none_is_refused(body: object, problem: str) -> None:
    assert problem in str(refuses_client(frame("signal", 7, 1, body)))


@pytest.mark.parametrize("call", [0, -1, 2**32])
def test_a_call_has_a_number_that_fits(call: int) -> None:
    refuses_client(frame("signal", 7, call, ["ask"]))


def test_no_tag_is_used_twice() -> None:
    assert len(codec.CLIENT_TAGS | codec.SERVER_TAGS) == len(CLIENT_MEMBERS) + len(SERVER_MEMBERS)


@pytest.mark.parametrize("member", CLIENT_MEMBERS, ids=tag_of)
@given(data=st.data())
def test_client_messages_come_back_as_they_went(
    member: type[Any], strategy_of: Strategies, data: st.DataObject
) -> None:
    message = data.draw(strategy_of(member))
    assert codec.decode_client(codec.encode(message)) == message


@pytest.mark.parametrize("member", SERVER_MEMBERS, ids=tag_of)
@given(data=st.data())
def test_server_messages_come_back_as_they_went(
    member: type[Any], strategy_of: Strategies, data: st.DataObject
) -> None:
    message = data.draw(strategy_of(member))
    assert codec.decode_server(codec.encode(message)) == message


@pytest.mark.parametrize("message", CLIENT_EXAMPLES, ids=tag_of)
def test_fields_that_a_newer_client_adds_are_ignored(message: base.Message) -> None:
    longer = [*msgspec.msgpack.decode(codec.encode(message)), "new", {"more": 1}]
    assert codec.decode_client(msgspec.msgpack.encode(longer)) == message


def test_fields_with_a_default_may_be_left_out() -> None:
    assert codec.decode_client(frame("get_history", 1, "lobby")) == chat.GetHistory(1, "lobby")


# ---------------------------------------------------------------- frames that mean harm


@pytest.mark.parametrize(
    ("data", "rid"),
    [
        (frame("from_the_future", 17, "x"), 17),
        (frame("from_the_future"), 0),
        (frame("from_the_future", "no number"), 0),
        (frame("from_the_future", -3), 0),
        (frame("from_the_future", True), 0),
        (frame("from_the_future", 2**64 - 1), 2**64 - 1),
    ],
)
def test_unknown_tags_are_told_apart_and_addressed(data: bytes, rid: int) -> None:
    error = refuses_client(data)
    assert (error.code, error.rid) == (Code.UNKNOWN_MESSAGE, rid)


def test_a_servers_tag_is_unknown_from_a_client() -> None:
    assert refuses_client(codec.encode(base.Failure(3, Code.TIMEOUT, "No."))).code is Code.UNKNOWN_MESSAGE


@pytest.mark.parametrize(
    ("data", "rid"),
    [
        (frame("say", 5, "lobby"), 5),
        (frame("say", 5, 1, 2, 3), 5),
        (frame("say", "5", "lobby", "hi", "c"), 0),
        (frame("say", -5, "lobby", 1, "c"), 0),
        (frame("create_invite", 6, "emperor", 1, 1.0), 6),
        (frame("step", 5), 0),  # its first field is no request number
        (frame("step", 5, "north"), 0),
        (frame("hello", 1, 2), 0),
    ],
)
def test_broken_requests_are_addressed_and_nothing_else_is(data: bytes, rid: int) -> None:
    error = refuses_client(data)
    assert (error.code, error.rid) == (Code.BAD_FRAME, rid)


DEEP = 200_000
HOSTILE = {
    "empty": b"",
    "no array": frame("x")[1:],
    "empty array": b"\x90",
    "number for a tag": frame(7, 1),
    "nil": b"\xc0",
    "map": msgspec.msgpack.encode({"tag": "enter", "rid": 1}),
    "deep array": b"\x91" * DEEP,
    "deep map": b"\x81\xa1a" * DEEP,
    "deep field of a request": b"\x95\xa3say\x01" + b"\x91" * DEEP,
    "deep field of an unknown message": b"\x93\xa3new\x01" + b"\x91" * DEEP,
    "bad UTF-8 in a field": b"\x95\xa3say\x01\xa2\xff\xfe\xa1x\xa1y",
    "bad UTF-8 in the tag": b"\x92\xa2\xc3\x28\x01",
    "surrogate in UTF-8": b"\x95\xa3say\x01\xa3\xed\xa0\x80\xa1x\xa1y",
    "two messages": codec.encode(presence.Enter(1)) * 2,
    "array that claims to be huge": b"\xdd\xff\xff\xff\xff\xa3say\x01",
    "string that claims to be huge": b"\x95\xa3say\x01\xdb\xff\xff\xff\xff",
    "number beyond 64 bits": b"\x92\xa5enter\xd8\x01" + b"\xff" * 16,
    "unknown extension": b"\x92\xa5enter\xc7\x02\x63ab",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_frames_are_bad_frames_at_both_ends(data: bytes) -> None:
    refuses_client(data)
    try:
        assert codec.decode_server(data) is None
    except BadFrame as error:
        assert str(error) == clean_line(str(error))


@pytest.mark.parametrize("message", CLIENT_EXAMPLES, ids=tag_of)
def test_a_client_frame_cut_anywhere_is_a_bad_frame(message: base.Message) -> None:
    whole = codec.encode(message)
    for length in range(len(whole)):
        refuses_client(whole[:length])


@pytest.mark.parametrize("message", SERVER_EXAMPLES, ids=tag_of)
def test_a_server_frame_cut_anywhere_is_a_bad_frame(message: base.Message) -> None:
    whole = codec.encode(message)
    for length in range(len(whole)):
        with pytest.raises(BadFrame):
            codec.decode_server(whole[:length])


def decodes_or_refuses(data: bytes) -> None:
    for decode in (codec.decode_client, codec.decode_server):
        try:
            message = decode(data)
        except BadFrame as error:
            assert 0 <= error.rid < 2**64
        else:
            assert message is None or codec.encode(message)


@settings(max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_random_bytes_give_a_message_or_a_bad_frame(data: bytes) -> None:
    decodes_or_refuses(data)


@settings(max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(
    message=st.sampled_from(CLIENT_EXAMPLES + SERVER_EXAMPLES),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_messages_with_changed_bytes_give_a_message_or_a_bad_frame(
    message: base.Message, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(codec.encode(message))
    for place, value in changes:
        data[place % len(data)] = value
    decodes_or_refuses(bytes(data))


@settings(max_examples=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(
    tag=st.sampled_from(sorted(codec.CLIENT_TAGS | codec.SERVER_TAGS)) | st.text(),
    fields=st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
            max_leaves=6,
        ),
        max_size=6,
    ),
)
@example(tag="say", fields=[None])
def test_fields_of_any_type_give_a_message_or_a_bad_frame(tag: str, fields: list[object]) -> None:
    decodes_or_refuses(frame(tag, *fields))


@pytest.mark.parametrize("decode", [codec.decode_client, codec.decode_server])
def test_an_error_does_not_pass_on_what_a_terminal_would_act_on(decode: Callable[[bytes], object]) -> None:
    poison = "\x1b]0;owned\x07\u202e"
    for data in (
        frame("create_invite", 1, poison, 1, 1.0),
        frame("invite_created", 1, "code", poison, 1, 1.0),
        frame("failure", 1, poison, "No."),
        frame("signal", 1, 1, [poison]),
        frame("signalled", 1, 1, [poison]),
        frame("hello", "c", "v", 0, 0, "d", poison),
    ):
        try:
            decode(data)
        except BadFrame as error:
            assert str(error) == clean_line(str(error))


# ---------------------------------------------------------------- tags


def test_clients_pass_over_what_they_do_not_know() -> None:
    assert codec.decode_server(frame("from_the_future", {"x": [1]})) is None


def test_read_tag() -> None:
    assert codec.read_tag(frame("anything", 1, 2)) == "anything"
    assert codec.read_tag(b"\xc1") is None


# ---------------------------------------------------------------- packed positions

U16 = st.integers(0, 65_535)
