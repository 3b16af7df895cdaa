"""The room as the server tells it, with your own steps predicted.

Everybody in the room is known, but the server tells where they are only for the
cells in view, and of those you follow. Of the others it tells roughly, when they
come into another area: their place is where they were seen last.
"""

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
from gathertui.protocol.positions import CellBlock, Position, Viewport, cell_of, first_viewport, unpack_cells
from gathertui.protocol.presence import Avatar
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
        self.in_sight: set[int] = set()
        """Avatars whose place is known to be current; yours is always."""
        self.viewport: Viewport | None = None
        """The cells in view; None before the room was entered."""
        self._followed: frozenset[int] = frozenset()
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
        self._followed = frozenset()
        self.viewport = first_viewport(me.x, me.y)
        self.in_sight = {avatar.id for avatar in avatars.values() if self._may_see(avatar)}
        return [RoomEntered()]

    def appear(self, avatar: Avatar) -> list[OfficeEvent]:
        """Somebody came in."""
        self.avatars[avatar.id] = self._in_place(avatar) if avatar.id == self.you else avatar
        if self._may_see(avatar):
            self.in_sight.add(avatar.id)
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
        self.in_sight.discard(avatar_id)
        return [AvatarDeparted(self.avatars.pop(avatar_id))]

    def look(self, viewport: Viewport) -> bool:
        """Look at other cells; say whether the server must be told. Who is not among them is out of sight at once."""
        if not self.entered or viewport == self.viewport:
            return False
        self.viewport = viewport
        self.in_sight = {avatar for avatar in self.in_sight if self._may_see(self.avatars[avatar])}
        return True

    def follow(self, avatars: frozenset[int]) -> bool:
        """Follow exactly these; say whether the server must be told."""
        if not self.entered or avatars == self._followed:
            return False
        self._followed = avatars
        self.in_sight = {avatar for avatar in self.in_sight if self._may_see(self.avatars[avatar])}
        return True

    def _may_see(self, avatar: Avatar) -> bool:
        """Whether the server keeps telling where this avatar is."""
        if avatar.id == self.you or avatar.id in self._followed:
            return True
        return self.viewport is not None and self.viewport.sees(cell_of(avatar.x, avatar.y))

    def tick(self, tick: presence.Tick) -> list[OfficeEvent]:
        """Take over what a tick tells, your own place under the prediction. Raises `BadFrame`."""
        moved: set[int] = set()
        yours: Stance | None = None
        for block in unpack_cells(tick.cells):
            self._apply(block, moved)
            for position in block.here:
                if position.avatar == self.you:
                    yours = _stance(position.x, position.y, position.facing)
        for block in unpack_cells(tick.followed):
            for position in block.here:
                if position.avatar == self.you:
                    yours = _stance(position.x, position.y, position.facing)
                elif position.avatar in self._followed:  # else it was, when this was sent
                    self._see(position, moved)
        if self._prediction is not None:
            self._prediction.settle(tick.ack, yours)
            if self._place_yourself(self._prediction.stance):
                moved.add(self.you)
        return [AvatarsMoved(frozenset(moved))] if moved else []

    def _apply(self, block: CellBlock, moved: set[int]) -> None:
        """Take over what happened in a cell. A block of a cell that is out of view by now is an old one."""
        if self.viewport is None or not self.viewport.sees(block.cell):
            return
        gone = block.gone
        if block.whole:
            here = {position.avatar for position in block.here}
            gone = [avatar for avatar in self.in_sight if avatar not in here]
        for avatar in gone:
            known = self.avatars.get(avatar)
            # Another block of the same tick may have told where it went.
            if known is not None and self._is_stranger(avatar) and cell_of(known.x, known.y) == block.cell:
                self.in_sight.discard(avatar)
                moved.add(avatar)
        for position in block.here:
            if position.avatar != self.you:
                self._see(position, moved)

    def _is_stranger(self, avatar: int) -> bool:
        return avatar != self.you and avatar not in self._followed

    def _see(self, position: Position, moved: set[int]) -> None:
        """The avatar is there now, for certain."""
        if position.avatar not in self.avatars:
            return
        if self._move(position) or position.avatar not in self.in_sight:
            moved.add(position.avatar)
        self.in_sight.add(position.avatar)

    def hear_whereabouts(self, whereabouts: presence.Whereabouts) -> list[OfficeEvent]:
        """Take over where people were a moment ago, of those that are out of sight. Raises `BadFrame`."""
        moved = {
            position.avatar
            for block in unpack_cells(whereabouts.cells)
            for position in block.here
            if position.avatar not in self.in_sight and self._move(position)
        }
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
