"""Connections inside one process, with the latency, the jitter and the losses that a test writes down."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from gathertui.errors import ConnectionLost, GathertuiError
from gathertui.testing.clock import VirtualClock


def even() -> float:
    """No jitter: every frame takes as long as the others."""
    return 0.0


class MemoryConnection:
    """One end of a connection, as `gathertui.net.connection.Connection` wants it; made by `memory_pair`."""

    def __init__(self, clock: VirtualClock, delay: float, jitter: Callable[[], float] = even) -> None:
        self._clock = clock
        self._delay = delay
        self._jitter = jitter
        self._last_arrival = 0.0
        self._peer: MemoryConnection | None = None
        self._incoming: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._ended = False
        self._lost = False
        self.sent: list[bytes] = []
        """Every frame that left at this end."""

    def join(self, peer: MemoryConnection) -> None:
        """Make `peer` the other end."""
        self._peer = peer

    @property
    def latency(self) -> float | None:
        """There and back, in seconds, without the jitter."""
        return 2 * self._delay

    async def send(self, frame: bytes) -> None:
        """Put a frame on its way; it arrives after the delay. Raises `ConnectionLost`."""
        peer = self._peer
        if self._ended or self._lost or peer is None:
            raise ConnectionLost("The connection was lost.")
        self.sent.append(frame)
        self._travel(lambda: peer._arrive(frame))

    async def receive(self) -> bytes:
        """Return the next frame. Raises `ConnectionLost` after the last one."""
        while not self._lost:
            if self._incoming:
                return self._incoming.popleft()
            if self._ended:
                break
            self._changed.clear()
            await self._changed.wait()
        raise ConnectionLost("The connection was lost.")

    async def close(self) -> None:
        """End both ends; what is on its way to the other one still arrives there."""
        self._end()
        if self._peer is not None:
            self._travel(self._peer._end)

    def cut(self) -> None:
        """Lose the connection: what is on its way arrives nowhere."""
        for end in (self, self._peer):
            if end is not None:
                end._lost = True
                end._changed.set()

    def _travel(self, arrive: Callable[[], None]) -> None:
        now = self._clock()
        # No frame overtakes another: a late one holds up all that follow.
        self._last_arrival = max(self._last_arrival, now + self._delay + self._jitter())
        if self._last_arrival > now:
            self._clock.call_at(self._last_arrival, arrive)
        else:
            arrive()

    def _arrive(self, frame: bytes) -> None:
        self._incoming.append(frame)
        self._changed.set()

    def _end(self) -> None:
        self._ended = True
        self._changed.set()


def memory_pair(
    clock: VirtualClock, *, delay: float = 0.0, jitter: Callable[[], float] = even
) -> tuple[MemoryConnection, MemoryConnection]:
    """Return the two ends of a connection whose frames take `delay` + `jitter()` seconds each way."""
    near, far = MemoryConnection(clock, delay, jitter), MemoryConnection(clock, delay, jitter)
    near.join(far)
    far.join(near)
    return near, far


class MemoryTransport:
    """A server's address inside the process: `dial` connects to it, `accept` takes the other ends.

    `jitter` is asked for every frame how many seconds beyond `delay` it takes; frames keep their order.
    """

    def __init__(self, clock: VirtualClock, *, delay: float = 0.0, jitter: Callable[[], float] = even) -> None:
        self._clock = clock
        self._waiting: deque[MemoryConnection] = deque()
        self._acceptor: asyncio.Future[None] | None = None
        self._failures: deque[GathertuiError] = deque()
        self.delay = delay
        """Seconds that a frame of the next connection takes one way."""
        self._jitter = jitter
        self.dialled: list[float] = []
        """When each attempt to connect was made."""

    def fail_next(self, error: GathertuiError) -> None:
        """Make the next attempt that isn't spoken for fail with `error`."""
        self._failures.append(error)

    async def dial(self, url: str, /) -> MemoryConnection:
        """Connect, whatever the URL says. Raises what `fail_next` was given."""
        self.dialled.append(self._clock())
        if self._failures:
            raise self._failures.popleft()
        near, far = memory_pair(self._clock, delay=self.delay, jitter=self._jitter)
        self._waiting.append(far)
        if self._acceptor is not None and not self._acceptor.done():
            self._acceptor.set_result(None)
        return near

    async def accept(self) -> MemoryConnection:
        """Wait for the next connection and return the server's end of it."""
        while not self._waiting:
            self._acceptor = asyncio.get_running_loop().create_future()
            await self._acceptor
        return self._waiting.popleft()
