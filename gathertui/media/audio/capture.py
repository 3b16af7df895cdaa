"""From a microphone's blocks to packets, of speech only."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

import numpy as np

from gathertui.media.audio.activity import VoiceActivity
from gathertui.media.audio.decibels import decibels_of
from gathertui.media.audio.echo import EchoCanceller
from gathertui.media.audio.gain import AutomaticGain
from gathertui.media.audio.limiter import Limiter
from gathertui.media.audio.opus import PACKET, OpusEncoder
from gathertui.media.ports import BLOCK, Block

PREROLL: Final = 4
"""Blocks from before the voice was noticed that are sent with it: 40 ms.

They cost no delay: who hears it would otherwise wait as long until their jitter
buffer has something to go on.
"""

_BLOCKS: Final = PACKET // BLOCK


class Packet(NamedTuple):
    """An Opus packet of 20 ms. `pts` counts samples; where nobody spoke it has gaps."""

    data: bytes
    pts: int


class VoiceCapture:
    """Cleans, levels and encodes what one microphone hears. Used by one thread.

    `natural` False leaves the sound as it is and sends all of it: for music.
    """

    def __init__(self, *, natural: bool = True) -> None:
        self._canceller = EchoCanceller() if natural else None
        self._gain = AutomaticGain()
        self._limiter = Limiter()
        self._activity = VoiceActivity()
        self._encoder = OpusEncoder()
        self._waiting: deque[Block] = deque()
        self._pts = 0
        self.decibels = -100.0
        """How loud the last block was, as it is sent, in decibels to full scale."""
        self.speaking = False
        self.cleaned: Block = np.zeros(BLOCK, np.float32)
        """The last block as others would hear it."""

    def restart(self, pts: int) -> None:
        """Begin again after a while without sound; `pts` is that of the next block. Times never run backwards."""
        self._waiting.clear()
        self._pts = max(pts, self._pts)

    def hear(self, near: Block, far: Block, *, send: bool) -> list[Packet]:
        """Take the next 10 ms, and what the loudspeaker played meanwhile; return the packets to send.

        Without `send` nothing is kept for later either.
        """
        sending = self._process(near, far)
        self._pts += BLOCK
        if not send:
            self._waiting.clear()
            return []
        self._waiting.append(self.cleaned)
        packets = []
        while sending and len(self._waiting) >= _BLOCKS:
            pts = self._pts - len(self._waiting) * BLOCK
            sound = np.concatenate([self._waiting.popleft() for _ in range(_BLOCKS)])
            packets.append(Packet(self._encoder.encode(sound), pts))
        while len(self._waiting) > PREROLL:
            self._waiting.popleft()
        return packets

    def _process(self, near: Block, far: Block) -> bool:
        if self._canceller is None:
            self.cleaned = near.copy()
            self._limiter.limit(self.cleaned)
            self.decibels = decibels_of(self.cleaned)
            self.speaking = self.decibels > -50.0
            return True
        cleaned = self._canceller.clean(near, far)
        self._activity.update(cleaned, self._canceller.speech_probability)
        self.speaking = self._activity.speaking
        self.cleaned = self._gain.apply(cleaned, voiced=self._activity.voiced)
        self.decibels = decibels_of(self.cleaned)
        return self._activity.sending
