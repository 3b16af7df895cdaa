"""How much work that can wait a tick may do, by what it cost lately and by what else there is to do."""

from __future__ import annotations

FIRST_GUESS = 100e-6
"""Seconds that one piece of work is taken to cost before any was done."""

_SMOOTHING = 0.2  # the weight of the newest measurement


class Allowance:
    """A part of a core, in pieces of work: what is left of `ceiling`, between `least` and `most`."""

    def __init__(self, *, least: float, most: float, ceiling: float) -> None:
        self._least = least
        self._most = most
        self._ceiling = ceiling
        self._cost = FIRST_GUESS

    def pieces(self, window: float, load: float) -> int:
        """How many pieces a tick of `window` seconds may do while `load` of a core is used, this work included."""
        share = min(self._most, max(self._least, self._ceiling - load))
        return self.within(share * window)

    def within(self, seconds: float) -> int:
        """How many pieces fit into so many seconds: one at least, so that work goes on."""
        return max(1, int(seconds / self._cost))

    def spent(self, seconds: float, pieces: int) -> None:
        """So many pieces took so many seconds."""
        if pieces:
            # A thread's clock can be coarse: nothing costs nothing.
            self._cost += _SMOOTHING * (max(seconds / pieces, 1e-6) - self._cost)
