import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.errors import MapError, UsageError
from gathertui.maplocator import bundled_map, bundled_maps
from gathertui.world.geometry import Direction, Point
from gathertui.world.mapfile import load_map

DEN = """\
title = "Den"
tags = ["small", "test"]
grid = '''
########
#1  #2 #
#@@ +  #
#  T#  #
########
'''

[legend]
"#" = "wall"
" " = "floor"
"+" = "door"
"T" = { look = "table", name = "Oak table" }

[areas.living-room]
title = "Living room"
ground = "oak"
marker = "1"

[areas.study]
title = "Study"
marker = "2"

[spawns.sofa]
marker = "@"
"""


def load(text):
    return load_map(text.encode())


def error_of(text) -> MapError:
    with pytest.raises(MapError) as caught:
        load(text)
    return caught.value


def test_a_map_is_read_whole():
    den = load(DEN)
    assert (den.title, den.tags, den.size, den.ground) == ("Den", ("small", "test"), (8, 5), "stone")
    assert [spawn.tiles for spawn in den.spawns] == [((1, 2), (2, 2))]
    assert den.kind_at(Point(3, 3)).name == "Oak table"
    assert not den.is_open(Point(3, 3))
    assert not den.is_open(Point(0, 0))
    assert not den.is_open(Point(-1, 2))
    assert not den.is_open(Point(8, 2))
    assert den.is_open(Point(4, 2))
    with pytest.raises(IndexError):
        den.kind_at(Point(8, 0))


def test_an_area_is_what_walls_and_doors_enclose_with_its_furniture():
    den = load(DEN)
    names = [
        [area.name[0] if (area := den.area_at(Point(x, y))) else "-" for x in range(den.width)]
        for y in range(den.height)
    ]
    assert ["".join(row) for row in names] == ["--------", "-lll-ss-", "-lll-ss-", "-lll-ss-", "--------"]


def test_rectangles_are_laid_over_what_a_marker_encloses():
    den = load(DEN.replace("#2 #", "#  #").replace('marker = "2"', "rectangles = [[2, 1, 2, 2]]"))
    assert den.area_at(Point(2, 2)).name == "study"
    assert den.area_at(Point(1, 2)).name == "living-room"
    assert den.area_at(Point(5, 2)) is None


def test_windows_line_ends_and_a_byte_order_mark_are_read():
    assert load_map(b"\xef\xbb\xbf" + DEN.replace("\n", "\r\n").encode()).size == (8, 5)


@pytest.mark.parametrize(
    ("broken", "line", "column", "words"),
    [
        (DEN.replace("#  T#", "#  ?#"), 7, 4, "'?' is not in the legend"),
        (DEN.replace("#@@ +  #", "#@@ +  "), 6, 8, "7 tiles, the first has 8"),
        (DEN.replace("#@@ +  #", "#@@ +  ##"), 6, 9, "9 tiles"),
        (DEN.replace("#@@ +  #", "#@@\t+  #"), 6, 4, "tab"),
        (DEN.replace("#@@ +  #", "#@@ #  #"), 5, 6, "areas.study"),
        (DEN.replace("#@@ +  #", "#@@    #"), 5, 6, "run into each other"),
        (DEN.replace('title = "Den"', "title = Den"), 1, 9, "Invalid value"),
        (DEN.replace('marker = "@"\n', "marker = ["), 0, 0, ""),
    ],
)
def test_grid_and_syntax_errors_say_where(broken, line, column, words):
    error = error_of(broken)
    assert words in str(error)
    if line:
        assert (error.line, error.column) == (line, column)
        assert str(error).startswith(f"line {line}, column {column}: ")
    else:
        assert error.line == broken.count("\n") + 1


@pytest.mark.parametrize(
    ("broken", "path", "hint"),
    [
        (DEN.replace("[areas.study]\ntitle", "[areas.study]\ntitel"), "areas.study.titel", "Did you mean title?"),
        (DEN.replace("tags =", "tagz ="), "tagz", "Did you mean tags?"),
        (DEN.replace('"oak"', '"oack"'), "areas.living-room.ground", "Did you mean oak?"),
        (DEN.replace('"+" = "door"', '"+" = "dor"'), "legend.'+'", "Did you mean door?"),
        (DEN.replace('look = "table"', 'look = "table", solid = "yes"'), "legend.T.solid", "true or false"),
        (DEN.replace('" " = "floor"\n', ""), "legend", '" " = "floor"'),
        (DEN.replace('title = "Den"', "title = 3"), "title", "in quotes"),
        (DEN.replace('title = "Den"', 'title = "a\\u202eb"'), "title", "invisible"),
        (DEN.replace('title = "Den"', f'title = "{"x" * 61}"'), "title", "60 characters"),
        (DEN.replace('title = "Den"\n', ""), "title", "missing"),
        (DEN.replace('["small", "test"]', '["Small!"]'), "tags[0]", "lower-case"),
        (DEN.replace("[areas.study]", "[areas.Study]"), "areas.Study", "lower-case"),
        (DEN.replace('marker = "2"', ""), "areas.study", "marker or rectangles"),
        (DEN.replace('marker = "2"', 'marker = "1"'), "areas.study.marker", "already marks areas.living-room"),
        (DEN.replace('marker = "2"', 'marker = "#"'), "areas.study.marker", "in the legend"),
        (DEN.replace('marker = "2"', 'marker = "22"'), "areas.study.marker", "exactly one"),
        (DEN.replace('marker = "2"', 'marker = "2"\nrectangles = [[1, 1, 1]]'), "areas.study.rectangles", "width"),
        (DEN.replace('marker = "2"', 'marker = "2"\nrectangles = [[5, 1, 9, 1]]'), "rectangles[0]", "8×5"),
        (DEN.replace('marker = "2"', 'marker = "2"\nrectangles = [[1, 1, true, 1]]'), "rectangles[0]", "whole numbers"),
        (DEN.replace("#@@ +", "#   +"), "spawns.sofa.marker", "nowhere in the grid"),
        (DEN.replace('[spawns.sofa]\nmarker = "@"\n', ""), "spawns", "[spawns.entrance]"),
        (DEN.replace("grid = '''\n########", "grid = '''########"), "grid", "lines of its own"),
        ("legend = 3\ntitle = 'x'\n", "legend", "table"),
    ],
)
def test_other_errors_name_the_key(broken, path, hint):
    error = error_of(broken)
    assert path in str(error)
    assert hint in str(error)


def test_overlapping_rectangles_are_shown_where_they_meet():
    two = DEN.replace('marker = "1"', 'marker = "1"\nrectangles = [[1, 1, 2, 2]]')
    two = two.replace('marker = "2"', 'marker = "2"\nrectangles = [[2, 2, 2, 2]]')
    error = error_of(two)
    assert (error.line, error.column) == (6, 3)
    assert "areas.study.rectangles[0] overlaps areas.living-room" in str(error)


def test_limits_hold():
    assert "at most 500,000" in str(error_of(DEN + "#" * 500_000))
    wide = "#" * 513
    assert "512×512" in str(error_of(DEN.replace("########\n#1", f"{wide}\n#1")))
    kinds = "".join(f'"{chr(0x4E00 + n)}" = "wall"\n' for n in range(201))
    assert "at most 200" in str(error_of(DEN.replace("[legend]\n", "[legend]\n" + kinds)))
    assert "deeply" in str(error_of("a = " + "[" * 20_000))
    with pytest.raises(MapError) as caught:
        load_map(b'title = "Den"\n# \xff\n')
    assert (caught.value.line, caught.value.column) == (2, 3)


@settings(max_examples=200)
@given(position=st.integers(0, len(DEN) - 1), character=st.sampled_from(list("\x00 \n\"'#=[]{}@1é\t\\x")))
def test_a_damaged_file_is_a_map_or_a_map_error(position, character):
    damaged = DEN[:position] + character + DEN[position + 1 :]
    try:
        tilemap = load(damaged)
    except MapError as error:
        assert str(error).strip()
    else:
        assert all(tilemap.is_open(tile) for spawn in tilemap.spawns for tile in spawn.tiles)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_map_error(data):
    with pytest.raises(MapError):
        load_map(data)


@pytest.mark.parametrize("name", bundled_maps())
def test_bundled_maps_are_valid_and_can_be_walked(name):
    tilemap = load_map(bundled_map(name))
    frontier = [tile for spawn in tilemap.spawns for tile in spawn.tiles]
    reached = set(frontier)
    while frontier:
        point = frontier.pop()
        for there in (point.neighbour(direction) for direction in Direction):
            if tilemap.is_open(there) and there not in reached:
                reached.add(there)
                frontier.append(there)
    entered = {tilemap.area_at(point) for point in reached}
    assert set(tilemap.areas) <= entered


def test_the_office_has_the_rooms_an_office_needs():
    office = load_map(bundled_map("office"))
    assert office.width >= 64 and office.height >= 34
    assert {"hall", "kitchen", "lounge", "library", "terrace", "booth-one", "stage"} <= {a.name for a in office.areas}
    assert {office.area_at(tile).name for spawn in office.spawns for tile in spawn.tiles} == {"welcome"}


def test_an_unknown_bundled_map_names_those_there_are():
    with pytest.raises(UsageError, match="office"):
        bundled_map("../pyproject")


def test_the_guides_example_is_a_map():
    guide = (Path(__file__).parents[2] / "docs" / "maps.md").read_text(encoding="utf-8")
    examples = [block for block in re.findall(r"```toml\n(.*?)```", guide, re.DOTALL) if "grid" in block]
    assert len(examples) == 1
    tilemap = load(examples[0])
    assert {area.name for area in tilemap.areas} == {"hall", "den", "kitchen", "rug"}
