"""What waits to be written to one client, so that a slow one costs nobody else anything.

While the client keeps up, frames go straight to the wire. While it doesn't, what
must arrive waits here in order, up to a bound, and positions are left out: once
it has caught up it gets the cells that it missed something of whole, so nothing
stays stale.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, Protocol

MAX_WAITING_BYTES: Final = 2 * 1024 * 1024
"""Bytes that may wait for one client before it is dropped; a page of the longest messages fits."""


class FrameWriter(Protocol):
    """The wire, as the outbox needs it."""

    slow: bool

    def send(self, frame: bytes) -> None:
        """Write one frame without waiting."""


class OutboxOwner(Protocol):
    """The client whose outbox it is."""

    def caught_up(self, missed: set[tuple[int, int]]) -> None:
        """Everything was written, but for ticks: get the client the cells that it missed something of, if any."""

    def overflowed(self) -> None:
        """More waits than may: drop the client. Called once; nothing is written from here on."""


class _Backlog:
    """What a client that fell behind has yet to get."""

    __slots__ = ("frames", "missed", "missed_tick", "size")

    def __init__(self) -> None:
        self.frames: deque[bytes] = deque()
        self.size = 0
        self.missed: set[tuple[int, int]] = set()
        self.missed_tick = False


class Outbox:
    """One client's outbox."""

    __slots__ = ("_backlog", "_limit", "_overflowed", "_owner", "_writer")

    def __init__(self, writer: FrameWriter, owner: OutboxOwner, *, limit: int = MAX_WAITING_BYTES) -> None:
        self._writer = writer
        self._owner = owner
        self._limit = limit
        self._backlog: _Backlog | None = None  # None while the client keeps up, as nearly all do
        self._overflowed = False

    @property
    def waiting(self) -> int:
        """Bytes that wait here, the wire's own not counted."""
        return self._backlog.size if self._backlog is not None else 0

    @property
    def keeps_up(self) -> bool:
        """Whether nothing waits and nothing need wait."""
        return self._backlog is None and not self._writer.slow and not self._overflowed

    def send(self, frame: bytes) -> None:
        """Send a frame that must arrive, after all that were sent before it."""
        if self._overflowed:
            return
        backlog = self._behind()
        if backlog is None:
            self._writer.send(frame)
            return
        backlog.frames.append(frame)
        backlog.size += len(frame)
        if backlog.size > self._limit:
            self._overflowed = True
            self._backlog = None
            self._owner.overflowed()

    def takes_tick(self, cells: Iterable[tuple[int, int]]) -> bool:
        """Whether the client can take a tick of these cells now; one that can't gets them whole when it can again."""
        if self._overflowed:
            return False
        backlog = self._behind()
        if backlog is None:
            return True
        backlog.missed_tick = True
        backlog.missed.update(cells)
        return False

    def drain(self) -> None:
        """The writer has caught up: write what waits."""
        backlog = self._backlog
        if backlog is None:
            return
        while backlog.frames and not self._writer.slow:
            frame = backlog.frames.popleft()
            backlog.size -= len(frame)
            self._writer.send(frame)
        if not backlog.frames and not self._writer.slow:
            self._backlog = None
            if backlog.missed_tick:
                self._owner.caught_up(backlog.missed)

    def _behind(self) -> _Backlog | None:
        """Return the backlog of a client that can't take a frame now."""
        if self._backlog is None and self._writer.slow:
            self._backlog = _Backlog()
        return self._backlog
