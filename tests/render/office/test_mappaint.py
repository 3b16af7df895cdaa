import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.maplocator import bundled_map
from gathertui.render.cells import BOLD, PLAIN
from gathertui.render.office.mappaint import compose_view, paint_ground
from gathertui.render.palettes import DARK, LIGHT
from gathertui.world.geometry import Direction, Point
from gathertui.world.hearing import earshot
from gathertui.world.mapfile import load_map
from gathertui.world.room import Avatar, Person

DEN = load_map(
    b"""
title = "Den"
grid = '''
#=#######
#1  #TTP#
#@  +hTT#
#SSB#  2#
#########
'''
[legend]
"#" = "wall"
"=" = "window"
" " = "floor"
"+" = "door"
"T" = "table"
"h" = "chair"
"S" = "sofa"
"B" = "shelf"
"P" = "plant"
[areas.one]
title = "One"
ground = "oak"
marker = "1"
[areas.two]
title = "Two"
ground = "navy"
marker = "2"
[spawns.door]
marker = "@"
"""
)


ORIGIN = Point(0, 0)


def avatar(number=1, name="ada", at=(2, 2), away=False, glyphs="AL", colour=0):
    return Avatar(number, Person(name, name, glyphs, colour), Point(*at), Direction.SOUTH, away)


def view_of(avatars=(), *, columns=18, rows=5, offset=ORIGIN, palette=DARK, **options):
    ground = paint_ground(DEN, palette, ascii_only=options.get("ascii_only", False))
    return compose_view(ground, palette, columns=columns, rows=rows, offset=offset, avatars=avatars, **options)


def text(cells):
    return [cells.row_text(y) for y in range(cells.rows)]


def test_the_map_is_drawn_with_joined_shapes():
    assert text(paint_ground(DEN, DARK)) == [
        "██▀▀▀▀▀▀██▀▀▀▀▀▀██",
        "██      ▀▀▀▀██♣ ██",
        "██      ╎╎ ▐▀▀▀▀██",
        "██▝▀▀▘▌▌██      ██",
        "▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀",
    ]


def test_a_sofa_faces_its_table_over_its_whole_length():
    lounge = load_map(b"""
title = "Lounge"
grid = '''
SSSS S @
 TT  S T
     S T
'''
[legend]
" " = "floor"
"S" = "sofa"
"T" = "table"
[spawns.door]
marker = "@"
""")
    assert text(paint_ground(lounge, DARK)) == [
        "▗▄▄▄▄▄▄▖  ▗▄    ",
        "  ▀▀▀▀    ▐█  ██",
        "          ▝▀  ▀▀",
    ]


def test_ascii_only_draws_nothing_else():
    people = [avatar(), avatar(2, "Zoë-with-a-very-long-name", (6, 3), away=True, glyphs="ZÖ")]
    view = view_of(people, ascii_only=True, speaking={1})
    assert "".join(text(view)).isascii()
    assert "ada *" in "".join(text(view))


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_each_area_has_its_ground_and_the_floor_below_a_wall_is_shaded(palette):
    cells = paint_ground(DEN, palette)
    oak, navy = palette.grounds["oak"], palette.grounds["navy"]
    assert cells.background[2, 4] in (oak.first, oak.second)
    assert cells.background[3, 10] in (navy.first, navy.second)
    assert cells.background[1, 4] not in (oak.first, oak.second)


def test_a_small_map_lies_on_the_app_background():
    view = view_of(columns=30, rows=9, offset=Point(-3, -2))
    assert set(view.background[0].tolist()) == {DARK.app}
    assert set(view.background[:, :6].ravel().tolist()) == {DARK.app}
    assert view.row_text(3)[6:].startswith("██      ▀▀▀▀██♣ ██")


def test_people_are_initials_on_their_colour_under_their_name():
    view = view_of([avatar(colour=3)])
    assert view.row_text(2)[4:6] == "AL"
    assert view.background[2, 4:6].tolist() == [DARK.people[3]] * 2
    assert view.foreground[2, 4:6].tolist() == [DARK.ink] * 2
    assert view.attributes[2, 3:7].tolist() == [PLAIN, BOLD, BOLD, PLAIN]
    assert view.row_text(1)[4:7] == "ada"
    assert view.foreground[1, 4] == DARK.people[3]


def test_you_are_named_you_in_your_own_colour():
    view = view_of([avatar()], you=1, show_names=False)
    assert view.row_text(1)[4:7] == "you"
    assert view.foreground[1, 4] == DARK.you


def test_marks_show_even_without_names():
    view = view_of([avatar(), avatar(2, "bob", (6, 3), away=True)], show_names=False, speaking={1})
    everything = "".join(text(view))
    assert "♪" in everything and "☾" in everything
    assert "ada" not in everything


def test_away_is_dim_and_says_so():
    view = view_of([avatar(away=True)])
    assert view.background[2, 4] != DARK.people[0]
    assert view.foreground[2, 4] == DARK.people[0]
    assert "ada ☾" in view.row_text(1)


def test_two_on_a_tile_show_a_letter_each_in_their_colour_and_both_names_and_you_come_first():
    view = view_of([avatar(1, "bob", glyphs="BB"), avatar(2, glyphs="ME", colour=4)], you=2)
    assert view.row_text(2)[4:6] == "MB"
    assert view.background[2, 4:6].tolist() == [DARK.people[4], DARK.people[0]]
    everything = "".join(text(view))
    assert "you" in everything and "bob" in everything


def test_more_on_a_tile_are_counted():
    people = [avatar(number, f"p{number}", glyphs="AB") for number in range(1, 4)]
    assert view_of(people).row_text(2)[4:6] == "A3"
    people += [avatar(number, f"p{number}") for number in range(4, 12)]
    assert view_of(people).row_text(2)[4:6] == "A+"


@pytest.mark.parametrize(
    ("glyphs", "shown"), [("ABC", "AB"), ("A", "A "), ("東京", "東"), ("", "ad"), ("👍🏽", "ad"), ("é\u0301x", "éx")]
)
def test_glyphs_always_fill_two_cells(glyphs, shown):
    assert view_of([avatar(glyphs=glyphs)]).row_text(2)[4:].startswith(shown + "  ")


def test_a_label_over_furniture_gets_a_plate_and_on_plain_floor_none():
    plain = view_of([avatar(at=(2, 2))])
    assert DARK.plate not in plain.background[1].tolist()
    busy = view_of([avatar(at=(5, 2))])
    assert busy.background[1, 10:13].tolist() == [DARK.plate] * 3


def test_light_falls_where_one_hears_and_fades():
    dark, lit = view_of(), view_of(earshot=earshot(DEN, Point(1, 2), reach=3))
    gain = (lit.background.astype(np.int64) & 255) - (dark.background.astype(np.int64) & 255)
    assert gain[2, 2] > gain[2, 4] > gain[2, 6] > 0
    assert gain[2, 2] == gain[2, 3]
    assert (gain[:, 10:] == 0).all()
    assert (lit.background[0, 2:4] != dark.background[0, 2:4]).all()


def test_light_is_cut_at_the_edge_of_the_view():
    view_of(columns=5, rows=2, offset=Point(2, 1), earshot=earshot(DEN, Point(1, 2)))


@given(
    places=st.lists(st.tuples(st.integers(0, 74), st.integers(0, 41)), max_size=30),
    offset=st.tuples(st.integers(-10, 60), st.integers(-10, 30)),
    size=st.tuples(st.integers(1, 61), st.integers(1, 30)),
)
def test_any_crowd_can_be_composed_in_any_view(places, offset, size):
    people = [
        avatar(n, f"person-{n}", at, glyphs=f"{n:02}", colour=0 if n == 1 else 3)
        for n, at in enumerate(places, start=1)
    ]
    view = compose_view(
        OFFICE_GROUND, DARK, columns=size[0], rows=size[1], offset=Point(*offset), avatars=people, you=1, speaking={2}
    )
    assert (view.columns, view.rows) == size
    for person in people[:1]:
        x, y = 2 * (person.position.x - offset[0]), person.position.y - offset[1]
        if 0 <= x < size[0] - 1 and 0 <= y < size[1]:
            assert view.background[y, x] == DARK.people[0]
            assert view.codepoints[y, x] == ord("0")


OFFICE_GROUND = paint_ground(load_map(bundled_map("office")), DARK)
