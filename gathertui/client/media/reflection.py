"""The machinery of the mirror: camera, encoder and decoder; microphone and loudspeaker. Importing this is heavy."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol, cast

import av

from gathertui.client.media.state import CAMERA
from gathertui.media.audio.engine import VoiceEngine
from gathertui.media.feeds import PacketFeed
from gathertui.media.ports import Picture
from gathertui.media.video.rungs import RUNGS
from gathertui.media.video.sender import VideoSender

CLOSE_SECONDS: Final = 3.0
"""How long the devices' threads are waited for: a driver that hangs must not hold up the end."""


class Watcher(Protocol):
    """Who is told, on the event loop's thread."""

    def level_changed(self, level: float, speaking: bool) -> None:
        """Your microphone's level is another."""

    def device_failed(self, kind: str, why: str) -> None:
        """A device does not work, or does again."""

    def picture_came(self, picture: Picture | None) -> None:
        """You, as in a mirror; None: nothing is seen."""


class Reflection:
    """Sends pictures to itself. Made on the event loop's thread; `turn_off` ends it."""

    def __init__(self, watcher: Watcher) -> None:
        loop = asyncio.get_running_loop()
        self._watcher = watcher
        self._feeds = {number: PacketFeed("video") for number in RUNGS}
        self._size = 0
        self._decoder: _Decoder | None = None
        self.voice = VoiceEngine(
            feed=PacketFeed("audio"), loop=loop, on_level=watcher.level_changed, on_problem=watcher.device_failed
        )
        self.video = VideoSender(
            self._feeds,
            on_picture=self._camera_saw,
            on_problem=lambda why: watcher.device_failed(CAMERA, why),
            loop=loop,
        )
        # Live for nobody: the microphone is open then, and nothing follows its feed.
        self.voice.set_live(True)

    def show(self, size: int) -> tuple[int, int, int, int]:
        """Have pictures of this size; return its width, height, pictures a second and bits a second."""
        if self._decoder is not None:
            self._feeds[self._size].remove(self._decoder)
        self._size, self._decoder = size, _Decoder(self._watcher.picture_came)
        self._feeds[size].add(self._decoder)
        self.video.set_rungs(frozenset({size}))
        self.video.set_live(True)
        self._feeds[size].want_keyframe()
        rung = RUNGS[size]
        return rung.width, rung.height, rung.rate, rung.bitrate

    def listen(self, on: bool) -> None:
        """Hear yourself, or not."""
        self.voice.set_monitor(on)

    def turn_off(self) -> None:
        """Let go of all devices. Returns at once."""
        self.video.stop()
        self.voice.close()

    async def closed(self) -> None:
        """Wait, after `turn_off`, until all devices are let go of."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.video.closed()
                await self.voice.closed()
        except TimeoutError:
            return

    def _camera_saw(self, picture: Picture | None) -> None:
        """What is shown comes out of the decoder; that the lens is covered does not come through there."""
        if picture is None:
            self._watcher.picture_came(None)


class _Decoder:
    """Turns packets back into pictures, the other way round."""

    def __init__(self, deliver: PictureTaker) -> None:
        self._deliver = deliver
        self._codec = av.CodecContext.create("vp8", "r")
        self._is_whole = False

    def packet_came(self, data: bytes, pts: int, keyframe: bool) -> None:
        """Decode it; it takes a millisecond or two."""
        self._is_whole = self._is_whole or keyframe
        if not self._is_whole:
            return
        try:
            frames = self._codec.decode(av.Packet(data))
        except av.FFmpegError:
            self._is_whole = False
            return
        if frames:
            picture = cast(Picture, frames[-1].to_ndarray(format="rgb24"))
            self._deliver(picture[:, ::-1])

    def silenced(self) -> None:
        """Nothing waits here, and nothing leaves."""


class PictureTaker(Protocol):
    """Takes a picture."""

    def __call__(self, picture: Picture, /) -> None:
        """It must not be changed."""
