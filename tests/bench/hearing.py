"""What it costs the server to know who hears whom.

Prints one line of JSON a figure: microseconds of one move, the mean of many.
Spread out means that people stand anywhere on the map; a crowd stands in one
open room. In both everybody keeps taking steps, alone or many in one tick, as
the server hands them over. `links` is how many others one person is linked with
on average, `changes` how many pairs one move changes. Everybody carries sound;
`speak` is that one begins to speak among the silent, and is silent again.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Collection

from gathertui.maplocator import bundled_map
from gathertui.world.geometry import Direction, Point, Rect, Size
from gathertui.world.linkrules import WalkingDistance
from gathertui.world.links import LinkEngine
from gathertui.world.looks import STANDARD_KINDS
from gathertui.world.mapfile import load_map
from gathertui.world.movement import destination
from gathertui.world.priority import Priority
from gathertui.world.tilemap import TileMap

MOVES = 20_000
TICKS = 20
SEED = 5


def open_map(width: int, height: int) -> TileMap:
    """Return a map without any wall."""
    return TileMap(
        size=Size(width, height), kinds=[STANDARD_KINDS["floor"]], kind_numbers=bytes(width * height), title="open"
    )


def open_tiles(tilemap: TileMap) -> list[Point]:
    """Return every tile that somebody can stand on."""
    return [point for point in Rect(0, 0, *tilemap.size).points() if tilemap.is_open(point)]


class Walkers:
    """People who take random steps, each with the same chance."""

    def __init__(self, tilemap: TileMap, people: int) -> None:
        self._tilemap = tilemap
        self._random = random.Random(SEED)
        self.positions = dict(enumerate(self._random.choices(open_tiles(tilemap), k=people), start=1))

    def step(self) -> tuple[int, Point]:
        """Return who steps next, and where to."""
        while True:
            avatar = self._random.randint(1, len(self.positions))
            there = destination(self._tilemap, self.positions[avatar], self._random.choice(tuple(Direction)))
            if there is not None:
                self.positions[avatar] = there
                return avatar, there

    def tick(self, moves: int) -> dict[int, Point]:
        """Return where so many different people are after a step each."""
        for avatar in (avatars := self._random.sample(list(self.positions), moves)):
            there = destination(self._tilemap, self.positions[avatar], self._random.choice(tuple(Direction)))
            self.positions[avatar] = there or self.positions[avatar]
        return {avatar: self.positions[avatar] for avatar in avatars}


def report(name: str, value: float, unit: str, **conditions: object) -> None:
    """Print one figure."""
    print(json.dumps({"bench": "hearing", "name": name, "value": round(value, 1), "unit": unit, **conditions}))


def measure(where: str, tilemap: TileMap, people: int) -> None:
    """Let `people` walk about and print what a move costs them, alone and in ticks."""
    walkers = Walkers(tilemap, people)
    engine = LinkEngine(tilemap, [WalkingDistance()])
    for avatar in walkers.positions:
        engine.prefer(avatar, Priority.SILENT)
    started = time.perf_counter()
    for avatar, position in walkers.positions.items():
        engine.place(avatar, position)
    entering = time.perf_counter() - started
    steps = [walkers.step() for _ in range(MOVES)]

    durations: list[float] = []
    changes = 0
    for avatar, position in steps:
        started = time.perf_counter()
        changed = engine.place(avatar, position)
        durations.append(time.perf_counter() - started)
        changes += len(changed)
    linked = sum(len(engine.neighbours(avatar)) for avatar in walkers.positions) / people
    conditions = {"map": where, "people": people, "links": round(linked, 1), "changes": round(changes / MOVES, 2)}
    report("enter", entering / people * 1e6, "us", **conditions)
    report("move", sum(durations) / MOVES * 1e6, "us", **conditions)
    report("move, 99th percentile", sorted(durations)[MOVES * 99 // 100] * 1e6, "us", **conditions)
    for moves in (people // 10, people):
        report("move in a tick", per_move_in_ticks(engine, walkers, moves) * 1e6, "us", tick_moves=moves, **conditions)
    report("counts", per_avatar(engine.counts, walkers.positions) * 1e6, "us", **conditions)
    report("connected", per_avatar(engine.connected, walkers.positions) * 1e6, "us", **conditions)
    report("speak", per_avatar(lambda avatar: speak(engine, avatar), walkers.positions) * 1e6, "us", **conditions)


def speak(engine: LinkEngine, avatar: int) -> None:
    """Let one speak among the silent, and be silent again."""
    engine.prefer(avatar, Priority.SPEAKING)
    engine.prefer(avatar, Priority.SILENT)


def per_move_in_ticks(engine: LinkEngine, walkers: Walkers, moves: int) -> float:
    """Seconds a move when so many of them are given to the engine at once."""
    ticks = [walkers.tick(moves) for _ in range(TICKS)]
    started = time.perf_counter()
    for tick in ticks:
        engine.move(tick)
    return (time.perf_counter() - started) / (moves * TICKS)


def per_avatar(question: Callable[[int], object], avatars: Collection[int]) -> float:
    """Seconds that it takes to ask about one avatar."""
    started = time.perf_counter()
    for avatar in avatars:
        question(avatar)
    return (time.perf_counter() - started) / len(avatars)


def main() -> None:
    """Measure people spread out, then in a crowd."""
    office = load_map(bundled_map("office"))
    measure("office", office, 100)
    measure("office", office, 1_000)
    measure("open 200x200", open_map(200, 200), 1_000)
    measure("one room 20x15", open_map(20, 15), 100)
    measure("one room 20x15", open_map(20, 15), 300)


if __name__ == "__main__":
    main()
