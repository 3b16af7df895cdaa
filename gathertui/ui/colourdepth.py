"""Textual's own drawing in as many colours as the terminal has.

Textual remembers with a style what it was drawn as, whoever's style it is. So all
apps of a process render alike, in truecolor, and those whose terminal has fewer
colours have theirs exchanged before, by the same tables as canvases.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from rich.color import Color, ColorType
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.filter import LineFilter

from gathertui.render.indexed import nearest_index, nearest_sixteens
from gathertui.render.modes import ColourDepth


def make_console() -> Console:
    """Return a console for Textual to render with, in truecolor. It never writes by itself.

    Textual makes one from this process's variables, which tell nothing of what was
    found out about the terminal, nor of one at the far end of a line.
    """
    return Console(
        color_system="truecolor",
        file=io.StringIO(),
        markup=True,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        force_terminal=True,
        no_color=False,
        safe_box=False,
        soft_wrap=False,
    )


class FewColours(LineFilter):
    """Turns the colours of whatever is drawn into the nearest of 256, or of 16."""

    def __init__(self, depth: ColourDepth) -> None:
        super().__init__()
        self._depth = depth

    def apply(self, segments: list[Segment], background: TextualColor) -> list[Segment]:
        """Return the segments in indexed colours."""
        depth = self._depth
        return [
            Segment(text, _reduced(style, depth) if style is not None else None, control)
            for text, style, control in segments
        ]


class MonoStyles(LineFilter):
    """Takes the colours off whatever is drawn: what is bright, or marked by another ground, is shown reversed."""

    def __init__(self, marked_ground: Callable[[], int]) -> None:
        super().__init__()
        self._marked_ground = marked_ground

    def apply(self, segments: list[Segment], background: TextualColor) -> list[Segment]:
        """Return the segments without colours."""
        marked = self._marked_ground()
        return [
            Segment(text, _without_colours(style, marked) if style is not None else None, control)
            for text, style, control in segments
        ]


@lru_cache(maxsize=8192)
def _reduced(style: Style, depth: ColourDepth) -> Style:
    return style + Style(color=_nearest(style.color, depth), bgcolor=_nearest(style.bgcolor, depth))


def _nearest(colour: Color | None, depth: ColourDepth) -> Color | None:
    if colour is None or colour.type is not ColorType.TRUECOLOR or colour.triplet is None:
        return colour
    red, green, blue = colour.triplet
    packed = red << 16 | green << 8 | blue
    if depth is ColourDepth.SIXTEEN:
        return Color.from_ansi(int(nearest_sixteens(np.array([packed], np.uint32))[0]))
    return Color.from_ansi(nearest_index(packed))


@lru_cache(maxsize=4096)
def _without_colours(style: Style, marked: int) -> Style:
    ground = style.bgcolor.triplet if style.bgcolor is not None else None
    reverse = False
    if ground is not None:
        # The same threshold as for canvases: Rec. 601 luma above the middle.
        reverse = 299 * ground.red + 587 * ground.green + 114 * ground.blue > 127_500
        reverse ^= (ground.red << 16 | ground.green << 8 | ground.blue) == marked
    return Style(bold=style.bold, italic=style.italic, underline=style.underline, reverse=reverse ^ bool(style.reverse))
