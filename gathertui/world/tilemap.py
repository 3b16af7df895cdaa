"""A map, ready to be walked on: immutable, and quick to ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gathertui.world.geometry import Point, Size
from gathertui.world.looks import TileKind

NO_AREA = 0
"""The area number of a tile that belongs to no area; areas count from 1."""


class Area(NamedTuple):
    """A named zone. `title` is for people, `ground` a member of `looks.GROUNDS`."""

    name: str
    title: str
    ground: str


class Spawn(NamedTuple):
    """Where people come in: the tiles of one named entrance, at least one, all open."""

    name: str
    tiles: tuple[Point, ...]


class TileMap:
    """One room's map.

    `kind_numbers` and `area_numbers` hold a byte a tile, row by row: an index
    into `kinds`, and 1 + an index into `areas` or `NO_AREA`. They are public
    for painters and searches that work on whole maps.
    """

    __slots__ = (
        "_open",
        "area_numbers",
        "areas",
        "ground",
        "height",
        "kind_numbers",
        "kinds",
        "sound_passes",
        "spawns",
        "tags",
        "title",
        "width",
    )

    def __init__(
        self,
        *,
        size: Size,
        kinds: Sequence[TileKind],
        kind_numbers: bytes,
        areas: Sequence[Area] = (),
        area_numbers: bytes = b"",
        spawns: Sequence[Spawn] = (),
        ground: str = "stone",
        title: str = "",
        tags: Sequence[str] = (),
    ) -> None:
        tiles = size.width * size.height
        area_numbers = area_numbers or bytes(tiles)
        if len(kind_numbers) != tiles or len(area_numbers) != tiles:
            raise ValueError("a map needs a kind and an area number for every tile")
        self.width = size.width
        self.height = size.height
        self.kinds = tuple(kinds)
        self.kind_numbers = kind_numbers
        self.areas = tuple(areas)
        self.area_numbers = area_numbers
        self.spawns = tuple(spawns)
        self.ground = ground
        self.title = title
        self.tags = tuple(tags)
        self._open = kind_numbers.translate(_flags([not kind.solid for kind in self.kinds]))
        self.sound_passes = kind_numbers.translate(_flags([not kind.soundproof for kind in self.kinds]))
        """A byte a tile, row by row: 1 where sound can be, 0 where it stops."""

    @property
    def size(self) -> Size:
        """Width and height in tiles."""
        return Size(self.width, self.height)

    def contains(self, point: Point) -> bool:
        """Whether the point lies on the map."""
        return 0 <= point[0] < self.width and 0 <= point[1] < self.height

    def is_open(self, point: Point) -> bool:
        """Whether somebody can stand there; never outside the map."""
        x, y = point
        return 0 <= x < self.width and 0 <= y < self.height and self._open[y * self.width + x] == 1

    def kind_at(self, point: Point) -> TileKind:
        """The kind of the tile there. Raises IndexError outside the map."""
        return self.kinds[self.kind_numbers[self._index(point)]]

    def area_at(self, point: Point) -> Area | None:
        """The area the tile belongs to. Raises IndexError outside the map."""
        number = self.area_numbers[self._index(point)]
        return None if number == NO_AREA else self.areas[number - 1]

    def _index(self, point: Point) -> int:
        if not self.contains(point):
            raise IndexError(f"{tuple(point)} is outside the map of {self.width}×{self.height} tiles")
        return point[1] * self.width + point[0]


def _flags(values: Sequence[bool]) -> bytes:
    """A translation table for `bytes.translate`, from kind numbers to 0 or 1."""
    return bytes(values) + bytes(256 - len(values))
