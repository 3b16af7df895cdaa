"""Walking to a place by itself, at an office whose server may think otherwise of the map."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from gathertui.client.office import OfficeClient
from gathertui.client.walking import walk_to
from gathertui.protocol import presence
from gathertui.protocol.base import ConnectionKind
from gathertui.testing.clock import VirtualClock
from gathertui.testing.office import MemoryOffice
from gathertui.world.geometry import Direction, Point
from gathertui.world.mapfile import load_map

DIVIDED = load_map(
    b"""
title = "Hall"
grid = '''
####################
#S........#........#
#.........#........#
#.........#........#
####################
'''
[legend]
"#" = "wall"
"." = "floor"
[spawns.door]
marker = "S"
"""
)
"""The hall of `MemoryOffice` with a wall across it."""


class Walker:
    def __init__(self, office: MemoryOffice, clock: VirtualClock, client: OfficeClient) -> None:
        self.office = office
        self.clock = clock
        self.client = client

    @property
    def place(self) -> Point:
        return Point(self.client.model.me.x, self.client.model.me.y)

    @property
    def steps_sent(self) -> int:
        return sum(isinstance(message, presence.Step) for message in self.office.guests[0].received)

    async def walk(self, goal: Point, *, seconds: float) -> bool | None:
        """Walk for so long; None where that is not enough."""
        walking = asyncio.create_task(walk_to(self.client, goal, sleep=self.clock.sleep))
        await self.clock.advance(seconds)
        if walking.done():
            return walking.result()
        walking.cancel()
        return None


@contextlib.asynccontextmanager
async def entering(delay: float) -> AsyncIterator[Walker]:
    clock = VirtualClock()
    async with MemoryOffice(clock, delay=delay) as office:
        client = OfficeClient(
            "ws://localhost:7766",
            kind=ConnectionKind.VIEW,
            device="device",
            token=office.add_account("ada"),
            dial=office.dial,
            clock=clock,
            sleep=clock.sleep,
        )
        for work in (client.connect, client.enter):
            task = asyncio.create_task(work())
            await clock.advance(1.0)
            await task
        yield Walker(office, clock, client)
        closing = asyncio.create_task(client.close())
        await clock.advance(1.0)
        await closing


@pytest.mark.parametrize("delay", [0.0, 0.15])
async def test_it_gets_there_by_a_shortest_way(delay: float) -> None:
    async with entering(delay) as walker:
        assert await walker.walk(Point(12, 3), seconds=2.0) is True
        assert walker.place == Point(12, 3)
        assert walker.steps_sent == 13


async def test_there_is_no_way_into_a_wall() -> None:
    async with entering(0.0) as walker:
        assert await walker.walk(Point(0, 0), seconds=1.0) is False
        assert walker.steps_sent == 0


@pytest.mark.parametrize("delay", [0.0, 0.15])
async def test_a_way_that_only_the_server_knows_to_be_shut_is_given_up(delay: float) -> None:
    async with entering(delay) as walker:
        walker.office.tilemap = DIVIDED
        assert await walker.walk(Point(15, 1), seconds=10.0) is False
        assert walker.place == Point(9, 1)
        assert walker.steps_sent < 20


async def test_who_is_moved_on_the_way_goes_another_from_there() -> None:
    async with entering(0.0) as walker:
        walking = asyncio.create_task(walk_to(walker.client, Point(8, 1), sleep=walker.clock.sleep))
        await walker.clock.advance(0.5)
        assert walker.place == Point(6, 1)
        await walker.office.move("id-ada", Point(12, 3), Direction.WEST)
        await walker.clock.advance(5.0)
        assert await walking is True
        assert walker.place == Point(8, 1)
        assert walker.steps_sent == 5 + 6  # none on the old way


async def test_a_lost_connection_ends_the_walk() -> None:
    async with entering(0.0) as walker:
        walking = asyncio.create_task(walk_to(walker.client, Point(12, 1), sleep=walker.clock.sleep))
        await walker.clock.advance(0.5)
        walker.office.cut_all()
        await walker.clock.advance(1.0)
        assert await walking is False
