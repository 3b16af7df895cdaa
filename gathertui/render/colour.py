"""Arithmetic on colours that are whole numbers, 0xRRGGBB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.uint32]


def mix(base: int, other: int, amount: float) -> int:
    """`base` moved towards `other`: 0 is `base`, 1 is `other`."""
    channels = ((base >> shift & 255, other >> shift & 255) for shift in (16, 8, 0))
    red, green, blue = (round(a + (b - a) * amount) for a, b in channels)
    return red << 16 | green << 8 | blue


def mix_many(base: Colours, other: int, amount: NDArray[np.float32] | float) -> Colours:
    """`mix` for an array of colours, with one amount or an array of the same shape."""
    mixed = np.zeros_like(base)
    for shift in (16, 8, 0):
        channel = (base >> np.uint32(shift) & np.uint32(255)).astype(np.float32)
        channel += ((other >> shift & 255) - channel) * amount
        mixed |= np.rint(channel).astype(np.uint32) << np.uint32(shift)
    return mixed
