"""Everybody's voice, and the office's own sounds, as one stereo stream."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from gathertui.media.audio.jitterbuffer import JitterBuffer
from gathertui.media.audio.limiter import Limiter
from gathertui.media.audio.panning import sides
from gathertui.media.ports import SAMPLE_RATE, Sound, Stereo

RAMP: Final = SAMPLE_RATE // 50
"""Samples from silence to full volume: 20 ms. No gain changes faster."""

_CUES: Final = 4


class Voice:
    """Somebody who is heard. `buffer` is pushed to by who brings the sound; the rest is the mixer's."""

    def __init__(self, gain: float = 1.0, pan: float = 0.0) -> None:
        self.buffer = JitterBuffer()
        self.wanted = sides(gain, pan)
        self.leaving = False
        """Set when they are not to be heard any more; `gone` follows when they have faded."""
        self.gone = False
        self._now = self.wanted

    def add_to(self, out: Stereo, factor: float) -> None:
        """Add the next samples to a stereo stream, at what is wanted times a factor."""
        count = len(out)
        sound = self.buffer.pull(count)
        wanted = (0.0, 0.0) if self.leaving else (self.wanted[0] * factor, self.wanted[1] * factor)
        if sound is None:
            self._now, self.gone = wanted, self.leaving
            return
        before, self._now = (
            self._now,
            (_toward(self._now[0], wanted[0], count), _toward(self._now[1], wanted[1], count)),
        )
        for side in (0, 1):
            if before[side] == self._now[side]:
                out[:, side] += sound * np.float32(before[side])
            else:
                out[:, side] += sound * np.linspace(before[side], self._now[side], count, dtype=np.float32)
        self.gone = self.leaving and self._now == (0.0, 0.0)


class Mixer:
    """Mixes voices and cues. `fill` belongs to the loudspeaker's thread and takes no lock.

    Others change `voices` by putting another tuple in its place.
    """

    def __init__(self) -> None:
        self.voices: tuple[Voice, ...] = ()
        self.deafened = False
        self._cues: deque[Sound] = deque(maxlen=_CUES)
        self._sounding: list[Sound] = []
        self._limiter = Limiter()

    def play(self, cue: Sound) -> None:
        """Let a cue sound from the next samples on, in the middle."""
        self._cues.append(cue)

    def forget_cues(self) -> None:
        """Let those that have not begun yet never sound."""
        self._cues.clear()

    def fill(self, out: Stereo) -> None:
        """Write the next samples: (n, 2), of any n."""
        out.fill(0.0)
        factor = 0.0 if self.deafened else 1.0
        for voice in self.voices:
            voice.add_to(out, factor)
        self._add_cues(out)
        self._limiter.limit(out)

    def _add_cues(self, out: Stereo) -> None:
        while self._cues:
            self._sounding.append(self._cues.popleft())
        if not self._sounding:
            return
        count = len(out)
        for cue in self._sounding:
            out[: len(cue)] += cue[:count, np.newaxis]
        self._sounding = [cue[count:] for cue in self._sounding if len(cue) > count]


def _toward(now: float, wanted: float, count: int) -> float:
    most = count / RAMP
    return now + max(-most, min(most, wanted - now))
