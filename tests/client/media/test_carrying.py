"""Which view of an account carries its sound and picture once one of them is back after a loss."""

from gathertui.protocol import media
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.office import MemoryOffice
from tests.client.media.views import Come, media_of

CARRIED = media.CARRIED


def claims(office: MemoryOffice, guest: int) -> int:
    return sum(isinstance(message, media.CarryMedia) for message in office.guests[guest].received)


async def lose(office: MemoryOffice, guest: int) -> None:
    office.guests[guest].connection.cut()
    await settle()


async def test_a_view_with_nothing_on_leaves_it_to_the_one_that_came_meanwhile(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    desk = await come("ada", "desk")
    await lose(office, 0)
    laptop = await come("ada", "laptop")
    laptop.media.set_microphone(True)
    await clock.advance(5.0)
    assert not desk.media.own.carried
    assert laptop.media.own.carried and laptop.machinery.voice.live
    assert media_of(office, "ada") == CARRIED | media.MICROPHONE
    await laptop.leave()
    await settle()
    assert desk.media.own.carried, "nobody else has it any more"


async def test_a_view_that_was_told_of_another_does_not_take_it_back_by_itself(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    desk = await come("ada", "desk")
    laptop = await come("ada", "laptop")
    laptop.media.set_microphone(True)
    await settle()
    await lose(office, 0)
    await clock.advance(5.0)
    assert laptop.media.own.carried and not desk.media.own.carried
    assert media_of(office, "ada") == CARRIED | media.MICROPHONE
    await laptop.leave()
    await settle()
    assert not desk.media.own.carried
    desk.media.set_microphone(True)
    await settle()
    assert desk.media.own.carried


async def test_a_view_with_something_on_claims_it_back(office: MemoryOffice, come: Come, clock: VirtualClock) -> None:
    desk = await come("ada", "desk")
    desk.media.set_microphone(True)
    await settle()
    await lose(office, 0)
    laptop = await come("ada", "laptop")
    await clock.advance(5.0)
    assert desk.media.own.carried and desk.machinery.voice.live
    assert not laptop.media.own.carried
    assert media_of(office, "ada") == CARRIED | media.MICROPHONE


async def test_a_view_with_nothing_on_carries_again_where_nobody_else_does(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    ada = await come("ada")
    await lose(office, 0)
    await clock.advance(5.0)
    assert ada.media.own.carried
    assert claims(office, -1) == 1
