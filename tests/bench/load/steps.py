"""When which step was sent, so that whoever reads of it knows how long that took."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

_REMEMBERED = 64

_TRANSIT = 0.1
"""Seconds after which a step must have reached the server: the next tick tells it, or what superseded it."""


@dataclass(slots=True)
class SentStep:
    """A step, where it leads, and when it was written to the socket (`time.perf_counter`)."""

    seq: int
    place: tuple[int, int, int]
    """x, y and facing. Of a refused step it is a place where nobody is."""
    at: float


@dataclass(slots=True)
class StepLog:
    """The last steps of each avatar that this process walks, and how fast others learnt of them."""

    steps: dict[int, deque[SentStep]] = field(default_factory=dict)
    measuring: bool = False
    latencies: list[float] = field(default_factory=list)
    """Seconds from a step's sending to its reading, for each observer that had the walker in sight."""
    superseded: int = 0
    """Steps that an observer was not told of because another followed before the next tick."""
    missed: int = 0
    """Steps that an observer should have been told of."""

    def join(self, avatar: int) -> deque[SentStep]:
        """Return the log of an avatar, to be written to."""
        return self.steps.setdefault(avatar, deque(maxlen=_REMEMBERED))

    def begin(self) -> None:
        """Measure from here on."""
        self.latencies.clear()
        self.superseded = self.missed = 0
        self.measuring = True

    def newest(self, avatar: int) -> int:
        """Return the seq of an avatar's last step, 0 where there is none."""
        steps = self.steps.get(avatar)
        return steps[-1].seq if steps else 0

    def read(self, avatar: int, place: tuple[int, int, int], at: float, last: int, ticked: float) -> int:
        """Somebody who knew of step `last` read at `at` where the avatar is; return the seq of that step.

        `ticked` is when they read the tick before.
        """
        skipped: list[SentStep] = []
        for step in self.steps[avatar]:
            if step.seq <= last:
                continue
            if step.place != place:
                skipped.append(step)
                continue
            if self.measuring:
                self.latencies.append(at - step.at)
                missed = sum(step.at < ticked - _TRANSIT for step in skipped)
                self.missed += missed
                self.superseded += len(skipped) - missed
            return step.seq
        return last
