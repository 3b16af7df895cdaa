"""From our own lines to Textual's strips."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from gathertui.render.cells import cell_width, clip_text, text_width


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


def changed_cells(before: Strip, after: Strip) -> range:
    """Return the columns from the first to the last one in which two lines of the same width differ."""
    old, new = _cells(before), _cells(after)
    differing = [column for column, (one, other) in enumerate(zip_longest(old, new)) if one != other]
    return range(differing[0], differing[-1] + 1) if differing else range(0)


def _cells(strip: Strip) -> list[tuple[str, int, Style | None]]:
    """What stands in each column: a character, which of its columns it is, and its style."""
    cells: list[tuple[str, int, Style | None]] = []
    for text, style, _ in strip:
        for character in text:
            width = cell_width(character)
            if not width and cells:
                cells[-1] = (cells[-1][0] + character, *cells[-1][1:])
            cells += [(character, column, style) for column in range(width)]
    return cells
