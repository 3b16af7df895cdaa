"""The room as the server tells it, with your own steps predicted."""

from __future__ import annotations

import msgspec

from gathertui.client.events import (
    AvatarAppeared,
    AvatarChanged,
    AvatarDeparted,
    AvatarsMoved,
    OfficeEvent,
    RoomEntered,
)
from gathertui.client.prediction import Prediction, Stance, StepOutcome
from gathertui.errors import BadFrame
from gathertui.protocol import presence
from gathertui.protocol.presence import Avatar, Position
from gathertui.world.geometry import Direction, Point
from gathertui.world.mapfile import load_map
from gathertui.world.tilemap import TileMap


class RoomCopy:
    """Who is where. Each message of the server is applied in the order it came."""

    def __init__(self) -> None:
        self.name = ""
        self.tilemap: TileMap | None = None
        self.you = 0
        self.avatars: dict[int, Avatar] = {}
        self._prediction: Prediction | None = None

    @property
    def entered(self) -> bool:
        """Whether this connection is in the room, so that steps count."""
        return self._prediction is not None

    def leave(self) -> None:
        """The connection is gone: what is known stays to be looked at, but no step counts."""
        self._prediction = None

    def step(self, direction: Direction) -> tuple[int, StepOutcome]:
        """Take a step where prediction says; return the seq to send. Only while `entered`."""
        assert self._prediction is not None
        seq, outcome = self._prediction.step(direction)
        self._place_yourself(self._prediction.stance)
        return seq, outcome

    def enter(self, entered: presence.Entered) -> list[OfficeEvent]:
        """Start afresh with what the server says. Raises `MapError`, or `BadFrame` where you are not in it."""
        tilemap = load_map(entered.map_source)
        avatars = {avatar.id: avatar for avatar in entered.avatars}
        if entered.you not in avatars:
            raise BadFrame("The server let us into a room where we are not.")
        me = avatars[entered.you]
        self._prediction = Prediction(tilemap, _stance(me.x, me.y, me.facing))
        self.name, self.tilemap, self.you, self.avatars = entered.room, tilemap, entered.you, avatars
        return [RoomEntered()]

    def appear(self, avatar: Avatar) -> list[OfficeEvent]:
        """Somebody came in."""
        self.avatars[avatar.id] = self._in_place(avatar) if avatar.id == self.you else avatar
        return [AvatarAppeared(self.avatars[avatar.id])]

    def change(self, avatar: Avatar) -> list[OfficeEvent]:
        """Take over all but the place, which ticks tell and which may be newer."""
        if avatar.id not in self.avatars:
            return []
        self.avatars[avatar.id] = self._in_place(avatar)
        return [AvatarChanged(self.avatars[avatar.id])]

    def depart(self, avatar_id: int) -> list[OfficeEvent]:
        """Somebody left. Your own avatar stays for as long as this copy shows a room."""
        if avatar_id == self.you or avatar_id not in self.avatars:
            return []
        return [AvatarDeparted(self.avatars.pop(avatar_id))]

    def tick(self, tick: presence.Tick) -> list[OfficeEvent]:
        """Take over the positions of a tick, yours under the prediction."""
        moved: set[int] = set()
        yours: Stance | None = None
        for position in presence.unpack_positions(tick.positions):
            if position.avatar == self.you:
                yours = _stance(position.x, position.y, position.facing)
            elif self._move(position):
                moved.add(position.avatar)
        if self._prediction is not None:
            self._prediction.settle(tick.ack, yours)
            if self._place_yourself(self._prediction.stance):
                moved.add(self.you)
        return [AvatarsMoved(frozenset(moved))] if moved else []

    def refuse_step(self, refused: presence.StepRefused) -> list[OfficeEvent]:
        """Stand where the server says, and take the steps after the refused one again from there."""
        if self._prediction is None:
            return []
        self._prediction.refuse(refused.seq, _stance(refused.x, refused.y, refused.facing))
        return [AvatarsMoved(frozenset({self.you}))] if self._place_yourself(self._prediction.stance) else []

    def _move(self, position: Position) -> bool:
        avatar = self.avatars.get(position.avatar)
        if avatar is None or (avatar.x, avatar.y, avatar.facing) == position[1:]:
            return False
        stance = _stance(position.x, position.y, position.facing)
        self.avatars[avatar.id] = _placed(avatar, stance)
        return True

    def _place_yourself(self, stance: Stance) -> bool:
        """Show your avatar there; say whether that is a change."""
        me = self.avatars[self.you]
        if (me.x, me.y, me.facing) == (stance.point.x, stance.point.y, stance.facing):
            return False
        self.avatars[self.you] = _placed(me, stance)
        return True

    def _in_place(self, avatar: Avatar) -> Avatar:
        known = self.avatars[avatar.id]
        return msgspec.structs.replace(avatar, x=known.x, y=known.y, facing=known.facing)


def _placed(avatar: Avatar, stance: Stance) -> Avatar:
    return msgspec.structs.replace(avatar, x=stance.point.x, y=stance.point.y, facing=int(stance.facing))


def _stance(x: int, y: int, facing: int) -> Stance:
    try:
        return Stance(Point(x, y), Direction(facing))
    except ValueError:
        raise BadFrame("The server sent a direction that is none.") from None
