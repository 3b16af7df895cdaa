"""Whether somebody speaks."""

from __future__ import annotations

from typing import Final

from gathertui.media.audio.decibels import decibels_of
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Block

HANGOVER: Final = 40
"""Blocks that count as speech after the last loud one: 400 ms, longer than the pauses within a sentence."""

_SECONDS: Final = BLOCK / SAMPLE_RATE
_ABSOLUTE_DB: Final = -58.0  # what a noise suppressor leaves of a quiet room is below it
_ABOVE_FLOOR_DB: Final = 9.0
_LOWEST_FLOOR_DB: Final = -75.0
_FLOOR_FALLS: Final = 0.25  # of the way, a block
_SLOW_RISE_DB: Final = 1.5 * _SECONDS  # while it may be speech: not much over a long sentence
_QUICK_RISE_DB: Final = 25.0 * _SECONDS  # while it surely isn't
_SURELY_NOT: Final = 0.1
_CERTAIN: Final = 4


class VoiceActivity:
    """Tells speech by its strength over the noise's, from blocks of 10 ms.

    `sending` errs on the side of sending: one block that is loud enough opens it, so
    that no first consonant is lost. `speaking` is for people's eyes: it takes four
    loud blocks of the last eight, so that a key press doesn't look like a word.
    """

    def __init__(self) -> None:
        self._floor_db = _LOWEST_FLOOR_DB
        self._since_loud = HANGOVER
        self._since_speech = HANGOVER
        self._recent = 0
        self.decibels = _LOWEST_FLOOR_DB
        self.voiced = False
        """Whether the last block itself was a voice, and no pause between words."""

    @property
    def sending(self) -> bool:
        """Whether what the microphone hears may matter to others."""
        return self._since_loud < HANGOVER

    @property
    def speaking(self) -> bool:
        """Whether it looks like a voice."""
        return self._since_speech < HANGOVER

    def update(self, block: Block, probability: float) -> None:
        """Look at the next block. `probability` is the noise suppressor's, 0 to 1, of speech."""
        self.decibels = now = decibels_of(block)
        loud = now > max(_ABSOLUTE_DB, self._floor_db + _ABOVE_FLOOR_DB)
        self._follow_floor(now, probability)
        self._recent = (self._recent << 1 | loud) & 0xFF
        self._since_loud = 0 if loud else self._since_loud + 1
        spoken = loud and self._recent.bit_count() >= _CERTAIN
        self._since_speech = 0 if spoken else self._since_speech + 1
        self.voiced = loud and self.speaking

    def _follow_floor(self, now: float, probability: float) -> None:
        if now < self._floor_db:
            self._floor_db += (max(now, _LOWEST_FLOOR_DB) - self._floor_db) * _FLOOR_FALLS
        else:
            rise = _QUICK_RISE_DB if probability < _SURELY_NOT else _SLOW_RISE_DB
            self._floor_db = min(now, self._floor_db + rise)
