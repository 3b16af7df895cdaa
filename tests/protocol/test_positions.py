"""Packed positions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.errors import BadFrame
from gathertui.protocol.limits import CELL_TILES, VIEWPORT_CELLS
from gathertui.protocol.positions import (
    MAP_CELLS,
    Cell,
    Viewport,
    cell_of,
    first_viewport,
    pack_cell,
    pack_positions,
    unpack_cells,
    viewport_of,
)

cells = st.builds(Cell, st.integers(0, MAP_CELLS - 1), st.integers(0, MAP_CELLS - 1))
ids = st.integers(0, 0xFFFF)
spots = st.tuples(ids, st.integers(0, CELL_TILES - 1), st.integers(0, CELL_TILES - 1), st.integers(0, 3))


@given(cells, st.lists(spots, max_size=600), st.lists(ids, max_size=600), st.booleans())
def test_blocks_come_back_as_they_went(cell: Cell, spots: list, gone: list[int], whole: bool) -> None:
    here = [(avatar, cell.x * CELL_TILES + x, cell.y * CELL_TILES + y, facing) for avatar, x, y, facing in spots]
    blocks = list(unpack_cells(pack_cell(cell, here, gone, whole=whole)))
    assert {block.cell for block in blocks} == {cell}
    assert [tuple(position) for block in blocks for position in block.here] == here
    assert [avatar for block in blocks for avatar in block.gone] == gone
    # Only the first may be whole: another would put out of sight whom the first named.
    assert [block.whole for block in blocks] == [whole] + [False] * (len(blocks) - 1)


def test_a_position_costs_four_bytes_and_a_cell_four_more() -> None:
    here = [(number, number % 16, 3, 1) for number in range(100)]
    assert len(pack_cell(Cell(0, 0), here)) == 4 + 4 * 100


@given(st.lists(st.tuples(ids, st.integers(0, 2047), st.integers(0, 2047), st.integers(0, 3))))
def test_single_positions_come_back_wherever_they_are(positions: list[tuple[int, int, int, int]]) -> None:
    blocks = unpack_cells(pack_positions(positions))
    assert [tuple(position) for block in blocks for position in block.here] == positions


@given(st.binary(max_size=80))
def test_any_bytes_are_blocks_or_a_bad_frame(data: bytes) -> None:
    try:
        blocks = list(unpack_cells(data))
    except BadFrame:
        return
    assert sum(4 + 4 * len(block.here) + 2 * len(block.gone) for block in blocks) == len(data)


@pytest.mark.parametrize(
    ("viewport", "allowed"),
    [
        ((0, 0, 8, 8), True),
        ((0, 0, 64, 1), True),
        ((0, 0, 65, 1), False),
        ((0, 0, 9, 8), False),
        ((3, 3, 3, 4), False),
        ((4, 3, 3, 4), False),
        ((-1, 0, 3, 3), False),
        ((127, 127, 129, 128), False),
        ((-(2**40), -(2**40), 2**40, 2**40), False),
    ],
)
def test_what_a_view_may_look_at(viewport: tuple[int, int, int, int], allowed: bool) -> None:
    assert Viewport(*viewport).is_allowed is allowed


tiles = st.integers(-100, 1500)


@given(tiles, tiles, st.integers(1, 900), st.integers(1, 900))
def test_a_rectangle_of_tiles_is_cut_to_what_is_allowed(left: int, top: int, width: int, height: int) -> None:
    viewport = viewport_of(left, top, left + width, top + height)
    assert viewport.is_allowed
    if (width // CELL_TILES + 2) * (height // CELL_TILES + 2) <= VIEWPORT_CELLS and left >= 0 and top >= 0:
        assert viewport.sees(cell_of(left, top))
        assert viewport.sees(cell_of(left + width - 1, top + height - 1))


@given(st.integers(0, 511), st.integers(0, 511))
def test_the_first_viewport_is_allowed_and_shows_yourself(x: int, y: int) -> None:
    viewport = first_viewport(x, y)
    assert viewport.is_allowed
    assert viewport.sees(cell_of(x, y))
