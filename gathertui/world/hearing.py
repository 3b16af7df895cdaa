"""How far sound walks.

Sound takes the shortest way over tiles that let it through. Walls, glass and
shut doors stop it; desks, plants and people don't.

`earshot` answers once, for a map as it was drawn. `SoundMap` answers again and
again, for a room whose doors open and shut.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress
from typing import NamedTuple

from gathertui.world.geometry import Point
from gathertui.world.tilemap import TileMap

REACH = 5
"""Tiles that sound walks; who is no further than this can be heard."""

HELD_REACH = 6
"""Tiles that two who hear each other already may go apart before they lose each other."""

FULL_VOLUME_REACH = 2
"""Tiles within which a voice has its full volume; from there on it fades."""

CACHED_TILES = 8_192
"""Tiles for which a `SoundMap` keeps what it worked out, at up to 900 bytes each."""

MAX_REACH = 254
"""How far anybody can ask about: a flood counts in bytes."""


def earshot(tilemap: TileMap, origin: Point, reach: int = REACH) -> Mapping[Point, int]:
    """The tiles that can be heard from `origin`, each with its walking distance in tiles.

    `origin` itself is there with 0. Empty when `origin` is outside the map or
    in a tile that stops sound. `reach` is `MAX_REACH` at most.
    """
    if not tilemap.contains(origin):
        return {}
    nearness = _flood(_surroundings(tilemap.sound_passes, tilemap.width, origin, reach), reach)
    return {_tile(origin, index, reach): reach + 1 - near for index, near in enumerate(nearness) if near}


class Heard(NamedTuple):
    """The tiles that sound from one tile reaches, and their walking distances in the same order.

    A tile is given by its number less that of the origin, plus `SoundMap.span`:
    0 to 2 `span`.
    """

    tiles: tuple[int, ...]
    distances: bytes


class SoundMap:
    """How far sound walks between the tiles of one room, while its doors open and shut.

    It looks out for `reach` tiles, `MAX_REACH` at most. Its tiles have numbers,
    so that the way from one to another is a difference, the same wherever one
    stands. Nobody is heard whose number is more than `span` away.
    """

    __slots__ = ("_cache", "_cached_tiles", "_distances", "_passes", "_places", "_tilemap", "reach", "span", "tiles")

    def __init__(self, tilemap: TileMap, *, reach: int = HELD_REACH, cached_tiles: int = CACHED_TILES) -> None:
        self.reach = reach
        self.span = reach * (tilemap.width + 1)
        self._tilemap = tilemap
        self._passes = bytearray(tilemap.sound_passes)
        self.tiles = len(self._passes)
        """How many tiles there are: their numbers are below that."""
        # For making a `Heard` of a flood: the square's places, shared to save memory, and from nearness to distance.
        side = range(2 * reach + 1)
        self._places = tuple(row * tilemap.width + column for row in side for column in side)
        self._distances = bytes([0, *range(reach, -1, -1)]).ljust(256, b"\0")
        self._cache: dict[Point, Heard] = {}
        self._cached_tiles = cached_tiles

    def number(self, tile: Point) -> int:
        """The number of a tile of the map: row by row, from 0."""
        return tile[1] * self._tilemap.width + tile[0]

    def heard_from(self, origin: Point) -> Heard:
        """The tiles that sound from `origin` reaches; none when `origin` itself stops sound."""
        heard = self._cache.get(origin)
        if heard is None:
            nearness = self._nearness(origin)
            heard = Heard(tuple(compress(self._places, nearness)), nearness.translate(self._distances, b"\0"))
            if len(self._cache) >= self._cached_tiles:
                del self._cache[next(iter(self._cache))]
            self._cache[origin] = heard
        return heard

    def set_passing(self, passing: Mapping[Point, bool]) -> set[Point]:
        """Let sound through the given tiles, or stop it there, and return the tiles concerned.

        Those are the tiles whose `heard_from` may be another now. Raises
        IndexError, and changes nothing, for a tile outside the map.
        """
        for point in passing:
            if not self._tilemap.contains(point):
                raise IndexError(f"{tuple(point)} is outside the map")
        changed = [point for point, passes in passing.items() if self._passes[self.number(point)] != passes]
        # A way that is new or gone leads over a changed tile, and over others that let sound through before
        # or after: with all of them open, a flood from each changed tile meets everybody whom such a way served.
        for point in changed:
            self._passes[self.number(point)] = True
        concerned: set[Point] = set()
        for point in changed:
            concerned.update(
                _tile(point, index, self.reach) for index, near in enumerate(self._nearness(point)) if near
            )
        for point in changed:
            self._passes[self.number(point)] = passing[point]
        for point in concerned:
            self._cache.pop(point, None)
        return concerned

    def _nearness(self, origin: Point) -> bytes:
        """How near the tiles of the square around `origin` are, as `_flood` tells it."""
        return _flood(_surroundings(self._passes, self._tilemap.width, origin, self.reach), self.reach)


def _surroundings(passes: bytes | bytearray, width: int, origin: Point, reach: int) -> bytes:
    """The part of `passes` up to `reach` tiles around `origin`, a square; 0 outside the map."""
    x, y = origin
    left, right = max(0, x - reach), min(width, x + reach + 1)
    top, bottom = max(0, y - reach), min(len(passes) // width, y + reach + 1)
    before, after = bytes(left - (x - reach)), bytes(x + reach + 1 - right)
    rows = [passes[row + left : row + right] for row in range(top * width, bottom * width, width)]
    side = 2 * reach + 1
    above, below = bytes((top - (y - reach)) * side), bytes((y + reach + 1 - bottom) * side)
    # Joined by what comes after one row and before the next.
    return above + before + (after + before).join(rows) + after + below


def _flood(passes: bytes, reach: int) -> bytes:
    """How near the tiles of the square `passes` are to its middle, on foot.

    `reach` + 1 in the middle, one less with every tile, 0 where the flood does
    not come.
    """
    # The square is one big number, a byte a tile, and a step of the whole flood four shifts of it. What is
    # `reach` tiles away at most lies inside the square: no step can run over its edge.
    column, row = 8, 8 * (2 * reach + 1)
    open_tiles = int.from_bytes(passes, "little")
    flooded = nearness = open_tiles & 1 << 8 * (len(passes) // 2)
    for _ in range(reach):
        flooded |= open_tiles & (flooded << column | flooded >> column | flooded << row | flooded >> row)
        nearness += flooded
    return nearness.to_bytes(len(passes), "little")


def _tile(origin: Point, index: int, reach: int) -> Point:
    """The tile that an index into the square around `origin` stands for."""
    row, column = divmod(index, 2 * reach + 1)
    return Point(origin.x + column - reach, origin.y + row - reach)
