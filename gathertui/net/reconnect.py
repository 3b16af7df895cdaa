"""When to try again after a connection was lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

FIRST_CEILING: Final = 0.25
LAST_CEILING: Final = 15.0
MAX_RETRY_AFTER: Final = 300.0
"""Seconds. What a server may ask for at most, so that a mistake there can't keep people out for a day."""


class Backoff:
    """Exponential backoff with full jitter, so that all who lost one server don't return at once.

    The delay is even between 0 and a ceiling that doubles from 0.25 s to 15 s.
    `random` returns numbers from 0 up to 1.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._ceiling = FIRST_CEILING

    def next_delay(self, retry_after: float = 0.0) -> float:
        """Return the seconds to wait before the next attempt.

        `retry_after` is what the server asked for: it is waited out first, and the
        jitter comes on top.
        """
        jitter = self._random() * self._ceiling
        self._ceiling = min(LAST_CEILING, self._ceiling * 2)
        # Written so that a NaN counts as no wish.
        asked = min(retry_after, MAX_RETRY_AFTER) if retry_after > 0 else 0.0
        return asked + jitter

    def reset(self) -> None:
        """Start small again: the last connection was good."""
        self._ceiling = FIRST_CEILING
