"""Keeps a connection: waits for its end, and makes the next one when it is time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from gathertui.client.delivery import PASSING
from gathertui.client.link import Link, LinkEnd
from gathertui.errors import (
    Code,
    ConnectionFailed,
    ConnectionLost,
    GathertuiError,
    Refused,
    Replaced,
    VersionMismatch,
)
from gathertui.net.reconnect import Backoff

STEADY_SECONDS: Final = 10.0
"""A connection that lasted this long was good: after it the first new attempt comes soon."""


def is_final(error: GathertuiError, refusal: Refused | None) -> bool:
    """Whether after this end of a connection no attempt is to be made; `refusal` is why we are not signed in."""
    if not isinstance(error, Refused):
        return isinstance(error, Replaced | VersionMismatch)
    if error.code in (Code.SESSION_EXPIRED, Code.NOT_SIGNED_IN):
        return True
    return error is refusal and not error.retry_after and error.code not in PASSING


class Patience:
    """Waits that `stop` ends, all of them and for good. `sleep` is in seconds."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._sleep = sleep
        self._stopping = asyncio.Event()

    @property
    def is_stopped(self) -> bool:
        """Whether nothing is waited for any more."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """End every wait."""
        self._stopping.set()

    async def pause(self, seconds: float) -> None:
        """Sleep, but no longer than until `stop`."""
        await self.until_stopped(self._sleep(seconds))

    async def until_stopped(self, work: Awaitable[None]) -> None:
        """Do some work, and give it up at `stop`. Raises what the work raises."""
        doing = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([doing, stopping], return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                doing.result()
        finally:
            doing.cancel()
            stopping.cancel()
            await asyncio.gather(doing, stopping, return_exceptions=True)


class Keeper:
    """One client's perseverance.

    `link` returns the connection there is, if any; it may have ended. `resume`
    connects and comes back to where it was. `work` is done while there is a
    connection. `is_final` says whether no attempt is to be made after an error;
    `wait` is told of every other, with the seconds until the next attempt, and
    with None when it comes. `patience` is stopped when no connection is wanted any
    more. `clock` is in seconds, `rng` returns numbers from 0 up to 1.
    """

    def __init__(
        self,
        *,
        link: Callable[[], Link | None],
        resume: Callable[[], Awaitable[None]],
        drop: Callable[[], Awaitable[None]],
        work: Callable[[], Coroutine[Any, Any, None]],
        is_final: Callable[[GathertuiError], bool],
        wait: Callable[[GathertuiError, float | None], None],
        clock: Callable[[], float],
        patience: Patience,
        rng: Callable[[], float],
    ) -> None:
        self._link = link
        self._resume = resume
        self._drop = drop
        self._work = work
        self._is_final = is_final
        self._wait = wait
        self._clock = clock
        self._patience = patience
        self._backoff = Backoff(rng)

    async def run(self) -> None:
        """Keep the connection until `patience` is stopped. Raises the error of an end that is final."""
        while not self._patience.is_stopped:
            try:
                end = await self._keep_once()
            except (ConnectionFailed, Refused) as error:
                end = LinkEnd(error, error.retry_after if isinstance(error, Refused) else 0.0)
            if not self._patience.is_stopped:
                await self._recover(end)
        await self._drop()  # one that came up while that was done

    async def _keep_once(self) -> LinkEnd:
        """Keep one connection, the one there is or a new one, and return why it ended."""
        link = self._link()
        if link is None or not link.is_open:
            await self._patience.until_stopped(self._resume())
            link = self._link()
        if link is None:
            return LinkEnd(ConnectionLost("Closed before there was a connection."))
        since = self._clock()
        async with asyncio.TaskGroup() as group:
            work = group.create_task(self._work(), name="gathertui outbox")
            end = await link.wait_ended()
            work.cancel()
        if self._clock() - since >= STEADY_SECONDS:
            self._backoff.reset()
        return end

    async def _recover(self, end: LinkEnd) -> None:
        """Wait until it is time for the next attempt. Raises the error of an end that is final."""
        if self._is_final(end.error):
            raise end.error
        delay = self._backoff.next_delay(end.retry_after)
        since = self._clock()
        self._wait(end.error, delay)  # first of all: to close the old connection may take seconds
        await self._drop()
        await self._patience.pause(delay - (self._clock() - since))
        self._wait(end.error, None)
