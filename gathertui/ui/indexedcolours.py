"""Terminals with 256 colours get the nearest of those, chosen by eye and not by the driver."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.filter import LineFilter

from gathertui.render.indexed import nearest_index


@lru_cache(maxsize=8192)
def _indexed(style: Style) -> Style:
    return style + Style(color=_indexed_colour(style.color), bgcolor=_indexed_colour(style.bgcolor))


def _indexed_colour(colour: Color | None) -> Color | None:
    if colour is None or colour.type is not ColorType.TRUECOLOR or colour.triplet is None:
        return colour
    red, green, blue = colour.triplet
    return Color.from_ansi(nearest_index(red << 16 | green << 8 | blue))


class IndexedColours(LineFilter):
    """Turns the colours of whatever is drawn into indexed ones."""

    def apply(self, segments: list[Segment], background: TextualColor) -> list[Segment]:
        """Return the segments in indexed colours."""
        return [
            Segment(text, _indexed(style) if style is not None else None, control) for text, style, control in segments
        ]
