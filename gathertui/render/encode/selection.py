"""Which cells of a buffer are to be sent, as flat arrays, with whole glyphs only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import SPACE, Cells
from gathertui.render.colour import Colours
from gathertui.render.encode.sgr import shown_reversed
from gathertui.render.encode.utf8 import NARROW, RIGHT_HALF, WIDE, glyph_table
from gathertui.render.glyphs import FULL_BLOCK
from gathertui.render.modes import ColourDepth

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


def select(cells: Cells, mask: Mask | None, resend: Mask | None, depth: ColourDepth) -> Selection:
    """Return the glyphs of the masked cells (None: all).

    Halves without their other half, and what takes no cell of its own, become
    spaces. `resend` are cells that may be drawn too, where a skip is longer.

    Where there are colours, a full block becomes a space on its ink: that takes
    a byte instead of three, and there are no seams in fonts whose full block is
    smaller than the cell.
    """
    if mask is None:
        places = np.arange(cells.codepoints.size)
    else:
        places = np.flatnonzero(mask)
        if resend is not None and len(places) > 1:
            places = _bridged(cells, places, resend, depth)
    codes, inks, grounds = _sent(cells, places, depth)
    kinds = glyph_table().kinds(codes)
    widths = None
    if len(kinds) and kinds.max() > NARROW:
        codes, keep, widths = _whole(codes, kinds, places, cells.columns)
        places, widths = places[keep], widths[keep]
        codes, inks, grounds = codes[keep], inks[keep], grounds[keep]
    ys = places // cells.columns
    return Selection(
        places - ys * cells.columns, ys, codes, inks, grounds, cells.attributes.reshape(-1)[places], widths
    )


def _sent(cells: Cells, places: NDArray[np.int64], depth: ColourDepth) -> tuple[Colours, Colours, Colours]:
    """Return code points, inks and grounds at some places, with spaces for full blocks where there are colours."""
    codes, inks, grounds = (
        plane.reshape(-1)[places] for plane in (cells.codepoints, cells.foreground, cells.background)
    )
    if depth is not ColourDepth.MONO and (solid := codes == FULL_BLOCK).any():
        codes, grounds = np.where(solid, np.uint32(SPACE), codes), np.where(solid, inks, grounds)
    return codes, inks, grounds


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


def _bridged(cells: Cells, places: NDArray[np.int64], resend: Mask, depth: ColourDepth) -> NDArray[np.int64]:
    """Return the places with those between that are cheaper to draw again than to skip.

    These are at most `_WIDEST_BRIDGE` cells of one byte each that need no other
    pen than the cell before them.
    """
    free = resend.reshape(-1)
    gaps = np.diff(places) - 1
    starts = np.flatnonzero((gaps > 0) & (gaps <= _WIDEST_BRIDGE))
    starts = starts[places[starts] // cells.columns == places[starts + 1] // cells.columns]
    if not len(starts):
        return places
    before, gaps = places[starts], gaps[starts]
    last = _pens(cells, before, depth)
    fits = np.full(len(before), True)
    for step in range(1, int(gaps.max()) + 1):
        there = np.minimum(before + step, free.size - 1)
        pen = _pens(cells, there, depth)
        same_ink = (last.codes > SPACE) & (pen.inks == last.inks) & (pen.weights == last.weights)
        same = free[there] & (pen.codes >= SPACE) & (pen.codes < 0x7F) & (pen.grounds == last.grounds)
        fits &= (step > gaps) | (same & (same_ink | (pen.codes == SPACE)))
    more = [before[fits & (gaps >= step)] + step for step in range(1, _WIDEST_BRIDGE + 1)]
    return np.sort(np.concatenate([places, *more]))


class _Pens(NamedTuple):
    """What the pen is for some cells; without colours, 1 as the ground means reverse video."""

    codes: Colours
    inks: Colours
    grounds: Colours
    weights: NDArray[np.uint8]


def _pens(cells: Cells, places: NDArray[np.int64], depth: ColourDepth) -> _Pens:
    codes, inks, grounds = _sent(cells, places, depth)
    if depth is ColourDepth.MONO:
        inks, grounds = np.zeros_like(inks), shown_reversed(codes, inks, grounds).astype(np.uint32)
    return _Pens(codes, inks, grounds, cells.attributes.reshape(-1)[places])
