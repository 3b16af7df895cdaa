"""Which cells of a buffer are to be sent, as flat arrays, with whole glyphs only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import SPACE, Cells
from gathertui.render.colour import Colours
from gathertui.render.encode.utf8 import NARROW, RIGHT_HALF, WIDE, glyph_table
from gathertui.render.glyphs import FULL_BLOCK

Mask = NDArray[np.bool_]

_WIDEST_BRIDGE: Final = 3
"""Cells of one byte each that are not more than a skip of as many (CSI C, CSI 2 C, CSI 3 C)."""


@dataclass(slots=True)
class Selection:
    """Glyphs in reading order. All arrays have one entry a glyph."""

    xs: NDArray[np.int64]
    ys: NDArray[np.int64]
    codepoints: NDArray[np.uint32]
    foreground: Colours
    background: Colours
    attributes: NDArray[np.uint8]
    widths: NDArray[np.uint8] | None
    """In cells; None where all are 1."""

    @property
    def size(self) -> int:
        """How many glyphs there are."""
        return len(self.codepoints)


def select(cells: Cells, mask: Mask | None, resend: Mask | None = None) -> Selection:
    """Return the glyphs of the masked cells (None: all).

    Halves without their other half, and what takes no cell of its own, become
    spaces. `resend` are cells that may be drawn too, where a skip is longer.
    """
    codepoints = cells.codepoints.reshape(-1)
    if mask is None:
        places = np.arange(codepoints.size)
    else:
        places = np.flatnonzero(mask)
        if resend is not None and len(places) > 1:
            places = _bridged(cells, places, resend)
    codes = codepoints[places]
    kinds = glyph_table().kinds(codes)
    widths = None
    if len(kinds) and kinds.max() > NARROW:
        codes, keep, widths = _whole(codes, kinds, places, cells.columns)
        places, codes, widths = places[keep], codes[keep], widths[keep]
    ys = places // cells.columns
    return Selection(
        places - ys * cells.columns,
        ys,
        codes,
        cells.foreground.reshape(-1)[places],
        cells.background.reshape(-1)[places],
        cells.attributes.reshape(-1)[places],
        widths,
    )


def _whole(
    codes: Colours, kinds: NDArray[np.uint8], places: NDArray[np.int64], columns: int
) -> tuple[Colours, Mask, NDArray[np.uint8]]:
    """Return the code points with spaces for what cannot be shown, which of them begin a glyph, and their widths."""
    neighbours = places[1:] == places[:-1] + 1
    neighbours &= places[1:] % columns != 0
    pairs = (kinds[:-1] == WIDE) & (kinds[1:] == RIGHT_HALF) & neighbours
    left_half = np.append(pairs, False)
    right_half = np.append(False, pairs)
    codes = np.where((kinds == NARROW) | left_half, codes, np.uint32(SPACE))
    return codes, ~right_half, np.where(left_half, np.uint8(2), np.uint8(1))


def _bridged(cells: Cells, places: NDArray[np.int64], resend: Mask) -> NDArray[np.int64]:
    """Return the places with those between that are cheaper to draw again than to skip.

    These are at most `_WIDEST_BRIDGE` cells of one byte each that need no other
    pen than the cell before them.
    """
    codes, inks, grounds = (plane.reshape(-1) for plane in (cells.codepoints, cells.foreground, cells.background))
    weights, free = cells.attributes.reshape(-1), resend.reshape(-1)
    gaps = np.diff(places) - 1
    starts = np.flatnonzero((gaps > 0) & (gaps <= _WIDEST_BRIDGE))
    starts = starts[places[starts] // cells.columns == places[starts + 1] // cells.columns]
    if not len(starts):
        return places
    before, gaps = places[starts], gaps[starts]
    inked = (codes[before] > SPACE) & (codes[before] != FULL_BLOCK)
    fits = np.full(len(before), True)
    for step in range(1, int(gaps.max()) + 1):
        there = np.minimum(before + step, codes.size - 1)
        code = codes[there]
        same_ink = inked & (inks[there] == inks[before]) & (weights[there] == weights[before])
        same = free[there] & (code >= SPACE) & (code < 0x7F) & (grounds[there] == grounds[before])
        fits &= (step > gaps) | (same & (same_ink | (code == SPACE)))
    more = [before[fits & (gaps >= step)] + step for step in range(1, _WIDEST_BRIDGE + 1)]
    return np.sort(np.concatenate([places, *more]))
