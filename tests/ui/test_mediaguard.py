"""Who mutes when nobody is at the terminal: asked on a clock that only the tests move."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gathertui.client.events import OwnMediaChanged
from gathertui.client.media.state import Switch
from gathertui.terminal.tmuxpane import PaneState
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.media import ScriptedMedia
from gathertui.ui.mediaguard import ASK_SECONDS, MediaGuard


class Pane:
    """A pane of tmux that a test attaches and detaches."""

    def __init__(self) -> None:
        self.now = PaneState(attached=True, seen=True)
        self.asked = 0

    async def state(self) -> PaneState:
        self.asked += 1
        return self.now


class Watched:
    """Media, its guard, and the pane."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock, self.pane, self.media = clock, Pane(), ScriptedMedia()
        self.guard = MediaGuard(lambda: self.media, self.pane, sleep=clock.sleep)

    async def microphone(self, on: bool) -> None:
        self.media.set_microphone(on)
        self.guard.take(OwnMediaChanged())
        await settle()


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    watched = Watched(VirtualClock())
    running = asyncio.create_task(watched.guard.run())
    yield watched
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_detach_mutes_within_six_seconds(watched: Watched) -> None:
    await watched.microphone(True)
    watched.pane.now = PaneState(attached=False, seen=False)
    await watched.clock.advance(6.0)
    assert watched.media.own.microphone is Switch.OFF
    assert watched.media.asked[-1][0] == "mute_all"


async def test_a_lost_focus_asks_at_once(watched: Watched) -> None:
    await watched.microphone(True)
    watched.pane.now = PaneState(attached=False, seen=False)
    watched.guard.focus_lost()
    await settle()
    assert watched.media.own.microphone is Switch.OFF


async def test_another_window_in_front_does_not_mute(watched: Watched) -> None:
    await watched.microphone(True)
    watched.pane.now = PaneState(attached=True, seen=False)
    watched.guard.focus_lost()
    await watched.clock.advance(60.0)
    assert watched.media.own.microphone is Switch.ON


async def test_nothing_is_asked_while_all_is_off(watched: Watched) -> None:
    watched.guard.focus_lost()
    await watched.clock.advance(600.0)
    assert watched.pane.asked == 0
    await watched.microphone(True)
    await watched.microphone(False)
    asked = watched.pane.asked
    await watched.clock.advance(ASK_SECONDS)
    before = watched.pane.asked
    await watched.clock.advance(600.0)
    assert watched.pane.asked == before <= asked + 1


async def test_a_camera_that_only_its_owner_sees_goes_off_too(watched: Watched) -> None:
    watched.media.set_camera(Switch.PREVIEW)
    watched.guard.take(OwnMediaChanged())
    watched.pane.now = PaneState(attached=False, seen=False)
    await watched.clock.advance(6.0)
    assert watched.media.own.camera is Switch.OFF


async def test_suspending_mutes_first(watched: Watched) -> None:
    await watched.microphone(True)
    suspending = asyncio.create_task(watched.guard.suspend())
    await settle()
    assert watched.media.own.microphone is Switch.OFF
    await watched.clock.advance(1.0)
    await suspending


async def test_with_nothing_on_suspending_takes_no_time(watched: Watched) -> None:
    await asyncio.wait_for(watched.guard.suspend(), 5)
    assert watched.media.asked == []


@pytest.mark.parametrize("pane", [None])
async def test_outside_tmux_there_is_nothing_to_ask(pane: None) -> None:
    async def never(seconds: float) -> None:
        raise AssertionError("nothing is to be waited for")

    sleep: Callable[[float], Awaitable[None]] = never
    await MediaGuard(ScriptedMedia, pane, sleep=sleep).run()
