"""Who stands on which tile of a room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gathertui.world.geometry import Point
from gathertui.world.hearing import SoundMap


class Whereabouts:
    """The avatars of a room by tile, for finding those whom a sound reaches."""

    __slots__ = ("_positions", "_sound", "_standing", "positions")

    def __init__(self, sound: SoundMap) -> None:
        self._sound = sound
        self._standing: dict[int, set[int]] = {}
        self._positions: dict[int, Point] = {}
        self.positions: Mapping[int, Point] = self._positions
        """Everybody's tile by avatar id, to be read only; it stays up to date."""

    def put(self, avatar: int, position: Point) -> None:
        """Stand an avatar on a tile of the map, from wherever it was."""
        self.take(avatar)
        self._positions[avatar] = position
        self._standing.setdefault(self._sound.number(position), set()).add(avatar)

    def take(self, avatar: int) -> None:
        """Take an avatar away, if it is there."""
        position = self._positions.pop(avatar, None)
        if position is None:
            return
        number = self._sound.number(position)
        standing = self._standing[number]
        standing.discard(avatar)
        if not standing:
            del self._standing[number]

    def within_reach(self, avatar: int) -> dict[int, int]:
        """Everybody whom the sound of an avatar reaches, itself too, with their walking distance in tiles."""
        position = self._positions[avatar]
        here, standing = self._sound.number(position), self._standing
        return {
            other: distance
            for offset, distance in self._sound.heard_from(position)
            if (number := here + offset) in standing
            for other in standing[number]
        }

    def standing_on(self, tiles: Iterable[Point]) -> set[int]:
        """Everybody on one of the tiles."""
        nobody: set[int] = set()
        return nobody.union(*(self._standing.get(self._sound.number(tile), nobody) for tile in tiles))
