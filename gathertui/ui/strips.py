"""From our own lines to Textual's strips."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from gathertui.render.cells import clip_text, text_width


class Span(NamedTuple):
    """A piece of a line. The text is shown as it is, whatever is in it."""

    text: str
    style: Style


Line = list[Span]


def line_width(line: Iterable[Span]) -> int:
    """Cells that the line takes."""
    return sum(text_width(span.text) for span in line)


def strip_of_line(line: Iterable[Span], width: int, fill: Style, *, ellipsis: str = "…") -> Strip:
    """The line in exactly `width` cells: cut with `ellipsis` at the right, or filled up."""
    segments: list[Segment] = []
    room = width
    for text, style in line:
        shown = clip_text(text, room, ellipsis if text_width(ellipsis) <= room else "")
        segments.append(Segment(shown, style))
        taken = text_width(shown)
        room -= taken
        if shown != text:
            break
    if room > 0:
        segments.append(Segment(" " * room, fill))
    return Strip(segments, width)


def spread(left: Line, right: Line, width: int, fill: Style, *, ellipsis: str = "…") -> Strip:
    """`left` and `right` at the two ends of a line; where both don't fit, `left` is cut."""
    room = width - line_width(right)
    if room < 0:
        return strip_of_line(right, width, fill, ellipsis=ellipsis)
    return Strip.join([strip_of_line(left, room, fill, ellipsis=ellipsis), strip_of_line(right, width - room, fill)])
