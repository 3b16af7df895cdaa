"""How often a room may tell what moved, by how hard the process works. Pure: it is told the time and the CPU time."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

CALM: Final = 0.05
"""Seconds from tick to tick while there is CPU to spare."""

BUSY: Final = 0.1
"""Seconds from tick to tick in a busy office; half the frames, and nobody sees the difference."""

SLOWEST: Final = 1.0
"""Seconds that a tick is stretched to at most."""

_PERIOD: Final = 0.5  # seconds over which the load is measured
_PAUSE: Final = 2.0  # a period that long with little work had hardly a tick: whatever was before is over
_REMIND: Final = 10.0

# Parts of a core. Between the upper and the lower of a pair nothing changes: a tick half as often saves at most half.
_ABOVE_CALM, _BACK_TO_CALM = 0.20, 0.09
_ABOVE_BUSY, _BACK_TO_BUSY = 0.90, 0.70

_STRETCH: Final = 1.3
_SHRINK: Final = 0.5
_CARRIED: Final = 0.8  # the load that a shorter tick may bring at most, if all work is that of the ticks


class Strain(Enum):
    """What there is to tell of overload."""

    BEGAN = auto()
    """From here on ticks are stretched, so that all else keeps up."""
    LASTS = auto()
    """It still is so; said every ten seconds."""
    ENDED = auto()
    """There is room again."""


class Pace:
    """The tick of one room. `now` and `cpu` are in seconds, on any monotonic clock and of the thread that ticks."""

    def __init__(self, now: float, cpu: float) -> None:
        self.window = CALM
        """Seconds from tick to tick."""
        self.load = 0.0
        """The part of a core that the thread used lately, 0 to 1."""
        self.lag = 0.0
        """Seconds that ticks came late lately, on average."""
        self._since = now
        self._cpu = cpu
        self._ticks = 0
        self._late = 0.0
        self._told_at: float | None = None

    @property
    def overloaded(self) -> bool:
        """Whether ticks are stretched beyond what a busy office needs."""
        return self._told_at is not None

    def overloaded_at(self, now: float) -> bool:
        """Whether it is overloaded at `now`: not where no tick came for long, because nobody moved."""
        return self.overloaded and now - self._since <= _PAUSE + self.window

    def ticked(self, now: float, cpu: float, late: float) -> Strain | None:
        """A tick ran at `now`, `late` seconds after it was due, and the thread had used `cpu` seconds by then."""
        self._ticks += 1
        self._late += late
        period = now - self._since
        if period < _PERIOD:
            return None
        self.load = (cpu - self._cpu) / period
        self.lag = self._late / self._ticks
        self._since, self._cpu, self._ticks, self._late = now, cpu, 0, 0.0
        idle = period > _PAUSE and self.load < _BACK_TO_CALM and self.lag < self.window / 2
        self.window = CALM if idle else self._next_window()
        return self._strain(now)

    def _next_window(self) -> float:
        window, load = self.window, self.load
        if load > _ABOVE_BUSY or self.lag > window / 2:
            return min(SLOWEST, window * _STRETCH) if window >= BUSY else BUSY
        if window > BUSY:
            return max(BUSY, window * max(_SHRINK, load / _CARRIED)) if load < _BACK_TO_BUSY else window
        if load > _ABOVE_CALM:
            return min(BUSY, window * _STRETCH)
        return max(CALM, window * _SHRINK) if load < _BACK_TO_CALM else window

    def _strain(self, now: float) -> Strain | None:
        if self.window <= BUSY:
            ended = self._told_at is not None
            self._told_at = None
            return Strain.ENDED if ended else None
        if self._told_at is None:
            self._told_at = now
            return Strain.BEGAN
        if now - self._told_at >= _REMIND:
            self._told_at = now
            return Strain.LASTS
        return None
