"""Sound that needs no microphone: somebody who talks in no language, and a hum.

A source's samples depend on its seed and their place alone, so tests and
benchmarks hear the same each time.
"""

from __future__ import annotations

import math
from typing import Final, Protocol

import numpy as np

from gathertui.media.ports import SAMPLE_RATE, Sound

LOUDNESS: Final = 0.08
"""The strength (root of the mean square) of the speech without its pauses: about -22 decibels."""

_SECONDS: Final = 12
# The first three formants of the vowels of "father", "see", "boot", "bed" and "law", in hertz, as men speak them:
# Peterson and Barney, "Control Methods Used in a Study of the Vowels", 1952, table II.
_VOWELS: Final = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
_STRENGTHS: Final = (1.0, 0.5, 0.25)
_BANDWIDTH: Final = 110.0
_HIGHEST: Final = 4000.0
_TAU: Final = 2 * math.pi


class Source(Protocol):
    """Endless sound."""

    def samples(self, start: int, count: int) -> Sound:
        """Return `count` samples, (count,) mono, from number `start` on."""
        ...


class SyntheticSpeech:
    """Somebody who talks: words of some syllables, and pauses between words and sentences.

    It begins with a pause of 0.3 s and comes again after 12 s.
    """

    def __init__(self, seed: int = 0) -> None:
        chance = np.random.default_rng(seed)
        pitch = float(chance.uniform(95, 210))
        self._film = np.zeros(_SECONDS * SAMPLE_RATE, np.float32)
        at = 0.3
        while at < _SECONDS - 2.5:
            for _ in range(int(chance.integers(3, 7))):  # words
                for _ in range(int(chance.integers(1, 4))):  # syllables
                    syllable = _syllable(chance, pitch * float(chance.uniform(0.9, 1.15)))
                    self._put(at, syllable)
                    at += len(syllable) / SAMPLE_RATE * 0.92
                at += float(chance.uniform(0.04, 0.12))
                if at > _SECONDS - 1.5:
                    break
            at += float(chance.uniform(0.6, 1.1))
        voiced = self._film[np.abs(self._film) > 1e-3]
        self._film *= np.float32(LOUDNESS / math.sqrt(float(np.mean(voiced**2))))
        np.clip(self._film, -0.9, 0.9, out=self._film)

    def samples(self, start: int, count: int) -> Sound:
        """Return `count` samples, (count,) mono, from number `start` on."""
        places = np.arange(start, start + count) % len(self._film)
        return self._film[places]

    def _put(self, seconds: float, syllable: Sound) -> None:
        at = round(seconds * SAMPLE_RATE)
        part = self._film[at : at + len(syllable)]
        part += syllable[: len(part)]


class Hum:
    """A tone of `pitch` hertz that swells and fades a little, without an end."""

    def __init__(self, pitch: float = 220.0, loudness: float = 0.1) -> None:
        self._pitch, self._loudness = pitch, loudness

    def samples(self, start: int, count: int) -> Sound:
        """Return `count` samples, (count,) mono, from number `start` on."""
        t = np.arange(start, start + count) / SAMPLE_RATE
        swell = 0.85 + 0.15 * np.sin(_TAU * 0.7 * t)
        wave = np.sin(_TAU * self._pitch * t) + 0.25 * np.sin(2 * _TAU * self._pitch * t)
        hum: Sound = (self._loudness * swell * wave).astype(np.float32)
        return hum


class Silence:
    """Nothing at all."""

    def samples(self, start: int, count: int) -> Sound:
        """Return `count` samples, (count,) mono, all of them 0."""
        del start
        return np.zeros(count, np.float32)


def _syllable(chance: np.random.Generator, pitch: float) -> Sound:
    """Draw a consonant's breath and a vowel, whose pitch falls."""
    vowel = _VOWELS[int(chance.integers(len(_VOWELS)))]
    count = round(float(chance.uniform(0.12, 0.26)) * SAMPLE_RATE)
    way = np.linspace(0, 1, count)
    phase = np.cumsum(_TAU * pitch * (1.06 - 0.12 * way) / SAMPLE_RATE)
    wave = np.zeros(count)
    for number in range(1, int(_HIGHEST / pitch)):
        wave += _resonance(number * pitch, vowel) * np.sin(number * phase)
    wave *= np.sin(math.pi * way) ** 0.6
    breath = chance.standard_normal(round(0.03 * SAMPLE_RATE)) * float(chance.choice([0.0, 0.15, 0.4]))
    wave[: len(breath)] += breath * np.hanning(len(breath))
    spoken: Sound = wave.astype(np.float32)
    return spoken


def _resonance(frequency: float, vowel: tuple[int, int, int]) -> float:
    """How strongly a mouth that says the vowel sounds at a frequency."""
    near = (
        strength / (1 + ((frequency - formant) / _BANDWIDTH) ** 2)
        for formant, strength in zip(vowel, _STRENGTHS, strict=True)
    )
    return 0.02 + sum(near)
