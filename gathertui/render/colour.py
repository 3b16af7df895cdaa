"""Colours as whole numbers, 0xRRGGBB, and as channels: what arrays of them are called, and arithmetic."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.uint32]

Picture = NDArray[np.uint8]
"""Of shape (height, width, 3): red, green and blue."""

LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
"""How bright red, green and blue look as sRGB numbers (ITU-R BT.601)."""


def pack(channels: NDArray[np.floating]) -> Colours:
    """Colours as 0xRRGGBB, from sRGB of shape (3, ...), which is cut to 0 to 255 and rounded."""
    red, green, blue = np.rint(np.clip(channels, 0, 255)).astype(np.uint32)
    whole: Colours = red << np.uint32(16) | green << np.uint32(8) | blue
    return whole


def unpack(colours: Colours) -> NDArray[np.float32]:
    """0xRRGGBB of any shape as (3, N) sRGB."""
    flat = colours.ravel()
    return np.stack([flat >> np.uint32(shift) & np.uint32(255) for shift in (16, 8, 0)]).astype(np.float32)


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
