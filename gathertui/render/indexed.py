"""The nearest of a terminal's 256 indexed colours, by how it looks and not by its numbers.

Indices 16–231 are a cube of six steps a channel, 232–255 a ramp of greys, as
xterm defines them. The dark, barely tinted floors of the office lie between the
greys; measured in RGB they would fall to the cube's pure blues and reds. So the
distance is taken in CIELAB (CIE 1976, white point D65), where they fall to greys.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

FIRST: Final = 16
"""The first index whose colour is the same in every terminal."""

_STEPS: Final = (0, 95, 135, 175, 215, 255)
_CUBE: Final = [(red, green, blue) for red in _STEPS for green in _STEPS for blue in _STEPS]
_GREYS: Final = [(8 + 10 * step,) * 3 for step in range(24)]

# Linear sRGB to XYZ (IEC 61966-2-1), divided by the white point.
_XYZ: Final = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
) / np.array([[0.95047], [1.0], [1.08883]])


def _lab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB of `(n, 3)` sRGB colours from 0 to 255."""
    scaled = colours / 255.0
    linear = np.where(scaled <= 0.04045, scaled / 12.92, ((scaled + 0.055) / 1.055) ** 2.4)
    ratio = linear @ _XYZ.T
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


_TABLE: Final = _lab(np.array([*_CUBE, *_GREYS], dtype=np.float64))


@lru_cache(maxsize=4096)
def nearest_index(colour: int) -> int:
    """Return the index, 16 to 255, of the colour that looks most like `colour` (0xRRGGBB)."""
    channels = np.array([[colour >> 16, colour >> 8 & 255, colour & 255]], dtype=np.float64)
    difference = _TABLE - _lab(channels)
    return FIRST + int(np.argmin((difference * difference).sum(axis=1)))
