"""What the way to the terminal bears, told from how long its reports take."""

from __future__ import annotations

import statistics
from collections import deque
from typing import Final, NamedTuple

SMALL_FRAME: Final = 512
LARGE_FRAME: Final = 768
"""Bytes. What is smaller than the first tells of the delay, what is larger than the second of the bandwidth."""
MEMORY_SECONDS: Final = 6.0
DELAY_MEMORY_SECONDS: Final = 20.0
MAX_SAMPLES: Final = 64
SHORTEST_SECONDS: Final = 0.002
"""A transfer that seems to take less can't be measured."""
FIRST_GUESS: Final = 20_000.0
"""Bytes a second, before anything is known."""
FIRST_DELAY: Final = 0.1
"""Seconds. A delay below that is nothing to rely on."""
GROWTH: Final = 2.0
"""How much more than before one measurement can make believe: some are chance."""
SHRINKING: Final = 8.0
"""How many times slower than expected one frame can be: beyond that, the line stood still and is not so slow."""
FRESH_SECONDS: Final = 5.0
"""A measurement that is older is doubted: the line may have recovered ..."""
DOUBLING_SECONDS: Final = 5.0
"""... so the estimate doubles in every such time, and is soon tried."""


class _Sample(NamedTuple):
    at: float
    byte_count: int
    seconds: float


class LineMeter:
    """The delay and the bandwidth of one line, from frames and the times of their reports.

    One frame is on its way at a time, so a report takes the delay of an empty line
    plus the frame's bytes over the bandwidth. Small frames show the delay, with its
    jitter; what large ones take beyond them, the bandwidth.
    """

    def __init__(self) -> None:
        self._small: deque[_Sample] = deque(maxlen=MAX_SAMPLES)
        self._large: deque[_Sample] = deque(maxlen=MAX_SAMPLES)
        self._estimate = FIRST_GUESS
        self._measured_at: float | None = None
        self.delay = 0.0
        """Seconds from a small frame to its report."""

    def record(self, byte_count: int, seconds: float, now: float) -> None:
        """A frame of so many bytes was reported, or given up, after so many seconds."""
        expected = max(self.delay, FIRST_DELAY) + byte_count / self._estimate
        seconds = min(seconds, SHRINKING * expected)
        sample = _Sample(now, byte_count, seconds)
        if byte_count < SMALL_FRAME:
            self._small.append(sample)
        elif byte_count >= LARGE_FRAME:
            self._large.append(sample)
        _forget(self._small, now - DELAY_MEMORY_SECONDS)
        _forget(self._large, now - MEMORY_SECONDS)
        if self._small:
            self.delay = statistics.median(sample.seconds for sample in self._small)
        elif self._large:
            self.delay = min(sample.seconds for sample in self._large)
        if byte_count >= LARGE_FRAME:
            self._measure(now)

    @property
    def measured(self) -> bool:
        """Whether anything is known of the bandwidth."""
        return self._measured_at is not None

    def wants_small(self, now: float) -> bool:
        """Whether a small frame would tell something: only large ones were sent lately."""
        return bool(self._large) and (not self._small or now - self._small[-1].at > FRESH_SECONDS)

    def bytes_per_second(self, now: float) -> float:
        """What the line bears, as far as is known; a guess that grows when nothing was measured for long."""
        if self._measured_at is None:
            return self._estimate
        age = max(0.0, now - self._measured_at - FRESH_SECONDS)
        return float(self._estimate * 2 ** min(age / DOUBLING_SECONDS, 20.0))

    def _measure(self, now: float) -> None:
        # The newest quarter counts twice, so that a change shows within a few frames.
        telling = [*self._large, *list(self._large)[-max(1, len(self._large) // 4) :]]
        small = statistics.fmean(sample.byte_count for sample in self._small) if self._small else 0.0
        seconds = sum(sample.seconds - self.delay for sample in telling)
        byte_count = sum(sample.byte_count - small for sample in telling)
        measured = byte_count / max(seconds, len(telling) * SHORTEST_SECONDS)
        self._estimate = min(max(measured, 1.0), self.bytes_per_second(now) * GROWTH)
        self._measured_at = now


def _forget(samples: deque[_Sample], before: float) -> None:
    while len(samples) > 1 and samples[0].at < before:
        samples.popleft()
