"""The client's end of a connection: which reply belongs to which request."""

from __future__ import annotations

import msgspec
import pytest

from gathertui.errors import BadFrame, Code
from gathertui.protocol import auth, base, chat, codec, handshake, presence
from gathertui.protocol.session import Answered, ClientSession, Ended, Failed, Phase, Pushed, Welcomed

PERSON = base.Account("b2", "Bob", base.Role.GUEST, 1)


def welcome(account: base.Account | None = None) -> handshake.Welcome:
    return handshake.Welcome("gathertui", "0.1.0", 0, "Office", account)


# ---------------------------------------------------------------- the first words


def test_the_hello_comes_first(hello: handshake.Hello) -> None:
    client = ClientSession(hello)
    assert codec.decode_client(client.start()) == hello
    assert client.phase is Phase.HELLO


def test_a_welcome_without_an_account_asks_for_a_sign_in(hello: handshake.Hello) -> None:
    client = ClientSession(hello)
    assert client.receive(codec.encode(welcome())) == Welcomed(welcome())
    assert (client.phase, client.account) == (Phase.SIGN_IN, None)


def test_a_welcome_with_an_account_is_all_it_takes(hello: handshake.Hello, account: base.Account) -> None:
    client = ClientSession(hello)
    client.receive(codec.encode(welcome(account)))
    assert (client.phase, client.account) == (Phase.READY, account)


def test_a_second_welcome_breaks_the_protocol(client: ClientSession) -> None:
    with pytest.raises(BadFrame):
        client.receive(codec.encode(welcome()))


def test_a_version_mismatch_is_told_by_failure_and_closing(hello: handshake.Hello) -> None:
    client = ClientSession(hello)
    failed = client.receive(codec.encode(base.Failure(0, Code.VERSION, "Too old.", "Upgrade.")))
    assert isinstance(failed, Failed)
    assert (failed.rid, failed.error.code, str(failed.error)) == (0, Code.VERSION, "Too old. Upgrade.")
    closing = base.Closing(Code.VERSION, "Too old.")
    assert client.receive(codec.encode(closing)) == Ended(closing)
    assert client.phase is Phase.CLOSED


# ---------------------------------------------------------------- requests and replies


def test_request_numbers_count_from_one(client: ClientSession) -> None:
    assert [client.next_rid() for _ in range(3)] == [1, 2, 3]


def test_replies_find_their_requests_in_any_order(client: ClientSession) -> None:
    listen, people = chat.Listen(client.next_rid()), presence.ListPeople(client.next_rid())
    assert codec.decode_client(client.request(listen)) == listen
    assert codec.decode_client(client.request(people)) == people
    listening, present = chat.Listening(listen.rid, []), presence.People(people.rid, [])
    assert client.receive(codec.encode(present)) == Answered(people.rid, present)
    assert client.receive(codec.encode(listening)) == Answered(listen.rid, listening)


def test_a_request_is_answered_once(client: ClientSession) -> None:
    client.request(chat.Listen(1))
    reply = codec.encode(chat.Listening(1, []))
    assert client.receive(reply) is not None
    assert client.receive(reply) is None


def test_a_reply_that_nobody_asked_for_is_passed_over(client: ClientSession) -> None:
    assert client.receive(codec.encode(chat.Listening(9, []))) is None
    assert client.receive(codec.encode(base.Failure(9, Code.TIMEOUT, "Late."))) is None


def test_a_reply_to_an_abandoned_request_is_passed_over(client: ClientSession) -> None:
    client.request(chat.Listen(1))
    client.abandon(1)
    client.abandon(1)
    assert client.receive(codec.encode(chat.Listening(1, []))) is None


def test_a_reply_of_another_kind_breaks_the_protocol(client: ClientSession) -> None:
    client.request(chat.Listen(1))
    with pytest.raises(BadFrame, match="People where Listening was due"):
        client.receive(codec.encode(presence.People(1, [])))


def test_a_failure_carries_all_that_the_server_said(client: ClientSession) -> None:
    client.request(chat.Say(1, "lobby", "hi", "c"))
    failed = client.receive(codec.encode(base.Failure(1, Code.TOO_MANY_REQUESTS, "Slowly.", "Wait.", 2.5)))
    assert isinstance(failed, Failed)
    assert (failed.rid, failed.error.code, failed.error.retry_after) == (1, Code.TOO_MANY_REQUESTS, 2.5)
    assert str(failed.error) == "Slowly. Wait."
    assert client.receive(codec.encode(base.Failure(1, Code.TIMEOUT, "Again."))) is None


def test_signing_in_and_out_is_followed(hello: handshake.Hello) -> None:
    client = ClientSession(hello)
    client.receive(codec.encode(welcome()))
    client.request(auth.LogIn(client.next_rid(), "Bob", "secret"))
    client.receive(codec.encode(auth.SignedIn(1, "token", PERSON)))
    assert (client.phase, client.account) == (Phase.READY, PERSON)
    client.request(auth.LogOut(client.next_rid()))
    client.receive(codec.encode(auth.LoggedOut(2)))
    assert (client.phase, client.account) == (Phase.SIGN_IN, None)


def test_nobody_is_signed_in_by_a_reply_that_was_not_asked_for(hello: handshake.Hello) -> None:
    client = ClientSession(hello)
    client.receive(codec.encode(welcome()))
    assert client.receive(codec.encode(auth.SignedIn(1, "token", PERSON))) is None
    assert client.account is None


# ---------------------------------------------------------------- all the rest


def test_what_nobody_asked_for_is_pushed(client: ClientSession) -> None:
    tick = presence.Tick(3, b"")
    assert client.receive(codec.encode(tick)) == Pushed(tick)


def test_what_is_newer_than_this_client_is_passed_over(client: ClientSession) -> None:
    assert client.receive(msgspec.msgpack.encode(["confetti", 1, {"colour": "pink"}])) is None


@pytest.mark.parametrize("frame", [b"", b"\xc1", msgspec.msgpack.encode(["tick", "x"])])
def test_a_broken_frame_breaks_the_protocol(client: ClientSession, frame: bytes) -> None:
    with pytest.raises(BadFrame):
        client.receive(frame)
