"""Colours as whole numbers and as channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gathertui.render.colour import Colours


def packed(colours: NDArray[np.float32]) -> Colours:
    """Colours as 0xRRGGBB, from (3, N) sRGB, which is rounded."""
    red, green, blue = np.rint(np.clip(colours, 0, 255)).astype(np.uint32)
    whole: Colours = red << np.uint32(16) | green << np.uint32(8) | blue
    return whole


def channels(colours: Colours) -> NDArray[np.float32]:
    """0xRRGGBB of any shape as (3, N) sRGB."""
    flat = colours.ravel()
    return np.stack([flat >> np.uint32(shift) & np.uint32(255) for shift in (16, 8, 0)]).astype(np.float32)
