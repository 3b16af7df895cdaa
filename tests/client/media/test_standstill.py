"""A computer that sleeps wakes up muted: told by two clocks that the tests move."""

import pytest

from gathertui.client.media.standstill import Reading
from gathertui.client.media.state import Switch
from gathertui.errors import Code
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.office import MemoryOffice
from tests.client.media.views import Come


@pytest.mark.parametrize(
    ("monotonic", "wall", "slept"),
    [
        (1.0, 1.0, False),
        (5.0, 5.0, False),
        (1.0, 29.0, False),
        (1.0, 32.0, True),
        (1.0, 86_400.0, True),
        (40.0, 40.0, True),
        (1.0, -3600.0, False),
    ],
)
def test_half_a_minute_more_than_there_should_be_is_a_sleep(monotonic: float, wall: float, slept: bool) -> None:
    """Of either clock: some systems' monotonic one goes on, and a program that was stopped has missed both."""
    before = Reading(100.0, 1_700_000_000.0)
    assert Reading(100.0 + monotonic, 1_700_000_000.0 + wall).slept_since(before) is slept


async def test_a_computer_that_slept_wakes_up_muted(come: Come, clock: VirtualClock) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    ada.media.set_camera(Switch.PREVIEW)
    await clock.advance(100.0)
    assert ada.media.own.is_on
    ada.slept = 40.0
    await clock.advance(1.0)
    assert not ada.media.own.is_on and not ada.machinery.voice.live
    assert ada.machinery.video.camera is None
    assert ["asleep" in why for why in ada.muted()] == [True]


async def test_a_sleep_before_it_was_turned_on_mutes_nobody(come: Come, clock: VirtualClock) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    await clock.advance(3.0)
    ada.media.set_microphone(False)
    await clock.advance(3.0)
    ada.slept = 4000.0
    ada.media.set_microphone(True)
    await clock.advance(10.0)
    assert ada.media.own.microphone is Switch.ON


@pytest.mark.parametrize("step", [-7200.0, -31.0, 20.0])
async def test_a_wall_clock_that_is_set_right_mutes_nobody(come: Come, clock: VirtualClock, step: float) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    await clock.advance(3.0)
    ada.slept = step
    await clock.advance(100.0)
    assert ada.media.own.microphone is Switch.ON


async def test_while_all_is_off_no_clock_is_looked_at(come: Come, clock: VirtualClock) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    ada.media.set_microphone(False)
    await clock.advance(2.0)
    reads: list[float] = []
    ada.media._wall = lambda: reads.append(0.0) or 0.0  # type: ignore[func-returns-value]
    await clock.advance(600.0)
    assert reads == []


async def test_a_night_of_sleep_is_long_out_of_reach(office: MemoryOffice, come: Come, clock: VirtualClock) -> None:
    """What was on is off when it is back, though to the clock that stood still only a moment went by."""
    ada = await come("ada")
    ada.media.set_microphone(True)
    await office.close_all(Code.SERVER_STOPPING, "It is being repaired.", retry_after=0.4)
    await settle()
    ada.slept = 8 * 3600.0
    await clock.advance(0.9)
    assert ada.media.own.carried
    assert ada.media.own.microphone is Switch.OFF
