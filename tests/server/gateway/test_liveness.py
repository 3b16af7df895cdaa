"""Who is there and who is not: pings, half-open connections, and a device that comes back."""

from __future__ import annotations

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from gathertui.errors import Code
from gathertui.net.websocket import PING_SECONDS
from gathertui.protocol import codec, presence
from gathertui.protocol.base import Closing
from gathertui_server.bus.messages import ChatPosted
from gathertui_server.gateway import frames
from gathertui_server.gateway.timings import DEFAULT_TIMINGS, Timings
from gathertui_server.gateway.wire import MOST_RECEIVED

HURRIED = Timings(quiet=0.15, dead=0.8, sweep=0.15, close=0.2)
"""A server that is late by more than a sweep takes itself to have stood still, so one of a moment would wait on."""

hurried = pytest.mark.parametrize("office", [HURRIED], indirect=True)

EAST = 1


async def away(peer) -> dict[str, bool]:
    """Who is in the room, and whether they are away."""
    people = await peer.ask(presence.ListPeople)
    assert isinstance(people, presence.People)
    return {person.account.name: person.away for person in people.people}


def test_the_times_fit_together() -> None:
    # Marked away within 20 s of the last sign of life.
    assert DEFAULT_TIMINGS.dead + DEFAULT_TIMINGS.sweep < 20
    # Our own clients show themselves before they are asked, with time to spare for a slow line.
    assert DEFAULT_TIMINGS.quiet > PING_SECONDS + 1
    # All others can answer in time.
    assert DEFAULT_TIMINGS.dead - DEFAULT_TIMINGS.quiet - DEFAULT_TIMINGS.sweep >= 4


@hurried
async def test_a_half_open_connection_is_cut_and_the_others_see_it_away(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    await bob.enter()
    assert await away(bob) == {"ada": False, "bob": False}
    started = asyncio.get_running_loop().time()
    bob.freeze()
    await ada.expect_away("bob")
    took = asyncio.get_running_loop().time() - started
    assert took > HURRIED.dead - HURRIED.quiet  # it had the time to answer
    assert await away(ada) == {"ada": False, "bob": True}
    assert office.gateway.statistics().silent_total == 1


@hurried
async def test_who_answers_pings_is_never_cut(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await bob.enter()
    await ada.enter()
    # Ada says nothing for several times what would be her end.
    for round_number in range(1, 4):
        guest = await office.member(f"guest{round_number}")
        await guest.enter()
        guest.freeze()
        await ada.expect_away(f"guest{round_number}")
        assert office.gateway.statistics().silent_total == round_number
    assert await away(bob) == {"ada": False, "bob": False, "guest1": True, "guest2": True, "guest3": True}


@hurried
async def test_a_server_that_stood_still_blames_nobody_for_it(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    await bob.enter()
    slept_at = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < slept_at + 2 * HURRIED.dead:
        pass  # a process that was put to sleep, with all its timers
    # Ada asks nothing of it; that she answers pings is enough.
    bob.freeze()
    guest = await office.member("guest")
    await guest.enter()
    await guest.expect_away("bob")
    assert (await away(guest))["ada"] is False
    assert office.gateway.statistics().silent_total == 1


@hurried
async def test_one_that_stopped_reading_under_load_is_cut_too(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    await bob.enter()
    connection = office.gateway.statistics().connections
    await bob.listen()
    bob.freeze()
    noise = ChatPosted(codec.encode(Closing(Code.INTERNAL, "x" * 60_000)))
    while office.gateway.statistics().slow_connections == 0:
        office.gateway.deliver(noise)
    # It asks nothing of the loop while it is slow, so only what it takes could save it.
    await ada.expect_away("bob")
    assert office.gateway.statistics().connections == connection - 1
    assert office.gateway.statistics().waiting_bytes == 0


@hurried
async def test_the_same_device_takes_over_from_a_frozen_connection_and_nobody_sees_it(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await bob.enter()
    first = await ada.enter()
    await bob.news_of("ada")
    ada.freeze()
    open_before = office.gateway.statistics().connections
    again = await office.dial()
    await again.hello(token=ada.token)
    assert (await again.enter()).you == first.you
    # The old connection can't answer the closing, and is cut; the avatar neither leaves nor is away at any time.
    while office.gateway.statistics().connections > open_before:
        assert await away(bob) == {"ada": False, "bob": False}
        await asyncio.sleep(0.05)
    await again.send(presence.Step(1, EAST))
    await bob.expect(presence.Tick)
    assert not any(isinstance(message, presence.Roster) for message in bob.unread)
    # It learns why when it wakes up, if it still can.
    ada.thaw()
    with pytest.raises(ConnectionClosed):
        while not isinstance(message := await ada.receive(), Closing):
            pass
        assert message.code is Code.REPLACED
        await ada.receive()


@hurried
async def test_much_said_over_a_long_time_is_no_flood(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    await bob.enter()
    for round_number in range(1, 4):
        bob.socket.transport.write(bytes((frames.PING, 0x80, 0, 0, 0, 0)) * (MOST_RECEIVED - 500))
        await (await bob.socket.ping())
        # By the time that the guest is found to be gone, the gateway has looked after its connections.
        guest = await office.member(f"guest{round_number}")
        await guest.enter()
        guest.freeze()
        await ada.expect_away(f"guest{round_number}")
    assert (await away(bob))["bob"] is False
