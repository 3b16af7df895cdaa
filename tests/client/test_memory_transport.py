"""The line that other tests walk over: it delays, shakes and loses, and keeps the order."""

from __future__ import annotations

import asyncio
import random

import pytest

from gathertui.errors import ConnectionLost
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.transport import MemoryConnection, MemoryTransport, memory_pair


async def collect(connection: MemoryConnection, clock: VirtualClock, heard: list[tuple[float, bytes]]) -> None:
    try:
        while True:
            frame = await connection.receive()
            heard.append((clock(), frame))
    except ConnectionLost:
        pass


async def test_a_frame_that_is_late_holds_up_those_behind_it() -> None:
    clock = VirtualClock(0.0)
    late = iter([0.0, 0.3, 0.0, 0.1])
    near, far = memory_pair(clock, delay=0.1, jitter=late.__next__)
    heard: list[tuple[float, bytes]] = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(collect(far, clock, heard))
        for number in range(4):
            await near.send(bytes([number]))
            await clock.advance(0.05)
        await clock.advance(1.0)
        near.cut()
    assert [frame for _, frame in heard] == [b"\0", b"\1", b"\2", b"\3"]
    assert [at for at, _ in heard] == pytest.approx([0.1, 0.45, 0.45, 0.45])


@pytest.mark.parametrize("seed", range(5))
async def test_no_jitter_changes_the_order(seed: int) -> None:
    clock = VirtualClock()
    chance = random.Random(seed)
    transport = MemoryTransport(clock, delay=0.02, jitter=lambda: chance.random() * 0.2)
    near = await transport.dial("")
    far = await transport.accept()
    heard: list[tuple[float, bytes]] = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(collect(far, clock, heard))
        for number in range(100):
            await near.send(bytes([number]))
            await clock.advance(chance.random() * 0.02)
        await clock.advance(1.0)
        near.cut()
    assert [frame[0] for _, frame in heard] == list(range(100))


async def test_without_delay_a_frame_is_there_at_once() -> None:
    clock = VirtualClock()
    near, far = memory_pair(clock)
    await near.send(b"now")
    assert await far.receive() == b"now"
    await settle()
