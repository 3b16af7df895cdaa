"""Who is in another area than everybody was told: told once a second, not step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from gathertui.world.tilemap import Area

TELL_SECONDS = 1.0


class Whereabouts:
    """Calls `tell` with the avatars that changed areas, at most once a second, and with no timer while none does."""

    def __init__(self, tell: Callable[[Collection[int]], None], loop: asyncio.AbstractEventLoop) -> None:
        self._tell = tell
        self._loop = loop
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
            if self._timer is None:
                self._timer = self._loop.call_later(TELL_SECONDS, self._run)

    def left(self, avatar: int) -> None:
        """The avatar is gone."""
        self._told.pop(avatar, None)
        self._roamed.pop(avatar, None)

    def _run(self) -> None:
        self._timer = None
        roamed, self._roamed = self._roamed, {}
        if roamed:
            self._told.update(roamed)
            self._tell(roamed)

    def close(self) -> None:
        """Tell no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
