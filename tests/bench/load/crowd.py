"""A process of clients.

Orders: `enter` lets all come, `walk` sets them walking, `begin` and `end` bound what is measured, `rest` stops them,
`places` answers where they stand, `check` is told where everybody stands and answers what of that observers know
otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from gathertui.protocol.base import ConnectionKind
from gathertui.world.geometry import Size
from gathertui.world.mapfile import load_map
from gathertui_server.running import run
from load import machine, orders
from load.client import Client, Surroundings
from load.observer import Observer, ReadingDesk
from load.rota import Rota
from load.steps import StepLog
from load.traffic import Traffic

PING_SECONDS = 10.0
"""As `gathertui.net.websocket` does it."""

MOST_COMING = 200
"""Clients that are let in at the same time."""

_SEED = 7


class Totals(NamedTuple):
    """What was counted until a moment."""

    at: float
    cpu: float
    steps: int
    received: int
    updates: int
    snapshots: int
    position_bytes: int
    frames: Counter[str]


class Crowd:
    """People `first` to `first + count`, of whom the first `walkers` walk and some observe."""

    def __init__(self, first: int, count: int, *, walkers: int, observers: int, moves: float, around: Surroundings):
        watching = _spread(count, observers, after=walkers if walkers < count else 0)
        self._around = around
        self._clients = [
            Client(first + index, around, Observer(around.log) if index in watching else None) for index in range(count)
        ]
        self._walkers = self._clients[:walkers]
        self._moves = moves
        self._walk: Rota[Client] | None = None
        self._pings: Rota[Client] | None = None
        self._begun: Totals | None = None
        self._lag: machine.LagProbe | None = None

    async def enter(self, order: orders.Order) -> object:
        """Come in at `order["port"]`, as fast as the server answers."""
        port: int = order["port"]
        waiting = iter(self._clients)
        started = time.perf_counter()

        async def usher() -> None:
            for client in waiting:
                await client.come(port)

        async with asyncio.TaskGroup() as ushers:
            for _ in range(min(MOST_COMING, len(self._clients))):
                ushers.create_task(usher())
        seconds = time.perf_counter() - started
        around = self._around
        self._pings = Rota(self._clients, PING_SECONDS, Client.ping, around.loop, around.chance)
        return {"seconds": seconds}

    async def walk(self, order: orders.Order) -> object:
        """Set everybody walking."""
        await self._around.desk.open()
        gc.collect()
        gc.freeze()
        gc.disable()  # or its pauses would be taken for the server's
        around = self._around
        if self._walkers:
            self._walk = Rota(self._walkers, 1 / self._moves, Client.step, around.loop, around.chance)
        return {}

    async def begin(self, order: orders.Order) -> object:
        """Measure from here on."""
        self._around.log.begin()
        self._lag = machine.LagProbe(self._around.loop)
        self._begun = self._totals()
        return {}

    async def end(self, order: orders.Order) -> object:
        """Return what was measured."""
        assert self._begun is not None
        assert self._lag is not None
        before, after = self._begun, self._totals()
        log, late = self._around.log, self._lag.late
        log.measuring = False
        return {
            "seconds": after.at - before.at,
            "cpu": after.cpu - before.cpu,
            "late": late,
            "steps": after.steps - before.steps,
            "received": after.received - before.received,
            "updates": after.updates - before.updates,
            "snapshots": after.snapshots - before.snapshots,
            "position_bytes": after.position_bytes - before.position_bytes,
            "frames": after.frames - before.frames,
            "latencies": log.latencies,
            "superseded": log.superseded,
            "missed": log.missed,
            "lost": self._around.lost,
        }

    def _totals(self) -> Totals:
        around = self._around
        return Totals(
            at=time.perf_counter(),
            cpu=machine.cpu_seconds(),
            steps=around.steps,
            received=sum(client.received for client in self._clients),
            updates=around.traffic.updates,
            snapshots=around.traffic.snapshots,
            position_bytes=around.traffic.position_bytes,
            frames=around.traffic.frames.copy(),
        )

    async def rest(self, order: orders.Order) -> object:
        """Stop walking, and say how many steps were sent from the beginning."""
        if self._walk is not None:
            self._walk.stop()
        return {"steps": self._around.steps}

    async def places(self, order: orders.Order) -> object:
        """Say who stands where, once observers have read all that came."""
        while not self._around.desk.is_clear:
            await asyncio.sleep(0.01)
        return {"places": {client.you: client.standing for client in self._clients}}

    async def check(self, order: orders.Order) -> object:
        """Compare `order["places"]`, by avatar, with what observers know."""
        places = {int(avatar): (x, y, facing) for avatar, (x, y, facing) in order["places"].items()}
        checks = [client.observer.check(places) for client in self._clients if client.observer is not None]
        return {"compared": sum(compared for compared, _ in checks), "wrong": sum(wrong for _, wrong in checks)}


def _spread(count: int, chosen: int, *, after: int) -> frozenset[int]:
    """Return `chosen` of `count` numbers from `after` on, evenly spread."""
    if chosen == 0:
        return frozenset()
    return frozenset(after + number * (count - after) // chosen for number in range(chosen))


async def _live(arguments: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(orders.give_up)
    around = Surroundings(
        loop=loop,
        tilemap=load_map(arguments.map.read_bytes()),
        chance=random.Random(_SEED + arguments.first),
        view=Size(*arguments.view),
        kind=ConnectionKind(arguments.kind),
        traffic=Traffic(),
        log=StepLog(),
        desk=ReadingDesk(loop),
    )
    crowd = Crowd(
        arguments.first,
        arguments.count,
        walkers=arguments.walkers,
        observers=arguments.observers,
        moves=arguments.moves,
        around=around,
    )
    handlers = {
        "enter": crowd.enter,
        "walk": crowd.walk,
        "begin": crowd.begin,
        "end": crowd.end,
        "rest": crowd.rest,
        "places": crowd.places,
        "check": crowd.check,
    }
    await orders.obey({}, handlers)


def main() -> None:
    """Run the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--map", type=Path, required=True)
    parser.add_argument("--kind", required=True)
    parser.add_argument("--first", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--walkers", type=int, required=True)
    parser.add_argument("--observers", type=int, required=True)
    parser.add_argument("--moves", type=float, required=True)
    parser.add_argument("--view", type=int, nargs=2, required=True)
    parser.add_argument("--end-after", type=int, required=True)
    arguments = parser.parse_args()
    orders.end_after(arguments.end_after)
    machine.raise_open_files_limit()
    run(_live(arguments))


if __name__ == "__main__":
    main()
