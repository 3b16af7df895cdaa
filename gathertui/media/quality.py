"""How good a connection is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Quality(IntEnum):
    """How good a connection is, for people and for the choice of pictures."""

    POOR = 1
    FAIR = 2
    GOOD = 3


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured in a moment. `loss` is a part of 1; `round_trip` and `jitter` are seconds; 0 where unknown."""

    loss: float = 0.0
    round_trip: float = 0.0
    jitter: float = 0.0


_LIMITS: Final = (
    # Speech stays clear up to 150 ms one way (ITU-T G.114) and a few lost packets in a hundred.
    (Quality.GOOD, Measure(0.03, 0.3, 0.03)),
    (Quality.FAIR, Measure(0.10, 0.6, 0.08)),
)

STEADY: Final = 3
"""Better measures in a row until a quality is called better. Worse counts at once."""


LOSING: Final = 0.01
"""From this loss on jitter counts. Without any it tells of a busy machine at either end, not of the network."""


def judge(measure: Measure) -> Quality:
    """Say how good that is."""
    jitter = measure.jitter if measure.loss >= LOSING else 0.0
    for quality, limit in _LIMITS:
        if measure.loss <= limit.loss and measure.round_trip <= limit.round_trip and jitter <= limit.jitter:
            return quality
    return Quality.POOR


class QualityMeter:
    """Follows measures down at once and up only when it lasts, so that pictures don't change size all the time."""

    def __init__(self) -> None:
        self.quality: Quality | None = None
        self._better = 0

    def observe(self, measure: Measure) -> Quality:
        """Take the next measure and return how good the connection is."""
        seen = judge(measure)
        if self.quality is None or seen < self.quality:
            self.quality = seen
            self._better = 0
        elif seen > self.quality:
            self._better += 1
            if self._better >= STEADY:
                self.quality = Quality(self.quality + 1)
                self._better = 0
        else:
            self._better = 0
        return self.quality
