"""Who mutes when nobody is at the terminal: asked on a clock that only the tests move."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gathertui.client.events import OwnMediaChanged, PeerMediaChanged
from gathertui.client.media.state import PeerMedia, Switch
from gathertui.terminal.tmuxpane import ANSWER_SECONDS, SHOWN, PaneState
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.media import ScriptedMedia
from gathertui.ui.mediaguard import Idleness, MediaGuard, OfficeAndMirror

TEN_MINUTES = 600.0
PROMISE = 6.0
"""Seconds from a detach until everything is off."""
EPOCH = 1_700_000_000.0

ATTACHED = PaneState(attached=True, seen=True)
DETACHED = PaneState(attached=False, seen=False)


class Pane:
    """A pane of tmux that a test attaches and detaches; it answers after `takes` seconds, or not at all."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.now = ATTACHED
        self.takes = 0.0
        self.asked: list[float] = []

    async def state(self, patience: float = ANSWER_SECONDS) -> PaneState:
        self.asked.append(self.clock())
        if self.takes > patience:
            await self.clock.sleep(patience)
            return SHOWN
        now = self.now
        if self.takes:
            await self.clock.sleep(self.takes)
        return now


class Watched:
    """Media, its guard, and the pane; `wall` runs with the clock."""

    def __init__(self, pane: bool = True) -> None:
        self.clock = VirtualClock()
        self.pane = Pane(self.clock)
        self.media = ScriptedMedia()
        self.sleeping = 0
        self.guard = MediaGuard(
            OfficeAndMirror(lambda: self.media, lambda: None),
            self.pane if pane else None,
            clock=self.clock,
            wall=self.wall,
            sleep=self._sleep,
        )
        self.running = asyncio.create_task(self.guard.run())

    def wall(self) -> float:
        return EPOCH + self.clock()

    async def _sleep(self, seconds: float) -> None:
        self.sleeping += 1
        try:
            await self.clock.sleep(seconds)
        finally:
            self.sleeping -= 1

    async def microphone(self, on: bool) -> None:
        self.media.set_microphone(on)
        self.guard.take(OwnMediaChanged())
        await settle()

    def meet(self, avatar: int = 7) -> None:
        self.media.set_peer(avatar, PeerMedia())
        self.guard.take(PeerMediaChanged(avatar))

    def part(self, avatar: int = 7) -> None:
        self.media.lose_peer(avatar)
        self.guard.take(PeerMediaChanged(avatar))

    @property
    def hears(self) -> bool:
        return self.media.own.microphone is Switch.ON

    def why(self) -> str:
        return str(self.media.asked[-1][1])

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


Make = Callable[[bool], Watched]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[Watched] = []

    def make(pane: bool) -> Watched:
        made.append(Watched(pane))
        return made[-1]

    yield make
    for watched in made:
        await watched.end()


@pytest.fixture
async def watched(make: Make) -> Watched:
    """In tmux."""
    return make(True)


@pytest.fixture
async def alone(make: Make) -> Watched:
    """In a terminal of its own."""
    return make(False)


# ------------------------------------------------------------ detached


@pytest.mark.parametrize("after", [quarter / 4 + 0.01 for quarter in range(24)])
@pytest.mark.parametrize("takes", [0.0, 0.5, ANSWER_SECONDS])
async def test_a_detach_mutes_within_six_seconds(watched: Watched, after: float, takes: float) -> None:
    """Whenever it comes between two questions, and however long tmux takes for its answer."""
    watched.pane.takes = takes
    await watched.microphone(True)
    await watched.clock.advance(20.0 + after)
    watched.pane.now = DETACHED
    await watched.clock.advance(PROMISE)
    assert not watched.hears
    assert "tmux" in watched.why()


async def test_a_tmux_that_hangs_is_not_waited_for(watched: Watched) -> None:
    watched.pane.takes = 100.0
    await watched.microphone(True)
    await watched.clock.advance(0.9)
    watched.pane.takes, watched.pane.now = 0.0, DETACHED
    await watched.clock.advance(PROMISE - 0.9)
    assert not watched.hears


async def test_a_tmux_that_is_slow_is_heard_all_the_same(watched: Watched) -> None:
    watched.pane.takes, watched.pane.now = 2.0, DETACHED
    await watched.microphone(True)
    await watched.clock.advance(10.0)
    assert not watched.hears


async def test_a_lost_focus_asks_at_once(watched: Watched) -> None:
    await watched.microphone(True)
    watched.pane.now = DETACHED
    watched.guard.focus_lost()
    await settle()
    assert not watched.hears


async def test_another_window_in_front_does_not_mute(watched: Watched) -> None:
    await watched.microphone(True)
    watched.pane.now = PaneState(attached=True, seen=False)
    watched.guard.focus_lost()
    await watched.clock.advance(60.0)
    assert watched.hears


async def test_nothing_is_asked_while_all_is_off(watched: Watched) -> None:
    watched.guard.focus_lost()
    await watched.clock.advance(TEN_MINUTES)
    assert not watched.pane.asked and not watched.sleeping
    await watched.microphone(True)
    await watched.microphone(False)
    await watched.clock.advance(5.0)
    asked = len(watched.pane.asked)
    await watched.clock.advance(2 * TEN_MINUTES)
    assert len(watched.pane.asked) == asked <= 2 and not watched.sleeping


async def test_a_camera_that_only_its_owner_sees_goes_off_too(watched: Watched) -> None:
    watched.media.set_camera(Switch.PREVIEW)
    watched.guard.take(OwnMediaChanged())
    watched.pane.now = DETACHED
    await watched.clock.advance(PROMISE)
    assert watched.media.own.camera is Switch.OFF


# ------------------------------------------------------------ idle


async def test_ten_minutes_without_a_key_mute(alone: Watched) -> None:
    await alone.microphone(True)
    await alone.clock.advance(TEN_MINUTES - 1.0)
    assert alone.hears
    await alone.clock.advance(1.0)
    assert not alone.hears
    assert "ten minutes" in alone.why()


async def test_a_key_counts_ten_minutes_anew(alone: Watched) -> None:
    await alone.microphone(True)
    await alone.clock.advance(TEN_MINUTES - 1.0)
    alone.guard.acted()
    await alone.clock.advance(TEN_MINUTES - 1.0)
    assert alone.hears
    await alone.clock.advance(1.0)
    assert not alone.hears


async def test_turning_something_on_counts_as_a_key(alone: Watched) -> None:
    """However that is done: it may come from another window."""
    await alone.clock.advance(2 * TEN_MINUTES)
    await alone.microphone(True)
    await alone.clock.advance(TEN_MINUTES - 1.0)
    assert alone.hears
    await alone.clock.advance(1.0)
    assert not alone.hears
    await alone.microphone(True)
    await alone.clock.advance(TEN_MINUTES - 1.0)
    assert alone.hears


@pytest.mark.parametrize("pane", [True, False])
async def test_nobody_is_muted_in_a_conversation(make: Make, pane: bool) -> None:
    watched = make(pane)
    await watched.microphone(True)
    await watched.clock.advance(TEN_MINUTES - 1.0)
    watched.meet()
    await watched.clock.advance(3 * TEN_MINUTES)
    assert watched.hears
    watched.part()
    await watched.clock.advance(TEN_MINUTES - 1.0)
    assert watched.hears, "the ten minutes begin when it ends"
    await watched.clock.advance(PROMISE)
    assert not watched.hears


async def test_in_tmux_what_is_pressed_in_other_windows_counts(watched: Watched) -> None:
    await watched.microphone(True)
    for _ in range(4):
        await watched.clock.advance(TEN_MINUTES / 2)
        watched.pane.now = ATTACHED._replace(active_at=watched.wall())
    await watched.clock.advance(TEN_MINUTES - 1.0)
    assert watched.hears
    await watched.clock.advance(PROMISE)
    assert not watched.hears
    assert "ten minutes" in watched.why()


async def test_alone_nothing_is_measured_while_all_is_off(alone: Watched) -> None:
    await alone.clock.advance(TEN_MINUTES)
    assert not alone.sleeping
    await alone.microphone(True)
    await alone.clock.advance(2 * TEN_MINUTES)
    await alone.clock.advance(2 * TEN_MINUTES)
    assert not alone.hears and not alone.sleeping


def test_idleness_is_counted_from_the_last_that_was_done() -> None:
    idleness = Idleness(100.0)
    assert idleness.remaining(100.0) == TEN_MINUTES
    idleness.acted(150.0)
    idleness.acted(120.0)
    assert idleness.remaining(700.0) == 50.0
    assert idleness.remaining(1000.0) == 0.0


# ------------------------------------------------------------ suspended


async def test_suspending_mutes_first(watched: Watched) -> None:
    await watched.microphone(True)
    suspending = asyncio.create_task(watched.guard.suspend())
    await settle()
    assert not watched.hears
    await watched.clock.advance(0.5)
    assert suspending.done()


async def test_suspending_waits_until_the_camera_is_closed(watched: Watched) -> None:
    watched.media.set_camera(Switch.ON)
    watched.media.quiet.clear()
    suspending = asyncio.create_task(watched.guard.suspend())
    await watched.clock.advance(0.5)
    assert not suspending.done()
    watched.media.quiet.set()
    await settle()
    assert suspending.done()


async def test_a_driver_that_hangs_holds_nobody_up_for_more_than_a_second(watched: Watched) -> None:
    watched.media.set_camera(Switch.ON)
    watched.media.quiet.clear()
    suspending = asyncio.create_task(watched.guard.suspend())
    await watched.clock.advance(1.0)
    assert suspending.done()


async def test_with_nothing_on_suspending_takes_no_time(watched: Watched) -> None:
    await asyncio.wait_for(watched.guard.suspend(), 5)
    assert watched.media.asked == []


# ------------------------------------------------------------ the mirror


class Glass:
    """A mirror that somebody looks into."""

    is_on = True
    is_in_conversation = False
    why = ""

    def turn_off(self, why: str) -> None:
        self.is_on, self.why = False, why

    async def wait_quiet(self) -> None:
        pass


@pytest.mark.parametrize("way", ["suspended", "detached", "idle"])
async def test_a_mirror_is_turned_off_like_everything_else(way: str) -> None:
    clock, glass = VirtualClock(), Glass()
    pane = Pane(clock)
    guard = MediaGuard(OfficeAndMirror(lambda: None, lambda: glass), pane, clock=clock, wall=clock, sleep=clock.sleep)
    running = asyncio.create_task(guard.run())
    guard.look()
    await settle()
    ways: dict[str, Callable[[], Awaitable[None]]] = {
        "suspended": lambda: asyncio.wait_for(_while(clock, guard.suspend()), 5),
        "detached": lambda: clock.advance(PROMISE),
        "idle": lambda: clock.advance(TEN_MINUTES + PROMISE),
    }
    pane.now = DETACHED if way == "detached" else ATTACHED
    await ways[way]()
    assert not glass.is_on
    assert {"suspended": "suspended", "detached": "tmux", "idle": "ten minutes"}[way] in glass.why
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _while(clock: VirtualClock, doing: Awaitable[None]) -> None:
    done = asyncio.ensure_future(doing)
    await clock.advance(1.0)
    await done
