"""Positions, packed: most of what a server sends.

The map is cut into square cells of `limits.CELL_TILES` tiles. What happened in a
cell in one tick is one block, made once for everybody who sees the cell:

    cell x  u8   bit 7: the block is whole, and whoever it doesn't name isn't in the cell
    cell y  u8
    here    u8   how many avatars follow that are in the cell
    gone    u8   how many avatar ids follow that left the cell for another
    here times:  avatar u16, spot u8 (y in the high half, x in the low, within the cell), facing u8
    gone times:  avatar u16

Numbers are little-endian. A cell with more than 255 entries takes several blocks,
of which only the first is whole. Blocks follow each other without a gap.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from gathertui.errors import BadFrame
from gathertui.protocol.limits import CELL_TILES, VIEWPORT_CELLS

_HEADER: Final = struct.Struct("<BBBB")
_HERE: Final = struct.Struct("<HBB")
_WHOLE: Final = 0x80
_MOST: Final = 255

MAP_CELLS: Final = 128
"""Cells that a map may have a side: what a block's header can name."""


class Cell(NamedTuple):
    """A cell by its column and row, counted from the map's top left."""

    x: int
    y: int


class Position(NamedTuple):
    """Where the avatar `avatar` stands: tiles from the map's top left, `facing` 0–3 = north, east, south, west."""

    avatar: int
    x: int
    y: int
    facing: int


class CellBlock(NamedTuple):
    """What happened in a cell: who is there now, and who left it. `whole`: nobody else is there."""

    cell: Cell
    whole: bool
    here: list[Position]
    gone: list[int]


def cell_of(x: int, y: int) -> Cell:
    """Return the cell of a tile."""
    return Cell(x // CELL_TILES, y // CELL_TILES)


def pack_cell(
    cell: tuple[int, int],
    here: Sequence[tuple[int, int, int, int]],
    gone: Sequence[int] = (),
    *,
    whole: bool = False,
) -> bytes:
    """Return a cell's block, or blocks: `here` are avatar, x, y, facing (tiles of the map, within the cell)."""
    if len(here) <= _MOST and len(gone) <= _MOST:
        return _pack_block(cell, here, gone, whole)
    parts = []
    for start in range(0, max(len(here), len(gone)), _MOST):
        end = start + _MOST
        parts.append(_pack_block(cell, here[start:end], gone[start:end], whole and not start))
    return b"".join(parts)


def _pack_block(
    cell: tuple[int, int], here: Sequence[tuple[int, int, int, int]], gone: Sequence[int], whole: bool
) -> bytes:
    pack = _HERE.pack
    left, top = cell[0] * CELL_TILES, cell[1] * CELL_TILES
    parts = [_HEADER.pack(cell[0] | (_WHOLE if whole else 0), cell[1], len(here), len(gone))]
    parts += [pack(avatar, (y - top) << 4 | (x - left), facing) for avatar, x, y, facing in here]
    if gone:
        parts.append(struct.pack(f"<{len(gone)}H", *gone))
    return b"".join(parts)


def unpack_cells(data: bytes) -> Iterator[CellBlock]:
    """Yield the blocks in `data`. Raises `BadFrame` where it is cut short."""
    at = 0
    try:
        while at < len(data):
            x, y, here, gone = _HEADER.unpack_from(data, at)
            at += _HEADER.size
            cell = Cell(x & ~_WHOLE, y)
            left, top = cell.x * CELL_TILES, cell.y * CELL_TILES
            end = at + here * _HERE.size
            positions = [
                Position(avatar, left + (spot & 15), top + (spot >> 4), facing)
                for avatar, spot, facing in _HERE.iter_unpack(data[at:end])
            ]
            if len(positions) != here:
                raise BadFrame("The server's positions are cut short.")
            yield CellBlock(cell, bool(x & _WHOLE), positions, list(struct.unpack_from(f"<{gone}H", data, end)))
            at = end + 2 * gone
    except struct.error:
        raise BadFrame("The server's positions are cut short.") from None


class Viewport(NamedTuple):
    """The cells that a view sees: columns `left` to `right` and rows `top` to `bottom`, the last ones excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_allowed(self) -> bool:
        """Whether a view may see that much."""
        width, height = self.right - self.left, self.bottom - self.top
        if not (0 <= self.left < self.right <= MAP_CELLS and 0 <= self.top < self.bottom <= MAP_CELLS):
            return False
        return width * height <= VIEWPORT_CELLS

    def cells(self) -> Iterator[Cell]:
        """Yield the cells, row by row."""
        return (Cell(x, y) for y in range(self.top, self.bottom) for x in range(self.left, self.right))

    def sees(self, cell: tuple[int, int]) -> bool:
        """Whether a cell is in it."""
        return self.left <= cell[0] < self.right and self.top <= cell[1] < self.bottom


def first_viewport(x: int, y: int) -> Viewport:
    """Return what a view sees until it says what it looks at: 8 by 8 cells round its avatar at (x, y)."""
    cell = cell_of(x, y)
    left, top = max(0, cell.x - 4), max(0, cell.y - 4)
    return Viewport(left, top, left + 8, top + 8)


def viewport_of(left: int, top: int, right: int, bottom: int) -> Viewport:
    """Return the cells of a rectangle of tiles, cut round its middle to what a view may see."""
    first, last = cell_of(max(0, left), max(0, top)), cell_of(max(0, right - 1), max(0, bottom - 1))
    columns, rows = last.x - first.x + 1, last.y - first.y + 1
    most_rows = min(rows, max(8, VIEWPORT_CELLS // columns))
    most_columns = min(columns, VIEWPORT_CELLS // most_rows)
    x, y = first.x + (columns - most_columns) // 2, first.y + (rows - most_rows) // 2
    return Viewport(x, y, x + most_columns, y + most_rows)


def pack_positions(positions: Iterable[tuple[int, int, int, int]]) -> bytes:
    """Return the blocks of single avatars, wherever they are."""
    return b"".join(pack_cell(cell_of(position[1], position[2]), [position]) for position in positions)


def unseen_blocks(blocks: Iterable[bytes], viewport: Viewport) -> bytes:
    """Return those of some blocks whose cell is not in the viewport, joined. None of them may be whole."""
    left, top, right, bottom = viewport
    return b"".join([block for block in blocks if not (left <= block[0] < right and top <= block[1] < bottom)])
