"""Taking a step: walls and speed.

The client predicts its own steps with this code and the server checks them
with it, so a step that looks right is right.
"""

from __future__ import annotations

from gathertui.world.geometry import Direction, Point
from gathertui.world.tilemap import TileMap

STEPS_PER_SECOND = 10.0

WALKER_BURST = 3
"""Steps that may follow each other at once when somebody has stood still."""

CHECKER_BURST = 6
"""The same on the server: a network delivers even steps in clumps, and those must pass."""


PATIENCE = 60
"""Impossible steps that are put up with at once: too fast, or into a wall that somebody faces already."""

PATIENCE_PER_SECOND = 5.0
"""How many are forgotten a second. A line that stalls for two seconds and then delivers all makes about 15 of them."""


def destination(tilemap: TileMap, position: Point, direction: Direction) -> Point | None:
    """Where a step leads, or None where a wall, furniture or the map's edge is in the way."""
    there = position.neighbour(direction)
    return there if tilemap.is_open(there) else None


class StepBudget:
    """A token bucket: `rate` steps a second on average, `burst` at once."""

    __slots__ = ("_burst", "_rate", "_steps", "_then")

    def __init__(self, *, rate: float = STEPS_PER_SECOND, burst: int = WALKER_BURST) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._steps = self._burst
        self._then = 0.0

    def take(self, now: float) -> bool:
        """Spend one step at `now`; False, and nothing spent, when there is none left."""
        steps = self._refilled(now)
        self._then = now
        if steps < 1.0:
            self._steps = steps
            return False
        self._steps = steps - 1.0
        return True

    def wait(self, now: float) -> float:
        """Seconds until `take` will say yes; 0 when it would now."""
        return max(0.0, (1.0 - self._refilled(now)) / self._rate)

    def _refilled(self, now: float) -> float:
        # A clock that steps back must not take steps away.
        elapsed = now - self._then
        steps = self._steps + elapsed * self._rate if elapsed > 0.0 else self._steps
        return steps if steps < self._burst else self._burst
