"""Sound and picture round the end of a connection: nothing goes to whom we may be linked with no more."""

import asyncio
import itertools

import pytest

from gathertui.client.media.state import Switch
from gathertui.errors import Code, Refused
from gathertui.protocol import media
from gathertui.protocol.base import Closing
from gathertui.protocol.codec import ClientMessage
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.guest import Guest
from gathertui.testing.office import MemoryOffice
from tests.client.media.views import Come, View, link, media_of


def guest_of(office: MemoryOffice, name: str) -> Guest:
    """Return somebody's newest connection, as the office sees it."""
    return [guest for guest in office.guests if guest.account and guest.account.id == f"id-{name}"][-1]


async def come_back(ada: View, office: MemoryOffice, clock: VirtualClock) -> None:
    """Lose the connection, and get to where the server has said that the new one carries, and nothing else."""
    guest_of(office, "ada").connection.cut()
    await settle()
    while ada.calls.paused:
        await clock.advance(0.05)
    assert ada.media.own.carried


async def test_who_comes_back_sends_to_nobody_before_the_server_says_to_whom(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    ada = await come("ada")
    await come("bob")
    them = await link(office, "ada", "bob")
    assert ada.calls.sends
    await come_back(ada, office, clock)
    assert ada.calls.peers == {them} and not ada.calls.sends
    await office.converse("id-ada", ["id-bob"])
    await settle()
    assert ada.calls.peers == {them} and ada.calls.sends


async def test_who_comes_back_sends_where_the_server_has_said_so_first(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    ada = await come("ada")
    await come("bob")
    them = await link(office, "ada", "bob")

    async def linked_first(guest: Guest, message: ClientMessage) -> bool:
        if isinstance(message, media.CarryMedia):
            await office.converse("id-ada", ["id-bob"])
            await settle()
            assert ada.calls.peers == {them} and not ada.calls.sends
        return False

    office.intercept = linked_first
    await come_back(ada, office, clock)
    await settle()
    assert ada.calls.peers == {them} and ada.calls.sends


async def test_who_comes_back_to_nobody_sends_to_nobody(office: MemoryOffice, come: Come, clock: VirtualClock) -> None:
    ada = await come("ada")
    await come("bob")
    await link(office, "ada", "bob")
    await come_back(ada, office, clock)
    await clock.advance(2.0)
    assert ada.calls.peers == set()


async def test_who_comes_back_and_is_told_that_another_view_carries_has_no_calls(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    ada = await come("ada")
    await come("bob")
    await link(office, "ada", "bob")
    await come_back(ada, office, clock)
    await guest_of(office, "ada").send(media.MediaTaken())
    await settle()
    assert not ada.media.own.carried
    assert ada.calls.peers == set() and ada.machinery.voice.places == {}


@pytest.mark.parametrize("replaced", [False, True])
async def test_all_stops_before_the_old_connection_is_closed(
    office: MemoryOffice, come: Come, monkeypatch: pytest.MonkeyPatch, replaced: bool
) -> None:
    ada = await come("ada")
    await come("bob")
    await link(office, "ada", "bob")
    ada.media.set_microphone(True)
    await settle()
    may_close = asyncio.Event()
    there = ada.client._line.link
    assert there is not None
    monkeypatch.setattr(there._connection, "close", may_close.wait)
    guest = guest_of(office, "ada")
    if replaced:
        await guest.send(Closing(Code.REPLACED, "You came in elsewhere.", 0.0))
    else:
        guest.connection.cut()
    await settle()
    stopped = ada.calls.paused and not ada.machinery.voice.live
    may_close.set()
    assert stopped


async def test_who_is_told_that_another_view_carries_says_nothing_more(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    await settle()
    guest = guest_of(office, "ada")
    before = len(guest.received)
    await guest.send(media.MediaTaken())
    await settle()
    assert guest.received[before:] == []
    assert ada.media.own.microphone is Switch.OFF and len(ada.muted()) == 1


@pytest.mark.parametrize(
    ("code", "retry_after"),
    [(Code.TIMEOUT, 0.0), (Code.NOT_IN_ROOM, 0.0), (Code.TOO_MANY_REQUESTS, 3.0), (Code.TOO_MANY_REQUESTS, 0.0)],
)
async def test_a_claim_that_came_at_a_bad_moment_is_made_again(
    office: MemoryOffice, come: Come, clock: VirtualClock, code: Code, retry_after: float
) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    await settle()
    refusals = [Refused(code, "Not now.", retry_after=retry_after)] * 2

    async def refuse(guest: Guest, message: ClientMessage) -> bool:
        if isinstance(message, media.CarryMedia) and refusals:
            raise refusals.pop()
        return False

    office.intercept = refuse
    guest_of(office, "ada").connection.cut()
    await settle()
    await clock.advance(10.0)
    assert refusals == []
    assert ada.media.own.problems == {} and ada.problems() == []
    assert ada.machinery.voice.live
    assert media_of(office, "ada") == media.CARRIED | media.MICROPHONE


async def test_claims_in_vain_become_rare(office: MemoryOffice, come: Come, clock: VirtualClock) -> None:
    ada = await come("ada")
    claims = []

    async def refuse(guest: Guest, message: ClientMessage) -> bool:
        if isinstance(message, media.CarryMedia):
            claims.append(clock())
            raise Refused(Code.NOT_IN_ROOM, "Not yet.")
        return False

    office.intercept = refuse
    guest_of(office, "ada").connection.cut()
    await settle()
    await clock.advance(200.0)
    pauses = [later - earlier for earlier, later in itertools.pairwise(claims)]
    assert pauses[:7] == pytest.approx([1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0])
    assert ada.problems() == []


async def test_a_new_connection_claims_without_the_pause_of_the_old_one(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    await come("ada")

    async def refuse(guest: Guest, message: ClientMessage) -> bool:
        if isinstance(message, media.CarryMedia):
            raise Refused(Code.TOO_MANY_REQUESTS, "Not now.", retry_after=1000.0)
        return False

    def let_pass(guest: Guest, message: ClientMessage) -> "asyncio.Future[bool]":
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        answered.set_result(False)
        return answered

    office.intercept = refuse
    guest_of(office, "ada").connection.cut()
    await clock.advance(5.0)
    assert media_of(office, "ada") == 0
    office.intercept = let_pass
    guest_of(office, "ada").connection.cut()
    await clock.advance(5.0)
    assert media_of(office, "ada") == media.CARRIED


async def test_a_claim_that_is_refused_for_good_is_a_problem_until_one_is_granted(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    ada = await come("ada")
    refusals = [Refused(Code.NOT_PERMITTED, "Guests have no sound here.")]

    async def refuse(guest: Guest, message: ClientMessage) -> bool:
        if isinstance(message, media.CarryMedia) and refusals:
            raise refusals.pop()
        return False

    office.intercept = refuse
    guest_of(office, "ada").connection.cut()
    await clock.advance(100.0)
    assert "Guests" in ada.media.own.problems["media"]
    guest_of(office, "ada").connection.cut()
    await clock.advance(5.0)
    assert ada.media.own.problems == {}
    ada.media.set_microphone(True)
    assert ada.machinery.voice.live


async def test_a_claim_by_somebody_signed_out_waits_for_the_next_sign_in(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    ada = await come("ada")
    claims = []

    async def refuse(guest: Guest, message: ClientMessage) -> bool:
        if isinstance(message, media.CarryMedia):
            claims.append(clock())
            if len(claims) == 1:
                raise Refused(Code.NOT_SIGNED_IN, "Who are you?")
        return False

    office.intercept = refuse
    guest_of(office, "ada").connection.cut()
    await clock.advance(100.0)
    assert len(claims) == 1
    assert ada.media.own.problems == {} and ada.problems() == []
    guest_of(office, "ada").connection.cut()
    await clock.advance(5.0)
    assert media_of(office, "ada") == media.CARRIED
