"""Finds the shapes of many characters at once."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import SPACE
from gathertui.render.fit.masks import ALONE, MaskSet
from gathertui.render.glyphs import FULL_BLOCK, coverage

_END: Final = 0x20000
"""The first code point that no glyph of any mode has."""

_UNKNOWN: Final = -1


@lru_cache(maxsize=16)
def _table(masks: MaskSet) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """For each code point its row, or `_UNKNOWN`; and the rows: the cover of each glyph of the mask set."""
    codes = [SPACE, FULL_BLOCK, *masks.ink.tolist(), *masks.rest[masks.rest != ALONE].tolist()]
    row_of = np.full(_END, _UNKNOWN, np.int16)
    row_of[codes] = np.arange(len(codes))
    return row_of, np.stack([coverage(code, *masks.grid).ravel() for code in codes])


def covers(codepoints: NDArray[np.uint32], masks: MaskSet) -> NDArray[np.float32]:
    """How much of each of the P rectangles the characters' ink covers: (N, P), from (N,) code points.

    Other characters than the mask set's may be among them; one of unknown
    shape has no ink.
    """
    row_of, rows = _table(masks)
    which = row_of[np.minimum(codepoints, _END - 1)]
    found = rows[which]
    strange = np.flatnonzero(which == _UNKNOWN)
    for code in np.unique(codepoints[strange]).tolist():
        found[strange[codepoints[strange] == code]] = coverage(code, *masks.grid).ravel()
    return found
