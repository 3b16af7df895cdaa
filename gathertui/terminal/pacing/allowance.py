"""What may be sent under a cap, counted to the byte."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

WINDOW_SECONDS: Final = 2.0
"""Over no window of this length is more sent than the cap allows."""
BURST_SECONDS: Final = 0.25
"""So much of the cap may be saved up while nothing is sent: a frame at the lowest rate."""
SMALLEST_SHARE: Final = 0.02
"""Of a second's bytes: with less than that left, nothing new is begun."""
MERGE_SECONDS: Final = 0.01
"""What is sent within this counts as sent at once, which bounds the records."""


class _Sent(NamedTuple):
    since: float
    until: float
    byte_count: int


class Allowance:
    """Bytes that may be sent, by a token bucket and by what was sent in the last two seconds.

    The bucket spreads frames evenly, the window bounds them. `cap` is
    in bytes a second; None allows everything and only counts.
    """

    def __init__(self, cap: int | None) -> None:
        self.cap = cap
        self._sent: deque[_Sent] = deque()
        self._in_window = 0
        self._tokens = 0.0 if cap is None else cap * BURST_SECONDS
        self._filled_at = 0.0

    def spend(self, byte_count: int, now: float) -> None:
        """Count what was sent."""
        self._advance(now)
        self._tokens -= byte_count
        self._in_window += byte_count
        if self._sent and now - self._sent[-1].since < MERGE_SECONDS:
            last = self._sent.pop()
            self._sent.append(_Sent(last.since, now, last.byte_count + byte_count))
        else:
            self._sent.append(_Sent(now, now, byte_count))

    def wait(self, now: float) -> float:
        """Seconds until something may be sent; 0.0 for now."""
        if self.cap is None:
            return 0.0
        self._advance(now)
        least = self.cap * SMALLEST_SHARE
        wait = max(0.0, (least - self._tokens) / self.cap)
        excess = self._in_window + least - self.cap * WINDOW_SECONDS
        for sent in self._sent:
            if excess <= 0:
                break
            excess -= sent.byte_count
            wait = max(wait, sent.until + WINDOW_SECONDS - now)
        return wait

    def rate(self, now: float) -> float:
        """Bytes a second, over the last two seconds."""
        self._advance(now)
        return self._in_window / WINDOW_SECONDS

    def _advance(self, now: float) -> None:
        while self._sent and self._sent[0].until <= now - WINDOW_SECONDS:
            self._in_window -= self._sent.popleft().byte_count
        if self.cap is not None:
            earned = self.cap * max(0.0, now - self._filled_at)
            # What could not be cut, such as a full repaint, is paid for within a window, too.
            debt = max(self._tokens, -self.cap * WINDOW_SECONDS)
            self._tokens = min(debt + earned, self.cap * BURST_SECONDS)
            self._filled_at = now
