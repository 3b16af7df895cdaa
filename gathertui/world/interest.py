"""What changed where, cell by cell, since it was last told.

A cell is a square of tiles. Whoever watches a cell is told of everybody who moved
within it, came into it or left it for another; the cost is one entry a cell, however
many watch.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from gathertui.world.geometry import Point

Cell = tuple[int, int]
"""Column and row, counted from the map's top left."""

_NOBODY: AbstractSet[int] = frozenset()


class CellChange(NamedTuple):
    """Avatars that moved and are in a cell now, and avatars that left it for another cell."""

    here: list[int]
    gone: list[int]


class CellIndex:
    """Which avatar is in which cell. `cell_tiles` is a cell's side in tiles."""

    def __init__(self, cell_tiles: int) -> None:
        self._side = cell_tiles
        self._cells: dict[int, Cell] = {}
        self._members: dict[Cell, set[int]] = {}
        self._told: dict[int, Cell] = {}  # those who changed, and the cell they were last told in

    def add(self, avatar: int, point: Point) -> None:
        """The avatar came into the room at `point`; that is told to everybody, not cell by cell."""
        self._enter(avatar, self._cell(point))

    def move(self, avatar: int, point: Point) -> None:
        """The avatar moved or turned, and is at `point`. Raises KeyError for one that was not added."""
        before, cell = self._cells[avatar], self._cell(point)
        self._told.setdefault(avatar, before)
        if before != cell:
            self._leave(avatar, before)
            self._enter(avatar, cell)

    def _cell(self, point: Point) -> Cell:
        return (point[0] // self._side, point[1] // self._side)

    def _enter(self, avatar: int, cell: Cell) -> None:
        self._cells[avatar] = cell
        self._members.setdefault(cell, set()).add(avatar)

    def remove(self, avatar: int) -> None:
        """The avatar left the room; that is told to everybody, not cell by cell."""
        cell = self._cells.pop(avatar, None)
        self._told.pop(avatar, None)
        if cell is not None:
            self._leave(avatar, cell)

    def _leave(self, avatar: int, cell: Cell) -> None:
        members = self._members[cell]
        members.discard(avatar)
        if not members:
            del self._members[cell]

    def members(self, cell: Cell) -> AbstractSet[int]:
        """Who is in a cell: a live view."""
        return self._members.get(cell, _NOBODY)

    @property
    def has_changes(self) -> bool:
        """Whether `drain` has something to tell."""
        return bool(self._told)

    def drain(self) -> dict[Cell, CellChange]:
        """Return what changed since the last time, by cell."""
        changes: dict[Cell, CellChange] = {}
        for avatar, told in self._told.items():
            cell = self._cells[avatar]
            if told != cell:
                _change(changes, told).gone.append(avatar)
            _change(changes, cell).here.append(avatar)
        self._told.clear()
        return changes


def _change(changes: dict[Cell, CellChange], cell: Cell) -> CellChange:
    change = changes.get(cell)
    if change is None:
        change = changes[cell] = CellChange([], [])
    return change
