"""Keeps sound below full scale without the crackle of clipping."""

from __future__ import annotations

from typing import Final

import numpy as np

from gathertui.media.ports import SAMPLE_RATE, Sound, Stereo

CEILING: Final = 0.89
"""No sample is farther from 0: 1 decibel below full scale."""

_KNEE: Final = 0.75
_ATTACK: Final = SAMPLE_RATE // 1000
_RELEASE_SECONDS: Final = 0.2


class Limiter:
    """Turns a stream down while it is too loud: within 1 ms, and back up over 200 ms.

    What gets through within that millisecond is bent, not cut: up to 0.75 a sample
    stays as it is, above it nears the ceiling as a hyperbolic tangent does.
    """

    def __init__(self) -> None:
        self._gain = 1.0

    def limit(self, sound: Sound | Stereo) -> None:
        """Change the next samples of the stream, (n,) or (n, channels), in place."""
        peak = float(np.abs(sound).max(initial=0.0))
        if self._gain == 1.0 and peak <= _KNEE:
            return
        count = len(sound)
        wanted = min(1.0, _KNEE / peak) if peak else 1.0
        if wanted > self._gain:
            wanted = min(wanted, self._gain + count / (_RELEASE_SECONDS * SAMPLE_RATE))
            ramp = np.linspace(self._gain, wanted, count, dtype=np.float32)
        else:
            attack = min(_ATTACK, count)
            ramp = np.full(count, wanted, np.float32)
            ramp[:attack] = np.linspace(self._gain, wanted, attack, dtype=np.float32)
        self._gain = wanted
        sound *= ramp if sound.ndim == 1 else ramp[:, np.newaxis]
        if float(np.abs(sound).max(initial=0.0)) > _KNEE:
            _bend(sound)


def _bend(sound: Sound | Stereo) -> None:
    size = np.abs(sound)
    room = CEILING - _KNEE
    bent = _KNEE + room * np.tanh((size - _KNEE) / room)
    np.copyto(sound, np.copysign(bent, sound), where=size > _KNEE)
