"""Your own voice: from the microphone to the feed."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Protocol

from gathertui.media.audio.capture import Packet, VoiceCapture
from gathertui.media.audio.devicethread import DeviceThread, Slot, tell
from gathertui.media.audio.farend import FarEnd
from gathertui.media.audio.levels import Meter
from gathertui.media.audio.mirror import SoundMirror
from gathertui.media.audio.opus import PACKET
from gathertui.media.ports import SAMPLE_RATE, Block, Microphone


class Feed(Protocol):
    """Where packets go."""

    @property
    def subscribers(self) -> int:
        """How many get them; asked from the microphone's thread."""
        ...

    def put(self, data: bytes, pts: int) -> None:
        """Send a packet; `pts` counts samples. Called on the loop's thread."""
        ...

    def silence(self) -> None:
        """Let nothing of what was put leave any more. Called on the loop's thread."""
        ...


class OwnVoice:
    """Holds the microphone while it is live or mirrored, and sends what is said while it is live.

    Its methods are called on the loop's thread; `heard` is called from the
    microphone's, whenever the meter may have changed.
    """

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        thread: DeviceThread,
        feed: Feed,
        far_end: FarEnd,
        natural: bool,
        tell_problem: Callable[[str], None],
        heard: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loop, self._feed, self._far_end, self._clock = loop, feed, far_end, clock
        self._natural, self._heard, self._tell_problem = natural, heard, tell_problem
        self._slot: Slot[Microphone] = Slot(thread, open_device=self._open, tell=tell_problem)
        self._microphone: Microphone | None = None
        self._capture: VoiceCapture | None = None
        self._mirror: SoundMirror | None = None
        # Which time of being live it is, 0 while not. A packet goes out within the time that it was made in only:
        # so nothing does that was under way when you muted.
        self._live = 0
        self._lives = itertools.count(1)
        self._heard_in = 0
        self._began = clock()
        self.meter = Meter()

    @property
    def is_open(self) -> bool:
        """Whether the microphone is wanted open."""
        return self._microphone is not None and (self._live > 0 or self._mirror is not None)

    def use(self, microphone: Microphone | None) -> None:
        """Hear with this one from now on; None is none."""
        self._microphone = microphone
        self._change()

    def set_live(self, live: bool) -> None:
        """Send what is said, or nothing at all from now on."""
        if live != (self._live > 0):
            self._live = next(self._lives) if live else 0
            if not live:
                self._feed.silence()
            self._change()

    def set_mirror(self, mirror: SoundMirror | None) -> None:
        """Let a mirror hear what others would."""
        self._mirror = mirror
        self._change()

    def _change(self) -> None:
        self._slot.want(self._microphone if self.is_open else None)
        if not self.is_open:
            self.meter.silence()
            self._heard()

    # In the thread that opens devices.
    def _open(self, microphone: Microphone) -> None:
        if self._capture is None:
            self._capture = VoiceCapture(natural=self._natural)
        self._capture.restart(self._now())
        self._far_end.restart()
        microphone.open(self._deliver, self._tell_problem)

    def _now(self) -> int:
        """How many samples there would have been by now, in whole packets."""
        return int((self._clock() - self._began) * SAMPLE_RATE) // PACKET * PACKET

    # In the microphone's thread.
    def _deliver(self, block: Block) -> None:
        capture, live, mirror = self._capture, self._live, self._mirror
        assert capture is not None
        if live != self._heard_in:
            self._heard_in = live
            capture.restart(self._now())  # nothing from before goes along
        packets = capture.hear(block, self._far_end.block(), send=live > 0 and self._feed.subscribers > 0)
        if packets:
            tell(self._loop, self._send, live, packets)
        if live == 0 and mirror is None:
            return
        if mirror is not None:
            mirror.hear(capture.cleaned)
        now = self._clock()
        self.meter.hear(capture.decibels, capture.speaking, now)
        if not self.meter.is_resting(now):  # a silent room need not wake the loop a hundred times a second
            self._heard()

    # On the loop's thread again.
    def _send(self, live: int, packets: list[Packet]) -> None:
        if live == self._live:
            for packet in packets:
                self._feed.put(packet.data, packet.pts)
