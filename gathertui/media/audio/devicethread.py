"""Opens and closes devices where it may take its time: in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, Generic, Protocol, TypeVar

from gathertui.errors import DeviceError

RETRY_EVERY: Final = 3.0
"""Seconds between two tries to open a device that is wanted and not there."""


class Openable(Protocol):
    """What a slot has to know of a device."""

    @property
    def is_lost(self) -> bool:
        """Whether it was open, its device went, and another try to open it may help."""
        ...

    def close(self) -> None:
        """Stop."""
        ...


class Watchful(Protocol):
    """What wants to be called now and then."""

    @property
    def is_watching(self) -> bool:
        """Whether it does at the moment."""
        ...

    def look(self) -> None:
        """It is time."""
        ...


_Device = TypeVar("_Device", bound=Openable)


class DeviceThread:
    """Does one thing after another. It begins with the first and ends with `close`.

    While it has nothing to do it calls those of `watchful` that want it, every `RETRY_EVERY` seconds.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ended = asyncio.Event()
        self._is_closing = False
        self.watchful: list[Watchful] = []

    def do(self, work: Callable[[], None]) -> None:
        """Do that when what was asked before is done. Nothing is done after `close`."""
        if self._ended.is_set():
            return
        if self._thread is None:
            # A daemon: a sound server that hangs must not keep the program from ending.
            self._thread = threading.Thread(target=self._run, name="sound devices", daemon=True)
            self._thread.start()
        self._work.put(work)

    async def done(self) -> None:
        """Wait until all that was asked for before this is done."""
        if self._thread is None:
            return  # nothing ever was
        done = self._ended if self._is_closing else asyncio.Event()
        self._work.put(lambda: tell(self._loop, done.set))
        await done.wait()

    def close(self) -> None:
        """End when all is done."""
        self._is_closing = True
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
            while (work := self._next()) is not None:
                work()
        finally:
            tell(self._loop, self._ended.set)

    def _next(self) -> Callable[[], None] | None:
        while True:
            watching = [one for one in self.watchful if one.is_watching]
            try:
                return self._work.get(timeout=RETRY_EVERY if watching else None)
            except Empty:
                for one in watching:
                    one.look()


class Slot(Generic[_Device]):
    """Holds one device, or none, open. What is asked for last comes about; what was asked in between is skipped.

    One that doesn't open, or is lost, is tried again as long as it is wanted. `tell`
    gets one sentence when a device doesn't open, and an empty one before its first try.
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
        self._held: _Device | None = None  # what was wanted when we last looked, open or not
        self._is_open = False
        thread.watchful.append(self)

    def want(self, device: _Device | None) -> None:
        """Have this device open, and the one before closed. Returns at once."""
        if device is self._wanted:
            return
        self._wanted = device
        self._thread.do(self._change)

    def _change(self) -> None:
        wanted = self._wanted
        if wanted is self._held:
            return
        if self._held is not None:
            self._held.close()
        self._held, self._is_open = wanted, False
        if wanted is not None:
            self._tell("")
            self._try_to_open(wanted)

    def _try_to_open(self, device: _Device) -> None:
        try:
            self._open_device(device)
        except DeviceError as error:
            self._tell(str(error))
        else:
            self._is_open = True

    @property
    def is_watching(self) -> bool:
        """Whether there is a device that may be lost, or come back."""
        return self._held is not None

    def look(self) -> None:
        """Try again what isn't open."""
        device = self._held
        if device is not None and device is self._wanted and (not self._is_open or device.is_lost):
            self._is_open = False
            self._try_to_open(device)


def tell(loop: asyncio.AbstractEventLoop, what: Callable[..., None], *arguments: object) -> None:
    """Call something on the loop's thread; nothing where the loop has ended meanwhile."""
    with contextlib.suppress(RuntimeError):  # it is closed, and nobody listens any more
        loop.call_soon_threadsafe(what, *arguments)
