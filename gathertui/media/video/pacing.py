"""Which of a camera's pictures to take, for a rate below the camera's own."""

from __future__ import annotations


class Pacer:
    """Spreads `rate` pictures a second evenly over those that come."""

    def __init__(self, rate: float) -> None:
        self._period = 1 / rate
        self._due = float("-inf")

    def is_due(self, now: float, tolerance: float) -> bool:
        """Whether a picture of that time is to be taken, if it may come so many seconds early."""
        return now >= self._due - tolerance

    def take(self, now: float) -> None:
        """A picture of that time was taken."""
        # Keep the beat, unless it is lost: what was missed isn't made up for.
        following = self._due + self._period
        self._due = following if following > now else now + self._period
