"""Brings quiet and loud people to one loudness."""

from __future__ import annotations

from typing import Final

import numpy as np

from gathertui.media.audio.decibels import decibels_of, factor_of
from gathertui.media.audio.limiter import Limiter
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Block

TARGET_DB: Final = -22.0
"""What speech is brought to, in decibels to full scale."""

_HIGHEST_DB, _LOWEST_DB = 20.0, -12.0
_UP_DB_PER_SECOND: Final = 4.0
_DOWN_DB_PER_SECOND: Final = 12.0
_SMOOTHING_SECONDS: Final = 0.4  # about two syllables
_SECONDS: Final = BLOCK / SAMPLE_RATE
_WAY: Final = np.linspace(0, 1, BLOCK, dtype=np.float32)


class AutomaticGain:
    """A slow gain that follows speech, and a limiter behind it.

    It learns from voiced blocks only: in pauses it stays as it is, so that it
    doesn't turn the room's noise up. Echo cancelling comes before it: one that had
    to follow a changing gain would do much worse.
    """

    def __init__(self) -> None:
        self._limiter = Limiter()
        self._speech_db = TARGET_DB
        self.gain_db = 0.0

    def apply(self, block: Block, *, voiced: bool) -> Block:
        """Return the block, louder or softer. `voiced`: it is a voice, and no pause."""
        before = self.gain_db
        if voiced:
            self._speech_db += (decibels_of(block) - self._speech_db) * _SECONDS / _SMOOTHING_SECONDS
            wanted = min(_HIGHEST_DB, max(_LOWEST_DB, TARGET_DB - self._speech_db))
            step = wanted - before
            self.gain_db += min(_UP_DB_PER_SECOND * _SECONDS, max(-_DOWN_DB_PER_SECOND * _SECONDS, step))
        was, becomes = factor_of(before), factor_of(self.gain_db)
        ramp = np.float32(becomes) if was == becomes else np.float32(was) + np.float32(becomes - was) * _WAY
        louder: Block = block * ramp
        self._limiter.limit(louder)
        return louder
