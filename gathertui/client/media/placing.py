"""How loud and from which side somebody is heard, by where you both stand."""

from __future__ import annotations

from typing import Final, NamedTuple

from gathertui.media.audio.panning import gain_at, pan_towards
from gathertui.protocol.presence import Avatar, Link
from gathertui.world.geometry import Point
from gathertui.world.hearing import HELD_REACH, earshot
from gathertui.world.tilemap import TileMap

FULL: Final = 2
"""`Link.volume` of those who are heard the same at any distance."""


WHISPER: Final = 0.1
"""The factor for those who turned aside to somebody else."""


class Place(NamedTuple):
    """Where somebody is heard: a gain from 0 to 1, and a pan from -1, left, to 1, right."""

    gain: float
    pan: float


class Ears:
    """Your ears in one room. They remember how far it is to everywhere from where you stand."""

    def __init__(self, tilemap: TileMap) -> None:
        self.tilemap = tilemap
        self._here: Point | None = None
        self._distances: dict[Point, int] = {}

    def place(self, me: Avatar, other: Avatar, link: Link, *, factor: float = 1.0) -> Place:
        """Where `other` is heard from where `me` stands, their gain times `factor`.

        Who is beyond earshot on our map, which may lag behind the server's, is
        heard as at its edge: whether they are heard at all is the server's to say.
        """
        here = Point(me.x, me.y)
        if here != self._here:
            self._here, self._distances = here, dict(earshot(self.tilemap, here, HELD_REACH))
        distance = self._distances.get(Point(other.x, other.y), HELD_REACH)
        gain = factor * gain_at(distance, full=link.volume == FULL)
        return Place(gain, pan_towards(other.x - me.x, other.y - me.y))
