"""Whether a machine keeps up, told from how often it did not."""

from __future__ import annotations

from typing import Final

_MEMORY: Final = 30  # pictures: one to two seconds
_LATE, _IN_TIME = 0.5, 0.2


class Lateness:
    """Late when half of the last pictures were, until hardly any is."""

    def __init__(self) -> None:
        self._share = 0.0
        self.is_late = False

    def add(self, late: bool) -> None:
        """Count a picture."""
        self._share += (late - self._share) / _MEMORY
        self.is_late = self._share > (_IN_TIME if self.is_late else _LATE)
