"""What a test wants to know of a sound."""

from __future__ import annotations

from collections.abc import Iterable

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from gathertui.media.ports import SAMPLE_RATE, Sound, Stereo


def frequency_of(sound: Sound) -> float:
    """The frequency that a sound is strongest at, in hertz, to a few hertz."""
    if not len(sound):
        return 0.0
    size = max(len(sound), 1 << 16)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    return float(spectrum.argmax()) * SAMPLE_RATE / size


def strength_of(sound: Sound | Stereo, frequency: float) -> float:
    """The height of the tone of this frequency within a sound: 1 for a full one."""
    mono = sound if sound.ndim == 1 else sound.mean(axis=1)
    turning = np.exp(-2j * np.pi * frequency * np.arange(len(mono)) / SAMPLE_RATE)
    return float(2 * abs(np.vdot(turning.conj(), mono)) / max(1, len(mono)))


def largest_step(sound: Sound | Stereo) -> float:
    """The largest difference between two samples that follow each other: what a click shows in."""
    return float(np.abs(np.diff(sound, axis=0)).max(initial=0.0))


def opus_decoded(packets: Iterable[bytes]) -> Sound:
    """What Opus packets, in order, sound like: (n,) mono."""
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.sample_rate = SAMPLE_RATE
    decoder.layout = "mono"
    parts = [
        frame.to_ndarray()[0].astype(np.float32) / 32768
        for packet in packets
        for frame in decoder.decode(av.Packet(packet))
    ]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
