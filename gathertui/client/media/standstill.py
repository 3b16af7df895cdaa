"""Whether this program stood still, because the computer slept: told by two clocks, neither of which sees it alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

LOOK_SECONDS: Final = 1.0
"""How often to look at the clocks."""

SLEEP_SECONDS: Final = 30.0
"""A look that comes so much later than it should comes after a sleep; no busy machine is that late."""


class Reading(NamedTuple):
    """What two clocks show at one moment, in seconds.

    `monotonic` stands still while a computer sleeps, on Linux and macOS; `wall` goes
    on, but may be set, forward or back.
    """

    monotonic: float
    wall: float

    def seconds_since(self, earlier: Reading) -> float:
        """How long ago that was, sleep included. A wall clock that was set back takes nothing away."""
        return max(self.monotonic - earlier.monotonic, self.wall - earlier.wall)

    def slept_since(self, look: Reading) -> bool:
        """Whether the computer slept since the last look, which was to be `LOOK_SECONDS` ago."""
        return self.seconds_since(look) - LOOK_SECONDS > SLEEP_SECONDS


class SleepWatch:
    """Looks at the clocks while something is on, and calls `slept` when the computer has slept meanwhile."""

    def __init__(
        self, read: Callable[[], Reading], *, sleep: Callable[[float], Awaitable[None]], slept: Callable[[], None]
    ) -> None:
        self._read = read
        self._sleep = sleep
        self._slept = slept
        self._is_on = asyncio.Event()
        self._seen = read()

    def set_on(self, on: bool) -> None:
        """Something is on from now, or nothing."""
        if not on:
            self._is_on.clear()
        elif not self._is_on.is_set():
            self._seen = self._read()
            self._is_on.set()

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            await self._is_on.wait()
            await self._sleep(LOOK_SECONDS)
            before, self._seen = self._seen, self._read()
            if self._is_on.is_set() and self._seen.slept_since(before):
                self._slept()
