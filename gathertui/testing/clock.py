"""A clock that moves only when a test says so."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from itertools import count

SETTLE_TURNS = 100
"""Turns of the event loop that tasks get to react; no chain of reactions in a test is longer."""


async def settle() -> None:
    """Let every task run until it waits for something."""
    for _ in range(SETTLE_TURNS):
        await asyncio.sleep(0)


class VirtualClock:
    """Seconds of a monotonic clock: calling it tells the time, `sleep` waits on it, `advance` moves it.

    The clock is given to whatever takes `clock=` and `sleep=`, so that an hour of
    reconnecting takes no time at all.
    """

    def __init__(self, now: float = 1000.0) -> None:
        self._now = now
        self._order = count()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []

    def __call__(self) -> float:
        """Return the time."""
        return self._now

    def call_at(self, when: float, act: Callable[[], None]) -> None:
        """Have `act` called when `advance` has moved the clock to `when`; those of the same time in this order."""
        heapq.heappush(self._timers, (when, next(self._order), act))

    def call_later(self, seconds: float, act: Callable[[], None]) -> None:
        """Have `act` called when `advance` has moved the clock by `seconds`."""
        self.call_at(self._now + seconds, act)

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` has moved the clock by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        alarm = asyncio.Event()
        self.call_later(seconds, alarm.set)
        await alarm.wait()

    async def advance(self, seconds: float) -> None:
        """Move the clock; at each timer's time let everybody act before the next."""
        until = self._now + seconds
        await settle()
        while self._timers and self._timers[0][0] <= until:
            due, _, act = heapq.heappop(self._timers)
            self._now = max(self._now, due)
            act()
            await settle()
        self._now = until
        await settle()


class RunningClock(VirtualClock):
    """The same with the machine's own time, for programs that somebody watches. It can't be advanced."""

    def __call__(self) -> float:
        """Return the time."""
        return time.monotonic()

    def call_at(self, when: float, act: Callable[[], None]) -> None:
        """Have `act` called at that time."""
        asyncio.get_running_loop().call_later(when - self(), act)

    def call_later(self, seconds: float, act: Callable[[], None]) -> None:
        """Have `act` called so much later."""
        self.call_at(self() + seconds, act)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def advance(self, seconds: float) -> None:
        """Raise RuntimeError: nobody moves the machine's time."""
        raise RuntimeError("this clock runs by itself")
