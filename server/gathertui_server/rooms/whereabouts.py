"""Who is in another area than everybody was told: told once a second, not step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from gathertui.world.tilemap import Area

TELL_SECONDS = 1.0


class Whereabouts:
    """Calls `due` a second after an avatar changed areas; `drain` says which did. No timer runs while none does."""

    def __init__(self, due: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        self._due = due
        self._loop = loop
        self._is_due = False
        self._told: dict[int, Area | None] = {}
        self._roamed: dict[int, Area | None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def appeared(self, avatar: int, area: Area | None) -> None:
        """Everybody was just told that the avatar is here."""
        self._told[avatar] = area

    def moved(self, avatar: int, area: Area | None) -> None:
        """The avatar is here now."""
        # Told even when it is back: who saw it there and looks elsewhere by now believes that it still is.
        if self._told[avatar] is not area or avatar in self._roamed:
            self._roamed[avatar] = area
            if self._timer is None and not self._is_due:
                self._timer = self._loop.call_later(TELL_SECONDS, self._run)

    def left(self, avatar: int) -> None:
        """The avatar is gone."""
        self._told.pop(avatar, None)
        self._roamed.pop(avatar, None)

    def drain(self) -> Collection[int]:
        """Return the avatars to tell of now: none until that is due."""
        if not self._is_due:
            return ()
        self._is_due = False
        roamed, self._roamed = self._roamed, {}
        self._told.update(roamed)
        return roamed

    def _run(self) -> None:
        self._timer = None
        self._is_due = True
        self._due()

    def close(self) -> None:
        """Tell no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
