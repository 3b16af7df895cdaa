"""What a terminal must show for an app, cell by cell: for tests that read a terminal's screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.color import Color, ColorType
from rich.segment import Segment
from textual._context import visible_screen_stack
from textual.app import App

from gathertui.render.cells import cell_width
from gathertui.render.indexed import nearest_index
from gathertui.render.modes import ColourDepth
from gathertui.terminal.canvas.app import CanvasApp

WIDE_TAIL = ""
"""The text of the cell right of a wide character."""


class ShownCell(NamedTuple):
    """A cell of a screen. Colours are 0xRRGGBB, None for the terminal's own."""

    text: str
    foreground: int | None
    background: int | None
    bold: bool

    def looks_like(self, other: ShownCell) -> bool:
        """Whether nobody could tell them apart: a space has no ink, and a full block is one on a ground of its ink."""
        one, two = self._without_full_block(), other._without_full_block()
        if one.text != two.text:
            return False
        if one.text == WIDE_TAIL:
            return True
        inked = one.text != " "
        return one.background == two.background and (
            not inked or (one.foreground, one.bold) == (two.foreground, two.bold)
        )

    def _without_full_block(self) -> ShownCell:
        """The cell, a full block as the space that looks the same; one in the terminal's own ink stays."""
        if self.text != "█" or self.foreground is None:
            return self
        return self._replace(text=" ", background=self.foreground)


class Difference(NamedTuple):
    """A cell that shows something else than it should."""

    column: int
    row: int
    expected: ShownCell | None
    shown: ShownCell | None


def expected_screen(app: App[Any]) -> list[list[ShownCell]]:
    """Return the rows of the screen as Textual composes them from the widgets as they are now.

    It asks for strips, so a canvas's cells come from its buffer, not from what was sent.
    In a terminal with 256 colours these are the nearest of those.
    """
    is_indexed = isinstance(app, CanvasApp) and app.capabilities.depth is ColourDepth.INDEXED
    with app._context():
        visible_screen_stack.set(app._background_screens)
        for screen in app.screen_stack[1:]:
            # A modal screen keeps a picture of what is behind it.
            screen._layout_cache.clear()
            screen._styles_cache.clear()
            screen._dirty_regions.add(screen.size.region)
        strips = app.screen._compositor.render_strips()
    rows = []
    for strip in strips:
        row: list[ShownCell] = []
        for segment in strip:
            row += _cells_of(segment, is_indexed)
        rows.append(row)
    return rows


def differences(expected: Sequence[Sequence[ShownCell]], shown: Sequence[Sequence[ShownCell]]) -> list[Difference]:
    """Return the cells of two screens that don't look alike."""
    found = []
    for y in range(max(len(expected), len(shown))):
        wanted = expected[y] if y < len(expected) else []
        there = shown[y] if y < len(shown) else []
        for x in range(max(len(wanted), len(there))):
            one = wanted[x] if x < len(wanted) else None
            other = there[x] if x < len(there) else None
            if one is None or other is None or not one.looks_like(other):
                found.append(Difference(x, y, one, other))
    return found


def _cells_of(segment: Segment, is_indexed: bool) -> list[ShownCell]:
    style = segment.style
    ink = _rgb(style.color, is_indexed) if style is not None else None
    ground = _rgb(style.bgcolor, is_indexed) if style is not None else None
    bold = bool(style is not None and style.bold)
    if style is not None and style.reverse:
        ink, ground = ground, ink
    cells = []
    for character in segment.text:
        cells.append(ShownCell(character, ink, ground, bold))
        if cell_width(character) == 2:
            cells.append(ShownCell(WIDE_TAIL, ink, ground, bold))
    return cells


def _rgb(colour: Color | None, is_indexed: bool) -> int | None:
    if colour is None or colour.is_default:
        return None
    if is_indexed and colour.type is ColorType.TRUECOLOR and colour.triplet is not None:
        red, green, blue = colour.triplet
        colour = Color.from_ansi(nearest_index(red << 16 | green << 8 | blue))
    red, green, blue = colour.get_truecolor()
    return red << 16 | green << 8 | blue
