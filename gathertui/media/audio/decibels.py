"""Loudness: how strong sounds are, and on which scale people see it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from gathertui.media.ports import Sound, Stereo

SILENCE_DB: Final = -100.0
"""What digital silence counts as."""

_METER_BOTTOM_DB: Final = -60.0
_METER_TOP_DB: Final = -6.0  # loud speech; a meter that reached 1 at full scale only would stay in its lower half


def decibels_of(sound: Sound | Stereo) -> float:
    """The strength (root of the mean square) of a sound, in decibels to full scale."""
    power = float(np.vdot(sound, sound)) / sound.size if sound.size else 0.0
    return max(SILENCE_DB, 10.0 * math.log10(power)) if power > 0 else SILENCE_DB


def factor_of(decibels: float) -> float:
    """What samples are multiplied by for a gain in decibels."""
    return float(10.0 ** (decibels / 20.0))


def meter_of(decibels: float) -> float:
    """Where a meter stands, 0 to 1, at a strength in decibels to full scale."""
    return min(1.0, max(0.0, (decibels - _METER_BOTTOM_DB) / (_METER_TOP_DB - _METER_BOTTOM_DB)))
