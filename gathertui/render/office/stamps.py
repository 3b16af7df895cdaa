"""Small pictures that lie on a larger one, and are taken off again without a trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import CONTINUATION, PLAIN, SPACE, Cells

CLEAR: Final = -1
"""A background that lets the picture below through."""


class Inked(NamedTuple):
    """One cell of a stamp. `codepoint` None: nothing of it shows; `background` may be `CLEAR`."""

    codepoint: int | None
    foreground: int = 0
    background: int = CLEAR
    attributes: int = PLAIN


_CODEPOINTS, _FOREGROUND, _BACKGROUND, _ATTRIBUTES, _SHOWN, _OPAQUE = range(6)


class Stamp:
    """A picture of `rows` by `columns` cells that may have holes.

    `planes` (6, rows, columns) uint32: code points, foreground, background,
    attributes, and 1 where anything shows and where there is a background.
    """

    __slots__ = ("columns", "planes", "rows")

    def __init__(self, rows: Sequence[Sequence[Inked]]) -> None:
        self.rows, self.columns = len(rows), len(rows[0])
        cells = [
            (
                SPACE if cell.codepoint is None else cell.codepoint,
                cell.foreground,
                max(0, cell.background),
                cell.attributes,
                cell.codepoint is not None,
                cell.background != CLEAR,
            )
            for row in rows
            for cell in row
        ]
        self.planes = np.array(cells, np.uint32).T.reshape(6, self.rows, self.columns).copy()


class Placed(NamedTuple):
    """A stamp whose top left cell is the picture's (x, y); it may lie partly or wholly outside."""

    x: int
    y: int
    stamp: Stamp


class Overlay:
    """A layer of stamps, none over another, that is laid on pictures of `columns` by `rows` cells."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns, self._rows = columns, rows
        self._planes = np.zeros((6, rows, columns), np.uint32)

    def clear(self) -> None:
        """Take everything off."""
        self._planes[_ATTRIBUTES:] = 0

    def take_off(self, placed: Placed) -> None:
        """Take off a stamp that was put on."""
        x, y, stamp = placed
        left, top = max(x, 0), max(y, 0)
        self._planes[_ATTRIBUTES:, top : max(0, y + stamp.rows), left : max(0, x + stamp.columns)] = 0

    def put_on(self, placed: Placed) -> None:
        """Put on a stamp where there is none. Half a wide character that sticks out becomes a space."""
        x, y, stamp = placed
        right, bottom = x + stamp.columns, y + stamp.rows
        if x >= 0 and y >= 0 and right <= self._columns and bottom <= self._rows:
            self._planes[:, y:bottom, x:right] = stamp.planes
            return
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(right, self._columns), min(bottom, self._rows)
        if left < right and top < bottom:
            shown = stamp.planes[:, top - y : bottom - y, left - x : right - x].copy()
            _mend_halves(shown[_CODEPOINTS], stamp.planes[_CODEPOINTS, top - y : bottom - y], right - x)
            self._planes[:, top:bottom, left:right] = shown

    def lay_on(self, base: Cells, picture: Cells) -> None:
        """Make `picture` the `base` with the stamps on it. All three have one size."""
        planes = self._planes
        shown = planes[_SHOWN] != 0
        picture.codepoints[:] = base.codepoints
        picture.foreground[:] = base.foreground
        picture.background[:] = base.background
        np.copyto(picture.codepoints, planes[_CODEPOINTS], where=shown)
        np.copyto(picture.foreground, planes[_FOREGROUND], where=shown)
        np.copyto(picture.background, planes[_BACKGROUND], where=planes[_OPAQUE] != 0)
        # What lies below is never bold, and neither is a cell where nothing is shown.
        picture.attributes[:] = planes[_ATTRIBUTES]


def _mend_halves(shown: NDArray[np.uint32], whole: NDArray[np.uint32], right: int) -> None:
    """Blank the halves of wide characters of `whole` that are cut off at the left, or before its column `right`."""
    first = shown[:, 0]
    first[first == CONTINUATION] = SPACE
    if right < whole.shape[1]:
        shown[whole[:, right] == CONTINUATION, -1] = SPACE
