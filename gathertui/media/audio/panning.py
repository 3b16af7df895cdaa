"""How loud somebody is and from which side, by where they stand (pure numbers, no samples)."""

from __future__ import annotations

import math
from typing import Final

NEAR: Final = 2
"""Tiles of walking within which people are heard at full volume."""

_FAR: Final = 5
_FAR_GAIN: Final = 0.15
_WIDTH: Final = 0.8  # a voice in one ear only is tiring on headphones


def gain_at(distance: float, *, full: bool = False) -> float:
    """The gain, 0 to 1, of somebody so many tiles of walking away; 1 at any distance where `full`.

    It falls evenly in decibels, as loudness is heard: 1 within 2 tiles, 0.15 from 5 tiles on.
    """
    if full or distance <= NEAR:
        return 1.0
    way = min(1.0, (distance - NEAR) / (_FAR - NEAR))
    return float(_FAR_GAIN**way)


def pan_towards(dx: int, dy: int) -> float:
    """From which side somebody is heard who stands (dx, dy) tiles off: -0.8 is left, 0.8 right, 0 the middle."""
    return _WIDTH * dx / (abs(dx) + abs(dy) + 1)


def sides(gain: float, pan: float) -> tuple[float, float]:
    """The gains of the left and right channel at a pan from -1 to 1.

    Of equal power: the squares add up to gain² wherever it comes from.
    """
    angle = (min(1.0, max(-1.0, pan)) + 1.0) * math.pi / 4.0
    return gain * math.cos(angle), gain * math.sin(angle)
