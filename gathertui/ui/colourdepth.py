"""Textual's own drawing in as many colours as the terminal has.

Textual remembers with a style what it was drawn as, whoever's style it is. So all
apps of a process render alike, in truecolor, and those whose terminal has fewer
colours have theirs exchanged before, by the same tables as canvases.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from rich.color import Color, ColorType
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.color import Color as TextualColor
from textual.filter import LineFilter

from gathertui.render.indexed import SIXTEEN, nearest_index, nearest_sixteens
from gathertui.render.modes import ColourDepth

MIN_CONTRAST: Final = 1.25
"""Text on a ground from which it stands out less, of contrasts from 1 to 21, can't be read at all."""

_BRIGHT: Final = 8
"""The first of the 16 colours that bold leaves as it is: of those below, many terminals show the brighter one."""
_BLACK: Final = 0
_GREYS: Final = (0, 8, 7, 15)

_CHANNELS: Final = [(colour >> 16, colour >> 8 & 255, colour & 255) for colour in SIXTEEN]

SIXTEEN_THEME: Final = TerminalTheme(_CHANNELS[_BLACK], _CHANNELS[7], _CHANNELS[:_BRIGHT], _CHANNELS[_BRIGHT:])
"""What Textual takes the 16 colours for, where it draws once more what has them already: a screen below another."""


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
    """Turns the colours of whatever is drawn into the nearest of 256, or of 16.

    Of 16, text gets another one where it could not be read on its ground, and is
    not bold where terminals would make it brighter on a bright ground.
    """

    def __init__(self, depth: ColourDepth) -> None:
        super().__init__()
        self._depth = depth

    def apply(self, segments: list[Segment], background: TextualColor) -> list[Segment]:
        """Return the segments in indexed colours."""
        reduced = _to_sixteen if self._depth is ColourDepth.SIXTEEN else _to_indexed
        return [
            Segment(text, reduced(style, _has_text(text)) if style is not None else None, control)
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


def _has_text(text: str) -> bool:
    """Whether there is something to read, and not only what pictures and frames are made of."""
    return any("!" <= character <= "~" for character in text)


@lru_cache(maxsize=8192)
def _to_indexed(style: Style, has_text: bool) -> Style:
    ink, ground = _packed(style.color), _packed(style.bgcolor)
    return style + Style(
        color=None if ink is None else Color.from_ansi(nearest_index(ink)),
        bgcolor=None if ground is None else Color.from_ansi(nearest_index(ground)),
    )


@lru_cache(maxsize=8192)
def _to_sixteen(style: Style, has_text: bool) -> Style:
    ink, ground = _packed(style.color), _packed(style.bgcolor)
    pen = None if ink is None else _sixteen(ink)
    paper = None if ground is None else _sixteen(ground)
    bold = style.bold
    if ink is not None and ground is not None and pen is not None and paper is not None:
        if has_text and ink != ground:
            pen = _readable(pen, paper, is_darker=_luminance(ink) < _luminance(ground))
        if pen < _BRIGHT and paper != _BLACK:
            bold = False
    return style + Style(
        color=None if pen is None else Color.from_ansi(pen),
        bgcolor=None if paper is None else Color.from_ansi(paper),
        bold=bold,
    )


def _packed(colour: Color | None) -> int | None:
    """The colour as 0xRRGGBB, None where it is not of that kind."""
    if colour is None or colour.type is not ColorType.TRUECOLOR or colour.triplet is None:
        return None
    red, green, blue = colour.triplet
    return red << 16 | green << 8 | blue


def _sixteen(colour: int) -> int:
    return int(nearest_sixteens(np.array([colour], np.uint32))[0])


def _readable(ink: int, ground: int, *, is_darker: bool) -> int:
    """Return `ink`, or a grey that can be told from `ground`, the nearest on the ink's side. They are of 16 colours."""
    if _contrast(ink, ground) >= MIN_CONTRAST:
        return ink
    level = _luminance(SIXTEEN[ground])
    nearest = sorted(_GREYS, key=lambda grey: abs(_luminance(SIXTEEN[grey]) - level))
    told = [grey for grey in nearest if _contrast(grey, ground) >= MIN_CONTRAST]
    return next((grey for grey in told if (_luminance(SIXTEEN[grey]) < level) is is_darker), told[-1])


def _contrast(ink: int, ground: int) -> float:
    """The contrast of two of the 16 colours, from 1 to 21 (WCAG 2.1, "contrast ratio")."""
    low, high = sorted((_luminance(SIXTEEN[ink]), _luminance(SIXTEEN[ground])))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: int) -> float:
    """How bright 0xRRGGBB is, from 0 to 1 (WCAG 2.1, "relative luminance", with a plain power for the curve)."""
    red, green, blue = (math.pow((colour >> shift & 255) / 255, 2.2) for shift in (16, 8, 0))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=4096)
def _without_colours(style: Style, marked: int) -> Style:
    ground = style.bgcolor.triplet if style.bgcolor is not None else None
    reverse = False
    if ground is not None:
        # The same threshold as for canvases: Rec. 601 luma above the middle.
        reverse = 299 * ground.red + 587 * ground.green + 114 * ground.blue > 127_500
        reverse ^= (ground.red << 16 | ground.green << 8 | ground.blue) == marked
    return Style(bold=style.bold, italic=style.italic, underline=style.underline, reverse=reverse ^ bool(style.reverse))
