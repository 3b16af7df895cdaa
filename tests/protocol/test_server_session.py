"""The server's end of a connection: who may say what, and when."""

from __future__ import annotations

import typing

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gathertui.errors import BadFrame, Code, Refused, VersionMismatch
from gathertui.protocol import auth, base, chat, codec, handshake, limits, media, presence, session
from gathertui.protocol.session import Phase, ServerSession, negotiate

SIGN_INS = [auth.SignUp(1, "Ada", "secret", "invite"), auth.LogIn(1, "Ada", "secret")]
NEED_ACCOUNT = [
    auth.LogOut(1),
    auth.CreateInvite(1, base.Role.GUEST, 1, 60),
    presence.Enter(1),
    presence.Look(0, 0, 1, 1),
    presence.Follow([2]),
    presence.Step(1, 2),
    presence.Goodbye(),
    presence.ListPeople(1),
    media.CarryMedia(1),
    media.SetMedia(media.CAMERA),
    media.GetIceServers(1),
    media.Signal(2, 1, media.Ask()),
    chat.Listen(1),
    chat.Say(1, "lobby", "hi", "c"),
    chat.GetHistory(1, "lobby"),
]
NEED_VIEW = [
    presence.Enter(1),
    presence.Look(0, 0, 1, 1),
    presence.Follow([2]),
    presence.Step(1, 2),
    presence.Goodbye(),
    media.CarryMedia(1),
    media.SetMedia(media.CAMERA),
    media.Signal(2, 1, media.Ask()),
]
FOR_ANY_KIND = [message for message in NEED_ACCOUNT if message not in NEED_VIEW]


def kind_of(message: object) -> str:
    return type(message).__name__


def refuses(server: ServerSession, message: base.Message) -> Code:
    with pytest.raises(Refused) as caught:
        server.receive(codec.encode(message))
    assert caught.value.message.endswith(".")
    return caught.value.code


def a_hello(**changes: object) -> handshake.Hello:
    hello = handshake.Hello("gathertui", "0.1.0", 0, 0, "device", base.ConnectionKind.VIEW)
    return msgspec.structs.replace(hello, **changes)


def test_the_lists_above_hold_every_message() -> None:
    assert {type(message) for message in [*SIGN_INS, *NEED_ACCOUNT]} == set(typing.get_args(codec.ClientMessage)) - {
        handshake.Hello
    }


# ---------------------------------------------------------------- hello


@pytest.mark.parametrize("message", [*SIGN_INS, *NEED_ACCOUNT], ids=kind_of)
def test_nothing_comes_before_the_hello(message: base.Message) -> None:
    server = ServerSession(now=0.0)
    assert refuses(server, message) is Code.NOT_ALLOWED_NOW
    assert server.phase is Phase.HELLO


def test_a_hello_is_kept_and_asks_for_a_sign_in(hello: handshake.Hello) -> None:
    server = ServerSession(now=0.0)
    assert server.kind is base.ConnectionKind.TOOL
    assert server.receive(codec.encode(hello)) == hello
    assert (server.phase, server.hello, server.kind) == (Phase.SIGN_IN, hello, base.ConnectionKind.VIEW)


def test_a_second_hello_changes_nothing(greeted: ServerSession) -> None:
    assert refuses(greeted, a_hello(kind=base.ConnectionKind.TOOL)) is Code.NOT_ALLOWED_NOW
    assert (greeted.phase, greeted.kind) == (Phase.SIGN_IN, base.ConnectionKind.VIEW)


def test_a_hello_after_the_sign_in_changes_nothing(ready: ServerSession) -> None:
    assert refuses(ready, a_hello(device="other")) is Code.NOT_ALLOWED_NOW
    assert ready.phase is Phase.READY


@pytest.mark.parametrize("device", ["", "d" * (limits.MAX_DEVICE + 1)])
def test_a_device_id_has_a_sensible_length(device: str) -> None:
    server = ServerSession(now=0.0)
    assert refuses(server, a_hello(device=device)) is Code.BAD_REQUEST
    server.receive(codec.encode(a_hello(device="d" * limits.MAX_DEVICE)))


def test_a_broken_hello_leaves_room_for_a_good_one(hello: handshake.Hello) -> None:
    server = ServerSession(now=0.0)
    with pytest.raises(BadFrame):
        server.receive(codec.encode(hello)[:-3])
    server.receive(codec.encode(hello))
    assert server.phase is Phase.SIGN_IN


# ---------------------------------------------------------------- versions


def test_the_newest_common_version_is_spoken() -> None:
    assert negotiate(0, 5, ours=3) == 3
    assert negotiate(3, 9, ours=3) == 3
    assert negotiate(0, 2, ours=3) == 2
    assert negotiate(0, 0, ours=0) == 0


def test_a_client_two_versions_behind_is_told_to_upgrade_itself() -> None:
    with pytest.raises(VersionMismatch, match="too old") as caught:
        negotiate(0, 1, ours=3)
    assert "pip install --upgrade" in caught.value.hint


def test_a_client_that_is_too_new_is_told_that_the_server_needs_the_upgrade() -> None:
    with pytest.raises(VersionMismatch, match="newer than the server") as caught:
        negotiate(4, 5, ours=3)
    assert "runs the server" in caught.value.hint


@given(st.integers(-5, 20), st.integers(-5, 20), st.integers(0, 10))
@example(3, 2, 3)  # a range that holds nothing
def test_what_is_agreed_suits_both_sides(oldest: int, newest: int, ours: int) -> None:
    try:
        minor = negotiate(oldest, newest, ours=ours)
    except VersionMismatch:
        assert newest < max(0, ours - 1) or oldest > ours or oldest > newest
    else:
        assert oldest <= minor <= newest
        assert max(0, ours - 1) <= minor <= ours


def test_a_mismatch_ends_the_connection() -> None:
    server = ServerSession(now=0.0, minor=3)
    with pytest.raises(VersionMismatch):
        server.receive(codec.encode(a_hello(oldest=0, newest=1)))
    assert server.phase is Phase.CLOSED
    assert refuses(server, a_hello(oldest=3, newest=3)) is Code.NOT_ALLOWED_NOW


def test_the_welcome_names_the_agreed_version_and_the_account(account: base.Account) -> None:
    server = ServerSession(now=0.0, minor=3)
    server.receive(codec.encode(a_hello(oldest=1, newest=2)))
    server.sign_in(account, "token")
    welcome = server.welcome(server="gathertui", version="9", office="Office")
    assert welcome == handshake.Welcome("gathertui", "9", 2, "Office", account, None)


# ---------------------------------------------------------------- signing in


@pytest.mark.parametrize("message", NEED_ACCOUNT, ids=kind_of)
def test_only_signing_in_comes_before_the_sign_in(greeted: ServerSession, message: base.Message) -> None:
    assert refuses(greeted, message) is Code.NOT_SIGNED_IN


@pytest.mark.parametrize("message", SIGN_INS, ids=kind_of)
def test_signing_in_comes_before_the_sign_in_only(
    greeted: ServerSession, account: base.Account, message: auth.LogIn
) -> None:
    assert greeted.receive(codec.encode(message)) == message
    greeted.sign_in(account, "token")
    assert refuses(greeted, message) is Code.NOT_ALLOWED_NOW


@pytest.mark.parametrize("message", NEED_ACCOUNT, ids=kind_of)
def test_a_view_that_is_signed_in_may_say_all_the_rest(ready: ServerSession, message: base.Message) -> None:
    assert ready.receive(codec.encode(message)) == message


def test_the_time_to_sign_in_ends_with_the_sign_in_and_starts_again_after_it(account: base.Account) -> None:
    server = ServerSession(now=100.0)
    assert server.sign_in_by == 100.0 + limits.SIGN_IN_SECONDS
    server.receive(codec.encode(a_hello()))
    assert server.sign_in_by == 100.0 + limits.SIGN_IN_SECONDS
    server.sign_in(account, "token")
    assert server.sign_in_by is None
    server.sign_out(now=500.0)
    assert server.sign_in_by == 500.0 + limits.SIGN_IN_SECONDS


def test_signing_out_leaves_nobody(ready: ServerSession) -> None:
    ready.sign_out(now=0.0)
    assert (ready.phase, ready.account, ready.token) == (Phase.SIGN_IN, None, "")
    assert refuses(ready, chat.Listen(2)) is Code.NOT_SIGNED_IN


# ---------------------------------------------------------------- kinds


@pytest.mark.parametrize("kind", [base.ConnectionKind.VOICE, base.ConnectionKind.TOOL])
@pytest.mark.parametrize("message", NEED_VIEW, ids=kind_of)
def test_only_views_enter_and_walk(kind: base.ConnectionKind, message: base.Message, account: base.Account) -> None:
    server = ServerSession(now=0.0)
    server.receive(codec.encode(a_hello(kind=kind)))
    server.sign_in(account, "token")
    assert refuses(server, message) is Code.NOT_ALLOWED_NOW


@pytest.mark.parametrize("message", FOR_ANY_KIND, ids=kind_of)
def test_tools_may_do_all_that_needs_no_avatar(message: base.Message, account: base.Account) -> None:
    server = ServerSession(now=0.0)
    server.receive(codec.encode(a_hello(kind=base.ConnectionKind.TOOL)))
    server.sign_in(account, "token")
    assert server.receive(codec.encode(message)) == message


# ---------------------------------------------------------------- requests and their numbers


@pytest.mark.parametrize("rid", [0, -1, -(2**63)])
def test_request_numbers_are_above_zero(ready: ServerSession, rid: int) -> None:
    with pytest.raises(BadFrame) as caught:
        ready.receive(codec.encode(chat.Listen(rid)))
    assert caught.value.rid == 0


def test_a_number_is_taken_until_its_answer(ready: ServerSession) -> None:
    ready.receive(codec.encode(chat.Listen(1)))
    with pytest.raises(BadFrame):
        ready.receive(codec.encode(presence.ListPeople(1)))
    reply = chat.Listening(1, [])
    assert codec.decode_server(ready.reply(reply)) == reply
    ready.receive(codec.encode(presence.ListPeople(1)))


def test_there_is_an_end_to_pending_requests(ready: ServerSession) -> None:
    for rid in range(1, limits.MAX_PENDING_REQUESTS + 1):
        ready.receive(codec.encode(chat.Listen(rid)))
    with pytest.raises(Refused) as caught:
        ready.receive(codec.encode(chat.Listen(1_000)))
    assert caught.value.code is Code.TOO_MANY_REQUESTS
    assert caught.value.retry_after > 0
    ready.receive(codec.encode(presence.Step(1, 2)))  # no request, so none too many
    ready.reply(chat.Listening(5, []))
    ready.receive(codec.encode(chat.Listen(1_000)))


def test_a_failure_answers_its_request(ready: ServerSession) -> None:
    ready.receive(codec.encode(chat.Listen(1)))
    error = Refused(Code.OFFICE_FULL, "The office is full.", "Come back later.", retry_after=30.0)
    failure = codec.decode_server(ready.failure(error, 1))
    assert failure == base.Failure(1, Code.OFFICE_FULL, "The office is full.", "Come back later.", 30.0)
    ready.receive(codec.encode(chat.Listen(1)))


def still_pending(server: ServerSession, rid: int) -> bool:
    try:
        server.receive(codec.encode(chat.GetHistory(rid, "lobby")))
    except BadFrame:
        return True
    return False


def test_refusing_the_same_number_again_frees_no_place(ready: ServerSession) -> None:
    ready.receive(codec.encode(chat.Listen(1)))
    with pytest.raises(BadFrame) as caught:
        ready.receive(codec.encode(chat.Listen(1)))
    ready.failure_for(caught.value, caught.value.rid)
    assert still_pending(ready, 1)


def test_a_broken_frame_with_a_pending_number_frees_no_place(ready: ServerSession) -> None:
    ready.receive(codec.encode(chat.Listen(1)))
    with pytest.raises(BadFrame) as caught:
        ready.receive(msgspec.msgpack.encode(["say", 1, "lobby"]))
    ready.failure_for(caught.value, caught.value.rid)
    assert still_pending(ready, 1)


# ---------------------------------------------------------------- the end


@pytest.mark.parametrize("message", [a_hello(), *SIGN_INS, *NEED_ACCOUNT], ids=kind_of)
def test_nothing_is_accepted_after_the_end(ready: ServerSession, message: base.Message) -> None:
    ready.close()
    assert refuses(ready, message) is Code.NOT_ALLOWED_NOW
    assert ready.sign_in_by is None


def test_a_sign_in_that_comes_after_the_end_opens_nothing(greeted: ServerSession, account: base.Account) -> None:
    greeted.receive(codec.encode(auth.LogIn(1, "Ada", "secret")))
    greeted.close()
    greeted.sign_in(account, "token")
    assert greeted.phase is Phase.CLOSED


def test_every_request_has_its_reply_and_every_reply_its_request() -> None:
    requests = {member for member in typing.get_args(codec.ClientMessage) if issubclass(member, base.Request)}
    replies = {member for member in typing.get_args(codec.ServerMessage) if issubclass(member, base.Reply)}
    assert set(session.REPLIES) == requests
    assert set(session.REPLIES.values()) == replies - {base.Failure}
