"""A room in which a microphone hears its loudspeaker."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.media.ports import BLOCK, SAMPLE_RATE, Block

FIRST_ECHO, LAST_ECHO = 0.040, 0.090
"""Seconds from playing to hearing: what devices and air take, and the reflections behind it."""

_LOUDNESS: Final = 0.3
_NOISE: Final = 0.0003
_DECAY: Final = 0.02  # seconds


class SimulatedRoom:
    """What comes straight, weaker reflections at random times behind it, and a little noise."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = np.random.default_rng(seed)
        self._response: NDArray[np.float64] = np.zeros(round(LAST_ECHO * SAMPLE_RATE))
        first = round(FIRST_ECHO * SAMPLE_RATE)
        places = self._chance.integers(first, len(self._response), 60)
        places[0] = first
        age = (places - first) / SAMPLE_RATE
        self._response[places] += self._chance.standard_normal(len(places)) * np.exp(-age / _DECAY)
        self._response[first] = np.abs(self._response).max()
        self._response *= _LOUDNESS / np.sqrt(np.sum(self._response**2))
        self._size = 1 << (len(self._response) + BLOCK - 1).bit_length()
        self._spectrum = np.fft.rfft(self._response, self._size)
        self._played: NDArray[np.float64] = np.zeros(len(self._response) + BLOCK - 1)

    def hear(self, played: Block) -> Block:
        """What the microphone hears during the 10 ms in which this is played."""
        self._played = np.concatenate((self._played[BLOCK:], played))
        echo = np.fft.irfft(np.fft.rfft(self._played, self._size) * self._spectrum, self._size)
        start = len(self._response) - 1
        heard: Block = (echo[start : start + BLOCK] + _NOISE * self._chance.standard_normal(BLOCK)).astype(np.float32)
        return heard
