"""Who stands on which tile of a room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gathertui.world.geometry import Point
from gathertui.world.hearing import SoundMap


class Whereabouts:
    """The avatars of a room by tile, for finding those whom a sound reaches."""

    __slots__ = ("_occupied", "_positions", "_sound", "_standing", "positions")

    def __init__(self, sound: SoundMap) -> None:
        self._sound = sound
        # Who stands on a tile, by its number.
        self._standing: dict[int, set[int]] = {}
        # 1 where somebody stands, a byte a tile: all that a sound can reach is one slice of it. For those at
        # the edges, too, so it begins `span` before the first tile and ends `span` after the last.
        self._occupied = bytearray(sound.tiles + 2 * sound.span)
        self._positions: dict[int, Point] = {}
        self.positions: Mapping[int, Point] = self._positions
        """Everybody's tile by avatar id, to be read only; it stays up to date."""

    def put(self, avatar: int, position: Point) -> None:
        """Stand an avatar on a tile of the map, from wherever it was."""
        self.take(avatar)
        self._positions[avatar] = position
        number = self._sound.number(position)
        standing = self._standing.get(number)
        if standing is None:
            self._standing[number] = {avatar}
            self._occupied[number + self._sound.span] = 1
        else:
            standing.add(avatar)

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
            self._occupied[number + self._sound.span] = 0

    def within_reach(self, avatar: int) -> dict[int, int]:
        """Everybody whom the sound of an avatar reaches, itself too, with their walking distance in tiles."""
        position, span, standing = self._positions[avatar], self._sound.span, self._standing
        number = self._sound.number(position)
        occupied, first = self._occupied[number : number + 2 * span + 1], number - span
        tiles, distances = self._sound.heard_from(position)
        return {
            other: distance
            for tile, distance in zip(tiles, distances, strict=True)
            if occupied[tile]
            for other in standing[first + tile]
        }

    def standing_on(self, tiles: Iterable[Point]) -> set[int]:
        """Everybody on one of the tiles."""
        nobody: set[int] = set()
        return nobody.union(*(self._standing.get(self._sound.number(tile), nobody) for tile in tiles))
