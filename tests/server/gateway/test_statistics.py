"""What the gateway counts. Slow and silent connections are counted where their tests are."""

from __future__ import annotations

import pytest

from gathertui.errors import Code
from gathertui.protocol import auth, chat, codec, presence
from gathertui.protocol.base import Closing, Failure
from gathertui_server.gateway import frames


def sent_size(payload: int) -> int:
    return len(frames.header(frames.BINARY, payload)) + payload


async def test_messages_and_bytes_are_those_that_went_over_the_wire(office) -> None:
    ada = await office.member("ada")
    before = office.gateway.statistics()
    said, answers = [], []
    for text in ("short", "long " * 100):
        said.append(chat.Say(len(said) + 1_000, "general", text, text[:5]))
        await ada.send(said[-1])
        answers.append(await ada.expect(chat.Said))
    after = office.gateway.statistics()
    assert after.frames_in_total - before.frames_in_total == 2
    assert after.frames_out_total - before.frames_out_total == 2
    received, sent = after.bytes_in_total - before.bytes_in_total, after.bytes_out_total - before.bytes_out_total
    assert received == sum(frames.received_size(len(codec.encode(message))) for message in said)
    assert sent == sum(sent_size(len(codec.encode(message))) for message in answers)


async def test_connections_and_views_come_and_go(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    now = office.gateway.statistics()
    assert (now.connections, now.connections_total, now.views) == (2, 2, 1)
    await bob.socket.close()
    await ada.send(presence.Goodbye())
    await ada.ask(auth.LogOut)
    now = office.gateway.statistics()
    assert (now.connections_total, now.views) == (2, 0)


async def test_failures_and_closings_are_counted_by_code(office) -> None:
    ada = await office.member("ada")
    await ada.ask(lambda rid: chat.Say(rid, "nowhere", "hello", "1"))
    await ada.socket.send(b"\x92\xa6teapot\x2a")
    await ada.expect(Failure)
    peer = await office.dial()
    await peer.send(presence.ListPeople(7))
    await peer.expect(Failure)
    await peer.hello()
    await peer.ask(lambda rid: auth.LogIn(rid, "ada", "something else"))
    for _ in range(10):
        await peer.socket.send(b"\xc1")
    await peer.expect(Closing)
    now = office.gateway.statistics()
    assert now.failures_total == {
        Code.UNKNOWN_CHANNEL: 1,
        Code.UNKNOWN_MESSAGE: 1,
        Code.NOT_ALLOWED_NOW: 1,
        Code.WRONG_PASSWORD: 1,
        Code.BAD_FRAME: 10,
    }
    assert now.closings_total == {Code.BAD_FRAME: 1}


async def test_a_snapshot_does_not_change(office) -> None:
    before = office.gateway.statistics()
    ada = await office.member("ada")
    await ada.ask(lambda rid: chat.Say(rid, "nowhere", "hello", "1"))
    assert before.failures_total == {}
    with pytest.raises(AttributeError):
        before.views = 1
