"""Ending work that may not end by itself, so that whoever leaves gets out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Leaving:
    """Cancels a task once, and waits for its end for `seconds` at most, which all who ask share."""

    def __init__(self, seconds: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._sleep = sleep
        self._deadline: asyncio.Future[None] | None = None

    async def end(self, task: asyncio.Task[None]) -> None:
        """Have the task end, and wait until it has or the time is over."""
        if not task.cancelling():  # a second time would cut short how it ends
            task.cancel()
        if self._deadline is None:
            self._deadline = asyncio.ensure_future(self._sleep(self._seconds))
        await asyncio.wait([task, self._deadline], return_when=asyncio.FIRST_COMPLETED)
        if not self._deadline.done():
            self._deadline.cancel()
            await asyncio.wait([self._deadline])
