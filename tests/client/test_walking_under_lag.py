"""Walking with a real room at the other end of a line that is slow, uneven or stalls; all on virtual time."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.client.events import AvatarsMoved, OfficeEvent
from gathertui.client.office import OfficeClient
from gathertui.client.prediction import RETRIES_PER_SECOND, Prediction, Stance, StepOutcome
from gathertui.protocol.base import ConnectionKind
from gathertui.testing.clock import VirtualClock
from gathertui.testing.office import MemoryOffice
from gathertui.world import room
from gathertui.world.geometry import Direction, Point
from gathertui.world.mapfile import load_map
from gathertui.world.movement import CHECKER_BURST, STEPS_PER_SECOND, WALKER_BURST
from gathertui.world.tilemap import TileMap

TICK = 0.05
KEY_REPEAT = 0.033
JITTER_BOUND = (CHECKER_BURST - WALKER_BURST) / STEPS_PER_SECOND
"""How much longer one step may take to the server than another. In any time T a client sends at most
WALKER_BURST + STEPS_PER_SECOND * T steps; those that arrive within T were sent within T + bound, so they
are CHECKER_BURST + STEPS_PER_SECOND * T at most: what the server allows."""

Delay = Callable[[], float]


def make_map(*rows: str) -> TileMap:
    grid = "\n".join(rows)
    return load_map(
        f"title = 'Here'\ngrid = '''\n{grid}\n'''\n"
        "[legend]\n'#' = 'wall'\n'.' = 'floor'\n[spawns.door]\nmarker = 'S'\n".encode()
    )


LONG = make_map("#" * 64, "#S" + "." * 61 + "#", "#" * 64)
LONG_WITH_A_SHUT_DOOR = make_map("#" * 64, "#S" + "." * 8 + "#" + "." * 52 + "#", "#" * 64)
ROOMS = make_map(
    "##############",
    "#S...#.......#",
    "#....#..##...#",
    "#....#...#...#",
    "#........#...#",
    "#....#.......#",
    "##############",
)
ROOMS_REBUILT = make_map(
    "##############",
    "#S.......#...#",
    "#..#.#.......#",
    "#....#.###...#",
    "#....#...#...#",
    "#............#",
    "##############",
)


def constant(seconds: float) -> Delay:
    return lambda: seconds


def uneven(seed: int, least: float, most: float) -> Delay:
    chance = random.Random(seed)
    return lambda: chance.uniform(least, most)


@dataclass
class Walk:
    """One person, one line and one room. `up` and `down` are the seconds that each frame takes, in order as on TCP."""

    server_map: TileMap
    client_map: TileMap
    up: Delay
    down: Delay
    tells: bool = True
    """Whether ticks say where you stand; if not, only what they settle, as for somebody who looks elsewhere."""
    now: float = 100.0
    sent: int = 0
    refused: int = 0
    expelled: bool = False
    corrections: list[tuple[Point, Point]] = field(default_factory=list)
    """From where to where the server moved you."""
    outcomes: list[StepOutcome] = field(default_factory=list)
    told: list[tuple[int, Stance | None, room.BlockReason | None]] = field(default_factory=list)
    """Every message of the server: ack, stance and, where it was a refusal, why."""

    def __post_init__(self) -> None:
        self._order = count()
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._arrivals = {"up": 0.0, "down": 0.0}
        self.room = room.Room(self.server_map)
        self.room.apply(room.Attach(1, room.Person("ada", "ada", "AL", 1)), self.now)
        self.prediction = Prediction(self.client_map, self.truth)
        self._ack: int | None = None
        self._moved = False
        self._ticked = 0.0
        self._tick_waits = False

    @property
    def truth(self) -> Stance:
        avatar = self.room.avatar_of(1)
        assert avatar is not None
        return Stance(avatar.position, avatar.facing)

    def press(self, direction: Direction, *, at: float) -> None:
        """Have a key pressed, so many seconds from the start."""
        heappush(self._queue, (100.0 + at, next(self._order), lambda: self._step(direction)))

    def hold(self, direction: Direction, seconds: float, *, start: float = 0.0) -> None:
        """Have a key held: it repeats faster than anybody may walk."""
        for number in range(round(seconds / KEY_REPEAT)):
            self.press(direction, at=start + number * KEY_REPEAT)

    def run(self) -> None:
        """Go on until nothing is on its way."""
        while self._queue:
            self.now, _, act = heappop(self._queue)
            act()

    def hear(self, ack: int, stance: Stance | None, refusal: room.BlockReason | None) -> None:
        """The client gets a message."""
        before = self.prediction.stance.point
        if refusal is not None:
            assert stance is not None
            self.prediction.refuse(ack, stance, too_fast=refusal is room.BlockReason.TOO_FAST)
        else:
            self.prediction.settle(ack, stance)
        if self.prediction.stance.point != before:
            self.corrections.append((before, self.prediction.stance.point))

    def _step(self, direction: Direction) -> None:
        seq, outcome = self.prediction.step(direction, self.now)
        self.outcomes.append(outcome)
        if seq is not None:
            self.sent += 1
            self._travel("up", self.up, lambda: self._arrive(room.Step(1, seq, direction)))

    def _travel(self, way: str, delay: Delay, act: Callable[[], None]) -> None:
        self._arrivals[way] = max(self._arrivals[way], self.now + delay())
        heappush(self._queue, (self._arrivals[way], next(self._order), act))

    def _arrive(self, step: room.Step) -> None:
        turned = False
        for event in self.room.apply(step, self.now):
            match event:
                case room.Moved():
                    self._ack, self._moved, turned = step.seq, True, True
                    self._want_tick()
                case room.Blocked(_, seq, position, facing, reason):
                    self._ack = seq
                    self.refused += not turned
                    self._tell(seq, Stance(position, facing), reason)
                case room.Expelled():
                    self.expelled = True

    def _want_tick(self) -> None:
        if not self._tick_waits:
            self._tick_waits = True
            heappush(self._queue, (max(self.now, self._ticked + TICK), next(self._order), self._tick))

    def _tick(self) -> None:
        assert self._ack is not None
        self._tick_waits, self._ticked = False, self.now
        self._tell(self._ack, self.truth if self.tells and self._moved else None, None)
        self._moved = False

    def _tell(self, ack: int, stance: Stance | None, refusal: room.BlockReason | None) -> None:
        self.told.append((ack, stance, refusal))
        self._travel("down", self.down, lambda: self.hear(ack, stance, refusal))

    def assert_at_rest(self) -> None:
        assert self.prediction.unsettled == 0
        assert self.prediction.stance == self.truth


def walk_on(tilemap: TileMap, up: Delay, down: Delay, *, server_map: TileMap | None = None, tells: bool = True) -> Walk:
    return Walk(server_map or tilemap, tilemap, up, down, tells)


@pytest.mark.parametrize("latency", [0.02, 0.05, 0.1, 0.15, 0.2, 0.3])
@pytest.mark.parametrize("tells", [True, False])
def test_a_straight_walk_is_never_corrected_at_any_latency(latency: float, tells: bool) -> None:
    walk = walk_on(LONG, constant(latency), constant(latency), tells=tells)
    walk.hold(Direction.EAST, 5.0)
    walk.run()
    assert walk.corrections == [] and walk.refused == 0
    walk.assert_at_rest()
    assert walk.truth.point.x >= 50  # ten tiles a second, all the way


@given(st.integers(0, 10**9), st.floats(0.02, 0.3), st.floats(0.0, 1.0), st.booleans())
@settings(deadline=None)
def test_jitter_up_to_the_bound_corrects_nobody(seed: int, least: float, part: float, tells: bool) -> None:
    jitter = part * (JITTER_BOUND - 1e-9)
    walk = walk_on(LONG, uneven(seed, least, least + jitter), uneven(seed + 1, least, least + 1.0), tells=tells)
    walk.hold(Direction.EAST, 5.0)
    walk.run()
    assert walk.corrections == [] and walk.refused == 0
    walk.assert_at_rest()


def test_the_bound_is_one_and_a_stall_beyond_it_ends_in_agreement() -> None:
    """For a second nothing gets through, then all steps at once: the server takes as many as it allows."""
    walk = walk_on(LONG, constant(0.1), constant(0.1))
    stalls = deque([0.1] * 10 + [1.0])
    walk.up = lambda: stalls.popleft() if stalls else 0.1
    walk.hold(Direction.EAST, 3.0)
    walk.press(Direction.EAST, at=6.0)
    walk.run()
    assert walk.refused > 0 and not walk.expelled
    walk.assert_at_rest()
    assert walk.outcomes[-1] is not StepOutcome.BLOCKED  # what was too fast then is no wall now


@pytest.mark.parametrize("latency", [0.02, 0.15, 0.3])
def test_a_door_that_only_the_server_knows_to_be_shut_corrects_once(latency: float) -> None:
    walk = walk_on(LONG, constant(latency), constant(latency), server_map=LONG_WITH_A_SHUT_DOOR)
    walk.hold(Direction.EAST, 3.0)
    walk.run()
    assert len(walk.corrections) == 1
    assert walk.truth == Stance(Point(9, 1), Direction.EAST)
    walk.assert_at_rest()


def test_a_door_that_opens_is_found_open() -> None:
    walk = walk_on(LONG, constant(0.15), constant(0.15), server_map=LONG_WITH_A_SHUT_DOOR)
    walk.hold(Direction.EAST, 3.0)
    walk.run()
    walk.room.tilemap = LONG
    walk.now += 10.0
    walk.hold(Direction.EAST, 2.0, start=walk.now - 100.0)
    walk.run()
    assert walk.truth.point.x > 20
    walk.assert_at_rest()


@pytest.mark.parametrize("shut", [LONG_WITH_A_SHUT_DOOR, None])
def test_a_key_held_against_an_obstacle_for_minutes_is_harmless(shut: TileMap | None) -> None:
    walk = walk_on(LONG, constant(0.15), constant(0.15), server_map=shut)
    walk.hold(Direction.WEST if shut is None else Direction.EAST, 600.0)
    walk.run()
    assert not walk.expelled
    if shut is None:
        assert walk.sent == 1 and walk.refused == 0  # it turned, and that was all
    else:
        assert walk.refused < 600 * RETRIES_PER_SECOND + 10
        assert len(walk.corrections) == 1
    walk.assert_at_rest()


keys = st.lists(st.tuples(st.sampled_from(list(Direction)), st.integers(1, 12), st.floats(0.01, 0.3)), max_size=20)


def press_all(walk: Walk, script: Iterable[tuple[Direction, int, float]]) -> None:
    at = 0.0
    for direction, times, gap in script:
        for _ in range(times):
            walk.press(direction, at=at)
            at += gap


@given(keys, st.integers(0, 10**9), st.floats(0.02, 0.3), st.booleans())
@settings(deadline=None)
def test_walls_need_no_correction_and_no_step_is_sent_in_vain(
    script: list[tuple[Direction, int, float]], seed: int, least: float, tells: bool
) -> None:
    jitter = JITTER_BOUND - 1e-9
    walk = walk_on(ROOMS, uneven(seed, least, least + jitter), uneven(seed + 1, least, least + jitter), tells=tells)
    press_all(walk, script)
    walk.run()
    assert walk.corrections == [] and walk.refused == 0
    walk.assert_at_rest()


@given(keys, st.integers(0, 10**9), st.floats(0.0, 1.0))
@settings(deadline=None)
def test_whatever_the_server_thinks_otherwise_it_is_agreed_with_at_rest(
    script: list[tuple[Direction, int, float]], seed: int, jitter: float
) -> None:
    walk = walk_on(ROOMS, uneven(seed, 0.02, 0.02 + jitter), uneven(seed + 1, 0.02, 0.5), server_map=ROOMS_REBUILT)
    press_all(walk, script)
    walk.run()
    walk.assert_at_rest()
    assert not walk.expelled


@given(keys, st.integers(0, 10**9), st.data())
@settings(deadline=None)
def test_what_is_heard_again_late_moves_nobody(
    script: list[tuple[Direction, int, float]], seed: int, data: st.DataObject
) -> None:
    walk = walk_on(ROOMS, uneven(seed, 0.02, 1.0), uneven(seed + 1, 0.02, 0.3), server_map=ROOMS_REBUILT)
    press_all(walk, script)
    walk.run()
    older = [told for told in walk.told if told[0] < walk.told[-1][0]]
    before = list(walk.corrections)
    for told in data.draw(st.lists(st.sampled_from(older), max_size=5)) if older else []:
        walk.hear(*told)
    assert walk.corrections == before
    walk.assert_at_rest()


# ---------------------------------------------------------------- the whole client


@pytest.mark.parametrize("seed", [None, 1, 2])
async def test_the_client_never_moves_back_at_150_ms(seed: int | None) -> None:
    """There and back it takes 300 ms, and with a seed every frame up to 200 ms more."""
    clock = VirtualClock()
    jitter = constant(0.0) if seed is None else uneven(seed, 0.0, 0.2)
    told: list[OfficeEvent] = []

    async def read(client: OfficeClient) -> None:
        told.extend([event async for event in client.events()])

    async with MemoryOffice(clock, delay=0.15, jitter=jitter) as office, asyncio.TaskGroup() as tasks:
        client = OfficeClient(
            "ws://localhost:7766",
            kind=ConnectionKind.VIEW,
            device="device",
            token=office.add_account("ada"),
            dial=office.dial,
            clock=clock,
            sleep=clock.sleep,
            rng=lambda: 0.5,
        )
        tasks.create_task(read(client))
        for work in (client.connect, client.enter):
            task = tasks.create_task(work())
            await clock.advance(2.0)
            assert task.done()
        places = []
        for _ in range(60):
            client.step(Direction.EAST)
            await clock.advance(KEY_REPEAT)
            places.append(client.model.me.x)
        for _ in range(100):  # at the wall: nothing more is sent
            client.step(Direction.EAST)
            await clock.advance(KEY_REPEAT)
            places.append(client.model.me.x)
        assert places == sorted(places)
        assert places[-1] == office.avatars["id-ada"].x == 18
        assert office.guests[0].ack == 17
        you = client.model.you
        assert [event for event in told if isinstance(event, AvatarsMoved) and you in event.ids] == []
        task = tasks.create_task(client.close())
        await clock.advance(2.0)
        assert task.done()
