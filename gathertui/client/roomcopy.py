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
    ConversationChanged,
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
        self.conversation: dict[int, presence.Link] = {}
        """With whom you exchange sound and picture, by avatar id."""
        self.in_earshot = 0
        """How many you would hear if all could be carried."""
        self._followed: frozenset[int] = frozenset()
        self._heard: dict[int, Position] = {}
        """Whereabouts of avatars that seemed in sight: where they are, should it turn out that they are not."""
        self._prediction: Prediction | None = None

    @property
    def entered(self) -> bool:
        """Whether this connection is in the room, so that steps count."""
        return self._prediction is not None

    def leave(self) -> None:
        """The connection is gone: what is known stays to be looked at, but no step counts and nobody is heard."""
        self._prediction = None
        self._end_conversation()

    def _end_conversation(self) -> None:
        self.conversation = {}
        self.in_earshot = 0

    def step(self, direction: Direction, now: float) -> tuple[int | None, StepOutcome]:
        """Take a step where prediction says; return the seq to send, None for none. Only while `entered`."""
        assert self._prediction is not None
        seq, outcome = self._prediction.step(direction, now)
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
        self._heard = {}
        self._end_conversation()
        self.viewport = first_viewport(me.x, me.y)
        self.in_sight = {avatar.id for avatar in avatars.values() if self._may_see(avatar)}
        return [RoomEntered()]

    def call_roll(self, roster: presence.Roster) -> list[OfficeEvent]:
        """Take over who left, came and changed."""
        # Your own avatar stays for as long as this copy shows a room.
        left = [avatar for avatar in roster.left if avatar in self.avatars and avatar != self.you]
        self.in_sight.difference_update(left)
        for gone in left:
            self._heard.pop(gone, None)
        events: list[OfficeEvent] = [AvatarDeparted(self.avatars.pop(avatar)) for avatar in left]
        unheard = [avatar for avatar in left if self.conversation.pop(avatar, None) is not None]
        if unheard:
            events.append(ConversationChanged(frozenset(), frozenset(unheard)))
        for avatar in roster.here:
            events += self._meet(avatar)
        return events

    def _meet(self, avatar: Avatar) -> list[OfficeEvent]:
        """Take over all of somebody new; of the others all but the place, which ticks tell and which may be newer."""
        known = self.avatars.get(avatar.id)
        if known is None:
            self.avatars[avatar.id] = avatar
            if self._may_see(avatar):
                self.in_sight.add(avatar.id)
            return [AvatarAppeared(avatar)]
        now = msgspec.structs.replace(avatar, x=known.x, y=known.y, facing=known.facing)
        if now == known:
            return []
        self.avatars[avatar.id] = now
        return [AvatarChanged(now)]

    def link(self, links: presence.Links) -> list[OfficeEvent]:
        """Take over how your conversation changed. Raises `BadFrame`."""
        before = frozenset(self.conversation)
        for avatar in links.over:
            self.conversation.pop(avatar, None)
        for link in links.linked:
            if link.avatar in self.avatars:
                self.conversation[link.avatar] = link
        self.in_earshot = links.in_earshot
        after = frozenset(self.conversation)
        events: list[OfficeEvent] = [ConversationChanged(after - before, before - after)]
        moved: set[int] = set()
        for block in unpack_cells(links.places):
            for position in block.here:
                if position.avatar in after:
                    self._see(position, moved)
        self._look_again()
        return [*events, AvatarsMoved(frozenset(moved))] if moved else events

    def look(self, viewport: Viewport) -> bool:
        """Look at other cells; say whether the server must be told. Who is not among them is out of sight at once."""
        if not self.entered or viewport == self.viewport:
            return False
        self.viewport = viewport
        self._look_again()
        return True

    def follow(self, avatars: frozenset[int]) -> bool:
        """Follow exactly these; say whether the server must be told."""
        if not self.entered or avatars == self._followed:
            return False
        self._followed = avatars
        self._look_again()
        return True

    def _look_again(self) -> None:
        """Lose sight of those of whom the server tells no more where they are."""
        for avatar in [avatar for avatar in self.in_sight if not self._may_see(self.avatars[avatar])]:
            self._lose_sight(avatar)

    def _lose_sight(self, avatar: int) -> None:
        self.in_sight.discard(avatar)
        heard = self._heard.pop(avatar, None)
        if heard is not None:
            self._move(heard)

    def _may_see(self, avatar: Avatar) -> bool:
        """Whether the server keeps telling where this avatar is."""
        if not self._is_stranger(avatar.id):
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
                elif not self._is_stranger(position.avatar):  # else it was none, when this was sent
                    self._see(position, moved)
        if self._prediction is not None:
            self._prediction.settle(tick.ack, yours)
            if self._place_yourself(self._prediction.stance):
                moved.add(self.you)
        return [AvatarsMoved(frozenset(moved))] if moved else []

    def _apply(self, block: CellBlock, moved: set[int]) -> None:
        """Take over what happened in a cell.

        A block of a cell that is out of view by now was sent when it was not: it still tells of those
        who are in sight wherever they are.
        """
        if self.viewport is None or not self.viewport.sees(block.cell):
            for position in block.here:
                if position.avatar != self.you and not self._is_stranger(position.avatar):
                    self._see(position, moved)
            return
        gone = block.gone
        if block.whole:
            here = {position.avatar for position in block.here}
            gone = [avatar for avatar in self.in_sight if avatar not in here]
        for avatar in gone:
            known = self.avatars.get(avatar)
            # Another block of the same tick may have told where it went.
            if known is not None and self._is_stranger(avatar) and cell_of(known.x, known.y) == block.cell:
                self._lose_sight(avatar)
                moved.add(avatar)
        for position in block.here:
            if position.avatar != self.you:
                self._see(position, moved)

    def _is_stranger(self, avatar: int) -> bool:
        """Whether the server tells where this avatar is only while it is in view."""
        return avatar != self.you and avatar not in self._followed and avatar not in self.conversation

    def _see(self, position: Position, moved: set[int]) -> None:
        """The avatar is there now, for certain."""
        if position.avatar not in self.avatars:
            return
        if self._move(position) or position.avatar not in self.in_sight:
            moved.add(position.avatar)
        self.in_sight.add(position.avatar)
        self._heard.pop(position.avatar, None)

    def hear_whereabouts(self, whereabouts: presence.Whereabouts) -> list[OfficeEvent]:
        """Take over where people were a moment ago, of those that are out of sight. Raises `BadFrame`."""
        moved: set[int] = set()
        for block in unpack_cells(whereabouts.cells):
            for position in block.here:
                if position.avatar in self.in_sight:
                    self._heard[position.avatar] = position
                elif self._move(position):
                    moved.add(position.avatar)
        return [AvatarsMoved(frozenset(moved))] if moved else []

    def refuse_step(self, refused: presence.StepRefused) -> list[OfficeEvent]:
        """Stand where the server says, and take the steps after the refused one again from there."""
        if self._prediction is None:
            return []
        self._prediction.refuse(refused.seq, _stance(refused.x, refused.y, refused.facing), too_fast=refused.too_fast)
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


def _placed(avatar: Avatar, stance: Stance) -> Avatar:
    return msgspec.structs.replace(avatar, x=stance.point.x, y=stance.point.y, facing=int(stance.facing))


def _stance(x: int, y: int, facing: int) -> Stance:
    try:
        return Stance(Point(x, y), Direction(facing))
    except ValueError:
        raise BadFrame("The server sent a direction that is none.") from None
