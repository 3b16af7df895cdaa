"""What a terminal is known to show in a rectangle of its screen."""

from __future__ import annotations

from typing import Final

import numpy as np

from gathertui.render.cells import CONTINUATION, SPACE, Cells
from gathertui.render.colour import Colours
from gathertui.render.encode.selection import Mask
from gathertui.render.glyphs import FULL_BLOCK

_UNKNOWN: Final = np.uint32(0xFFFFFFFF)


class Shadow:
    """The cells that were last drawn, each known or unknown; at first none is known.

    All masks have the shape (rows, columns).
    """

    def __init__(self, columns: int, rows: int) -> None:
        self._cells = Cells(columns, rows)
        self.forget_all()

    @property
    def unknown(self) -> Mask:
        """The cells of which it is not known what they show."""
        unknown: Mask = self._cells.codepoints == _UNKNOWN
        return unknown

    def forget_all(self) -> None:
        """The terminal may show anything from now on."""
        self._cells.codepoints.fill(_UNKNOWN)

    def forget(self, left: int, top: int, right: int, bottom: int) -> None:
        """Somebody else drew on columns left..right-1 of lines top..bottom-1, which may lie outside.

        Half a wide character does not stay, so its other half is forgotten too.
        """
        codes = self._cells.codepoints
        left, right = max(left, 0), min(right, self._cells.columns)
        top, bottom = max(top, 0), min(bottom, self._cells.rows)
        if left >= right or top >= bottom:
            return
        lines = codes[top:bottom]
        if left > 0:
            lines[lines[:, left] == CONTINUATION, left - 1] = _UNKNOWN
        if right < self._cells.columns:
            lines[lines[:, right] == CONTINUATION, right] = _UNKNOWN
        lines[:, left:right] = _UNKNOWN

    def differs(self, cells: Cells, visible: Mask | None = None) -> Mask:
        """Return which cells must be drawn for the terminal to show `cells`. Unknown ones must.

        Both halves of a wide character are drawn or none. The ink of a space
        and the ground of a full block make no difference.

        With `visible`, only those cells count, and a wide character that is half
        covered counts as the space that is drawn in its place.
        """
        codes = cells.codepoints if visible is None else _shown(cells, visible)
        known = self._cells
        inked = codes != SPACE
        different: Mask = (known.foreground != cells.foreground) & inked
        different |= (known.attributes != cells.attributes) & inked
        different |= (known.background != cells.background) & (codes != FULL_BLOCK)
        different |= known.codepoints != codes
        halves = codes[:, 1:] == CONTINUATION
        if halves.any():
            either = halves & (different[:, 1:] | different[:, :-1])
            different[:, 1:] |= either
            different[:, :-1] |= either
        if visible is not None:
            different &= visible
        return different

    def record(self, cells: Cells, mask: Mask | None) -> None:
        """The masked cells (None: all) were drawn by `encode`; half a wide character as a space."""
        codes = cells.codepoints if mask is None else _shown(cells, mask)
        where = True if mask is None else mask
        known = self._cells
        np.copyto(known.codepoints, codes, where=where)
        np.copyto(known.foreground, cells.foreground, where=where)
        np.copyto(known.background, cells.background, where=where)
        np.copyto(known.attributes, cells.attributes, where=where)


def _shown(cells: Cells, mask: Mask) -> Colours:
    """Return the code points, with spaces for wide characters of which the mask has one half."""
    codes = cells.codepoints
    pairs = codes[:, 1:] == CONTINUATION
    cut = pairs & (mask[:, 1:] != mask[:, :-1])
    if cut.any():
        codes = codes.copy()
        codes[:, :-1][cut] = SPACE
        codes[:, 1:][cut] = SPACE
    return codes
