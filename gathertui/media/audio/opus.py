"""Speech as Opus: mono, 24 kbit/s, 20 ms a packet, each with a coarse copy of the one before (FEC).

Opus is RFC 6716, how it travels in RTP is RFC 7587.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from gathertui.media.ports import SAMPLE_RATE, Sound

PACKET: Final = 960
"""Samples of a packet: 20 ms."""

BITS_PER_SECOND: Final = 24_000

_EXPECTED_LOSS: Final = "10"  # percent; what makes libopus spend bits on FEC
_COMPLEXITY: Final = "5"  # of 10: three quarters of the work, and nobody hears the difference in speech


class OpusEncoder:
    """One stream of speech. Used by one thread."""

    def __init__(self) -> None:
        context = av.CodecContext.create("libopus", "w")
        assert isinstance(context, AudioCodecContext)
        context.sample_rate = SAMPLE_RATE
        context.layout = "mono"
        context.format = "flt"
        context.bit_rate = BITS_PER_SECOND
        context.options = {
            "application": "voip",
            "frame_duration": "20",
            "vbr": "on",
            "fec": "1",
            "packet_loss": _EXPECTED_LOSS,
            "compression_level": _COMPLEXITY,
        }
        self._context = context
        self._at = 0

    def encode(self, sound: Sound) -> bytes:
        """Return the packet of the next 20 ms, (960,)."""
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound)[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        # The encoder asks for times without a gap; the stream's own are the caller's business.
        frame.pts, frame.time_base = self._at, Fraction(1, SAMPLE_RATE)
        self._at += PACKET
        return b"".join(bytes(packet) for packet in self._context.encode(frame))
