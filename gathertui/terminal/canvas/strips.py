"""The rows of a canvas as Textual's strips."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

import numpy as np
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.filter import LineFilter
from textual.strip import Strip

from gathertui.render.cells import BOLD, CONTINUATION, SPACE, Cells


@lru_cache(maxsize=65536)
def _style(ink: int, ground: int, bold: bool) -> Style:
    colour, behind = (Color.from_rgb(value >> 16, value >> 8 & 255, value & 255) for value in (ink, ground))
    return Style(color=colour, bgcolor=behind, bold=bold)


def segments_of_cells(cells: Cells, row: int, left: int = 0, right: int | None = None) -> list[Segment]:
    """Part of a row, from column `left` to `right`, excluded. A wide character cut in two shows as a space."""
    right = cells.columns if right is None else right
    codes = cells.codepoints[row, left:right]
    if not len(codes):
        return []
    if codes[0] == CONTINUATION or (right < cells.columns and cells.codepoints[row, right] == CONTINUATION):
        codes = codes.copy()
        if codes[0] == CONTINUATION:
            codes[0] = SPACE
        if right < cells.columns and cells.codepoints[row, right] == CONTINUATION:
            codes[-1] = SPACE
    ink, ground = cells.foreground[row, left:right], cells.background[row, left:right]
    attributes = cells.attributes[row, left:right]
    differs = (ink[1:] != ink[:-1]) | (ground[1:] != ground[:-1]) | (attributes[1:] != attributes[:-1])
    starts = [0, *(np.flatnonzero(differs) + 1).tolist(), len(codes)]
    segments = []
    for start, end in pairwise(starts):
        text = "".join(map(chr, codes[start:end][codes[start:end] != CONTINUATION].tolist()))
        style = _style(int(ink[start]), int(ground[start]), bool(attributes[start] & BOLD))
        segments.append(Segment(text, style))
    return segments


def strip_of_cells(cells: Cells, row: int) -> Strip:
    """One row of a picture."""
    return Strip(segments_of_cells(cells, row), cells.columns)


class CellSource(Protocol):
    """Who owns cells."""

    @property
    def cells(self) -> Cells | None:
        """The cells as they are now."""


class CanvasStrip(Strip):
    """Part of a row of a canvas: what is there whenever somebody looks.

    Written to the terminal it steps over its cells, which the canvas draws itself.
    Everybody else (a screenshot, a modal screen that shows it in its background,
    the mouse) finds the segments that are there at that moment.
    """

    __slots__ = ("_left", "_right", "_row", "_source")

    def __init__(self, source: CellSource, row: int, left: int, right: int) -> None:
        self._source, self._row, self._left, self._right = source, row, left, max(left, right)
        self._cell_length = self._cell_count = self._right - left
        self._render_cache = None
        self._link_ids = None

    @property
    def _segments(self) -> list[Segment]:  # type: ignore[override]  # a view of what Strip keeps
        cells, width = self._source.cells, self._right - self._left
        if cells is None or self._row >= cells.rows or self._right > cells.columns:
            return [Segment(" " * width)]  # the canvas is about to be drawn in another size
        return segments_of_cells(cells, self._row, self._left, self._right)

    def settled(self) -> Strip:
        """An ordinary strip of what is there now."""
        return Strip(self._segments, self._cell_length)

    def render(self, console: Console) -> str:
        """Step over the cells."""
        width = self._right - self._left
        return f"\x1b[{width}C" if width else ""

    def divide(self, cuts: Iterable[int]) -> list[Strip]:
        """Cut it at these columns; what is right of the last is dropped."""
        pieces: list[Strip] = []
        start = self._left
        for cut in cuts:
            end = min(self._left + cut, self._right)
            pieces.append(CanvasStrip(self._source, self._row, start, end))
            start = end
        return pieces

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The part between two columns."""
        left = min(self._left + max(0, start), self._right)
        right = self._right if end is None else min(self._left + end, self._right)
        return CanvasStrip(self._source, self._row, left, right)

    # What follows keeps its results in the strip, and those of a canvas change.

    def adjust_cell_length(self, cell_length: int, style: Style | None = None) -> Strip:
        """As of an ordinary strip."""
        return self.settled().adjust_cell_length(cell_length, style)

    def extend_cell_length(self, cell_length: int, style: Style | None = None) -> Strip:
        """As of an ordinary strip."""
        return self.settled().extend_cell_length(cell_length, style)

    def apply_filter(self, filter: LineFilter, background: TextualColor) -> Strip:  # noqa: A002  # its name there
        """As of an ordinary strip."""
        return self.settled().apply_filter(filter, background)

    def crop_extend(self, start: int, end: int, style: Style | None) -> Strip:
        """As of an ordinary strip."""
        return self.settled().crop_extend(start, end, style)

    def apply_style(self, style: Style) -> Strip:
        """As of an ordinary strip."""
        return self.settled().apply_style(style)

    def apply_offsets(self, x: int, y: int) -> Strip:
        """As of an ordinary strip."""
        return self.settled().apply_offsets(x, y)
