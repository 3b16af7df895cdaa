"""Turns microphone and camera off when nobody is at this terminal any more: suspended, or detached from tmux.

A detach tells us nothing, so tmux is asked: when the focus goes, and every few
seconds while something is on. While all is off nothing is asked. Another window
of tmux in front is no reason: people listen while they work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from gathertui.client.events import OfficeEvent, OwnMediaChanged
from gathertui.client.media.port import Media
from gathertui.client.media.state import Switch
from gathertui.terminal.tmuxpane import PaneState

ASK_SECONDS: Final = 5.0
"""How often tmux is asked while something is on."""

DETACHED: Final = "The microphone and the camera are off: nobody is attached to tmux."
SUSPENDED: Final = "The microphone and the camera are off: the office was suspended."

FLUSH_SECONDS: Final = 0.15
"""What the server is told has left by then, and the devices are closed."""


class Pane(Protocol):
    """What is asked, as `TmuxPane`."""

    async def state(self) -> PaneState:
        """How the pane is shown now."""
        ...


class MediaGuard:
    """Watches over one app's media. `media` returns that of the office that is open, None where none is."""

    def __init__(
        self,
        media: Callable[[], Media | None],
        pane: Pane | None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._media = media
        self._pane = pane
        self._sleep = sleep
        self._on = asyncio.Event()
        self._doubtful = asyncio.Event()

    def take(self, event: OfficeEvent) -> None:
        """Something may have been turned on or off."""
        if isinstance(event, OwnMediaChanged):
            self._look()

    def _look(self) -> bool:
        """Note and return whether there is anything to turn off."""
        media = self._media()
        on = media is not None and (media.own.microphone is not Switch.OFF or media.own.camera is not Switch.OFF)
        if on:
            self._on.set()
        else:
            self._on.clear()
        return on

    def focus_lost(self) -> None:
        """The terminal has the focus no more: ask soon."""
        self._doubtful.set()

    def mute(self, why: str) -> None:
        """Turn everything off, and say why."""
        media = self._media()
        if media is not None:
            media.mute_all(why)

    async def suspend(self) -> None:
        """Turn everything off, and return once it is so: after this the program may be stopped."""
        if self._look():
            self.mute(SUSPENDED)
            await self._sleep(FLUSH_SECONDS)

    async def run(self) -> None:
        """Ask tmux while something is on, until cancelled."""
        if self._pane is None:
            return
        while True:
            await self._on.wait()
            if not (await self._pane.state()).attached and self._look():
                self.mute(DETACHED)
            self._doubtful.clear()
            await self._pause()

    async def _pause(self) -> None:
        """Wait until it is time to ask again."""
        waits = [asyncio.ensure_future(self._sleep(ASK_SECONDS)), asyncio.ensure_future(self._doubtful.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
