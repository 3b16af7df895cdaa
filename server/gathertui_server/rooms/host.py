"""The shell round one room: commands from the bus go in, deliveries go out, time passes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from gathertui.errors import Code
from gathertui.protocol import codec, presence
from gathertui.protocol.base import Account, Failure
from gathertui.protocol.limits import CELL_TILES
from gathertui.protocol.positions import Cell, pack_cell, pack_positions
from gathertui.world import room as world_room
from gathertui.world.geometry import Direction, Point
from gathertui.world.interest import CellIndex
from gathertui.world.tilemap import TileMap
from gathertui_server.bus import messages as bus
from gathertui_server.bus.ports import DeliveryBus
from gathertui_server.rooms.followers import Followers
from gathertui_server.rooms.glyphs import initials
from gathertui_server.rooms.ticker import Ticker
from gathertui_server.rooms.whereabouts import Whereabouts

TICK_SECONDS = 0.05
"""Moves of a busy room go out together this often."""


class RoomHost:
    """Owns one room. `handle` is called for every command, in order; nothing else writes the room."""

    def __init__(
        self,
        name: str,
        tilemap: TileMap,
        map_source: bytes,
        out: DeliveryBus,
        loop: asyncio.AbstractEventLoop,
        *,
        capacity: int = world_room.DEFAULT_CAPACITY,
    ) -> None:
        self.name = name
        self._room = world_room.Room(tilemap, capacity=capacity)
        self._map_source = map_source
        self._out = out
        self._loop = loop
        self._ticker = Ticker(self._flush, TICK_SECONDS, loop)
        self._expiry: asyncio.TimerHandle | None = None
        self._accounts: dict[str, Account] = {}
        self._cells = CellIndex(CELL_TILES)
        self._followers = Followers()
        self._steered: dict[int, int] = {}
        self._whereabouts = Whereabouts(self._tell_whereabouts, loop)
        self._acks: dict[int, int] = {}
        self._settled: dict[int, int] = {}

    def handle(self, command: bus.RoomCommand) -> None:
        """Carry out one command and publish what came of it."""
        match command:
            case bus.Walk():
                self._walk(command)
            case bus.Attach():
                self._attach(command)
            case bus.Detach():
                self._detach(command)
            case bus.AskCells():
                self._answer_cells(command)
            case bus.Follow():
                self._follow(command)
            case bus.AskPeople():
                self._answer_people(command)

    def close(self) -> None:
        """Stop the timers."""
        self._ticker.close()
        self._whereabouts.close()
        if self._expiry is not None:
            self._expiry.cancel()

    # ------------------------------------------------------------ commands

    def _walk(self, walk: bus.Walk) -> None:
        step = world_room.Step(walk.view, walk.seq, Direction(walk.direction))
        self._settled[walk.view] = walk.seq
        self._act(step)

    def _attach(self, attach: bus.Attach) -> None:
        account = attach.account
        self._accounts[account.id] = account
        person = world_room.Person(account.id, account.name, initials(account.name), account.colour)
        self._act(world_room.Attach(attach.view, person))
        you = self._room.avatar_of(attach.view)
        if you is None:
            self._accounts.pop(account.id, None)
            message = "The office is full."
            failure = Failure(attach.rid, Code.OFFICE_FULL, message, "Try again when somebody has left.", 30.0)
            self._out.publish(bus.Direct(attach.view, attach.rid, codec.encode(failure)))
            return
        self._settled[attach.view] = 0
        self._followers.follow(attach.view, {you.id})
        # Moves not yet sent are in this picture of the room, and come once more with the next tick: no harm.
        everybody = [self._describe(avatar) for avatar in self._room.avatars.values()]
        entered = presence.Entered(attach.rid, self.name, self._map_source, you.id, everybody)
        x, y = you.position
        self._out.publish(bus.Joined(attach.view, attach.rid, codec.encode(entered), x, y))

    def _detach(self, detach: bus.Detach) -> None:
        self._settled.pop(detach.view, None)
        self._acks.pop(detach.view, None)
        self._followers.follow(detach.view, ())
        self._act(world_room.Detach(detach.view, detach.goodbye))

    def _answer_cells(self, ask: bus.AskCells) -> None:
        avatars = self._room.avatars
        blocks = [
            pack_cell(Cell(*cell), [_position(avatars[avatar]) for avatar in self._cells.members(cell)], whole=True)
            for cell in ask.cells
        ]
        self._out.publish(bus.WholeCells(ask.view, self._settled.get(ask.view, 0), b"".join(blocks)))

    def _follow(self, follow: bus.Follow) -> None:
        own = self._room.avatar_of(follow.view)
        if own is None:
            return
        self._followers.follow(follow.view, {own.id, *follow.avatars})
        avatars = self._room.avatars
        known = [_position(avatars[avatar]) for avatar in follow.avatars if avatar in avatars]
        if known:
            self._out.publish(bus.Moves({}, {}, {follow.view: pack_positions(known)}))

    def _answer_people(self, ask: bus.AskPeople) -> None:
        people = [self._person(avatar) for avatar in self._room.avatars.values()]
        people.sort(key=lambda person: person.account.name.casefold())
        self._out.publish(bus.Direct(ask.view, ask.rid, codec.encode(presence.People(ask.rid, people))))

    # ------------------------------------------------------------ events

    def _act(self, command: world_room.Command) -> None:
        for event in self._room.apply(command, self._loop.time()):
            self._publish(event)
        self._schedule_expiry()

    def _publish(self, event: world_room.Event) -> None:
        match event:
            case world_room.Moved(avatar, view, seq):
                self._cells.move(avatar.id, avatar.position)
                self._steered[avatar.id] = view
                self._acks[view] = seq
                self._whereabouts.moved(avatar.id, self._room.tilemap.area_at(avatar.position))
                self._ticker.changed()
            case world_room.Blocked(view, seq, position, facing):
                self._acks[view] = seq
                refused = presence.StepRefused(seq, position.x, position.y, facing)
                self._out.publish(bus.Direct(view, 0, codec.encode(refused)))
            case world_room.Appeared(avatar):
                self._cells.add(avatar.id, avatar.position)
                self._whereabouts.appeared(avatar.id, self._room.tilemap.area_at(avatar.position))
                self._broadcast(presence.Appeared(self._describe(avatar)))
            case world_room.Changed(avatar):
                self._broadcast(presence.Changed(self._describe(avatar)))
            case world_room.Left(avatar_id, account):
                self._cells.remove(avatar_id)
                self._steered.pop(avatar_id, None)
                self._whereabouts.left(avatar_id)
                self._accounts.pop(account, None)
                self._broadcast(presence.Departed(avatar_id))
            case world_room.Full():
                pass  # answered by whoever attached

    def _broadcast(self, message: presence.Appeared | presence.Changed | presence.Departed) -> None:
        self._out.publish(bus.Broadcast(codec.encode(message)))

    def _flush(self) -> None:
        if not self._cells.has_changes and not self._acks:
            return
        avatars = self._room.avatars
        cells: dict[tuple[int, int], bytes] = {}
        followed: dict[int, bytes] = {}
        for cell, (here, gone) in self._cells.drain().items():
            cells[cell] = pack_cell(Cell(*cell), [_position(avatars[avatar]) for avatar in here], gone)
            for avatar in here:
                self._tell_followers(avatar, followed)
        acks, self._acks = self._acks, {}
        self._steered.clear()
        self._out.publish(bus.Moves(cells, acks, followed))

    def _tell_followers(self, avatar: int, followed: dict[int, bytes]) -> None:
        """Add an avatar's block for those who follow it; the view that steered it knows where it went."""
        steering = self._steered.get(avatar)
        for view in self._followers.of(avatar):
            if view != steering:
                block = pack_positions([_position(self._room.avatars[avatar])])
                followed[view] = followed.get(view, b"") + block

    def _tell_whereabouts(self, roamed: Collection[int]) -> None:
        avatars = self._room.avatars
        positions = pack_positions(_position(avatars[avatar]) for avatar in roamed)
        self._out.publish(bus.Broadcast(codec.encode(presence.Whereabouts(positions))))

    def _schedule_expiry(self) -> None:
        deadline = self._room.next_deadline()
        if self._expiry is not None:
            if deadline is not None and self._expiry.when() == deadline:
                return
            self._expiry.cancel()
            self._expiry = None
        if deadline is not None:
            self._expiry = self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._expiry = None
        self._act(world_room.Expire())

    # ------------------------------------------------------------ descriptions

    def _describe(self, avatar: world_room.Avatar) -> presence.Avatar:
        account = self._accounts[avatar.person.account]
        position = avatar.position
        return presence.Avatar(
            avatar.id, account, avatar.person.glyphs, position.x, position.y, avatar.facing, avatar.away
        )

    def _person(self, avatar: world_room.Avatar) -> presence.Person:
        position: Point = avatar.position
        area = self._room.tilemap.area_at(position)
        title = area.title if area is not None else ""
        account = self._accounts[avatar.person.account]
        return presence.Person(account, self.name, position.x, position.y, title, avatar.away)


def _position(avatar: world_room.Avatar) -> tuple[int, int, int, int]:
    return avatar.id, avatar.position.x, avatar.position.y, avatar.facing
