"""Carrying media, signals and ICE servers, over real websockets."""

from __future__ import annotations

import pytest

from gathertui.errors import Code
from gathertui.protocol import auth, media, presence
from gathertui.protocol.base import ConnectionKind, Failure
from gathertui_server.gateway.limits import LIMITS
from gathertui_server.gateway.outbox import MAX_WAITING_BYTES

EAST, SOUTH = 1, 2
OFFER = media.Offer(b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n")


async def carrying(office, name: str):
    """Somebody who has come in and carries their media; `you` is their avatar."""
    peer = await office.member(name)
    peer.you = (await peer.enter()).you
    assert isinstance(await peer.ask(media.CarryMedia), media.MediaCarried)
    return peer


async def two_linked(office):
    """Two who carry, and know of each other's link."""
    ada, bob = await carrying(office, "ada"), await carrying(office, "bob")
    for peer, other in ((ada, bob), (bob, ada)):
        while other.you not in [link.avatar for link in (await peer.expect(presence.Links)).linked]:
            pass
    return ada, bob


async def walk_away(peer) -> None:
    """Walk far from the entrance, until that has parted one from all who stayed there."""
    seq = 0
    for direction in (EAST, SOUTH, EAST, SOUTH):
        for _ in range(10):
            seq += 1
            await peer.send(presence.Step(seq, direction))
            await peer.expect((presence.Tick, presence.StepRefused))
    while not (await peer.expect(presence.Links)).over:
        pass  # the fading of the way there


async def test_signals_go_to_and_fro_between_those_who_are_linked(office) -> None:
    ada, bob = await two_linked(office)
    await ada.send(media.Signal(bob.you, 7, OFFER))
    assert await bob.expect(media.Signalled) == media.Signalled(ada.you, 7, OFFER)
    for body in (media.Answer(OFFER.sdp), media.Candidate(b"candidate:1", b"0", 0), media.Want(2), media.HangUp()):
        await bob.send(media.Signal(ada.you, 7, body))
        assert await ada.expect(media.Signalled) == media.Signalled(bob.you, 7, body)


async def test_a_stranger_is_refused_and_never_hears_of_it(office) -> None:
    ada, bob = await two_linked(office)
    await walk_away(bob)
    await ada.send(media.Signal(bob.you, 7, OFFER))
    refused = await ada.expect(Failure)
    assert (refused.rid, refused.code) == (0, Code.NOT_LINKED)
    assert refused.message.endswith(".")
    await bob.ask(presence.ListPeople)  # whatever was sent to him before has come by now
    assert not [message for message in bob.unread if isinstance(message, media.Signalled)]


async def test_who_is_not_in_the_room_neither_carries_nor_signals(office) -> None:
    ada = await office.member("ada")
    failure = await ada.ask(media.CarryMedia)
    assert failure.code is Code.NOT_IN_ROOM
    for message in (media.SetMedia(media.CAMERA), media.Signal(1, 1, media.Ask())):
        await ada.send(message)
        assert (await ada.expect(Failure)).code is Code.NOT_IN_ROOM


async def test_a_tool_does_not_carry(office) -> None:
    tool = await office.member("ada", kind=ConnectionKind.TOOL)
    assert (await tool.ask(media.CarryMedia)).code is Code.NOT_ALLOWED_NOW


@pytest.mark.parametrize(
    "body",
    [
        media.Offer(b"v=0\x00"),
        media.Answer(b"v=0\r\ns=\xc3\xa4\r\n"),
        media.Offer(b"v=0\r\n\x1b[31m"),
        media.Offer(b"a=\x7f"),
        media.Candidate(b"candidate:1\r\n", b"0", 0),
        media.Candidate(b"candidate:1", b"\n", 0),
    ],
)
async def test_what_is_not_printable_is_passed_on_to_nobody(office, body: media.SignalBody) -> None:
    ada, bob = await two_linked(office)
    await ada.send(media.Signal(bob.you, 7, body))
    assert (await ada.expect(Failure)).code is Code.BAD_REQUEST
    await ada.send(media.Signal(bob.you, 8, media.Ask()))
    assert (await bob.expect(media.Signalled)).call == 8


async def test_another_view_of_the_account_takes_over(office) -> None:
    ada, bob = await two_linked(office)
    phone = await office.dial()
    await phone.hello(device="phone", token=ada.token)
    await phone.enter()
    await ada.send(media.SetMedia(media.CAMERA))
    while not (await bob.news_of("ada")).media & media.CAMERA:
        pass
    await phone.ask(media.CarryMedia)
    await ada.expect(media.MediaTaken)
    assert (await bob.news_of("ada")).media == media.CARRIED
    await bob.send(media.Signal(ada.you, 1, media.Ask()))
    assert (await phone.expect(media.Signalled)).avatar == bob.you
    await ada.send(media.Signal(bob.you, 2, media.Ask()))
    assert (await ada.expect(Failure)).code is Code.NOT_ALLOWED_NOW


async def test_a_connection_that_breaks_carries_no_more(office) -> None:
    ada, bob = await two_linked(office)
    bob.socket.transport.abort()
    while (await ada.news_of("bob")).media:
        pass
    await ada.send(media.Signal(bob.you, 1, media.Ask()))
    assert (await ada.expect(Failure)).code in (Code.NOT_LINKED, Code.NOT_ALLOWED_NOW)


async def test_who_signs_out_carries_no_more(office) -> None:
    ada, bob = await two_linked(office)
    await bob.ask(auth.LogOut)
    while bob.you not in (await ada.expect(presence.Roster)).left:
        pass
    await ada.send(media.Signal(bob.you, 1, media.Ask()))
    assert (await ada.expect(Failure)).code is Code.NOT_LINKED


async def test_an_office_without_turn_names_no_servers(office) -> None:
    ada = await office.member("ada", kind=ConnectionKind.TOOL)
    answer = await ada.ask(media.GetIceServers)
    assert (answer.servers, answer.stun_port, answer.relay_only) == ([], 0, False)


async def test_a_conversation_of_seven_begins_in_one_burst(office) -> None:
    ada, bob = await two_linked(office)
    others = 6
    signals = [OFFER, media.Answer(OFFER.sdp), media.Want(1), *[media.Candidate(b"candidate:1", b"0", 0)] * 9]
    for call in range(1, others + 1):
        assert isinstance(await ada.ask(media.GetIceServers), media.IceServers)
        for body in signals:
            await ada.send(media.Signal(bob.you, call, body))
    for _ in range(others * len(signals)):
        await bob.expect(media.Signalled)
    assert not [message for message in ada.unread if isinstance(message, Failure)]


async def test_descriptions_are_counted_apart_from_what_is_short(office) -> None:
    ada, bob = await two_linked(office)
    most = LIMITS[media.Offer].count
    for call in range(1, most + 2):
        await ada.send(media.Signal(bob.you, call, OFFER))
    failure = await ada.expect(Failure)
    assert (failure.code, failure.retry_after > 0) == (Code.TOO_MANY_REQUESTS, True)
    for body in (media.Answer(OFFER.sdp), media.HangUp()):
        await ada.send(media.Signal(bob.you, most + 2, body))
    for _ in range(most + 2):
        await bob.expect(media.Signalled)


def test_descriptions_throw_nobody_out_who_is_on_a_slow_line() -> None:
    burst = sum(LIMITS[kind].count * media.MAX_SDP for kind in (media.Offer, media.Answer))
    assert burst < MAX_WAITING_BYTES


async def test_too_many_signals_are_answered_with_when_to_go_on(office) -> None:
    ada, bob = await two_linked(office)
    most = LIMITS[media.Signal].count
    for call in range(1, most + 3):
        await ada.send(media.Signal(bob.you, call, media.Ask()))
    failure = await ada.expect(Failure)
    assert (failure.rid, failure.code) == (0, Code.TOO_MANY_REQUESTS)
    assert 0 < failure.retry_after <= LIMITS[media.Signal].seconds / most
    for _ in range(most):
        await bob.expect(media.Signalled)
