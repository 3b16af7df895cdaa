"""How far sound walks.

Sound takes the shortest way over tiles that let it through. Walls, glass and
shut doors stop it; desks, plants and people don't.

`earshot` answers once, for a map as it was drawn. `SoundMap` answers again and
again, for a room whose doors open and shut.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def earshot(tilemap: TileMap, origin: Point, reach: int = REACH) -> Mapping[Point, int]:
    """The tiles that can be heard from `origin`, each with its walking distance in tiles.

    `origin` itself is there with 0. Empty when `origin` is outside the map or
    in a tile that stops sound.
    """
    if not tilemap.contains(origin):
        return {}
    distances = _flood(_surroundings(tilemap.sound_passes, tilemap.width, origin, reach), reach)
    return {_tile(origin, index, reach): distance for index, distance in enumerate(distances) if distance <= reach}


class SoundMap:
    """How far sound walks between the tiles of one room, while its doors open and shut.

    It looks out for `reach` tiles. Its tiles have numbers, so that the way from
    one to another is a difference, the same wherever one stands.
    """

    __slots__ = ("_cache", "_cached_tiles", "_heard", "_passes", "_tilemap", "reach")

    def __init__(self, tilemap: TileMap, *, reach: int = HELD_REACH, cached_tiles: int = CACHED_TILES) -> None:
        self.reach = reach
        self._tilemap = tilemap
        self._passes = bytearray(tilemap.sound_passes)
        span = range(-reach, reach + 1)
        # What `heard_from` is made of, by place in the square around a tile and by distance; shared to save memory.
        self._heard = [
            [(dy * tilemap.width + dx, distance) for distance in range(reach + 1)] for dy in span for dx in span
        ]
        self._cache: dict[Point, tuple[tuple[int, int], ...]] = {}
        self._cached_tiles = cached_tiles

    def number(self, tile: Point) -> int:
        """The number of a tile of the map: row by row, from 0."""
        return tile[1] * self._tilemap.width + tile[0]

    def heard_from(self, origin: Point) -> tuple[tuple[int, int], ...]:
        """The tiles that sound from `origin` reaches: how much their numbers differ from its own, and the distance.

        Empty when `origin` itself stops sound.
        """
        heard = self._cache.get(origin)
        if heard is None:
            reach = self.reach
            distances = _flood(_surroundings(self._passes, self._tilemap.width, origin, reach), reach)
            heard = tuple(
                [at[distance] for at, distance in zip(self._heard, distances, strict=True) if distance <= reach]
            )
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
            distances = _flood(_surroundings(self._passes, self._tilemap.width, point, self.reach), self.reach)
            concerned.update(_tile(point, index, self.reach) for index, d in enumerate(distances) if d <= self.reach)
        for point in changed:
            self._passes[self.number(point)] = passing[point]
        for point in concerned:
            self._cache.pop(point, None)
        return concerned


def _surroundings(passes: bytes | bytearray, width: int, origin: Point, reach: int) -> bytes:
    """The part of `passes` up to `reach` tiles around `origin`, a square; 0 outside the map."""
    x, y = origin
    left, right = max(0, x - reach), min(width, x + reach + 1)
    before, after = bytes(left - (x - reach)), bytes(x + reach + 1 - right)
    nothing = bytes(2 * reach + 1)
    return b"".join(
        before + passes[row * width + left : row * width + right] + after if 0 <= row * width < len(passes) else nothing
        for row in range(y - reach, y + reach + 1)
    )


def _flood(passes: bytes, reach: int) -> list[int]:
    """Walking distances from the middle of the square `passes`, `reach` + 1 where the flood does not come."""
    side = 2 * reach + 1
    middle = len(passes) // 2
    distances = [reach + 1] * len(passes)
    if not passes[middle]:
        return distances
    distances[middle] = 0
    frontier = [middle]
    # What is `reach` tiles away at most lies inside the square: no step can run over its edge.
    for distance in range(1, reach + 1):
        further: list[int] = []
        for here in frontier:
            for there in (here - side, here + 1, here + side, here - 1):
                if passes[there] and distances[there] > reach:
                    distances[there] = distance
                    further.append(there)
        frontier = further
    return distances


def _tile(origin: Point, index: int, reach: int) -> Point:
    """The tile that an index into the square around `origin` stands for."""
    row, column = divmod(index, 2 * reach + 1)
    return Point(origin.x + column - reach, origin.y + row - reach)
