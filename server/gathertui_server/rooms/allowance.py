"""How much work of one kind a tick may do, by what it cost lately."""

from __future__ import annotations

FIRST_GUESS = 100e-6
"""Seconds that one piece of work is taken to cost before any was done."""

_SMOOTHING = 0.2  # the weight of the newest measurement


class Allowance:
    """A share of the time, in pieces of work. `share` is a part of a core."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._cost = FIRST_GUESS

    def pieces(self, window: float) -> int:
        """How many pieces fit into the share of a tick of `window` seconds: one at least, so that work goes on."""
        return max(1, int(self._share * window / self._cost))

    def spent(self, seconds: float, pieces: int) -> None:
        """So many pieces took so many seconds."""
        if pieces:
            # A thread's clock can be coarse: nothing costs nothing.
            self._cost += _SMOOTHING * (max(seconds / pieces, 1e-6) - self._cost)
