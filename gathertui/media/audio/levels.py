"""How loud everybody is, for rings and meters."""

from __future__ import annotations

from typing import Final

from gathertui.media.audio.decibels import SILENCE_DB, meter_of

SPEAKING_DB: Final = -45.0
"""What comes from somebody and is louder is their voice: their side sends nothing else, or has cleaned it."""

_HELD_SECONDS: Final = 0.25
_FALLING: Final = 1.5  # meters a second


class Meter:
    """The level of one stream, which rises at once and falls evenly. `now` is in seconds, of any clock."""

    def __init__(self) -> None:
        self._level = 0.0
        self._at = 0.0
        self._spoke_at = -_HELD_SECONDS
        self._told = (0.0, False)

    def hear(self, decibels: float, speaking: bool, now: float) -> None:
        """Note how loud the stream is."""
        self._level = max(meter_of(decibels), self.level(now))
        self._at = now
        if speaking:
            self._spoke_at = now

    def level(self, now: float) -> float:
        """The level, 0 to 1."""
        return max(0.0, self._level - _FALLING * max(0.0, now - self._at))

    def is_speaking(self, now: float) -> bool:
        """Whether there was a voice until a moment ago."""
        return now - self._spoke_at < _HELD_SECONDS

    def silence(self) -> None:
        """The stream ended."""
        self.hear(SILENCE_DB, False, self._at)
        self._level, self._spoke_at = 0.0, self._at - _HELD_SECONDS

    def is_resting(self, now: float) -> bool:
        """Whether nothing will change until something is heard."""
        return self.level(now) == 0.0 and not self.is_speaking(now)

    def changed(self, now: float) -> bool:
        """Whether it looks different from when this was last asked, by a hundredth or more."""
        shown = (round(self.level(now), 2), self.is_speaking(now))
        if shown == self._told:
            return False
        self._told = shown
        return True
