"""Walks several steps by itself: what a count before a direction asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from gathertui.client.model import StepOutcome
from gathertui.world.geometry import Direction

PACE_SECONDS: Final = 0.125
"""Between two steps: a little slower than allowed, so that none is refused."""

WALKS: Final = {
    "walk-north": Direction.NORTH,
    "walk-east": Direction.EAST,
    "walk-south": Direction.SOUTH,
    "walk-west": Direction.WEST,
}
"""The commands that walk."""


class Alarm(Protocol):
    """What a timer can do."""

    def stop(self) -> None:
        """Don't ring."""


class Walker:
    """Takes the first step at once and the others at a walking pace, until something is in the way.

    `step` takes a step. `set_timer` calls a function after some seconds, once.
    """

    def __init__(
        self, step: Callable[[Direction], StepOutcome], set_timer: Callable[[float, Callable[[], None]], Alarm]
    ) -> None:
        self._step = step
        self._set_timer = set_timer
        self._direction = Direction.SOUTH
        self._left = 0
        self._counted = False
        self._alarm: Alarm | None = None

    def walk(self, direction: Direction, steps: int = 1) -> None:
        """Go `steps` tiles, instead of where a walk was going before."""
        self.stop()
        self._direction, self._left = direction, steps
        self._counted = steps > 1
        self._go()

    def stop(self) -> None:
        """Stand still."""
        self._left = 0
        if self._alarm is not None:
            self._alarm.stop()
            self._alarm = None

    def _go(self) -> None:
        self._alarm = None
        outcome = self._step(self._direction)
        if outcome in (StepOutcome.TURNED, StepOutcome.BLOCKED, StepOutcome.OFFLINE):
            self._left = 0
        elif outcome is StepOutcome.MOVED:
            self._left -= 1
        elif not self._counted:
            self._left = 0  # too fast: a key that is held brings the next step soon enough
        if self._left > 0:
            self._alarm = self._set_timer(PACE_SECONDS, self._go)
