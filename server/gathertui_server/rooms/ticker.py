"""When a room's moves go out: at once after a quiet window, else together once a window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Ticker:
    """Calls `flush` at most once in `window` seconds.

    The first change after a quiet window is flushed in the loop's next turn, so a
    quiet room answers without delay; a busy room's changes are collected. There is
    no timer while nothing changes.
    """

    def __init__(self, flush: Callable[[], None], window: float, loop: asyncio.AbstractEventLoop) -> None:
        self._flush = flush
        self._window = window
        self._loop = loop
        self._last = float("-inf")
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None

    def changed(self) -> None:
        """Something is there to flush."""
        if self._timer is not None:
            return
        due = self._last + self._window
        if due <= self._loop.time():
            self._timer = self._loop.call_soon(self._run)
        else:
            self._timer = self._loop.call_at(due, self._run)

    def _run(self) -> None:
        self._timer = None
        self._last = self._loop.time()
        self._flush()

    def close(self) -> None:
        """Flush no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
