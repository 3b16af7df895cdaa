"""A picture made of terminal cells.

A wide character takes two cells: its code point and, right of it,
`CONTINUATION`. No operation leaves half of one behind.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from wcwidth import wcwidth

from gathertui.render.colour import Colours, mix_many

CONTINUATION = 0
SPACE = 0x20

PLAIN = 0
BOLD = 1


class Cells:
    """A buffer of `rows` by `columns` cells.

    Four arrays of shape (rows, columns): `codepoints`, `foreground` and
    `background` (uint32), and `attributes` (uint8, `PLAIN` or `BOLD`).
    """

    __slots__ = ("attributes", "background", "codepoints", "foreground")

    def __init__(self, columns: int, rows: int, *, foreground: int = 0, background: int = 0) -> None:
        shape = (rows, columns)
        self.codepoints: NDArray[np.uint32] = np.full(shape, SPACE, np.uint32)
        self.foreground: Colours = np.full(shape, foreground, np.uint32)
        self.background: Colours = np.full(shape, background, np.uint32)
        self.attributes: NDArray[np.uint8] = np.zeros(shape, np.uint8)

    @property
    def columns(self) -> int:
        """Width in cells."""
        return int(self.codepoints.shape[1])

    @property
    def rows(self) -> int:
        """Height in cells."""
        return int(self.codepoints.shape[0])

    def row_text(self, y: int) -> str:
        """The characters of a row, without colours."""
        return "".join(chr(code) for code in self.codepoints[y].tolist() if code != CONTINUATION)

    def put(
        self, x: int, y: int, text: str, *, foreground: int, background: int | None = None, attributes: int = PLAIN
    ) -> int:
        """Write text that starts at cell (x, y), cut to the buffer; where it ends, as an x.

        `background` None leaves what is there. Characters without a width of
        their own are left out. A wide character of which just one half would
        show becomes a space.
        """
        codes: list[int] = []
        for character in text:
            width = cell_width(character)
            if width:
                codes += (ord(character), CONTINUATION)[:width]
        end = x + len(codes)
        left, right = max(x, 0), min(end, self.columns)
        if not 0 <= y < self.rows or left >= right:
            return end
        shown = codes[left - x : right - x]
        if shown[0] == CONTINUATION:
            shown[0] = SPACE
        if right < end and codes[right - x] == CONTINUATION:
            shown[-1] = SPACE
        self._part_wide(y, left, right)
        self.codepoints[y, left:right] = shown
        self.foreground[y, left:right] = foreground
        self.attributes[y, left:right] = attributes
        if background is not None:
            self.background[y, left:right] = background
        return end

    def fill(self, x: int, y: int, columns: int, rows: int, background: int) -> None:
        """Blank a rectangle, cut to the buffer, and give it one colour."""
        left, right = max(x, 0), min(x + columns, self.columns)
        top, bottom = max(y, 0), min(y + rows, self.rows)
        if left >= right or top >= bottom:
            return
        for row in range(top, bottom):
            self._part_wide(row, left, right)
        self.codepoints[top:bottom, left:right] = SPACE
        self.background[top:bottom, left:right] = background
        self.attributes[top:bottom, left:right] = PLAIN

    def blend(
        self, ys: NDArray[np.intp], xs: NDArray[np.intp], colour: int, amount: NDArray[np.float32] | float
    ) -> None:
        """Move the colours of the cells at (xs[i], ys[i]), ink and ground, towards `colour`.

        The cells must lie inside and none may be named twice; `amount` is 0 to 1, one for all or one each.
        """
        for plane in (self.foreground, self.background):
            plane[ys, xs] = mix_many(plane[ys, xs], colour, amount)

    def paste(self, source: Cells, x: int, y: int) -> None:
        """Copy `source` with its top left cell at (x, y), cut to the buffer.

        `source` holds no wide characters across the edge where it is cut.
        """
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + source.columns, self.columns), min(y + source.rows, self.rows)
        if left >= right or top >= bottom:
            return
        here = np.s_[top:bottom, left:right]
        there = np.s_[top - y : bottom - y, left - x : right - x]
        self.codepoints[here] = source.codepoints[there]
        self.foreground[here] = source.foreground[there]
        self.background[here] = source.background[there]
        self.attributes[here] = source.attributes[there]

    def _part_wide(self, y: int, left: int, right: int) -> None:
        """Blank what will remain of wide characters when cells left..right-1 are overwritten."""
        row = self.codepoints[y]
        if left > 0 and row[left] == CONTINUATION:
            row[left - 1] = SPACE
        if right < self.columns and row[right] == CONTINUATION:
            row[right] = SPACE


@lru_cache(maxsize=4096)
def cell_width(character: str) -> int:
    """Cells that one character takes: 0 (combining, or not printable), 1 or 2."""
    return max(0, wcwidth(character))


def text_width(text: str) -> int:
    """Cells that `Cells.put` fills with the text."""
    return sum(map(cell_width, text))


def clip_text(text: str, columns: int, ellipsis: str = "…") -> str:
    """The text, cut to `columns` cells and ended with `ellipsis` when it is longer."""
    if text_width(text) <= columns:
        return text
    room = columns - text_width(ellipsis)
    shown = ""
    for character in text:
        room -= cell_width(character)
        if room < 0:
            break
        shown += character
    return shown + ellipsis
