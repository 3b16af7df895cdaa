"""When moves go out."""

from __future__ import annotations

import asyncio

from gathertui_server.rooms.ticker import Ticker


class Flushes:
    """Notes when `flush` was called."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.again = asyncio.Event()

    def flush(self) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self.again.set()


async def test_the_first_change_goes_out_at_once_and_a_burst_together() -> None:
    flushes = Flushes()
    loop = asyncio.get_running_loop()
    ticker = Ticker(flushes.flush, 0.05, loop)
    ticker.changed()
    ticker.changed()
    await asyncio.sleep(0)
    assert len(flushes.times) == 1
    for _ in range(10):
        ticker.changed()
        await asyncio.sleep(0)
    assert len(flushes.times) == 1
    flushes.again.clear()
    await flushes.again.wait()
    first, second = flushes.times
    assert second - first >= 0.049
    ticker.close()


async def test_nothing_is_flushed_after_closing() -> None:
    flushes = Flushes()
    ticker = Ticker(flushes.flush, 0.05, asyncio.get_running_loop())
    ticker.changed()
    ticker.close()
    await asyncio.sleep(0)
    assert flushes.times == []
