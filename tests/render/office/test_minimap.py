"""The whole map in a corner."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.maplocator import bundled_map
from gathertui.render.cells import CONTINUATION, Cells
from gathertui.render.office.figures import Figure
from gathertui.render.office.minimap import MiniMap, should_show
from gathertui.render.palettes import DARK
from gathertui.world.geometry import Point, Rect, Size
from gathertui.world.mapfile import load_map

OFFICE = load_map(bundled_map("office"))
NOWHERE = Rect(0, 0, 0, 0)
TINY = load_map(
    b"""
title = "Tiny"
grid = '''
####
#@ +
#  #
####
'''
[legend]
"#" = "wall"
" " = "floor"
"+" = "door"
[spawns.door]
marker = "@"
"""
)
WALL = DARK.tones["wall"].top


def person(number: int, x: int, y: int, colour: int = 0) -> Figure:
    return Figure(number, "ada", "AL", colour, Point(x, y))


def dots(cells: Cells) -> list[list[int]]:
    """The colours of half cells, row by row."""
    assert set(cells.codepoints.ravel().tolist()) == {ord("▀")}
    rows = np.empty((2 * cells.rows, cells.columns), np.uint32)
    rows[::2], rows[1::2] = cells.foreground, cells.background
    return [list(row) for row in rows.tolist()]


def test_a_dot_is_a_tile_where_there_is_room() -> None:
    small = MiniMap(TINY, DARK, columns=9, rows=9)
    assert (small.columns, small.rows) == (4, 2)
    picture = dots(small.paint([], you=None, frame=NOWHERE))
    floor = picture[1][1]
    assert floor != WALL
    assert picture == [
        [WALL, WALL, WALL, WALL],
        [WALL, floor, floor, floor],
        [WALL, floor, floor, WALL],
        [WALL, WALL, WALL, WALL],
    ]


def test_a_door_is_a_gap_in_the_walls_at_any_scale() -> None:
    picture = dots(MiniMap(TINY, DARK, columns=2, rows=9).paint([], you=None, frame=NOWHERE))
    assert [[colour == WALL for colour in row] for row in picture] == [[True, False], [True, True]]


def test_people_are_dots_of_their_colour_and_you_are_a_sign() -> None:
    small = MiniMap(TINY, DARK, columns=9, rows=9)
    people = [person(1, 1, 1), person(2, 2, 2, colour=5), person(3, 99, 0), person(4, -1, 0)]
    cells = small.paint(people, you=1, frame=NOWHERE)
    assert (chr(cells.codepoints[0, 1]), cells.foreground[0, 1]) == ("@", DARK.you)
    assert cells.foreground[1, 2] == DARK.people[5]
    assert DARK.people[0] not in (*cells.foreground.ravel().tolist(), *cells.background.ravel().tolist())


def test_walls_and_rooms_can_be_made_out_when_it_is_scaled_down() -> None:
    small = MiniMap(OFFICE, DARK, columns=40, rows=13)
    assert small.columns <= 40 and small.rows <= 13
    picture = np.array(dots(small.paint([], you=None, frame=NOWHERE)))
    inside = picture[:21]
    assert (inside[:, 0] == WALL).all(), "the western wall, which no door interrupts"
    assert len(set(picture.ravel().tolist())) > 8, "rooms differ"


def test_the_frame_lies_around_what_is_seen_and_is_cut_where_the_map_ends() -> None:
    small = MiniMap(OFFICE, DARK, columns=75, rows=21)
    plain = np.array(dots(small.paint([], you=None, frame=NOWHERE)))
    framed = np.array(dots(small.paint([], you=None, frame=Rect(60, -5, 30, 20))))
    changed = plain != framed
    assert changed[0, 60:].all() and changed[14, 60:].all() and changed[:15, 60].all() and changed[:15, 74].all()
    changed[0, 60:] = changed[14, 60:] = changed[:15, 60] = changed[:15, 74] = False
    assert not changed.any()


def test_ascii_has_walls_people_and_the_frame_as_signs() -> None:
    small = MiniMap(OFFICE, DARK, columns=75, rows=21, ascii_only=True)
    cells = small.paint([person(1, 5, 5), person(2, 9, 9)], you=1, frame=Rect(2, 2, 20, 20))
    assert cells.row_text(2)[5] == "@" and cells.row_text(4)[9] == "o"
    assert cells.row_text(1)[4] == "." and cells.row_text(0)[0] == "#"
    assert "".join(cells.row_text(y) for y in range(cells.rows)).isascii()


@pytest.mark.parametrize(("avoid", "left"), [(10, 70), (99, 0)])
def test_it_lies_in_the_corner_that_you_are_not_in_and_cuts_no_character(avoid: int, left: int) -> None:
    view = Cells(100, 30)
    for y in range(30):
        for x in range(0, 100, 2):
            view.put(x + y % 2, y, "東", foreground=1)
    small = MiniMap(OFFICE, DARK, columns=30, rows=10)
    assert small.columns == 25
    place = small.lay_on(view, [], you=None, frame=NOWHERE, avoid=avoid)
    assert (place.x, place.y) == (73 if left else 0, 0)
    codes = view.codepoints
    wide = codes == ord("東")
    assert (codes[:, 1:][wide[:, :-1]] == CONTINUATION).all()
    assert (wide[:, :-1][codes[:, 1:] == CONTINUATION]).all()
    inside = np.s_[: place.height - 1, place.x + 1 : place.x + place.width - 1]
    assert (codes[inside] == ord("▀")).all()
    edge = np.ones((place.height, place.width), np.bool_)
    edge[: place.height - 1, 1:-1] = False
    assert (view.background[: place.height, place.x : place.x + place.width][edge] == DARK.panel).all()


@given(columns=st.integers(1, 90), rows=st.integers(1, 50), view=st.tuples(st.integers(1, 60), st.integers(1, 30)))
def test_it_never_takes_more_than_it_may(columns: int, rows: int, view: tuple[int, int]) -> None:
    small = MiniMap(OFFICE, DARK, columns=columns, rows=rows)
    assert small.columns <= columns and small.rows <= rows
    small.lay_on(Cells(*view), [person(1, 3, 3)], you=1, frame=Rect(0, 0, 10, 10), avoid=0)


def test_no_cells_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one cell"):
        MiniMap(OFFICE, DARK, columns=0, rows=3)


@pytest.mark.parametrize(
    ("columns", "rows", "zoom", "shows"),
    [
        (150, 42, 1, False),
        (149, 42, 1, True),
        (150, 41, 1, True),
        (150, 42, 2, True),
        (300, 84, 2, False),
        (60, 18, 1, True),
        (59, 18, 1, False),
        (60, 17, 1, False),
    ],
)
def test_it_is_for_views_that_leave_something_out_and_have_room(
    columns: int, rows: int, zoom: int, shows: bool
) -> None:
    assert should_show(columns, rows, Size(75, 42), zoom) == shows
