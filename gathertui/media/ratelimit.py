"""How much of something is let through. Pure: takes the time."""

from __future__ import annotations


class RateLimit:
    """Lets so many a second through in the long run, and a second's worth at once (a token bucket)."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._credit = rate
        self._at: float | None = None

    def allows(self, now: float) -> bool:
        """Whether one more may pass at that time, in seconds; if so it counts."""
        if self._at is not None:
            self._credit = min(self._rate, self._credit + (now - self._at) * self._rate)
        self._at = now
        if self._credit < 1:
            return False
        self._credit -= 1
        return True
