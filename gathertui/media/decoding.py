"""From packets to what is heard and seen.

Sound is decoded at once on the event loop's thread: it costs less (30 µs a packet)
than to wake a thread. Pictures are decoded and turned to RGB by a thread a peer.

Both stand in for the queue to the decoder thread that aiortc starts for every
receiver (see `patches`): `put` is called with what the jitter buffer gives out,
and `get` by that thread, which ends with it: aiortc waits for it on the event
loop when it stops, for as long as there is anything to decode. So pictures have a
thread of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import time
from collections.abc import Callable
from fractions import Fraction
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final, cast

import av
import numpy as np
from aiortc.codecs import get_decoder
from aiortc.jitterbuffer import JitterFrame

from gathertui.media.jitter import Burst, begins_keyframe, is_keyframe
from gathertui.media.ports import SAMPLE_RATE, Picture, Sound
from gathertui.media.ratelimit import RateLimit

if TYPE_CHECKING:
    from aiortc.codecs.base import Decoder
    from aiortc.rtcrtpparameters import RTCRtpCodecParameters
    from av.audio.codeccontext import AudioCodecContext

Task = tuple["RTCRtpCodecParameters", Burst]

MAX_CONCEALED: Final = 3
"""Lost packets of sound in a row that are bridged; after more it is silent."""

MAX_BACKLOG: Final = 30
"""Pictures that may wait to be decoded. With more, all are dropped, and those that follow up to a key frame."""

MAX_PIXELS: Final = 1920 * 1088
"""Pixels of a picture that is decoded. A key frame of a few bytes can ask for gigabytes."""

MAX_SOUNDS: Final = 200
"""Packets of sound of one peer that are decoded or bridged in a second. Ours are 50, browsers' 100 at most."""

MAX_PICTURES: Final = 60
"""Pictures of one peer that are decoded in a second. Ours are 24, browsers' 30 mostly."""

REMIND_EVERY: Final = 15
"""Pictures that pass unseen until a key frame is wanted again."""

_FULL_SCALE: Final = np.float32(1 / 32768)
_TIME_BASE: Final = Fraction(1, SAMPLE_RATE)


class SoundDecoder:
    """Decodes Opus to mono, and bridges what was lost with an echo that fades."""

    def __init__(self, deliver: Callable[[Sound], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._deliver = deliver
        self._clock = clock
        self._limit = RateLimit(MAX_SOUNDS)
        self._codec: AudioCodecContext | None = None
        self._is_ended = False
        self._last: Sound | None = None

    def put(self, task: Task | None) -> None:
        """Decode at once, and deliver each packet's sound. Of too many in a short time the rest is dropped.

        None ends it: nothing is delivered any more.
        """
        if task is None:
            self._is_ended = True
        if task is None or self._is_ended:
            return
        codec, burst = task
        if codec.mimeType.lower() != "audio/opus":
            return
        if self._last is not None:
            for _ in range(min(burst.lost, MAX_CONCEALED)):
                if not self._limit.allows(self._clock()):
                    break
                fading = np.linspace(1, 0, len(self._last), dtype=np.float32)
                self._last = self._last * fading
                self._deliver(self._last)
        for unit in burst.units:
            sound = self._decode(unit) if self._limit.allows(self._clock()) else None
            if sound is not None:
                self._last = sound
                self._deliver(sound)

    def get(self) -> None:
        """Tell aiortc's thread that there is nothing for it to do, ever."""
        return

    def _decode(self, unit: bytes) -> Sound | None:
        if self._codec is None:
            self._codec = av.CodecContext.create("libopus", "r")
            self._codec.layout = "mono"
            self._codec.sample_rate = SAMPLE_RATE
        if not unit:
            return None
        try:
            frames = self._codec.decode(av.Packet(unit))
        except av.FFmpegError:
            return None
        samples = [np.frombuffer(bytes(frame.planes[0]), np.int16)[: frame.samples] for frame in frames]
        return np.concatenate(samples).astype(np.float32) * _FULL_SCALE if samples else None


class PictureDecoder:
    """Decodes in a thread and delivers the newest picture on the event loop's."""

    def __init__(
        self,
        deliver: Callable[[Picture], None],
        loop: asyncio.AbstractEventLoop,
        broken: Event,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`broken`: set when a key frame is needed to go on."""
        self._clock = clock
        self._limit = RateLimit(MAX_PICTURES)
        self._skipped = 0  # pictures, since there were too many
        self._deliver = deliver
        self._loop = loop
        self._broken = broken
        self._tasks: queue.SimpleQueue[tuple[RTCRtpCodecParameters, bytes, int] | None] = queue.SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._is_ended = False
        self._left = asyncio.Event()
        self._newest: Picture | None = None
        self._decoder: Decoder | None = None
        self._mime_type = ""
        self._needs_keyframe = True
        self._passed = 0  # pictures since then

    def put(self, task: Task | None) -> None:
        """Have pictures decoded. Of too many the rest up to a key frame is dropped.

        None ends it at once, whatever waits: nothing is delivered any more.
        """
        if task is None:
            self._is_ended = True
            self._tasks.put(None)
        elif not self._is_ended:
            codec, burst = task
            for unit in burst.units:
                if self._is_let_in(unit):
                    self._tasks.put((codec, unit, burst.timestamp))

    def _is_let_in(self, unit: bytes) -> bool:
        if self._tasks.qsize() >= MAX_BACKLOG:
            self._drop_all()
        elif (not self._skipped or is_keyframe(unit)) and self._limit.allows(self._clock()):
            self._skipped = 0
            return True
        if self._skipped % REMIND_EVERY == 0:
            self._broken.set()
        self._skipped += 1
        return False

    def _drop_all(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._tasks.get_nowait()

    def get(self) -> None:
        """Begin to decode; called by aiortc's thread, which then finds nothing left to do."""
        with self._lock:
            if self._thread is None and not self._is_ended:
                # As a daemon: nobody waits for a picture when the program ends.
                self._thread = Thread(target=self._run, name="pictures", daemon=True)
                self._thread.start()

    async def wait_ended(self) -> None:
        """Wait, after None was put, until the thread has ended: it may still have a picture in hand."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            await self._left.wait()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None and not self._is_ended:
            self._decode(*task)
        self._call_loop(self._left.set)

    def _call_loop(self, what: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(what)

    def _decode(self, codec: RTCRtpCodecParameters, unit: bytes, timestamp: int) -> None:
        if self._needs_keyframe and not is_keyframe(unit):
            if self._passed % REMIND_EVERY == 0:
                self._broken.set()
            self._passed += 1
            return
        if _vp8_pixels(unit) > MAX_PIXELS:
            self._needs_keyframe = True
            return
        self._needs_keyframe, self._passed = False, 0
        if self._decoder is None or codec.mimeType != self._mime_type:
            self._decoder, self._mime_type = _make_decoder(codec), codec.mimeType
        try:
            frames = self._decoder.decode(JitterFrame(unit, timestamp))
        except av.FFmpegError:
            self._broken.set()
            return
        if frames and self._tasks.empty():
            self._hand_over(cast(Picture, cast("av.VideoFrame", frames[-1]).to_ndarray(format="rgb24")))

    def _hand_over(self, picture: Picture) -> None:
        with self._lock:
            is_first = self._newest is None
            self._newest = picture
        if is_first:
            self._call_loop(self._deliver_newest)

    def _deliver_newest(self) -> None:
        with self._lock:
            picture, self._newest = self._newest, None
        if picture is not None and not self._is_ended:
            self._deliver(picture)


def _make_decoder(codec: RTCRtpCodecParameters) -> Decoder:
    decoder = get_decoder(codec)
    context = cast("av.CodecContext", getattr(decoder, "codec"))  # noqa: B009
    context.options = {"max_pixels": str(MAX_PIXELS)}
    return decoder


def _vp8_pixels(unit: bytes) -> int:
    """Return the size that a VP8 key frame announces (RFC 6386, 9.1: fourteen bits each); 0 for all else."""
    if len(unit) < 10 or unit.startswith(b"\0\0\0\1") or not begins_keyframe(unit):
        return 0
    width, height = (int.from_bytes(unit[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return width * height
