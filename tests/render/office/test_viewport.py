"""Which part of the map is on the screen, in cells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gathertui.render.office.viewport import CellOffset, fitting_zoom, scroll_cells, tile_cells, tiles_in_view
from gathertui.world.geometry import Point, Size

ZOOMS = st.sampled_from([1, 2])


@given(
    zoom=ZOOMS,
    tilemap=st.tuples(st.integers(1, 90), st.integers(1, 60)),
    view=st.tuples(st.integers(8, 200), st.integers(4, 60)),
    walk=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True)), min_size=1),
)
def test_you_are_always_wholly_in_view_and_the_map_fills_it(
    zoom: int, tilemap: tuple[int, int], view: tuple[int, int], walk: list[tuple[float, float]]
) -> None:
    size, (columns, rows) = Size(*tilemap), view
    tile = tile_cells(zoom)
    offset = None
    for across, down in walk:
        focus = Point(int(across * size.width), int(down * size.height))
        offset = scroll_cells(offset, focus, columns, rows, size, zoom)
        for place, cells, begin, there, whole in (
            (focus.x, tile.width, offset.x, columns, size.width * tile.width),
            (focus.y, tile.height, offset.y, rows, size.height * tile.height),
        ):
            assert begin <= place * cells and (place + 1) * cells <= begin + there
            if whole > there:
                assert 0 <= begin <= whole - there, "nothing beside the map shows"
            else:
                assert abs(2 * begin + there - whole) <= 1, "it is centred"
        assert scroll_cells(offset, focus, columns, rows, size, zoom) == offset
        left, top, right, bottom = tiles_in_view(offset, columns, rows, zoom)
        assert left <= focus.x < right and top <= focus.y < bottom


def test_in_the_middle_of_the_view_you_walk_without_the_map_moving() -> None:
    size = Size(100, 100)
    offset = scroll_cells(None, Point(50, 50), 120, 40, size, 2)
    assert offset == (50 * 4 - 60, 50 * 2 - 20)
    assert scroll_cells(offset, Point(53, 51), 120, 40, size, 2) == offset
    assert scroll_cells(offset, Point(60, 50), 120, 40, size, 2).x % 4 == 0


def test_at_the_end_of_the_map_the_view_stays_until_you_have_gone_back() -> None:
    size = Size(50, 50)
    offset = scroll_cells(None, Point(49, 49), 63, 21, size, 2)
    assert offset == (200 - 63, 100 - 21)
    assert scroll_cells(offset, Point(43, 44), 63, 21, size, 2) == offset


def test_a_small_map_is_drawn_large_where_all_of_it_fits() -> None:
    assert fitting_zoom(120, 40, Size(30, 20)) == 2
    assert fitting_zoom(119, 40, Size(30, 20)) == 1
    assert fitting_zoom(120, 39, Size(30, 20)) == 1
    assert fitting_zoom(40, 12, Size(75, 42)) == 1


def test_tiles_that_show_in_part_are_in_view() -> None:
    assert tiles_in_view(CellOffset(0, 0), 8, 4, 2) == (0, 0, 2, 2)
    assert tiles_in_view(CellOffset(2, 1), 8, 4, 2) == (0, 0, 3, 3)
    assert tiles_in_view(CellOffset(-2, -1), 8, 4, 2) == (-1, -1, 2, 2)
