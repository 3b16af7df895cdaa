"""The office's own sounds: short, quiet, and none like another."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np

from gathertui.media.ports import SAMPLE_RATE, Sound

PEAK: Final = 0.09
"""The loudest sample of a cue: well below a voice."""


class Cue(StrEnum):
    """What a sound tells."""

    NEAR = "near"
    GONE = "gone"
    KNOCK = "knock"
    ARRIVAL = "arrival"
    MIC_ON = "mic_on"
    MIC_OFF = "mic_off"


# Of each note: when it begins and how long it rings (seconds), and its pitch (hertz). Things that begin go up,
# things that end go down; a knock is two dull beats; the microphone is higher and shorter than people are.
_NOTES: Final[Mapping[Cue, tuple[tuple[float, float, float], ...]]] = {
    Cue.NEAR: ((0.0, 0.16, 440.0), (0.09, 0.22, 587.3)),
    Cue.GONE: ((0.0, 0.16, 587.3), (0.09, 0.22, 440.0)),
    Cue.KNOCK: ((0.0, 0.09, 190.0), (0.16, 0.09, 190.0)),
    Cue.ARRIVAL: ((0.0, 0.2, 523.3), (0.1, 0.2, 659.3), (0.2, 0.3, 784.0)),
    Cue.MIC_ON: ((0.0, 0.06, 880.0), (0.07, 0.1, 1318.5)),
    Cue.MIC_OFF: ((0.0, 0.06, 1318.5), (0.07, 0.1, 880.0)),
}

_RISE: Final = 0.004  # seconds; from nothing, so that no note clicks


@lru_cache(maxsize=len(Cue))
def sound_of(cue: Cue) -> Sound:
    """The samples of a cue, (n,), at most half a second. Don't write into them."""
    notes = _NOTES[cue]
    whole = np.zeros(round(max(start + length for start, length, _ in notes) * SAMPLE_RATE))
    for start, length, pitch in notes:
        count = round(length * SAMPLE_RATE)
        at = round(start * SAMPLE_RATE)
        t = np.arange(count) / SAMPLE_RATE
        # A struck bar: a tone and a little of its octave, that dies away and ends at nothing.
        wave = np.sin(2 * np.pi * pitch * t) + 0.2 * np.sin(4 * np.pi * pitch * t)
        shape = np.minimum(1.0, t / _RISE) * np.exp(-4.0 * t / length) * (1.0 - t / length)
        whole[at : at + count] += wave * shape
    sound: Sound = (whole * (PEAK / np.abs(whole).max())).astype(np.float32)
    sound.flags.writeable = False
    return sound
