"""The thread that a camera is opened, read and closed by."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gathertui.errors import DeviceError
from gathertui.media.video.lateness import Lateness
from gathertui.media.video.pipeline import Active, Pipeline, Taken
from gathertui.media.video.rungs import RUNGS
from gathertui.protocol.media import LARGE_PICTURES

if TYPE_CHECKING:
    from gathertui.media.ports import Camera, Picture

GONE: Final = "The camera is gone: it was unplugged, or its driver stopped. Plug it in again, or choose another."
BROKEN: Final = "The camera's pictures can't be used: {error}. Choose another camera."

_LONGEST_PERIOD: Final = 1.0
_MOST_OF_A_PERIOD: Final = 0.6
"""Who takes longer for a picture leaves too little of a core for everything else."""

_log = logging.getLogger(__name__)


class CaptureThread:
    """Reads a camera until `stop`, makes of its pictures what is due, and hands that to the event loop.

    It never runs ahead of the loop: while the last pictures wait to be taken it lets
    others pass. `deliver` and `end` are called on the loop's thread, `end` once and
    last, with a sentence if it wasn't `stop` that ended it.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        loop: asyncio.AbstractEventLoop,
        deliver: Callable[[CaptureThread, Taken], None],
        end: Callable[[CaptureThread, str], None],
        after: CaptureThread | None,
    ) -> None:
        self.active: Active = {}
        """What is to be encoded; only ever replaced as a whole."""
        self.keys: set[int] = set()
        """The rungs that need a key frame."""
        self._ended = asyncio.Event()
        self._camera = camera
        self._loop = loop
        self._deliver = deliver
        self._end = end
        self._after = after
        self._stopping = threading.Event()
        self._delivered = threading.Event()
        self._delivered.set()
        self._lateness = Lateness()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    @property
    def is_late(self) -> bool:
        """Whether pictures come faster than they can be dealt with."""
        return self._lateness.is_late

    def stop(self) -> None:
        """Let it end after the picture that it is at; don't wait."""
        self._stopping.set()

    async def wait_ended(self) -> None:
        """Wait until the camera is closed and the thread has ended."""
        await self._ended.wait()

    def _run(self) -> None:
        why = ""
        try:
            if self._after is not None:
                # It may be the same device, which can't be opened twice.
                self._after._thread.join()
                self._after = None
            if not self._stopping.is_set():
                self._capture()
        except DeviceError as error:
            why = str(error)
        except Exception as error:
            # Drivers and codecs fail in ways of their own, and a thread's failure would go unseen.
            _log.exception("the camera's thread failed")
            why = BROKEN.format(error=error)
        self._post(self._finish, why)

    def _capture(self) -> None:
        largest = RUNGS[LARGE_PICTURES]
        try:
            self._camera.open(largest.width, largest.height, largest.rate)
            self._read_all()
        finally:
            self._camera.close()

    def _read_all(self) -> None:
        pipeline = Pipeline()
        period = 1 / RUNGS[LARGE_PICTURES].rate  # between two pictures, as the camera really gives them
        last = time.monotonic()
        while not self._stopping.is_set():
            active = self.active
            is_due = pipeline.is_due(last + period, period / 2, active)
            # The loop gets a moment to take the last pictures, in which the camera is at the next.
            if is_due and self._delivered.wait(period / 2):
                picture = self._camera.read()
                if picture is None:
                    break
                self._deal_with(pipeline, picture, period / 2, active)
            elif self._camera.skip():
                if is_due and active:
                    self._lateness.add(True)
            else:
                break
            now = time.monotonic()
            period += (min(now - last, _LONGEST_PERIOD) - period) / 8
            last = now
        if not self._stopping.is_set():
            raise DeviceError(GONE)

    def _deal_with(self, pipeline: Pipeline, picture: Picture, tolerance: float, active: Active) -> None:
        at = time.monotonic()
        taken = pipeline.process(picture, at, tolerance, active, self.keys)
        if active:
            fastest = max(RUNGS[number].rate for number in active)
            self._lateness.add(time.monotonic() - at > _MOST_OF_A_PERIOD / fastest)
        self._delivered.clear()
        self._post(self._hand_over, taken)

    def _hand_over(self, taken: Taken) -> None:
        self._delivered.set()
        self._deliver(self, taken)

    def _finish(self, why: str) -> None:
        # To call this was the last that it did.
        self._thread.join()
        self._ended.set()
        self._end(self, "" if self._stopping.is_set() else why)

    def _post(self, callback: Callable[[Any], None], argument: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, argument)
        except RuntimeError:
            # The loop is closed: nobody is there to look.
            self._stopping.set()
