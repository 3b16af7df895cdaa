"""Time stamps of what is sent: they go on while nothing is, and across encoders. Pure: takes the time."""

from __future__ import annotations

from typing import Final

TOLERANCE: Final = 0.25
"""Seconds by which a source's time stamps may run ahead of the clock or fall behind it, from packet to packet.

Encoders deliver in bursts, so there is some; a pause or another encoder is much more.
"""


class Timeline:
    """Turns the time stamps of changing sources into one row that only rises, as RTP wants it.

    A source's own steps are kept, as they are exact. Where they disagree with the
    clock (after a pause, when a source begins anew, or another one follows) the
    clock counts.
    """

    def __init__(self, rate: int) -> None:
        """`rate`: units a second, of what comes and what goes."""
        self._rate = rate
        self._last = 0
        self._last_pts: int | None = None
        self._last_now = 0.0

    def stamp(self, pts: int, now: float) -> int:
        """Return the time stamp for a packet that its source stamped `pts`."""
        if self._last_pts is not None:
            elapsed = now - self._last_now
            step = pts - self._last_pts
            if step <= 0 or abs(step / self._rate - elapsed) > TOLERANCE:
                step = max(1, round(elapsed * self._rate))
            self._last += step
        self._last_pts, self._last_now = pts, now
        return self._last

    def change_source(self) -> None:
        """Have the next packet stamped by the clock: it comes from elsewhere."""
        if self._last_pts is not None:
            self._last_pts = _NEVER


_NEVER: Final = 1 << 62  # any time stamp is a step back from here
