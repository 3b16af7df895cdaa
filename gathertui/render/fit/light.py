"""Turns sRGB values into amounts of light and back.

sRGB's curve (IEC 61966-2-1) is taken as a polynomial that needs only 16-bit
whole numbers: with y = x (x + 2), 11/16 y + 5/16 y x, where 1 is white. Means come
within one step of 255 of what the exact curve gives, but for means of values
below 10 and others, where they are up to 5 too dark or bright.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

WHITE: Final = 16345
"""The light of 255. Four of them fit into 16 bits."""


def light_of(values: NDArray[np.uint8], out: NDArray[np.uint16], spare: NDArray[np.uint16]) -> None:
    """Write the light of sRGB bytes, 0 to `WHITE`, to `out`; `spare`, of the same shape, is overwritten."""
    np.copyto(spare, values)
    np.add(spare, 2, out=out)
    np.multiply(out, spare, out=out)  # y
    np.multiply(spare, out >> 8, out=spare)  # y x
    np.subtract(out, spare, out=spare)
    spare >>= 4
    spare *= 5
    np.subtract(out, spare, out=out)  # y - 5/16 (y - y x)
    # Halves go up, so that 0 and 1 stay apart.
    out += 1
    out >>= 2


def light_of_samples(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The light, from 0 to 1, of sRGB values from 0 to 255."""
    part = values * np.float32(1 / 255)
    curve = values * (values + np.float32(2)) * np.float32(1 / (255 * 257))
    return curve * (np.float32(11 / 16) + np.float32(5 / 16) * part)


@lru_cache(maxsize=8)
def values_of_light(white: int) -> NDArray[np.float32]:
    """The sRGB value, 0 to 255, of each amount of light from 0 to 65535, of which `white` is white."""
    light = np.empty(256, np.uint16)
    light_of(np.arange(256, dtype=np.uint8), light, np.empty_like(light))
    amounts, first = np.unique(light, return_index=True)
    # An index is an amount that was cut to a whole number.
    values = np.interp(np.arange(65536) + 0.5, amounts * (white / WHITE), first)
    return np.asarray(values, np.float32)
