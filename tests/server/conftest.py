"""A whole office on a clock of the test's own, whose bus and lines carry everything at once, or as late as it likes.

Room host, gateway, connections, outboxes and the clients' own copies of the room
are the real ones. Where the bus is late, what it carries is bytes.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pytest

from gathertui.client import roomcopy
from gathertui.client.roomcopy import RoomCopy
from gathertui.errors import Code
from gathertui.protocol import codec, media, presence
from gathertui.protocol.base import Closing, ConnectionKind, Failure, Message, Role
from gathertui.protocol.handshake import Hello, Welcome
from gathertui.protocol.positions import Viewport, cell_of
from gathertui.world.geometry import Direction
from gathertui.world.hearing import HELD_REACH, REACH, earshot
from gathertui.world.mapfile import load_map
from gathertui.world.room import Avatar
from gathertui_server.auth.models import Account
from gathertui_server.bus import codec as bus_codec
from gathertui_server.bus.local import LocalBus
from gathertui_server.bus.messages import Delivery, RoomCommand
from gathertui_server.bus.ports import GatewayHandler, RoomHandler
from gathertui_server.gateway.gateway import Gateway
from gathertui_server.rooms.host import RoomHost

SIDE = 40
ROW = "#" + "." * (SIDE - 2) + "#"
FIELD = "\n".join(["#" * SIDE, *[ROW] * 17, ROW[:20] + "S" + ROW[21:], *[ROW] * 19, "#" * SIDE])
MAP = f"""title = "Field"
grid = '''
{FIELD}
'''
[legend]
"#" = "wall"
"." = "floor"
[spawns.middle]
marker = "S"
[areas.west]
title = "West"
rectangles = [[1, 1, 16, 38]]
"""
SOURCE = MAP.encode()
TILEMAP = load_map(SOURCE)

# Requests to carry are numbered from here on, those to enter from 1.
CARRY_RID = 1_000_000

MEDIA_REFUSALS = {Code.NOT_LINKED, Code.NOT_ALLOWED_NOW, Code.NOT_IN_ROOM, Code.TOO_MANY_REQUESTS}

T = TypeVar("T")


@dataclass(order=True)
class Timer:
    due: float
    number: int
    callback: Callable[..., None] = field(compare=False)
    arguments: tuple[Any, ...] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True

    def when(self) -> float:
        return self.due


class ManualLoop:
    """As much of an event loop as a room host and a gateway use; time passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[Timer] = []
        self._numbers = itertools.count()

    def time(self) -> float:
        return self.now

    def call_at(self, due: float, callback: Callable[..., None], *arguments: Any) -> Timer:
        timer = Timer(due, next(self._numbers), callback, arguments)
        heapq.heappush(self._timers, timer)
        return timer

    def call_later(self, seconds: float, callback: Callable[..., None], *arguments: Any) -> Timer:
        return self.call_at(self.now + seconds, callback, *arguments)

    def call_soon(self, callback: Callable[..., None], *arguments: Any) -> Timer:
        return self.call_at(self.now, callback, *arguments)

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self._timers and self._timers[0].due <= end:
            timer = heapq.heappop(self._timers)
            self.now = max(self.now, timer.due)
            if not timer.cancelled:
                timer.callback(*timer.arguments)
        self.now = end


class Pipe(Generic[T]):
    """Carries things one way, in order: at once, or, where it is late, when the test lets go of them."""

    def __init__(self, deliver: Callable[[T], None], *, late: bool) -> None:
        self._deliver = deliver
        self._late = late
        self._under_way: deque[T] = deque()

    def __len__(self) -> int:
        return len(self._under_way)

    def put(self, thing: T) -> None:
        if self._late:
            self._under_way.append(thing)
        else:
            self._deliver(thing)

    def flow(self, most: int) -> None:
        """Let go of so many things, of those that are under way by now."""
        for _ in range(min(most, len(self._under_way))):
            self._deliver(self._under_way.popleft())


class Chronicle:
    """What was true of the room whenever its host told anything."""

    def __init__(self) -> None:
        self.members: list[frozenset[int]] = []
        self.stances: set[tuple[int, int, int, int]] = set()

    def write(self, host: RoomHost) -> None:
        avatars = host._room.avatars
        members = frozenset(avatars)
        if not self.members or self.members[-1] != members:
            self.members.append(members)
        self.stances.update((avatar.id, *avatar.position, avatar.facing) for avatar in avatars.values())


class Client:
    """A view with a line to the gateway: the wire at the gateway's end, the copy of the room at its own."""

    peer = "test"

    def __init__(self, world: World, person: int, device: str) -> None:
        self._world = world
        self.slow = False
        self.closed_by: str | None = None
        """Why the gateway closed the connection; None while it is open."""
        self.gone = False
        self.copy = RoomCopy()
        self.asked = 0
        self.answered = 0
        self.media: dict[int, int] = {}
        """What the client knows of everybody's media, by avatar."""
        self.carries = False
        self.signalled: list[media.Signalled] = []
        self.refused: list[Code] = []
        self._asked_to_carry = CARRY_RID
        self._left = 0
        self._seen = 0
        self.down: Pipe[bytes] = Pipe(self._read, late=world.late)
        self.up: Pipe[bytes] = Pipe(self._reach_gateway, late=world.late)
        self.connection = world.gateway._make_connection(self)  # type: ignore[arg-type]
        self.connection.opened()
        self.connection.frame_received(codec.encode(Hello("test", "1", 0, 0, device, ConnectionKind.VIEW)))
        self.connection.sign_in(Account(f"id{person}", f"name{person}", Role.MEMBER, person, 0), "token")

    # ------------------------------------------------------------ the gateway's end of the line

    @property
    def heard_at(self) -> float:
        return self._world.loop.now

    def send(self, frame: bytes) -> None:
        if self.closed_by is None and not self.gone:
            self.down.put(frame)

    def close(self, _code: int, reason: str) -> None:
        if self.closed_by is None:
            self.closed_by = reason
            self._world.loop.call_soon(self.lose)

    def _reach_gateway(self, frame: bytes) -> None:
        if self.closed_by is None and not self.gone:
            self.connection.frame_received(frame)

    def slow_down(self) -> None:
        self.slow = True

    def catch_up(self) -> None:
        self.slow = False
        if not self.gone:
            self.connection.writing_resumed()

    def lose(self) -> None:
        """The line is cut."""
        if not self.gone:
            self.gone = True
            self.connection.closed()

    # ------------------------------------------------------------ the client's end

    def say(self, message: Message) -> None:
        self.up.put(codec.encode(message))

    def enter(self) -> None:
        self.asked += 1
        self.carries = False
        self._asked_to_carry += 1  # what was asked in an earlier stay counts no more
        self.say(presence.Enter(self.asked))

    def goodbye(self) -> None:
        self.say(presence.Goodbye())
        self.copy.leave()
        self.carries = False
        self._left = self.asked

    def carry(self) -> None:
        if self.inside:
            self._asked_to_carry += 1
            self.say(media.CarryMedia(self._asked_to_carry))

    def set_media(self, bits: int) -> None:
        if self.carries:
            self.say(media.SetMedia(bits))

    def signal(self, avatar: int, call: int = 1, body: media.SignalBody | None = None) -> None:
        self.say(media.Signal(avatar, call, body or media.Ask()))

    @property
    def inside(self) -> bool:
        return self.copy.entered and self.answered == self.asked and not self.gone

    def step(self, direction: int) -> None:
        if self.inside:
            seq, _ = self.copy.step(Direction(direction), self._world.loop.now)
            if seq is not None:
                self.say(presence.Step(seq, direction))

    def walk(self, direction: int, steps: int) -> None:
        """So many steps, a tenth of a second each."""
        for _ in range(steps):
            self.step(direction)
            self._world.loop.advance(0.1)

    def look(self, viewport: Viewport) -> None:
        if self.inside and self.copy.look(viewport):
            self.say(presence.Look(*viewport))

    def follow(self, avatars: frozenset[int]) -> None:
        if self.inside and self.copy.follow(avatars):
            self.say(presence.Follow(sorted(avatars)))

    def _read(self, frame: bytes) -> None:
        message = codec.decode_server(frame)
        match message:
            case Welcome() | Closing():
                return
            case presence.Entered():
                self.answered += 1
                assert message.rid == self.answered
                self.copy.enter(message)
                if message.rid <= self._left:
                    self.copy.leave()
                self.media = {avatar.id: avatar.media for avatar in message.avatars}
            case presence.Roster():
                self.copy.call_roll(message)
                for number in message.left:
                    self.media.pop(number, None)
                self.media.update((avatar.id, avatar.media) for avatar in message.here)
            case presence.Links():
                self.copy.link(message)
            case presence.Tick():
                self.copy.tick(message)
            case presence.Whereabouts():
                self.copy.hear_whereabouts(message)
            case presence.StepRefused():
                self.copy.refuse_step(message)
            case _:
                self._read_of_calls(message)
        if self.copy.entered:
            self._check_nothing_is_made_up()

    def _read_of_calls(self, message: codec.ServerMessage | None) -> None:
        match message:
            case media.MediaCarried():
                self.carries = self.inside and message.rid == self._asked_to_carry
            case media.MediaTaken():
                self.carries = False
            case media.Signalled():
                # From nobody whom one knows nothing of yet.
                assert not self.copy.entered or message.avatar in self.copy.conversation
                self.signalled.append(message)
            case Failure():
                assert message.code in MEDIA_REFUSALS, message
                self.refused.append(message.code)
            case _:
                raise AssertionError(message)

    def _check_nothing_is_made_up(self) -> None:
        """What the client shows was true once, and is no older than what it showed before."""
        chronicle, copy = self._world.chronicle, self.copy
        members = frozenset(copy.avatars)
        while chronicle.members[self._seen] != members:
            self._seen += 1
            assert self._seen < len(chronicle.members), "people who were never here together"
        assert copy.in_sight <= members
        assert copy._prediction is not None
        for avatar in copy.avatars.values():
            if avatar.id != copy.you or not copy._prediction.unsettled:
                assert (avatar.id, avatar.x, avatar.y, avatar.facing) in chronicle.stances


class LateBus:
    """A bus that carries bytes, and those when the test says so."""

    def __init__(self) -> None:
        self.commands: Pipe[bytes] = Pipe(lambda data: self._room(bus_codec.decode_command(data)), late=True)
        self.deliveries: Pipe[bytes] = Pipe(lambda data: self._gateway(bus_codec.decode_delivery(data)), late=True)

    def host_room(self, handler: RoomHandler) -> None:
        self._room = handler

    def join_gateway(self, handler: GatewayHandler) -> None:
        self._gateway = handler

    def send(self, command: RoomCommand) -> None:
        self.commands.put(bus_codec.encode(command))

    def publish(self, delivery: Delivery) -> None:
        self.deliveries.put(bus_codec.encode(delivery))


class World:
    """One room host, one gateway and their clients.

    `late`: what passes between them waits to be let go of. While `busy` is set the
    host's thread seems to work all the time.
    """

    def __init__(self, *, late: bool) -> None:
        self.busy = False
        self.late = late
        self.loop = ManualLoop()
        self.chronicle = Chronicle()
        self.bus = LateBus() if late else LocalBus()
        self.host = RoomHost("Field", TILEMAP, SOURCE, self, self.loop, cpu=self._cpu)  # type: ignore[arg-type]
        asyncio._set_running_loop(self.loop)  # type: ignore[arg-type]  # the one that a gateway made now runs on
        try:
            self.gateway = Gateway(office="Test", accounts=None, chat=None, signalling=None, rooms=self.bus)  # type: ignore[arg-type]
        finally:
            asyncio._set_running_loop(None)
        self.bus.host_room(self.host.handle)
        self.bus.join_gateway(self.gateway.deliver)
        self.clients: list[Client] = []
        self._devices = itertools.count()

    def _cpu(self) -> float:
        return self.loop.now if self.busy else 0.0

    def publish(self, delivery: Delivery) -> None:
        """What the host tells, noted down on its way to the bus."""
        self.chronicle.write(self.host)
        self.bus.publish(delivery)

    # ------------------------------------------------------------ what may happen

    def join(self, person: int, device: str = "") -> Client:
        """A new view of a person, on a device of its own where none is named, asks to be let in."""
        client = Client(self, person, device or f"device{next(self._devices)}")
        self.clients.append(client)
        client.enter()
        return client

    def flow(self, most: int = 10**6) -> None:
        """Let go of what is under way, at most so many things at each place."""
        if isinstance(self.bus, LateBus):
            self.bus.commands.flow(most)
            self.bus.deliveries.flow(most)
        for client in self.clients:
            client.up.flow(most)
            client.down.flow(most)

    def settle(self) -> None:
        """Everything arrives, and every line catches up."""
        for _ in range(6):
            for client in self.clients:
                client.catch_up()
            for _ in range(4):
                self.flow()
            self.loop.advance(1.5)

    # ------------------------------------------------------------ what must be so

    def check(self) -> None:
        """Every request to enter had its answer, who is in the room is who should be, and knows what is so."""
        truth = {avatar.id: avatar for avatar in self.host._room.avatars.values()}
        inside = [client for client in self.clients if client.inside]
        attached = {view for avatar in truth for view in self.host._room.views_of(avatar)}
        assert attached == {client.connection.id for client in inside}
        for client in self.clients:
            assert client.gone or client.answered == client.asked
        for client in inside:
            _check_sight(client.copy, truth)
            _check_conversation(client.copy, truth)
            assert client.media == {number: self.host._carriers.media_of(number) for number in truth}
        self._check_calls(inside)

    def _check_calls(self, inside: list[Client]) -> None:
        """One view at most carries an avatar's media, all know who is carried, and their signals reach those near."""
        carrying = [client for client in inside if client.carries]
        by_avatar = {client.copy.you: client for client in carrying}
        assert len(by_avatar) == len(carrying)
        carried = {number for number, bits in inside[0].media.items() if bits} if inside else set()
        assert carried == set(by_avatar)
        for client in carrying:
            for number, other in by_avatar.items():
                reached, refusals = len(other.signalled), len(client.refused)
                client.signal(number)
                self.settle()
                linked = number in client.copy.conversation
                assert len(other.signalled) - reached == linked
                assert client.refused[refusals:] == ([] if linked else [Code.NOT_LINKED])


def _check_sight(copy: RoomCopy, truth: Mapping[int, Avatar]) -> None:
    """Everybody is known, those in view or followed as they are, and of the others the area that they are in."""
    assert set(copy.avatars) == set(truth)
    assert copy.viewport is not None
    told = {copy.you, *copy._followed, *copy.conversation}
    seen = {
        number for number, avatar in truth.items() if number in told or copy.viewport.sees(cell_of(*avatar.position))
    }
    assert copy.in_sight == seen
    for number, known in copy.avatars.items():
        real = truth[number]
        assert known.away == real.away
        assert TILEMAP.area_at((known.x, known.y)) is TILEMAP.area_at(real.position)
        if number in seen:
            assert (known.x, known.y, known.facing) == (*real.position, real.facing)


def _check_conversation(copy: RoomCopy, truth: Mapping[int, Avatar]) -> None:
    """With fewer people than anybody carries, those in earshot are linked, and none beyond."""
    own = truth[copy.you]
    near, held = (
        {
            number
            for number, avatar in truth.items()
            if number != own.id and not avatar.away and avatar.position in earshot(TILEMAP, own.position, reach)
        }
        for reach in (REACH, HELD_REACH)
    )
    assert near <= set(copy.conversation) <= held
    assert copy.in_earshot == len(copy.conversation)


@pytest.fixture(scope="module")
def new_world() -> Iterator[Callable[..., World]]:
    """Return what makes an empty office. Not to be called while an event loop runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(roomcopy, "load_map", functools.cache(load_map))  # nine tenths of the time, and always the same
        yield World
