"""The nearest of a terminal's 256 or 16 colours, by how it looks and not by its numbers.

Indices 16–231 are a cube of six steps a channel, 232–255 a ramp of greys, as
xterm defines them. The dark, barely tinted floors of the office lie between the
greys; measured in RGB they would fall to the cube's pure blues and reds. So the
distance is taken in CIELAB (CIE 1976, white point D65), where they fall to greys.

Indices 0–15 are named colours that people change in their terminals. Where
there are no others, what they look like is taken from xterm.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.colour import Colours

FIRST: Final = 16
"""The first index whose colour is the same in every terminal."""

# fmt: off
SIXTEEN: Final = (
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
)
"""The colours 0 to 15 as xterm has them unless told otherwise (XTerm-col.ad)."""
# fmt: on

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
_SIXTEEN_TABLE: Final = _lab(np.array([(c >> 16, c >> 8 & 255, c & 255) for c in SIXTEEN], dtype=np.float64))
_BATCH: Final = 4096


@lru_cache(maxsize=4096)
def nearest_index(colour: int) -> int:
    """Return the index, 16 to 255, of the colour that looks most like `colour` (0xRRGGBB)."""
    channels = np.array([[colour >> 16, colour >> 8 & 255, colour & 255]], dtype=np.float64)
    difference = _TABLE - _lab(channels)
    return FIRST + int(np.argmin((difference * difference).sum(axis=1)))


def colour_of_index(index: int) -> int:
    """Return the colour, 0xRRGGBB, of an index from 0 to 255."""
    if index < FIRST:
        return SIXTEEN[index]
    red, green, blue = (*_CUBE, *_GREYS)[index - FIRST]
    return red << 16 | green << 8 | blue


def nearest_indices(colours: Colours) -> NDArray[np.uint8]:
    """Return `nearest_index` of every colour, in an array of the same shape."""
    return _remembered(FIRST).look_up(colours)


def nearest_sixteens(colours: Colours) -> NDArray[np.uint8]:
    """Return the indices, 0 to 15, of the `SIXTEEN` that look most like the colours, in an array of the same shape."""
    return _remembered(0).look_up(colours)


class _Remembered:
    """The nearest of a table for every colour that there is, found when first asked for.

    One byte a colour, 16 MiB that the operating system hands out only where they are written.
    """

    def __init__(self, table: NDArray[np.float64], first: int) -> None:
        self._table = table
        self._first = first
        self._known = np.zeros(1 << 24, np.uint8)  # the place in the table, from 1; 0 is not known yet

    def look_up(self, colours: Colours) -> NDArray[np.uint8]:
        places = self._known[colours]
        if not places.all():
            self._learn(np.unique(colours[places == 0]))
            places = self._known[colours]
        return places + np.uint8(self._first - 1) if self._first else places - np.uint8(1)

    def _learn(self, colours: Colours) -> None:
        for start in range(0, len(colours), _BATCH):
            some = colours[start : start + _BATCH]
            channels = np.stack([some >> 16, some >> 8 & 255, some & 255], axis=1).astype(np.float64)
            lab = _lab(channels)
            # The nearest has the least |b|² - 2ab; |a|² is the same for all.
            distance = (self._table * self._table).sum(axis=1) - 2 * (lab @ self._table.T)
            self._known[some] = np.argmin(distance, axis=1) + 1


@lru_cache(maxsize=2)
def _remembered(first: int) -> _Remembered:
    return _Remembered(_TABLE if first else _SIXTEEN_TABLE, first)
