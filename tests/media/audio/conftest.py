from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gathertui.media.ports import SAMPLE_RATE, Sound

Tone = Callable[..., Sound]


@pytest.fixture
def tone() -> Tone:
    """Makes a sine: of a frequency, seconds long, so high, from a sample on."""

    def make(frequency: float, seconds: float, height: float = 0.3, start: int = 0) -> Sound:
        t = np.arange(start, start + round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
        return (height * np.sin(2 * np.pi * frequency * t)).astype(np.float32)

    return make
