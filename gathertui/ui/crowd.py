"""Everybody in sight as they are drawn: the others on their way to where they are known to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from gathertui.client.interpolation import Interpolator
from gathertui.client.model import OfficeModel
from gathertui.client.prediction import Stance
from gathertui.protocol.presence import Avatar
from gathertui.world.geometry import Direction, Point
from gathertui.world.tilemap import TileMap

PATIENCE: Final = 0.002
"""Seconds that a step may wait for the step of each other who walks: few are drawn at once, a crowd together."""


class Crowd:
    """Where the people of a model are drawn. Times are in seconds, of one monotonic clock.

    You are drawn where prediction puts you. Nothing but the picture goes by these places.
    """

    def __init__(self, model: OfficeModel) -> None:
        self._model = model
        self._tilemap: TileMap | None = None
        self._others: Interpolator | None = None
        self._walking: dict[int, tuple[Avatar, Stance, Avatar]] = {}

    def move(self, avatars: Iterable[int], now: float) -> None:
        """These are elsewhere, by the model: they walk there."""
        others = self._others
        if others is None:
            return
        for avatar in avatars:
            known = self._model.avatars.get(avatar)
            if known is not None and others.drawn(avatar) is not None:
                others.tell(avatar, _stance(known), now)

    def drawn(self, now: float) -> list[Avatar]:
        """Return everybody in sight. Who was not in sight when this was called before is where they are known to be.

        Somebody of whom nothing is new is the same object as before.

        Raises LookupError before the room was entered.
        """
        model, others = self._model, self._on_this_map()
        in_sight = model.in_sight
        others.keep({avatar.id for avatar in in_sight})
        others.advance(now)
        before, self._walking = self._walking, {}
        drawn = []
        you = model.you
        for avatar in in_sight:
            stance = None
            if avatar.id != you:
                stance = others.drawn(avatar.id)
                if stance is None:
                    others.tell(avatar.id, _stance(avatar), now)
            if stance is None or stance.point == (avatar.x, avatar.y):
                drawn.append(avatar)
            else:
                walking = before.get(avatar.id)
                if walking is None or walking[0] is not avatar or walking[1] is not stance:
                    x, y = stance.point
                    there = msgspec.structs.replace(avatar, x=x, y=y, facing=int(stance.facing))
                    walking = avatar, stance, there
                self._walking[avatar.id] = walking
                drawn.append(walking[2])
        return drawn

    def wait(self, now: float) -> float | None:
        """Seconds until `drawn` returns something else by time alone; None while nobody walks."""
        due = None if self._others is None else self._others.next_due(PATIENCE)
        return None if due is None else max(0.0, due - now)

    def _on_this_map(self) -> Interpolator:
        tilemap = self._model.tilemap
        if self._others is None or tilemap is not self._tilemap:
            self._tilemap, self._others = tilemap, Interpolator(tilemap)
        return self._others


def _stance(avatar: Avatar) -> Stance:
    return Stance(Point(avatar.x, avatar.y), Direction(avatar.facing))
