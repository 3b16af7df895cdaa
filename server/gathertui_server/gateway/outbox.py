"""What waits to be written to one client, so that a slow one costs nobody else anything.

While the client keeps up, frames go straight to the wire. While it doesn't, what
must arrive waits here in order, up to a bound, and positions are left out: once
it has caught up it gets the cells that it missed something of whole, so nothing
stays stale.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol

MAX_WAITING_BYTES: Final = 1024 * 1024
"""Bytes that may wait for one client before it is dropped."""


class FrameWriter(Protocol):
    """The wire, as the outbox needs it."""

    slow: bool

    def send(self, frame: bytes) -> None:
        """Write one frame without waiting."""


class Outbox:
    """One client's outbox. `on_caught_up` gets it the cells it missed, `on_overflow` drops the client."""

    def __init__(
        self,
        writer: FrameWriter,
        *,
        on_caught_up: Callable[[set[tuple[int, int]]], None],
        on_overflow: Callable[[], None],
        limit: int = MAX_WAITING_BYTES,
    ) -> None:
        self._writer = writer
        self._on_caught_up = on_caught_up
        self._on_overflow = on_overflow
        self._limit = limit
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._missed: set[tuple[int, int]] = set()
        self._overflowed = False

    def send(self, frame: bytes) -> None:
        """Send a frame that must arrive, after all that were sent before it."""
        if self._overflowed:
            return
        if not self._waiting and not self._writer.slow:
            self._writer.send(frame)
            return
        self._waiting.append(frame)
        self._waiting_bytes += len(frame)
        if self._waiting_bytes > self._limit:
            self._overflowed = True
            self._waiting.clear()
            self._waiting_bytes = 0
            self._on_overflow()

    def takes_tick(self, cells: Iterable[tuple[int, int]]) -> bool:
        """Whether the client can take a tick of these cells now; one that can't gets them whole when it can again."""
        if self._waiting or self._writer.slow:
            self._missed.update(cells)
            return False
        return not self._overflowed

    def drain(self) -> None:
        """The writer has caught up: write what waits."""
        while self._waiting and not self._writer.slow:
            frame = self._waiting.popleft()
            self._waiting_bytes -= len(frame)
            self._writer.send(frame)
        if self._missed and not self._waiting and not self._writer.slow:
            missed, self._missed = self._missed, set()
            self._on_caught_up(missed)
