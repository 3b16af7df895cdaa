"""Places and directions on a map, in tiles. x grows to the right, y grows down."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple


class Direction(IntEnum):
    """The four ways to step and to face. The value travels in position blocks."""

    NORTH = 0
    EAST = 1
    SOUTH = 2
    WEST = 3

    @property
    def delta(self) -> Point:
        """The step this way, in tiles."""
        return _DELTAS[self]


DIRECTIONS = tuple(Direction)
"""By value; quicker than `Direction(value)`."""


class Point(NamedTuple):
    """A tile's place; (0, 0) is the map's top left corner."""

    x: int
    y: int

    def neighbour(self, direction: Direction) -> Point:
        """The tile one step away in `direction`; it may lie outside the map."""
        dx, dy = _DELTAS[direction]
        return Point(self.x + dx, self.y + dy)


class Size(NamedTuple):
    """Width and height, in tiles."""

    width: int
    height: int


class Rect(NamedTuple):
    """A rectangle of tiles: its top left corner and its size."""

    x: int
    y: int
    width: int
    height: int

    def points(self) -> Iterator[Point]:
        """Every tile inside, row by row."""
        for y in range(self.y, self.y + self.height):
            for x in range(self.x, self.x + self.width):
                yield Point(x, y)


_DELTAS = (Point(0, -1), Point(1, 0), Point(0, 1), Point(-1, 0))
