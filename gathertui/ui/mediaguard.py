"""Turns microphone and camera off when nobody is at this terminal: suspended, detached from tmux, or idle for long.

A detach tells us nothing, so tmux is asked: when the focus goes, and every few
seconds while something is on. Another window of tmux in front is no reason: people
listen while they work there, and what they press there counts. While all is off
nothing is asked, and no time is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from gathertui.client.events import OfficeEvent, OwnMediaChanged, PeerMediaChanged
from gathertui.client.media.port import Media
from gathertui.terminal.tmuxpane import ANSWER_SECONDS, PaneState

ASK_SECONDS: Final = 5.0
"""How often tmux is asked while something is on, from one question to the next."""

IDLE_SECONDS: Final = 600.0
"""After so long without a key, click or paste, and without a conversation, nobody is there."""

FLUSH_SECONDS: Final = 0.15
"""What the server is told has left by then."""

CLOSE_SECONDS: Final = 1.0
"""How long devices may take to close before the program is stopped all the same."""

DETACHED: Final = "The microphone and the camera are off: nobody is attached to tmux."
SUSPENDED: Final = "The microphone and the camera are off: the office was suspended."
IDLE: Final = "The microphone and the camera are off: nothing was pressed for ten minutes."


class Watched(Protocol):
    """What is turned off."""

    @property
    def is_on(self) -> bool:
        """Whether there is anything to turn off."""
        ...

    @property
    def is_in_conversation(self) -> bool:
        """Whether somebody is there to hear, which is reason enough to press nothing."""
        ...

    def turn_off(self, why: str) -> None:
        """Turn everything off, and say why."""
        ...

    def wait_quiet(self) -> Awaitable[None]:
        """Return what to wait for until the devices are closed that are open now."""
        ...


class OfficeAndMirror:
    """The media of the office that is open and the mirror that is looked into; None where there is none."""

    def __init__(self, media: Callable[[], Media | None], mirror: Callable[[], Watched | None]) -> None:
        self._media = media
        self._mirror = mirror

    @property
    def is_on(self) -> bool:
        """Whether either uses microphone or camera."""
        media, mirror = self._media(), self._mirror()
        return (media is not None and media.own.is_on) or (mirror is not None and mirror.is_on)

    @property
    def is_in_conversation(self) -> bool:
        """Whether somebody is linked with the person."""
        media = self._media()
        return media is not None and bool(media.peers)

    def turn_off(self, why: str) -> None:
        """Turn both off."""
        media, mirror = self._media(), self._mirror()
        if media is not None:
            media.mute_all(why)
        if mirror is not None:
            mirror.turn_off(why)

    def wait_quiet(self) -> Awaitable[None]:
        """Return what to wait for until the devices of both are closed, of those that there are now."""
        return _all([each.wait_quiet() for each in (self._media(), self._mirror()) if each is not None])


class Pane(Protocol):
    """What is asked, as `TmuxPane`."""

    async def state(self, patience: float = ANSWER_SECONDS) -> PaneState:
        """How the pane is shown now, if tmux answers within so many seconds."""
        ...


class Idleness:
    """For how long a person has done nothing. `now` is in seconds, on any one clock."""

    def __init__(self, now: float) -> None:
        self._acted_at = now

    def acted(self, now: float) -> None:
        """They did something, or listen to somebody."""
        self._acted_at = max(self._acted_at, now)

    def remaining(self, now: float) -> float:
        """Return how long until they count as away, in seconds; 0: they do."""
        return max(0.0, self._acted_at + IDLE_SECONDS - now)


class MediaGuard:
    """Watches over what one app has on.

    `clock` tells the time of everything here, and `wall` what tmux means by it, both
    in seconds.
    """

    def __init__(
        self,
        watched: Watched,
        pane: Pane | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._watched = watched
        self._pane = pane
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._idleness = Idleness(clock())
        self._patience = ANSWER_SECONDS
        self._was_talking = False
        self._on = asyncio.Event()
        self._doubtful = asyncio.Event()

    # ------------------------------------------------------------ what it is told

    def take(self, event: OfficeEvent) -> None:
        """Something may have been turned on or off, or a conversation have ended."""
        if isinstance(event, OwnMediaChanged | PeerMediaChanged):
            self.look()

    def look(self) -> None:
        """Note what is on, and whether there is a conversation."""
        is_on, is_talking = self._watched.is_on, self._watched.is_in_conversation
        if is_talking or self._was_talking or (is_on and not self._on.is_set()):
            self.acted()  # to turn something on is to be there, by whatever way it is done
        self._was_talking = is_talking
        if is_on:
            self._on.set()
        else:
            self._on.clear()

    def acted(self) -> None:
        """The person pressed, clicked or pasted something."""
        self._idleness.acted(self._clock())

    def focus_lost(self) -> None:
        """The terminal has the focus no more: ask soon."""
        self._doubtful.set()

    # ------------------------------------------------------------ turning off

    def mute(self, why: str) -> None:
        """Turn everything off, and say why."""
        self._watched.turn_off(why)

    async def suspend(self) -> None:
        """Turn everything off, and return once it is so: after this the program may be stopped."""
        if self._watched.is_on:
            self.mute(SUSPENDED)
            quiet = _first_of(self._watched.wait_quiet(), self._sleep(CLOSE_SECONDS))
            await asyncio.gather(self._sleep(FLUSH_SECONDS), quiet)

    # ------------------------------------------------------------ asking

    async def run(self) -> None:
        """Look after the person while something is on, until cancelled."""
        while True:
            await self._on.wait()
            asked_at = self._clock()
            self._doubtful.clear()
            is_gone = self._pane is not None and not await self._is_attached(self._pane)
            self.look()
            remaining = self._idleness.remaining(self._clock())
            if self._on.is_set() and (is_gone or not remaining):
                self.mute(DETACHED if is_gone else IDLE)
                self.acted()
                remaining = IDLE_SECONDS
            until_asked = ASK_SECONDS - (self._clock() - asked_at) if self._pane is not None else remaining
            await self._pause(min(remaining, until_asked))

    async def _is_attached(self, pane: Pane) -> bool:
        state = await pane.state(self._patience)
        # One that was too slow gets more time for the next answer: a late one is better than none.
        self._patience = ANSWER_SECONDS if state.answered else ASK_SECONDS
        if state.active_at is not None:
            self._idleness.acted(self._clock() - max(0.0, self._wall() - state.active_at))
        return state.attached

    async def _pause(self, seconds: float) -> None:
        """Wait until it is time to look again: then, or with tmux when there is reason to ask."""
        if self._pane is None:
            await self._sleep(seconds)
        else:
            await _first_of(self._sleep(seconds), self._wait_for_doubt())

    async def _wait_for_doubt(self) -> None:
        await self._doubtful.wait()


async def _all(waits: Sequence[Awaitable[None]]) -> None:
    await asyncio.gather(*waits)


async def _first_of(*waits: Awaitable[None]) -> None:
    """Wait for one of these, and give up the others."""
    futures = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for future in futures:
            future.cancel()
        await asyncio.gather(*futures, return_exceptions=True)
