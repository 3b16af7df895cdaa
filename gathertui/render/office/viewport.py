"""Which part of the map is on the screen."""

from __future__ import annotations

from typing import Final, NamedTuple

from gathertui.world.geometry import Point, Size

DEAD_ZONE: Final = 0.4
"""The middle part of the view, of its width and height, in which you walk without the map moving."""

ZOOMS: Final = (1, 2)
"""How large tiles can be drawn: `zoom` cells high and twice as many wide."""


class CellOffset(NamedTuple):
    """The cell of the whole map that lies in the view's top left corner; negative left of and above the map."""

    x: int
    y: int


def tile_cells(zoom: int) -> Size:
    """Columns and rows of one tile."""
    return Size(2 * zoom, zoom)


def scroll(previous: Point | None, focus: Point, view: Size, tilemap: Size) -> Point:
    """The map's tile at the view's top left corner, all in tiles.

    Moves as little as keeps `focus` in the dead zone, stays on the map, and
    centres a map that is smaller than the view (then the offset is negative).
    `previous` None means that nothing was shown yet: `focus` is centred.
    """
    return Point(
        _scroll_axis(None if previous is None else previous.x, focus.x, view.width, tilemap.width),
        _scroll_axis(None if previous is None else previous.y, focus.y, view.height, tilemap.height),
    )


def scroll_cells(
    previous: CellOffset | None, focus: Point, columns: int, rows: int, tilemap: Size, zoom: int
) -> CellOffset:
    """`scroll` in cells, for a view of `columns` by `rows` cells: `focus` and `tilemap` are in tiles.

    A map larger than the view moves by whole tiles and is cut at the right and
    the bottom, one that is smaller is centred to the cell.
    """
    tile = tile_cells(zoom)
    # Rounded up: where the map ends, the offset may lie between two tiles.
    before = None if previous is None else Point(-(-previous.x // tile.width), -(-previous.y // tile.height))
    at = scroll(before, focus, Size(columns // tile.width, rows // tile.height), tilemap)
    return CellOffset(
        _offset_axis(at.x, columns, tilemap.width, tile.width),
        _offset_axis(at.y, rows, tilemap.height, tile.height),
    )


def fitting_zoom(columns: int, rows: int, tilemap: Size) -> int:
    """The largest zoom at which all of the map fits into a view of that many cells; 1 where none does."""
    fits = [
        zoom
        for zoom in ZOOMS
        if tilemap.width * tile_cells(zoom).width <= columns and tilemap.height * tile_cells(zoom).height <= rows
    ]
    return max(fits, default=1)


def tiles_in_view(offset: CellOffset, columns: int, rows: int, zoom: int) -> tuple[int, int, int, int]:
    """The tiles of which a cell shows: left, top, right and bottom, the last two excluded; some may lie off the map."""
    tile = tile_cells(zoom)
    return (
        offset.x // tile.width,
        offset.y // tile.height,
        -(-(offset.x + columns) // tile.width),
        -(-(offset.y + rows) // tile.height),
    )


def _offset_axis(tiles_before: int, view: int, tiles: int, cells: int) -> int:
    total = tiles * cells
    if total <= view:
        return -((view - total) // 2)
    return min(tiles_before * cells, total - view)


def _scroll_axis(previous: int | None, focus: int, view: int, tiles: int) -> int:
    if tiles <= view:
        return -((view - tiles) // 2)
    if previous is None:
        offset = focus - view // 2
    else:
        margin = int(view * (1.0 - DEAD_ZONE) / 2.0)
        offset = max(focus - (view - 1 - margin), min(previous, focus - margin))
    return max(0, min(offset, tiles - view))
