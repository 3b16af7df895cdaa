"""People on the map: their names, their marks, and that nobody is lost in company."""

from __future__ import annotations

from typing import Any

import pytest
from wcwidth import wcwidth

from gathertui.render.cells import Cells
from gathertui.render.office.crowdlayout import FEW, names_fit
from gathertui.render.office.figures import MARKS, Figure, Status
from gathertui.render.office.mappaint import MapPainter, paint_ground
from gathertui.render.office.viewport import CellOffset
from gathertui.render.palettes import DARK, LIGHT, Palette
from gathertui.world.geometry import DIRECTIONS, Direction, Point, Size
from gathertui.world.looks import STANDARD_KINDS
from gathertui.world.tilemap import TileMap

HALL = TileMap(size=Size(30, 16), kinds=[STANDARD_KINDS["floor"]], kind_numbers=bytes(30 * 16), title="Hall")
SIGNS = {mark.sign for mark in MARKS}


def person(number: int, x: int, y: int, name: str = "ada", **more: Any) -> Figure:
    return Figure(number, name, more.pop("glyphs", "AL"), more.pop("colour", 0), Point(x, y), **more)


def paint(
    figures: list[Figure], *, zoom: int = 1, ascii_only: bool = False, palette: Palette = DARK, **more: Any
) -> Cells:
    ground = paint_ground(HALL, palette, zoom=zoom, ascii_only=ascii_only)
    painter = MapPainter(ground, palette, zoom=zoom, ascii_only=ascii_only)
    view = {"columns": 60 * zoom, "rows": 16 * zoom, "offset": CellOffset(0, 0), **more}
    return painter.paint(figures, **view)


def text(cells: Cells) -> list[str]:
    return [cells.row_text(y) for y in range(cells.rows)]


def test_marks_take_one_cell_each_have_twins_in_ascii_and_differ() -> None:
    assert {wcwidth(sign) for sign in SIGNS} == {1}
    assert all(mark.ascii.isascii() and mark.ascii.isprintable() for mark in MARKS)
    assert len(SIGNS) == len({mark.ascii for mark in MARKS}) == len(MARKS)


@pytest.mark.parametrize(
    ("more", "label"),
    [
        ({}, "ada"),
        ({"speaking": True}, "ada ♪"),
        ({"muted": True}, "ada ∅"),
        ({"speaking": True, "muted": True}, "ada ♪"),
        ({"hand": True}, "ada Ψ"),
        ({"status": Status.BUSY}, "ada •"),
        ({"status": Status.DO_NOT_DISTURB}, "ada ×"),
        ({"status": Status.AWAY}, "ada ☾"),
        ({"status": Status.TEXT}, "ada ≡"),
        ({"hand": True, "speaking": True, "status": Status.BUSY}, "ada Ψ♪•"),
    ],
)
def test_what_somebody_does_stands_after_their_name(more: dict[str, Any], label: str) -> None:
    cells = paint([person(1, 5, 5, **more)])
    assert cells.row_text(4).strip() == label
    assert cells.row_text(4).index("ada") == 10, "the name stays where it is"
    for at, sign in enumerate(cells.row_text(4)):
        mark = next((mark for mark in MARKS if mark.sign == sign), None)
        if mark is not None:
            assert cells.foreground[4, at] == getattr(DARK, mark.colour)


def test_in_ascii_the_marks_have_their_twins() -> None:
    figure = person(1, 5, 5, "Zoë", hand=True, speaking=True, status=Status.DO_NOT_DISTURB)
    assert paint([figure], ascii_only=True).row_text(4).strip() == "Zo? ^*x"


def test_a_mark_that_finds_no_room_beside_the_name_takes_its_end() -> None:
    neighbours = [person(number, x, 4, colour=3) for number, x in ((2, 3), (3, 8))]
    cells = paint([person(1, 5, 5, "grace", speaking=True), *neighbours])
    assert "grac♪" in cells.row_text(4)


def test_a_mark_goes_before_the_name_where_there_is_no_room_behind_it() -> None:
    cells = paint([person(1, 5, 5, "grace", speaking=True), person(2, 8, 4, colour=3)])
    assert "♪ grace" in cells.row_text(4)


def test_a_mark_that_finds_no_room_at_all_stands_on_the_person() -> None:
    crowd = [person(100 + x + 30 * y, x, y) for x in range(2, 9) for y in range(3, 8) if (x, y) != (5, 5)]
    cells = paint([person(1, 5, 5, speaking=True), *crowd])
    assert cells.row_text(5)[10:12] == "A♪"


@pytest.mark.parametrize("zoom", [1, 2])
def test_every_mark_of_everybody_in_a_crowd_shows(zoom: int) -> None:
    crowd = [person(1 + x + 30 * y, x, y, f"p{x}", speaking=(x + y) % 2 == 0) for x in range(4, 20, 2) for y in (4, 6)]
    everything = "".join(text(paint(crowd, zoom=zoom)))
    assert everything.count("♪") == sum(figure.speaking for figure in crowd)


def test_names_stay_where_they_are_while_people_talk_and_others_walk_far_away() -> None:
    crowd = [person(1 + x + 30 * y, x, y, f"person {x}") for x in range(2, 10, 2) for y in (4, 6)]

    def names(figures: list[Figure]) -> list[tuple[int, int]]:
        rows = text(paint(figures))[:9]
        return [(x, y) for y, row in enumerate(rows) for x in range(40) if row.startswith("person", x)]

    before = names(crowd)
    assert len(before) > 2
    talking = [figure._replace(speaking=True) for figure in crowd]
    # Where there is no room beside the name its end gives way, never its place.
    assert names(talking) == before
    assert names([person(500, 25, 13), *crowd]) == before
    assert names([person(500, 26, 13), *crowd]) == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoë", "Zoë"),
        ("東京", "東京"),
        ("ada🎉", "ada"),
        ("👩‍💻 grace", "grace"),
        ("🇩🇪x", "x"),
        ("a\u200db", "ab"),
        ("☕", ""),
    ],
)
def test_names_are_shown_without_what_terminals_draw_in_different_widths(name: str, shown: str) -> None:
    assert paint([person(1, 5, 5, name)]).row_text(4).strip() == shown


def test_without_names_only_marks_and_you_are_labelled() -> None:
    cells = paint(
        [person(1, 5, 5), person(2, 9, 5, "bob"), person(3, 13, 5, "eve", hand=True)], you=1, show_names=False
    )
    assert "".join(text(cells)[4]).split() == ["you", "Ψ"]


def test_names_show_when_asked_for_and_among_few() -> None:
    assert names_fit(FEW)
    assert not names_fit(FEW + 1)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("away", [False, True])
@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (0, 1)])
def test_neighbours_of_one_colour_stay_apart(dx: int, dy: int, away: bool, palette: Palette) -> None:
    status = Status.AWAY if away else Status.AVAILABLE
    for x in (5, 6):
        pair = [person(1, x, 5, status=status), person(2, x + dx, 5 + dy, status=status)]
        cells = paint(pair, palette=palette)
        one, other = cells.background[5, 2 * x], cells.background[5 + dy, 2 * (x + dx)]
        assert one != other


def test_who_is_set_off_stays_so_when_the_neighbour_leaves_the_view() -> None:
    pair = [person(1, 5, 6), person(2, 6, 6)]
    both = paint(pair)
    for zoom in (1, 2):
        seen = paint(pair, zoom=zoom, offset=CellOffset(12 * zoom, 0), columns=20)
        assert seen.background[7 * zoom - 1, 1] == both.background[6, 12]
        seen = paint(pair, zoom=zoom, columns=12 * zoom)
        assert seen.background[7 * zoom - 1, 12 * zoom - 2] == both.background[6, 11]


def test_neighbours_of_different_colours_keep_them() -> None:
    cells = paint([person(1, 5, 5, colour=0), person(2, 6, 5, colour=1)])
    assert cells.background[5, 10] == DARK.people[0] and cells.background[5, 12] == DARK.people[1]


@pytest.mark.parametrize("zoom", [1, 2])
def test_two_of_one_colour_on_a_tile_stay_apart(zoom: int) -> None:
    cells = paint([person(1, 4, 4, glyphs="AB"), person(2, 4, 4, glyphs="CD")], zoom=zoom)
    row = 4 * zoom + zoom - 1
    left, right = 8 * zoom, 8 * zoom + zoom
    assert (chr(cells.codepoints[row, left]), chr(cells.codepoints[row, right])) == ("A", "C")
    assert cells.background[row, left] != cells.background[row, right]


def test_zoom_2_has_initials_under_a_head_that_faces_somewhere() -> None:
    heads = set()
    for facing in DIRECTIONS:
        cells = paint([person(1, 5, 5, facing=facing, colour=2)], zoom=2)
        assert cells.row_text(11)[20:24] == "▟AL▙"
        assert cells.background[11, 21] == DARK.people[2]
        heads.add(cells.row_text(10)[21:23])
        assert cells.row_text(10)[20] == cells.row_text(10)[23] == " "
    assert heads == {"  ", " •", "••", "• "}


def test_zoom_2_has_marks_beside_the_head_and_what_is_left_over_in_the_label() -> None:
    figure = person(1, 5, 5, hand=True, speaking=True, status=Status.BUSY, facing=Direction.NORTH)
    cells = paint([figure], zoom=2)
    assert cells.row_text(10)[20:24] == "Ψ  ♪"
    assert cells.row_text(9).strip() == "ada •"
    assert paint([person(1, 5, 5, speaking=True)], zoom=2).row_text(10)[20:24] == " ••♪"
    assert paint([person(1, 5, 5, speaking=True)], zoom=2).row_text(9).strip() == "ada"


def test_zoom_2_shows_two_on_a_tile_and_counts_more() -> None:
    crowd = [person(number, 5, 5, f"p{number}", glyphs=f"{chr(64 + number)}!") for number in range(1, 5)]
    assert paint(crowd[:2], zoom=2).row_text(11)[20:24] == "A B "
    assert paint(crowd, zoom=2).row_text(11)[20:24] == "A 4 "
    assert {"p1", "p2", "p3"} <= set("".join(text(paint(crowd, zoom=2))).split())


def test_zoom_2_in_ascii_is_ascii() -> None:
    crowd = [person(number, number, 5, "Zoë", hand=True, speaking=True) for number in range(1, 5)]
    assert "".join(text(paint(crowd, zoom=2, ascii_only=True))).isascii()
