"""Cells in the few colours that a terminal has: tones between them are mixed in a fixed pattern.

Each cell gets two colours of the palette, and each of its rectangles the one or
the other, by whether its tone lies above or below a threshold. The thresholds
are Bayer's matrix, so a picture that stands still stands still on the screen.
Colours are mixed as light, which is what the eye does with small dots.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gathertui.render.bayer import bayer_thresholds
from gathertui.render.fit.light import light_of_samples
from gathertui.render.fit.mixing import mixing_error, shares
from gathertui.render.fit.palette import Palette, Places
from gathertui.render.fit.shrink import Samples
from gathertui.render.fit.twocolours import TwoColours
from gathertui.render.glyphs import Grid

_LUMINANCE: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""How bright red, green and blue light are (ITU-R BT.709, whose primaries are sRGB's)."""

BLACK: Final = 0x000000
WHITE: Final = 0xFFFFFF


class Tones(NamedTuple):
    """For N cells of P rectangles: two colours, and how much of the brighter one each rectangle wants."""

    bright: NDArray[np.uint32]
    """(N,) 0xRRGGBB"""
    dark: NDArray[np.uint32]
    """(N,) 0xRRGGBB"""
    share: NDArray[np.float32]
    """(N, P) of the bright colour, 0 to 1, as light."""


@lru_cache(maxsize=16)
def thresholds(columns: int, rows: int, grid: Grid) -> NDArray[np.float32]:
    """From which share on each rectangle of each cell has the bright colour: (rows * columns, grid.size).

    An 8 by 8 matrix laid over the whole picture.
    """
    high, wide = rows * grid.rows, columns * grid.columns
    whole = np.tile(bayer_thresholds(8), (high // 8 + 1, wide // 8 + 1))[:high, :wide]
    cells = whole.reshape(rows, grid.rows, columns, grid.columns).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(cells.reshape(rows * columns, grid.size))


def tones_without_colour(samples: Samples) -> Tones:
    """White on black: how bright each rectangle of the (3, N, P) samples is."""
    share: NDArray[np.float32] = np.tensordot(_LUMINANCE, light_of_samples(samples), axes=(0, 0))
    bright, dark = (np.full(samples.shape[1], colour, np.uint32) for colour in (WHITE, BLACK))
    return Tones(bright, dark, share)


def tones_of(samples: Samples, best: TwoColours, palette: Palette, *, mix: bool) -> Tones:
    """Two colours of a palette for each cell of (3, N, P) samples.

    Those that look most like the best two of all colours; or, with `mix`, the
    two of these and of those that mix the cell's mean whose mixtures come nearest.
    """
    wanted = light_of_samples(samples)
    chosen = np.stack([palette.nearest(best.ink), palette.nearest(best.ground)])
    if mix:
        chosen = _best_mixed(wanted, np.stack([*chosen, *palette.mixture(best.mean)]), palette)
    brightness = (_LUMINANCE @ palette.lights)[chosen]
    chosen = np.where(brightness[0] < brightness[1], chosen[::-1], chosen)
    bright, dark = palette.lights[:, chosen[0]], palette.lights[:, chosen[1]]
    return Tones(palette.colours[chosen[0]], palette.colours[chosen[1]], shares(wanted, bright, dark))


def _best_mixed(wanted: NDArray[np.float32], places: Places, palette: Palette) -> Places:
    """Of some (K, N) colours each the two, (2, N), whose mixtures come nearest to the (3, N, P) wanted lights."""
    least = np.full(wanted.shape[1], np.inf, np.float32)
    chosen = places[:2].copy()
    for pair in combinations(range(len(places)), 2):
        two = places[list(pair)]
        error = mixing_error(wanted, palette.lights[:, two[0]], palette.lights[:, two[1]])
        better = error < least
        least[better] = error[better]
        chosen[:, better] = two[:, better]
    return chosen
