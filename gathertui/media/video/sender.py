"""From the camera to everybody: captured once, encoded once a rung, and handed to the feeds."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gathertui.media.video.capture import CaptureThread

if TYPE_CHECKING:
    from gathertui.media.feeds import PacketFeed
    from gathertui.media.ports import Camera, Picture
    from gathertui.media.video.pipeline import Taken


class VideoSender:
    """Shows you your own picture and, while live, sends it on the rungs that somebody follows.

    `feeds` are by number of the rung. All methods are for the event loop's thread,
    and none waits: the camera is opened, read and closed by a thread, which lasts from
    `start` to `stop`. `on_picture` gets one's own picture, 320 by 240 and mirrored,
    and None when there is none any more: the lens is covered, or the camera stopped.
    `on_problem` gets a sentence when a camera can't be opened or is lost, which ends
    being live, and "" when one works.
    """

    def __init__(
        self,
        feeds: Mapping[int, PacketFeed],
        *,
        on_picture: Callable[[Picture | None], None],
        on_problem: Callable[[str], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._feeds = dict(feeds)
        self._on_picture = on_picture
        self._on_problem = on_problem
        self._loop = loop
        self._thread: CaptureThread | None = None
        self._running: list[CaptureThread] = []
        self._rungs: frozenset[int] = frozenset()
        self._active: dict[int, int] = {}  # as in `pipeline.Active`
        self._generation = 0
        self._is_seen = False
        self._works = False
        self.is_live = False
        """Whether pictures are sent, as soon as there are any."""
        self.is_blank = False
        """Whether the lens is covered: nothing is sent then, and nobody's own picture is shown."""
        for number, feed in self._feeds.items():
            feed.on_keyframe_wanted = functools.partial(self._want_keyframe, number)

    @property
    def is_late(self) -> bool:
        """Whether this machine can't keep up with what it is to encode: reason for lower rungs."""
        return self._thread is not None and self._thread.is_late

    def start(self, camera: Camera) -> None:
        """Show what a camera sees, and send it if live; it takes the place of one that was started before."""
        self._leave_camera()
        last = self._running[-1] if self._running else None
        self._thread = CaptureThread(camera, loop=self._loop, deliver=self._taken, end=self._ended, after=last)
        self._running.append(self._thread)
        self._thread.active = dict(self._active)

    def stop(self) -> None:
        """Close the camera, and be live no more. Nothing is sent or shown after this."""
        self.set_live(False)
        self._leave_camera()

    async def closed(self) -> None:
        """Wait until all cameras that were stopped are closed, and their threads have ended."""
        for thread in [thread for thread in self._running if thread is not self._thread]:
            await thread.wait_ended()

    def set_live(self, live: bool) -> None:
        """Send pictures from here on, or none: once this returns not a frame goes to the feeds."""
        self.is_live = live
        self._activate()

    def set_rungs(self, rungs: frozenset[int]) -> None:
        """Send on these rungs, and on no others."""
        self._rungs = rungs & self._feeds.keys()
        self._activate()

    def _activate(self) -> None:
        """Work out what is to be sent; what wasn't until now begins with a key frame."""
        self._generation += 1
        rungs = self._rungs if self.is_live else frozenset()
        for number in self._active.keys() - rungs:
            self._feeds[number].silence()
        self._active = {number: self._active.get(number, self._generation) for number in rungs}
        if self._thread is not None:
            self._thread.active = dict(self._active)

    def _leave_camera(self) -> None:
        if self._thread is not None:
            self._thread.stop()
            self._thread = None
        self._works = self.is_blank = False
        self._show(None)

    def _show(self, picture: Picture | None) -> None:
        if picture is not None or self._is_seen:
            self._is_seen = picture is not None
            self._on_picture(picture)

    def _want_keyframe(self, number: int) -> None:
        if self._thread is not None:
            self._thread.keys.add(number)

    # ------------------------------------------------------------ what the thread tells us

    def _taken(self, thread: CaptureThread, taken: Taken) -> None:
        if thread is not self._thread:
            return
        if not self._works:
            self._works = True
            self._on_problem("")
        # What was taken before a rung, or all, was switched off is not for sending, nor for the next beginning.
        for frame in taken.frames:
            if self._active.get(frame.rung) == frame.generation:
                self._feeds[frame.rung].put(frame.data, frame.pts)
        if taken.is_blank and not self.is_blank:
            for feed in self._feeds.values():
                feed.silence()
        self.is_blank = taken.is_blank
        if taken.is_blank or taken.own is not None:
            self._show(taken.own)

    def _ended(self, thread: CaptureThread, why: str) -> None:
        self._running.remove(thread)
        if thread is self._thread:
            self._thread = None
            self.stop()
            self._on_problem(why)
