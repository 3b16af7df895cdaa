"""Everybody sees exactly whom they should: the whole way from the room to the client's copy, against brute force.

Room host, views, outboxes and the clients' own copies of the room are the real
ones; only the sockets, which may be slow, and the clock are the test's.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.client.roomcopy import RoomCopy
from gathertui.protocol import codec, presence
from gathertui.protocol.base import Account, Role
from gathertui.protocol.positions import Viewport, cell_of
from gathertui.world.geometry import Direction
from gathertui.world.mapfile import load_map
from gathertui_server.bus import messages as bus
from gathertui_server.bus.local import LocalBus
from gathertui_server.gateway.outbox import Outbox
from gathertui_server.gateway.tick import NOTHING_IN_VIEW, TickFrames
from gathertui_server.gateway.views import Views
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
PEOPLE = 5


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
    """As much of an event loop as a room host uses; time passes when the test says so."""

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


class Watcher:
    """A view: its outbox on a line that may be slow, and the client at the other end."""

    def __init__(self, number: int, views: Views[Watcher]) -> None:
        self.id = number
        self.ack = 0
        self.seq = 0
        self.slow = False
        self.copy = RoomCopy()
        self.outbox = Outbox(
            self, on_caught_up=lambda cells: views.make_whole(self, cells), on_overflow=lambda: None, limit=10**9
        )

    def send(self, frame: bytes) -> None:
        """The line: what is written is read at once, a slow line's frames after all that waits."""
        message = codec.decode_server(frame)
        match message:
            case presence.Entered():
                self.copy.enter(message)
            case presence.Appeared(avatar):
                self.copy.appear(avatar)
            case presence.Changed(avatar):
                self.copy.change(avatar)
            case presence.Departed(avatar_id):
                self.copy.depart(avatar_id)
            case presence.Tick():
                self.copy.tick(message)
            case presence.Whereabouts():
                self.copy.hear_whereabouts(message)
            case presence.StepRefused():
                self.copy.refuse_step(message)
            case _:
                raise AssertionError(message)

    def send_frame(self, frame: bytes) -> None:
        self.outbox.send(frame)

    def send_tick(self, frames: TickFrames, cells, followed: bytes = b"") -> None:
        if self.outbox.takes_tick(cells):
            self.send(frames.frame(self.ack, followed))
        elif followed:
            self.outbox.send(NOTHING_IN_VIEW.frame(self.ack, followed))


class World:
    """A room host and one gateway's views, joined by the bus."""

    def __init__(self) -> None:
        self.loop = ManualLoop()
        self.bus = LocalBus()
        self.host = RoomHost("Field", TILEMAP, SOURCE, self.bus, self.loop)  # type: ignore[arg-type]
        self.bus.host_room(self.host.handle)
        self.bus.join_gateway(self.deliver)
        self.views: Views[Watcher] = Views(self.bus)
        self.watchers: dict[int, Watcher] = {}
        self.numbers = itertools.count(1)

    def deliver(self, delivery: bus.Delivery) -> None:
        if isinstance(delivery, bus.Joined):
            watcher = self.watchers[delivery.view]
            self.views.join(watcher, delivery.x, delivery.y)
            watcher.send_frame(delivery.frame)
        elif isinstance(delivery, bus.Direct):
            self.watchers[delivery.view].send_frame(delivery.frame)
        else:
            self.views.deliver(delivery)  # type: ignore[arg-type]

    def attach(self, person: int) -> None:
        number = next(self.numbers)
        self.watchers[number] = Watcher(number, self.views)
        self.bus.send(bus.Attach(number, number, Account(f"id{person}", f"name{person}", Role.MEMBER, person)))

    def detach(self, view: int, goodbye: bool) -> None:
        del self.watchers[view]
        self.views.leave(view)
        self.bus.send(bus.Detach(view, goodbye))

    def step(self, watcher: Watcher, direction: int, times: int) -> None:
        for _ in range(times):
            watcher.seq += 1
            if watcher.copy.entered:
                watcher.copy.step(Direction(direction))
            self.bus.send(bus.Walk(watcher.id, watcher.seq, direction))
            self.loop.advance(0.1)

    def look(self, watcher: Watcher, viewport: Viewport) -> None:
        if watcher.copy.look(viewport):
            self.views.look(watcher, viewport)

    def follow(self, watcher: Watcher, avatars: frozenset[int]) -> None:
        if watcher.copy.follow(avatars):
            self.bus.send(bus.Follow(watcher.id, sorted(avatars)))

    def settle(self) -> None:
        """Let every tick pass, and every slow line catch up."""
        self.loop.advance(1.5)
        for _ in range(2):
            for watcher in self.watchers.values():
                watcher.slow = False
                watcher.outbox.drain()
        self.loop.advance(1.5)

    def check(self) -> None:
        truth = {avatar.id: avatar for avatar in self.host._room.avatars.values()}
        for watcher in self.watchers.values():
            copy = watcher.copy
            assert set(copy.avatars) == set(truth)
            own = truth[copy.you]
            should_see = {
                number
                for number, avatar in truth.items()
                if copy.viewport.sees(cell_of(*avatar.position)) or number in copy._followed or number == own.id
            }
            assert copy.in_sight == should_see
            for number in should_see:
                known, real = copy.avatars[number], truth[number]
                assert (known.x, known.y, known.facing, known.away) == (*real.position, real.facing, real.away)
            for number, known in copy.avatars.items():
                assert TILEMAP.area_at((known.x, known.y)) is TILEMAP.area_at(truth[number].position)


viewports = st.builds(
    lambda x, y, width, height: Viewport(x, y, x + width, y + height),
    st.integers(0, 3), st.integers(0, 3), st.integers(1, 3), st.integers(1, 3),
)  # fmt: skip
which = st.integers(0, 9)
actions = st.one_of(
    st.tuples(st.just("attach"), st.integers(0, PEOPLE - 1), st.none()),
    st.tuples(st.just("detach"), which, st.booleans()),
    st.tuples(st.just("step"), which, st.tuples(st.integers(0, 3), st.integers(1, 18))),
    st.tuples(st.just("look"), which, viewports),
    st.tuples(st.just("follow"), which, st.frozensets(st.integers(1, 6), max_size=3)),
    st.tuples(st.just("slow"), which, st.none()),
    st.tuples(st.just("catch up"), which, st.none()),
    st.tuples(st.just("wait"), which, st.floats(0.0, 0.2)),
    st.tuples(st.just("wait long"), which, st.just(70.0)),
)


def act(world: World, action: str, number: int, detail: Any) -> None:
    if action == "attach":
        world.attach(number)
    elif action in ("wait", "wait long"):
        world.loop.advance(detail)
    elif world.watchers:
        watcher = list(world.watchers.values())[number % len(world.watchers)]
        if action == "detach":
            world.detach(watcher.id, detail)
        elif action == "step":
            world.step(watcher, *detail)
        elif action == "look":
            world.look(watcher, detail)
        elif action == "follow":
            world.follow(watcher, detail)
        elif action == "slow":
            watcher.slow = True
        elif action == "catch up":
            watcher.slow = False
            watcher.outbox.drain()


@given(st.lists(actions, max_size=40))
@settings(max_examples=300)
def test_after_anything_everybody_sees_exactly_whom_they_should(steps: list[tuple[str, int, Any]]) -> None:
    world = World()
    for person in range(3):
        world.attach(person)
    for action in steps:
        act(world, *action)
    world.settle()
    world.check()
    world.host.close()


def test_who_walks_out_of_view_is_gone_and_who_walks_in_is_there() -> None:
    world = World()
    world.attach(0)
    world.attach(1)
    ada, bob = world.watchers.values()
    world.look(ada, Viewport(1, 1, 2, 2))
    world.settle()
    assert bob.copy.you in ada.copy.in_sight
    world.step(bob, Direction.WEST, 8)
    world.settle()
    assert bob.copy.you not in ada.copy.in_sight
    assert bob.copy.you in ada.copy.avatars
    world.step(bob, Direction.EAST, 8)
    world.settle()
    assert bob.copy.you in ada.copy.in_sight
    world.check()


def test_a_slow_line_is_spared_and_then_shown_how_things_are() -> None:
    world = World()
    world.attach(0)
    world.attach(1)
    ada, bob = world.watchers.values()
    world.settle()
    ada.slow = True
    before = ada.copy.avatars[bob.copy.you]
    world.step(bob, Direction.SOUTH, 12)
    assert ada.copy.avatars[bob.copy.you] == before
    world.settle()
    world.check()
    assert ada.copy.avatars[bob.copy.you].y == before.y + 12
