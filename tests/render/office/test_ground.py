"""Floors, walls and furniture, and the light on them."""

from __future__ import annotations

import numpy as np
import pytest

from gathertui.maplocator import bundled_map
from gathertui.render.cells import CONTINUATION, SPACE, cell_width
from gathertui.render.office.backdrop import Backdrop
from gathertui.render.office.ground import paint_ground
from gathertui.render.office.viewport import CellOffset
from gathertui.render.palettes import DARK, LIGHT, Palette
from gathertui.world.geometry import Point
from gathertui.world.hearing import earshot
from gathertui.world.mapfile import load_map

OFFICE = load_map(bundled_map("office"))
ROOM = load_map(
    b"""
title = "Room"
grid = '''
####+####
#@  P   #
+   h   #
#  TTT  #
#########
'''
[legend]
"#" = "wall"
" " = "floor"
"+" = "door"
"P" = "plant"
"h" = "chair"
"T" = "table"
[spawns.door]
marker = "@"
"""
)


def rows(palette: Palette = DARK, **options: object) -> list[str]:
    cells = paint_ground(ROOM, palette, **options)  # type: ignore[arg-type]
    return [cells.row_text(y) for y in range(cells.rows)]


def test_zoom_2_is_drawn_with_shapes_of_its_own() -> None:
    assert rows(zoom=2) == [
        "████████████████╌╌╌╌████████████████",
        "████████████████████████████████████",
        "████            ▟██▙            ████",
        "████            ▝██▘            ████",
        "█╎╎█             ▄▄             ████",
        "█╎╎█             ██             ████",
        "████        ████████████        ████",
        "████        ▀▀▀▀▀▀▀▀▀▀▀▀        ████",
        "████████████████████████████████████",
        "████████████████████████████████████",
    ]


@pytest.mark.parametrize(
    ("options", "level", "upright"),
    [
        ({}, "▄▄", "▐▌"),
        ({"ascii_only": True}, "XX", "XX"),
        ({"zoom": 2}, "▄▄▄▄", "█▐▌█"),
        ({"zoom": 2, "ascii_only": True}, "XXXX", "XXXX"),
    ],
)
def test_a_shut_door_is_solid(options: dict[str, object], level: str, upright: str) -> None:
    size = 2 * int(str(options.get("zoom", 1)))
    shut, open_ = rows(shut=[Point(4, 0)], **options), rows(**options)
    assert shut[0][4 * size : 5 * size] == level != open_[0][4 * size : 5 * size]
    assert shut[size][:size] == open_[size][:size], "the other door is open"
    assert rows(shut=[Point(0, 2)], **options)[size][:size] == upright != open_[size][:size]


def test_what_is_not_a_door_cannot_be_shut() -> None:
    assert rows(shut=[Point(1, 1), Point(0, 0)]) == rows()


@pytest.mark.parametrize("zoom", [1, 2])
def test_every_sign_of_the_ground_takes_one_cell(zoom: int) -> None:
    codes = set(paint_ground(OFFICE, DARK, zoom=zoom).codepoints.ravel().tolist())
    assert CONTINUATION not in codes
    assert {cell_width(chr(code)) for code in codes} == {1}
    assert max(paint_ground(OFFICE, DARK, zoom=zoom, ascii_only=True).codepoints.ravel()) < 0x7F


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("zoom", [1, 2])
def test_the_floor_of_zoom_2_is_the_same_but_finer(palette: Palette, zoom: int) -> None:
    cells = paint_ground(ROOM, palette, zoom=zoom)
    # The last row of the floor, away from the shade below the wall.
    floor = cells.background[3 * zoom + zoom - 1, 2 * zoom : 6 * zoom]
    assert set(floor.tolist()) == set(palette.grounds["stone"][:2])
    assert (floor[::2] == floor[1::2]).all(), "the tones are two cells wide at either zoom"


@pytest.mark.parametrize("zoom", [1, 2])
def test_the_shade_below_a_wall_is_one_cell_deep(zoom: int) -> None:
    column = paint_ground(ROOM, DARK, zoom=zoom).background[zoom : 4 * zoom, 4 * zoom]
    tones = DARK.grounds["stone"][:2]
    assert [colour in tones for colour in column.tolist()] == [False] + [True] * (3 * zoom - 1)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("zoom", [1, 2])
@pytest.mark.parametrize("place", [Point(33, 17), Point(46, 17), Point(68, 27), Point(1, 1)])
def test_light_stays_where_sound_is_and_never_exceeds_the_palettes(zoom: int, place: Point, palette: Palette) -> None:
    ground = paint_ground(OFFICE, palette, zoom=zoom)
    heard = earshot(OFFICE, place)
    lit = Backdrop(ground, palette, zoom).paint(ground.columns, ground.rows, CellOffset(0, 0), heard, 5)
    tiles_of = np.zeros((OFFICE.height, OFFICE.width), np.bool_)
    for x, y in heard:
        tiles_of[y, x] = True
        # The faces of the walls behind what is heard are lit as well.
        tiles_of[y - 1, x] |= not OFFICE.is_open(Point(x, y - 1))
    allowed = tiles_of.repeat(zoom, axis=0).repeat(2 * zoom, axis=1)
    changed = lit.background != ground.background
    assert changed.any() and not (changed & ~allowed).any()
    assert (lit.codepoints == ground.codepoints).all()
    for shift in (16, 8, 0):
        before, after, most = (
            np.int64(colour) >> shift & 255 for colour in (ground.background, lit.background, palette.light)
        )
        strength = np.where(ground.codepoints == SPACE, palette.light_strength, palette.object_light_strength)
        assert (np.abs(after - before) <= np.abs(most - before) * strength + 0.5).all()


def test_light_fades_with_the_way_that_sound_walks() -> None:
    corridor = load_map(
        b"""
title = "Corridor"
grid = '''
#########
#@      #
#######+#
'''
[legend]
"#" = "wall"
" " = "floor"
"+" = "door"
[spawns.door]
marker = "@"
"""
    )
    for zoom in (1, 2):
        ground = paint_ground(corridor, DARK, zoom=zoom)
        view = Backdrop(ground, DARK, zoom)
        lit = view.paint(ground.columns, ground.rows, CellOffset(0, 0), earshot(corridor, Point(1, 1)), 5)
        row = 2 * zoom - 1
        gain = ((lit.background & 255).astype(int) - (ground.background & 255).astype(int))[row]
        steps = gain[2 * zoom : 14 * zoom : 4].tolist()
        assert steps == sorted(steps, reverse=True) and steps[0] > steps[-1]
        assert gain[14 * zoom :].max() == 0, "no further than sound reaches"
