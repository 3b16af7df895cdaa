"""The shell round one room: commands from the bus go in, deliveries go out, time passes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet

import structlog

from gathertui.errors import Code
from gathertui.protocol import codec, presence
from gathertui.protocol.base import Failure
from gathertui.protocol.limits import CELL_TILES
from gathertui.protocol.positions import pack_cell, pack_positions
from gathertui.world import links as world_links
from gathertui.world import room as world_room
from gathertui.world.geometry import DIRECTIONS
from gathertui.world.interest import CellIndex
from gathertui.world.linkrules import WalkingDistance
from gathertui.world.tilemap import TileMap
from gathertui_server.bus import messages as bus
from gathertui_server.bus.ports import DeliveryBus
from gathertui_server.rooms.calls import Calls
from gathertui_server.rooms.carriers import Carriers
from gathertui_server.rooms.conversations import ConversationChange, Conversations
from gathertui_server.rooms.deciding import Deciding
from gathertui_server.rooms.descriptions import Descriptions
from gathertui_server.rooms.followers import Followers
from gathertui_server.rooms.glyphs import initials
from gathertui_server.rooms.pace import Strain
from gathertui_server.rooms.roll import Roll
from gathertui_server.rooms.speakers import Speakers
from gathertui_server.rooms.statistics import Counts, RoomStatistics
from gathertui_server.rooms.ticker import Ticker
from gathertui_server.rooms.whereabouts import Whereabouts

log = structlog.get_logger(__name__)

_SEVERAL = 0  # views; no view has this id

EVICTED_SECONDS = 10.0
"""How long a view that was disconnected for impossible steps is told to stay away."""


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
        cpu: Callable[[], float] = time.thread_time,
    ) -> None:
        self.name = name
        self._room = world_room.Room(tilemap, capacity=capacity)
        self._map_source = map_source
        self._out = out
        self._loop = loop
        self._ticker = Ticker(self._flush, loop, strained=self._tell_strain, cpu=cpu)
        self._expiry: asyncio.TimerHandle | None = None
        self._carriers = Carriers()
        self._descriptions = Descriptions(name, self._room, self._carriers)
        self._cells = CellIndex(CELL_TILES)
        self._followers = Followers()
        self._steered: dict[int, int] = {}
        self._whereabouts = Whereabouts(self._ticker.changed, loop)
        self._acks: dict[int, int] = {}
        self._settled: dict[int, int] = {}
        self._roll = Roll()
        self._conversations = Conversations(world_links.LinkEngine(tilemap, [WalkingDistance()]))
        self._newcomers: set[int] = set()  # views that know of no conversation yet
        self._counts = Counts()
        self._deciding = Deciding(self._conversations, self._counts, loop, cpu=cpu, done=self._ticker.changed)
        self._speakers = Speakers(self._conversations, loop, news=self._ticker.changed)
        self._calls = Calls(
            self._room,
            self._carriers,
            self._conversations,
            self._speakers,
            self._newcomers,
            out,
            self._counts,
            self._show_media,
        )

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
            case bus.CarryMedia() | bus.SetMedia() | bus.Signal():
                self._calls.handle(command)

    def statistics(self) -> RoomStatistics:
        """Return the room's figures as they are now."""
        counts, pace = self._counts, self._ticker.pace
        return RoomStatistics(
            avatars=len(self._room.avatars),
            steps_total=counts.steps,
            blocked_steps_total=counts.blocked,
            fast_steps_total=counts.fast,
            expelled_total=counts.expelled,
            ticks_total=counts.ticks,
            moves_total=counts.moves,
            link_decisions_total=counts.decisions,
            link_changes_total=counts.link_changes,
            links_waiting=self._conversations.waiting,
            carried=len(self._carriers),
            signals_total=counts.signals,
            refused_signals_total=counts.refused_signals,
            tick_seconds=pace.window,
            tick_lag_seconds=pace.lag,
            load=pace.load,
            overloaded=pace.overloaded_at(self._loop.time()),
            overloads_total=counts.overloads,
        )

    def close(self) -> None:
        """Stop the timers."""
        self._ticker.close()
        self._whereabouts.close()
        self._deciding.close()
        self._speakers.close()
        if self._expiry is not None:
            self._expiry.cancel()

    # ------------------------------------------------------------ commands

    def _walk(self, walk: bus.Walk) -> None:
        view, seq = walk.view, walk.seq
        self._settled[view] = seq
        self._counts.steps += 1
        # A step ends nobody's stay, so there is nothing to schedule.
        for event in self._room.apply(world_room.Step(view, seq, DIRECTIONS[walk.direction]), self._loop.time()):
            self._publish(event)

    def _move(self, moved: world_room.Moved) -> None:
        avatar, view, seq = moved
        number, _, position, _, _ = avatar
        self._cells.move(number, position)
        self._conversations.move(number, position)
        self._descriptions.changed(number)
        # Of several views that steer in one tick, none knows by itself where that leads.
        self._steered[number] = view if self._steered.get(number, view) == view else _SEVERAL
        self._acks[view] = seq
        self._whereabouts.moved(number, self._room.tilemap.area_at(position))
        self._ticker.changed()

    def _attach(self, attach: bus.Attach) -> None:
        account = attach.account
        self._calls.leave(attach.view)
        self._descriptions.know(account)
        person = world_room.Person(account.id, account.name, initials(account.name), account.colour)
        self._act(world_room.Attach(attach.view, person))
        you = self._room.avatar_of(attach.view)
        if you is None:
            self._descriptions.forget(account.id, 0)
            message = "The office is full."
            failure = Failure(attach.rid, Code.OFFICE_FULL, message, "Try again when somebody has left.", 30.0)
            self._out.publish(bus.Direct(attach.view, attach.rid, codec.encode(failure)))
            return
        self._settled[attach.view] = 0
        self._acks.pop(attach.view, None)  # of an earlier stay, whose steps were counted apart
        self._followers.follow(attach.view, {you.id})
        # Moves not yet sent are in this picture of the room, and come once more with the next tick: no harm.
        self._descriptions.changed(you.id)
        everybody = self._descriptions.everybody()
        entered = presence.Entered(attach.rid, self.name, self._map_source, you.id, everybody)
        x, y = you.position
        self._out.publish(bus.Joined(attach.view, attach.rid, codec.encode(entered), x, y))
        self._followers.converse(attach.view, ())
        self._newcomers.add(attach.view)
        self._ticker.changed()

    def _detach(self, detach: bus.Detach) -> None:
        self._settled.pop(detach.view, None)
        self._acks.pop(detach.view, None)
        self._followers.forget(detach.view)
        self._newcomers.discard(detach.view)
        self._calls.leave(detach.view)
        self._act(world_room.Detach(detach.view, detach.goodbye))

    def _answer_cells(self, ask: bus.AskCells) -> None:
        blocks = [
            pack_cell(cell, self._descriptions.places(self._cells.members(cell)), whole=True) for cell in ask.cells
        ]
        self._out.publish(bus.WholeCells(ask.view, self._settled.get(ask.view, 0), b"".join(blocks)))

    def _follow(self, follow: bus.Follow) -> None:
        own = self._room.avatar_of(follow.view)
        if own is None:
            return
        self._followers.follow(follow.view, {own.id, *follow.avatars})
        # Not its own: where that stands means nothing without the steps that led there.
        known = self._descriptions.places(avatar for avatar in follow.avatars if avatar != own.id)
        if known:
            self._out.publish(bus.Moves({}, {}, [(pack_positions([place]), [follow.view]) for place in known]))

    def _answer_people(self, ask: bus.AskPeople) -> None:
        people = presence.People(ask.rid, self._descriptions.people())
        self._out.publish(bus.Direct(ask.view, ask.rid, codec.encode(people)))

    # ------------------------------------------------------------ events

    def _act(self, command: world_room.Command) -> None:
        for event in self._room.apply(command, self._loop.time()):
            self._publish(event)
        self._schedule_expiry()

    def _publish(self, event: world_room.Event) -> None:
        match event:
            case world_room.Moved():
                self._move(event)
            case world_room.Blocked(view, seq, position, facing, reason):
                self._acks[view] = seq
                self._counts.refused(reason)
                too_fast = reason is world_room.BlockReason.TOO_FAST
                refused = presence.StepRefused(seq, position.x, position.y, facing, too_fast)
                self._out.publish(bus.Direct(view, 0, codec.encode(refused)))
            case world_room.Appeared(avatar):
                self._cells.add(avatar.id, avatar.position)
                self._whereabouts.appeared(avatar.id, self._room.tilemap.area_at(avatar.position))
                self._call(avatar)
            case world_room.Changed(avatar):
                self._call(avatar)
            case world_room.Left(avatar_id, account):
                self._cells.remove(avatar_id)
                self._steered.pop(avatar_id, None)
                self._whereabouts.left(avatar_id)
                self._conversations.leave(avatar_id)
                self._descriptions.forget(account, avatar_id)
                self._roll.left(avatar_id)
                self._ticker.changed()
            case world_room.Expelled(view):
                self._counts.expelled += 1
                message = "Your steps led into walls, or came faster than anybody walks, again and again."
                self._out.publish(bus.Evict(view, Code.TOO_FAST, message, EVICTED_SECONDS))
            case world_room.Full():
                pass  # answered by whoever attached

    def _call(self, avatar: world_room.Avatar) -> None:
        """Everybody is to be told of an avatar. One that nobody steers hears nobody and takes nobody's place."""
        self._descriptions.changed(avatar.id)
        self._roll.here(avatar.id)
        if avatar.away:
            self._conversations.leave(avatar.id)
        else:
            self._conversations.move(avatar.id, avatar.position)
        self._ticker.changed()

    def _show_media(self, avatar: int) -> None:
        """Everybody is to be told what of an avatar's media is on."""
        self._descriptions.changed(avatar)
        self._roll.here(avatar)
        self._ticker.changed()

    # ------------------------------------------------------------ ticks

    def _flush(self) -> None:
        # In this order: nobody hears of a link or a place before they know whose it is, and whoever is linked anew
        # is followed from the place that the link came with.
        if self._roll.has_changes:
            self._flush_roll()
        if self._conversations.has_news or self._newcomers:
            self._flush_conversations()
        if self._cells.has_changes or self._acks:
            self._flush_moves()
        if roamed := self._whereabouts.drain():
            self._broadcast(presence.Whereabouts(pack_positions(self._descriptions.places(roamed))))
        self._deciding.begin(self._ticker.pace)

    def _flush_roll(self) -> None:
        self._broadcast(self._descriptions.roster(*self._roll.drain()))

    def _broadcast(self, message: presence.Roster | presence.Whereabouts) -> None:
        self._out.publish(bus.Broadcast(codec.encode(message)))

    def _flush_moves(self) -> None:
        cells: dict[tuple[int, int], bytes] = {}
        followed: list[tuple[bytes, list[int]]] = []
        for cell, (here, gone) in self._cells.drain().items():
            places = self._descriptions.places(here)
            cells[cell] = pack_cell(cell, places, gone)
            for place in places:
                views = self._followers_of(place[0])
                if views:
                    followed.append((pack_cell(cell, [place]), views))
            self._counts.moves += len(here)
        acks, self._acks = self._acks, {}
        self._steered.clear()
        self._counts.ticks += 1
        self._out.publish(bus.Moves(cells, acks, followed))

    def _followers_of(self, avatar: int) -> list[int]:
        """Return the views that follow an avatar, but for the one that steered it and knows where it went."""
        steering = self._steered.get(avatar)
        return [view for view in self._followers.of(avatar) if view != steering]

    def _flush_conversations(self) -> None:
        changes = self._conversations.drain()
        self._counts.link_changes += len(changes)
        frames: dict[int, bytes] = {}
        for avatar, change in changes.items():
            views = self._room.views_of(avatar)
            if views:
                self._tell_conversation(avatar, views - self._newcomers, change, frames)
        for view in self._newcomers:
            you = self._room.avatar_of(view)
            if you is not None and (whole := self._conversations.whole(you.id)) is not None:
                self._tell_conversation(you.id, {view}, whole, frames)
        self._newcomers.clear()
        if frames:
            self._out.publish(bus.Conversations(frames))

    def _tell_conversation(
        self, avatar: int, views: AbstractSet[int], change: ConversationChange, frames: dict[int, bytes]
    ) -> None:
        """Add a frame for each of these views of the avatar, which follow its conversation from here on."""
        frame = codec.encode(self._descriptions.links(change))
        members = self._conversations.of(avatar) if change.over or change.joined else None
        for view in views:
            frames[view] = frame
            if members is not None:
                self._followers.converse(view, members)

    def _tell_strain(self, strain: Strain) -> None:
        pace = self._ticker.pace
        figures = {
            "room": self.name,
            "tick_ms": round(pace.window * 1000),
            "late_ms": round(pace.lag * 1000),
            "load": round(pace.load, 2),
            "avatars": len(self._room.avatars),
        }
        if strain is Strain.ENDED:
            log.info("overload_over", **figures)
            return
        if strain is Strain.BEGAN:
            self._counts.overloads += 1
        log.warning("overloaded", **figures)

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
