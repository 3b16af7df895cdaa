"""How far sound walks.

Sound takes the shortest way over tiles that let it through. Walls, glass and
shut doors stop it; desks, plants and people don't.
"""

from __future__ import annotations

from collections.abc import Mapping

from gathertui.world.geometry import Point
from gathertui.world.tilemap import TileMap

REACH = 5
"""Tiles that sound walks; who is no further than this can be heard."""


def earshot(tilemap: TileMap, origin: Point, reach: int = REACH) -> Mapping[Point, int]:
    """The tiles that can be heard from `origin`, each with its walking distance in tiles.

    `origin` itself is there with 0. Empty when `origin` is outside the map or
    in a tile that stops sound.
    """
    width, height, passes = tilemap.width, tilemap.height, tilemap.sound_passes
    if not tilemap.contains(origin) or not passes[origin.y * width + origin.x]:
        return {}
    distances = {origin: 0}
    frontier = [origin]
    for distance in range(1, reach + 1):
        further: list[Point] = []
        for x, y in frontier:
            for there in (Point(x, y - 1), Point(x + 1, y), Point(x, y + 1), Point(x - 1, y)):
                if there in distances or not (0 <= there.x < width and 0 <= there.y < height):
                    continue
                if passes[there.y * width + there.x]:
                    distances[there] = distance
                    further.append(there)
        frontier = further
    return distances
