"""When a room's moves go out: at once after a quiet window, else together once a window."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from gathertui_server.rooms.pace import Pace, Strain


class Ticker:
    """Calls `flush` at most once a window.

    The first change after a quiet window is flushed in the loop's next turn, so a
    quiet room answers without delay; a busy room's changes are collected. There is
    no timer while nothing changes. How long a window is says `pace`, by the CPU
    time of this thread; `strained` is called with what there is to tell of overload.
    """

    def __init__(
        self,
        flush: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
        *,
        strained: Callable[[Strain], None],
        cpu: Callable[[], float] = time.thread_time,
    ) -> None:
        self._flush = flush
        self._loop = loop
        self._strained = strained
        self._cpu = cpu
        self.pace = Pace(loop.time(), cpu())
        self._last = float("-inf")
        self._due = 0.0
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None

    def changed(self) -> None:
        """Something is there to flush."""
        if self._timer is not None:
            return
        now = self._loop.time()
        self._due = self._last + self.pace.window
        if self._due <= now:
            self._due = now
            self._timer = self._loop.call_soon(self._run)
        else:
            self._timer = self._loop.call_at(self._due, self._run)

    def _run(self) -> None:
        self._timer = None
        now = self._last = self._loop.time()
        self._flush()
        strain = self.pace.ticked(now, self._cpu(), max(0.0, now - self._due))
        if strain is not None:
            self._strained(strain)

    def close(self) -> None:
        """Flush no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
