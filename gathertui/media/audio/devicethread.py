"""Opens and closes devices where it may take its time: in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, Protocol, TypeVar

from gathertui.errors import DeviceError


class Closable(Protocol):
    """What a slot has to know of a device."""

    def close(self) -> None:
        """Stop."""
        ...


_Device = TypeVar("_Device", bound=Closable)


class DeviceThread:
    """Does one thing after another. It begins with the first and ends with `close`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ended = asyncio.Event()

    def do(self, work: Callable[[], None]) -> None:
        """Do that when what was asked before is done. Nothing is done after `close`."""
        if self._ended.is_set():
            return
        if self._thread is None:
            # A daemon: a sound server that hangs must not keep the program from ending.
            self._thread = threading.Thread(target=self._run, name="sound devices", daemon=True)
            self._thread.start()
        self._work.put(work)

    def close(self) -> None:
        """End when all is done."""
        if self._thread is None:
            self._ended.set()
        self._work.put(None)

    async def closed(self) -> None:
        """Wait until the thread has ended."""
        await self._ended.wait()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while (work := self._work.get()) is not None:
                work()
        finally:
            tell(self._loop, self._ended.set)


class Slot(Generic[_Device]):
    """Holds one device, or none, open. What is asked for last comes about; what was asked in between is skipped.

    `tell` gets one sentence when a device doesn't open, and an empty one before each attempt.
    """

    def __init__(
        self,
        thread: DeviceThread,
        *,
        open_device: Callable[[_Device], None],
        tell: Callable[[str], None],
    ) -> None:
        self._thread = thread
        self._open_device = open_device
        self._tell = tell
        self._wanted: _Device | None = None
        self._open: _Device | None = None

    def want(self, device: _Device | None) -> None:
        """Have this device open, and the one before closed. Returns at once."""
        if device is self._wanted:
            return
        self._wanted = device
        self._thread.do(self._change)

    def _change(self) -> None:
        wanted = self._wanted
        if wanted is self._open:
            return
        if self._open is not None:
            self._open.close()
            self._open = None
        if wanted is None:
            return
        self._tell("")
        try:
            self._open_device(wanted)
        except DeviceError as error:
            self._tell(str(error))
            return
        self._open = wanted


def tell(loop: asyncio.AbstractEventLoop, what: Callable[..., None], *arguments: object) -> None:
    """Call something on the loop's thread; nothing where the loop has ended meanwhile."""
    with contextlib.suppress(RuntimeError):  # it is closed, and nobody listens any more
        loop.call_soon_threadsafe(what, *arguments)
