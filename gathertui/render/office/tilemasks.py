"""Questions about whole maps, answered as arrays of shape (height, width)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from gathertui.world.geometry import Direction
from gathertui.world.tilemap import TileMap

Mask = NDArray[np.bool_]


class Looks:
    """A map's looks, to be asked where some of them are."""

    def __init__(self, tilemap: TileMap) -> None:
        self._names = [kind.look for kind in tilemap.kinds]
        self._numbers = np.frombuffer(tilemap.kind_numbers, np.uint8).reshape(tilemap.height, tilemap.width)

    def those(self, looks: Collection[str]) -> Mask:
        """Where the tile has one of these looks."""
        wanted = np.array([name in looks for name in self._names], np.bool_)
        return wanted[self._numbers]


def neighbours(mask: Mask, direction: Direction, distance: int = 1) -> Mask:
    """Where the tile that lies `distance` tiles in `direction` is in `mask`; nothing lies outside the map."""
    dx, dy = (part * distance for part in direction.delta)
    height, width = mask.shape
    padded = np.pad(mask, distance)
    return padded[distance + dy : distance + dy + height, distance + dx : distance + dx + width]


def joined_bits(mask: Mask) -> NDArray[np.uint8]:
    """Which of a tile's neighbours are in `mask`: bit 0 for north, 1 east, 2 south, 3 west."""
    bits = np.zeros(mask.shape, np.uint8)
    for direction in Direction:
        bits |= neighbours(mask, direction).astype(np.uint8) << np.uint8(direction)
    return bits
