"""Where the pictures of a conversation go: how many of which size fit into a part of the screen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

COLUMNS_A_ROW: Final = 8 / 3
"""Columns for a row of a picture of 4:3, in cells that are twice as high as wide."""

WIDEST: Final = 3.8
"""Columns for a row at most: a picture is cut at the top and the bottom before it gets smaller."""

ROUND_FACES: Final = 3.0
"""Columns for a row of a picture that loses nothing of a face: where somebody looks at themselves."""

NARROWEST: Final = 1.6
"""Columns for a row at least: it may be cut at the sides, too."""

LEAST_COLUMNS: Final = 12
LEAST_ROWS: Final = 4
"""Of a picture, without the line under it. A face in fewer cells says nothing."""

GAP: Final = 1
"""Columns between two tiles, and rows where there is room."""

OWN_COLUMNS: Final = 16
OWN_ROWS: Final = 6
"""Of your own tile where it has a place of its own, the line under it included."""

BAR_COLUMNS: Final = 22
"""A line for somebody without a picture wants so many: where there are twice as many, two stand side by side."""

MOST_BAR_ROWS: Final = 3
"""Below pictures."""


class Place(NamedTuple):
    """A rectangle in cells, from the top left corner of the part of the screen."""

    x: int
    y: int
    columns: int
    rows: int


class Arrangement(NamedTuple):
    """`rows` are taken. Fewer places than were asked for: more don't fit."""

    rows: int
    pictures: tuple[Place, ...] = ()
    bars: tuple[Place, ...] = ()
    """Lines for those without a picture."""
    yours: Place | None = None


@lru_cache(maxsize=256)
def arrange(columns: int, rows: int, *, pictures: int, bars: int, yours: bool, fills: bool = False) -> Arrangement:
    """Place so many pictures, lines for people without, and your own picture, in at most so many rows.

    With `fills` all of the place is there to be taken: what is placed stands in its
    middle, and yours is as large as the others'.
    """
    if pictures == 1 and not yours and not fills:
        beside = _with_lines_beside(columns, rows, bars)
        if beside is not None:
            return beside
    bar_rows = _bar_rows(columns, rows, pictures, bars, yours=yours)
    if yours and pictures <= 1 and not fills:
        return _with_small_own(columns, rows, pictures, bars)
    # A blank row parts the lines from the pictures.
    gap = GAP if bar_rows and not fills and rows - bar_rows > LEAST_ROWS + 2 else 0
    room = rows - bar_rows - gap
    count = pictures + yours
    places = grid(columns, room, count)
    if fills and places:
        down = (room - _bottom(places)) // 2
        places = [place._replace(y=place.y + down) for place in places]
    own = None
    if yours and places:
        # Rather one of the others less than not to see what they see.
        own = places[-1]
        places = places[:-1]
    top = room if fills else _bottom([*places, own] if own else places)
    top += gap if top else 0
    lines = _bars(0, top, columns, bar_rows, bars)
    return Arrangement(rows if fills else top + _height(lines), tuple(places), tuple(lines), own)


def grid(columns: int, rows: int, count: int) -> list[Place]:
    """Return tiles of one size, as many of `count` as fit and as large as they can be; the rows are centred."""
    best: tuple[tuple[int, float], tuple[int, int, int, int]] | None = None
    for across, down, width, height in _grids(columns, rows, count):
        shown = min(count, across * down)
        # What a picture of 4:3 would show of itself counts, and not what is cut.
        seen = min(width, (height - 1) * COLUMNS_A_ROW) * min(height - 1, width / COLUMNS_A_ROW)
        score = shown, seen
        if best is None or score > best[0]:
            best = score, (across, down, width, height)
    if best is None:
        return []
    across, down, width, height = best[1]
    gap = GAP if down * height + GAP * (down - 1) <= rows else 0
    places: list[Place] = []
    count = min(count, across * down)
    for row in range(math.ceil(count / across)):
        here = min(across, count - row * across)
        left = (columns - here * width - GAP * (here - 1)) // 2
        places += [Place(left + number * (width + GAP), row * (height + gap), width, height) for number in range(here)]
    return places


def _grids(columns: int, rows: int, count: int) -> Iterator[tuple[int, int, int, int]]:
    """All grids whose tiles are large enough: tiles across, tiles down, columns and rows of a tile."""
    for across in range(1, count + 1):
        room = (columns - GAP * (across - 1)) // across
        if room < LEAST_COLUMNS:
            break
        for down in range(1, math.ceil(count / across) + 1):
            height = (rows - GAP * (down - 1)) // down
            if height <= LEAST_ROWS:
                height = rows // down
            picture = min(height - 1, round(room / NARROWEST))
            width = min(room, int(picture * WIDEST))
            if picture < LEAST_ROWS or width < LEAST_COLUMNS:
                break
            # A picture that would be higher than 4:3 is as high as that.
            picture = min(picture, max(LEAST_ROWS, round(width / COLUMNS_A_ROW)))
            yield across, down, width, picture + 1


def _with_lines_beside(columns: int, rows: int, bars: int) -> Arrangement | None:
    """The one picture that there is at the left, the lines of the others at its right; None where they don't fit."""
    places = grid(columns, rows, 1)
    if not places:
        return None
    picture = places[0]._replace(x=0)
    left = picture.columns + 2 * GAP
    room = columns - left
    if room < BAR_COLUMNS:
        return None
    lines = _bars(left, 0, room, picture.rows, bars)
    return Arrangement(picture.rows, (picture,), tuple(lines))


def _with_small_own(columns: int, rows: int, pictures: int, bars: int) -> Arrangement:
    """Yours in a corner, the lines of the others beside it, and the one picture that there is above."""
    places: list[Place] = []
    own_rows = OWN_ROWS
    if pictures:
        room = rows - OWN_ROWS - GAP
        places = grid(columns, room, 1)
        if not places:
            both = grid(columns, rows, 2)
            if len(both) < 2:
                return Arrangement(_bottom(both), tuple(both))
            return Arrangement(_bottom(both), (both[0],), (), both[1])
    elif rows < OWN_ROWS:
        lines = _bars(0, 0, columns, rows, bars)
        return Arrangement(_height(lines), (), tuple(lines))
    top = _bottom(places) + (GAP if places else 0)
    own = Place(columns - min(OWN_COLUMNS, columns), top, min(OWN_COLUMNS, columns), own_rows)
    room = columns - OWN_COLUMNS - GAP
    lines = _bars(0, top, room, own_rows, bars) if room >= LEAST_COLUMNS else []
    return Arrangement(top + own_rows, tuple(places), tuple(lines), own)


def _bar_rows(columns: int, rows: int, pictures: int, bars: int, *, yours: bool) -> int:
    """Rows for the lines of those without a picture: pictures come first."""
    wanted = math.ceil(bars / _bars_across(columns, bars))
    if pictures or yours:
        return max(0, min(wanted, MOST_BAR_ROWS, rows - LEAST_ROWS - 4))
    return min(wanted, rows)


def _bars_across(columns: int, bars: int) -> int:
    return max(1, min(bars, (columns + GAP) // (BAR_COLUMNS + GAP)))


def _bars(left: int, top: int, columns: int, rows: int, bars: int) -> list[Place]:
    if not bars or rows <= 0:
        return []
    across = _bars_across(columns, bars)
    width = (columns - GAP * (across - 1)) // across
    shown = min(bars, across * rows)
    return [Place(left + number % across * (width + GAP), top + number // across, width, 1) for number in range(shown)]


def _bottom(places: list[Place]) -> int:
    return max((place.y + place.rows for place in places), default=0)


def _height(lines: list[Place]) -> int:
    return lines[-1].y - lines[0].y + 1 if lines else 0
