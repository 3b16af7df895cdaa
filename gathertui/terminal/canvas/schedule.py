"""When frames are drawn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

FRAME_SECONDS: Final = 1 / 30
"""No two frames come closer to each other than this."""


class FrameSchedule:
    """Calls `draw(now)` when somebody asked for a frame: at once where the last one is some time ago.

    `draw` returns None when it has drawn one, and else in how many seconds it wants
    to be called again. `now` is in seconds of the monotonic clock. Nothing runs
    while nobody asks.
    """

    def __init__(self, draw: Callable[[float], float | None]) -> None:
        self._draw = draw
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._next_frame = 0.0
        self._is_stopped = False

    def ask(self, wait: float = 0.0) -> None:
        """Have a frame drawn in `wait` seconds, or as soon after that as there can be one."""
        if self._is_stopped:
            return
        now = time.monotonic()
        due = max(self._next_frame, now + wait)
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        self._due = due
        self._timer = asyncio.get_running_loop().call_later(due - now, self._ring)

    def stop(self) -> None:
        """Draw nothing, whoever asks, until `go`."""
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def go(self) -> None:
        """Draw again when somebody asks."""
        self._is_stopped = False

    @property
    def is_stopped(self) -> bool:
        """Whether nothing is drawn."""
        return self._is_stopped

    def _ring(self) -> None:
        self._timer = None
        now = time.monotonic()
        before, self._next_frame = self._next_frame, now + FRAME_SECONDS
        wait = self._draw(now)
        if wait is not None:
            self._next_frame = before
            self.ask(wait)
