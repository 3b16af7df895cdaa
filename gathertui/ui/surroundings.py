"""What is round you: with whom you talk, and what is lit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from gathertui.client.model import OfficeModel
from gathertui.protocol.presence import Avatar
from gathertui.world.geometry import Point
from gathertui.world.hearing import REACH, earshot
from gathertui.world.tilemap import TileMap

FURTHER: Final = REACH + 1
"""Stands for the distance of those who are out of earshot."""


class Surroundings(NamedTuple):
    """The room as you stand in it."""

    tilemap: TileMap
    you: int
    position: Point
    heard: Mapping[Point, int]
    """The tiles within earshot, with their walking distance."""
    near: tuple[Avatar, ...]
    """Who stands within earshot, the nearest first, without you."""
    conversation: tuple[Avatar, ...]
    """With whom you exchange sound and picture, by the server's word, the nearest first."""


class Listener:
    """Works the surroundings out, and what can be heard from a tile once while you stand there."""

    def __init__(self) -> None:
        self._tilemap: TileMap | None = None
        self._position: Point | None = None
        self._heard: Mapping[Point, int] = {}

    def listen(self, model: OfficeModel) -> Surroundings:
        """Return what is round you now. Raises LookupError before the room was entered."""
        tilemap, me = model.tilemap, model.me
        position = Point(me.x, me.y)
        if tilemap is not self._tilemap or position != self._position:
            self._tilemap, self._position = tilemap, position
            self._heard = earshot(tilemap, position)
        heard = self._heard
        near = [a for a in model.in_sight if a.id != model.you and (a.x, a.y) in heard]
        linked = [model.avatars[avatar] for avatar in model.conversation]

        def nearest_first(avatar: Avatar) -> tuple[int, str]:
            return heard.get(Point(avatar.x, avatar.y), FURTHER), avatar.account.name.casefold()

        near.sort(key=nearest_first)
        linked.sort(key=nearest_first)
        return Surroundings(tilemap, model.you, position, heard, tuple(near), tuple(linked))


def area_title(tilemap: TileMap, x: int, y: int) -> str:
    """The title of the area that the tile belongs to, or empty."""
    area = tilemap.area_at(Point(x, y)) if tilemap.contains(Point(x, y)) else None
    return area.title if area is not None else ""
