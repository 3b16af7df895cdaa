"""When moves go out."""

from __future__ import annotations

import asyncio

from gathertui_server.rooms.pace import CALM, Strain
from gathertui_server.rooms.ticker import Ticker


class Flushes:
    """Notes when `flush` was called, and what was told of overload."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.strains: list[Strain] = []
        self.again = asyncio.Event()

    def flush(self) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self.again.set()

    async def wait(self) -> None:
        self.again.clear()
        await self.again.wait()


async def test_the_first_change_goes_out_at_once_and_a_burst_together() -> None:
    flushes = Flushes()
    loop = asyncio.get_running_loop()
    ticker = Ticker(flushes.flush, loop, strained=flushes.strains.append)
    ticker.changed()
    ticker.changed()
    await asyncio.sleep(0)
    assert len(flushes.times) == 1
    for _ in range(10):
        ticker.changed()
        await asyncio.sleep(0)
    assert len(flushes.times) == 1
    await flushes.wait()
    first, second = flushes.times
    assert second - first >= CALM - 0.001
    ticker.close()


async def test_nothing_is_flushed_after_closing() -> None:
    flushes = Flushes()
    ticker = Ticker(flushes.flush, asyncio.get_running_loop(), strained=flushes.strains.append)
    ticker.changed()
    ticker.close()
    await asyncio.sleep(0)
    assert flushes.times == []


async def test_a_thread_that_works_all_the_time_has_its_ticks_stretched_and_that_is_told() -> None:
    flushes = Flushes()
    loop = asyncio.get_running_loop()
    # The thread's CPU time is all the time there is, as on a machine that can't keep up.
    ticker = Ticker(flushes.flush, loop, strained=flushes.strains.append, cpu=loop.time)
    async with asyncio.timeout(20):
        while not flushes.strains:
            ticker.changed()
            await flushes.wait()
    assert flushes.strains == [Strain.BEGAN]
    assert ticker.pace.overloaded
    ticker.close()
