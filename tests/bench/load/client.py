"""One person at a screen: signs in, enters, walks and looks where they walk."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

import msgspec

from gathertui import __version__
from gathertui.errors import GathertuiError
from gathertui.protocol import codec, limits, presence
from gathertui.protocol.base import Closing, ConnectionKind, Failure
from gathertui.protocol.handshake import Hello, Welcome
from gathertui.protocol.positions import Viewport, viewport_of
from gathertui.render.office.viewport import scroll
from gathertui.world.geometry import Direction, Point, Size
from gathertui.world.movement import destination
from gathertui.world.tilemap import TileMap
from load import people
from load.observer import Observer, ReadingDesk
from load.steps import SentStep, StepLog
from load.traffic import Traffic, tag_of
from load.wire import ClientWire

_STRAIGHT_ON = 0.8  # the chance of a step in the same direction as the last
_NOWHERE = (-1, -1, -1)


class _Place(msgspec.Struct, array_like=True):
    """Of an `Avatar` what a walker must know."""

    id: int
    account: msgspec.Raw
    glyphs: msgspec.Raw
    x: int
    y: int
    facing: int


class _Entered(msgspec.Struct, array_like=True, tag="entered"):
    """Of `Entered` what a walker must know, at a fraction of the cost: thousands read of thousands."""

    rid: int
    room: msgspec.Raw
    map_source: msgspec.Raw
    you: int
    avatars: list[_Place]


_ENTERED = msgspec.msgpack.Decoder(_Entered)
_TICK = msgspec.msgpack.Decoder(presence.Tick)


@dataclass(slots=True)
class Surroundings:
    """What all clients of a process share. `view` is the size of a screen, in tiles."""

    loop: asyncio.AbstractEventLoop
    tilemap: TileMap
    chance: random.Random
    view: Size
    kind: ConnectionKind
    traffic: Traffic
    log: StepLog
    desk: ReadingDesk
    steps: int = 0
    lost: int = 0
    """Connections that ended though nobody wanted them to."""


class EntryFailed(GathertuiError):
    """The server didn't let a client in."""


class Client(ClientWire):
    """Person `number`."""

    __slots__ = (
        "_around",
        "_corner",
        "_facing",
        "_ready",
        "_seq",
        "_steps",
        "_viewport",
        "number",
        "observer",
        "place",
        "you",
    )

    def __init__(self, number: int, around: Surroundings, observer: Observer | None = None) -> None:
        super().__init__()
        self.number = number
        self.observer = observer
        self.you = 0
        self.place = Point(0, 0)
        self._facing = Direction.SOUTH
        self._around = around
        self._ready: asyncio.Future[None] = around.loop.create_future()
        self._seq = 0
        self._steps = around.log.join(0)
        self._corner: Point | None = None
        self._viewport: Viewport | None = None

    # ------------------------------------------------------------ coming in

    async def come(self, port: int) -> None:
        """Connect, sign in and, for a view, enter. Raises `EntryFailed`, `OSError` and `TimeoutError`."""
        async with asyncio.timeout(60):
            await self._around.loop.create_connection(lambda: self, "127.0.0.1", port)
            await self._ready

    def opened(self) -> None:
        minor = limits.PROTOCOL_MINOR
        device, token = people.device(self.number), people.token(self.number)
        self.send(codec.encode(Hello("bench", __version__, minor, minor, device, self._around.kind, token)))

    def lost(self) -> None:
        if not self._ready.done():
            self._ready.set_exception(EntryFailed("The server closed the connection."))
        self._around.lost += 1

    def frame_received(self, frame: bytes, at: float) -> None:
        tag = tag_of(frame)
        traffic = self._around.traffic
        traffic.frames[tag] += 1
        if tag == "tick":
            tick = _TICK.decode(frame)
            traffic.count_tick(self.you, tick.cells, tick.followed)
        elif tag == "entered":
            self._entered(_ENTERED.decode(frame))
        elif tag in ("welcome", "failure", "closing", "step_refused"):
            self._receive_rare(codec.decode_server(frame))
        if self.observer is not None:
            self._around.desk.put(self.observer, frame, at)

    def _receive_rare(self, message: codec.ServerMessage | None) -> None:
        match message:
            case Welcome(account=None):
                self._fail("The server doesn't know the token.")
            case Welcome() if self._around.kind is ConnectionKind.VIEW:
                self.send(codec.encode(presence.Enter(1)))
            case Welcome():
                self._ready.set_result(None)
            case Failure() | Closing():
                self._fail(message.message)
            case presence.StepRefused():
                self._refused(message)

    def _fail(self, message: str) -> None:
        if not self._ready.done():
            self._ready.set_exception(EntryFailed(message))

    def _entered(self, entered: _Entered) -> None:
        around = self._around
        self.you = entered.you
        you = next(place for place in reversed(entered.avatars) if place.id == entered.you)
        self.place, self._facing = Point(you.x, you.y), Direction(you.facing)
        self._steps = around.log.join(self.you)
        self._look()
        self._ready.set_result(None)

    # ------------------------------------------------------------ walking

    @property
    def standing(self) -> tuple[int, int, int]:
        """Where the person stands and faces: x, y, facing."""
        return self.place.x, self.place.y, int(self._facing)

    def step(self) -> None:
        """Walk one tile on, mostly straight, never into a wall."""
        around = self._around
        direction, there = self._choose()
        if there is None:
            return
        self.place, self._facing = there, direction
        self._seq += 1
        around.steps += 1
        frame = codec.encode(presence.Step(self._seq, int(direction)))
        self._steps.append(SentStep(self._seq, self.standing, time.perf_counter()))
        self.send(frame)
        self._look()

    def _choose(self) -> tuple[Direction, Point | None]:
        """Return a way to go and the tile it leads to: back only from a dead end."""
        tilemap, chance = self._around.tilemap, self._around.chance
        ahead = self._facing
        sides = [Direction((ahead + 1) % 4), Direction((ahead + 3) % 4)]
        if chance.random() < 0.5:
            sides.reverse()
        ways = [ahead, *sides] if chance.random() < _STRAIGHT_ON else [*sides, ahead]
        back = Direction((ahead + 2) % 4)
        for direction in (*ways, back):
            there = destination(tilemap, self.place, direction)
            if there is not None:
                return direction, there
        return back, None

    def _refused(self, refused: presence.StepRefused) -> None:
        """Stand where the server says, and where the steps after the refused one lead from there."""
        tilemap = self._around.tilemap
        place, facing = Point(refused.x, refused.y), Direction(refused.facing)
        for sent in self._steps:
            if sent.seq == refused.seq:
                sent.place = _NOWHERE
            elif sent.seq > refused.seq:
                facing = Direction(sent.place[2])
                place = destination(tilemap, place, facing) or place
                sent.place = (place.x, place.y, int(facing))
        self.place, self._facing = place, facing

    def _look(self) -> None:
        """Tell the server what is on the screen now, as the product's own view does."""
        tilemap, view = self._around.tilemap, self._around.view
        corner = scroll(self._corner, self.place, view, tilemap.size)
        if corner == self._corner:
            return
        self._corner = corner
        right = min(corner.x + view.width, tilemap.width)
        bottom = min(corner.y + view.height, tilemap.height)
        viewport = viewport_of(corner.x, corner.y, right, bottom)
        if viewport != self._viewport:
            self._viewport = viewport
            self.send(codec.encode(presence.Look(*viewport)))
            if self.observer is not None:
                self.observer.look(viewport)
