"""Changes to tones before cells are chosen."""

from __future__ import annotations

from typing import Final

import numpy as np

from gathertui.render.colour import LUMA
from gathertui.render.fit.shrink import Samples
from gathertui.render.glyphs import Grid

_DARK, _BRIGHT = 16.0, 235.0
"""Where the darkest and the brightest tones are brought to, as far as the limits below let them."""

_MOST_GAIN: Final = 1.6
_MOST_SHIFT: Final = 32.0
"""Mild: what is dark stays dark, and noise is not blown up."""

_PACE: Final = 0.15
"""How far levels move towards what one picture asks for."""

_LOOK_EVERY: Final = 4
"""Light changes slowly: what a picture asks for is asked of one in so many."""

_GAIN_SLACK: Final = 0.05
_SHIFT_SLACK: Final = 5.0
"""Levels within these of what a picture asks for stay: else every cell would change with every picture."""


class Levels:
    """Levels that follow a run of pictures slowly, so that they never flicker."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns, self._rows = columns, rows
        self._gain: float | None = None
        self._shift = 0.0
        self._aim = (1.0, 0.0)
        self._pictures = 0

    def apply(self, samples: Samples) -> None:
        """Spread the tones of (3, N, P) samples in place, by what the middle of the picture asks for."""
        if self._pictures % _LOOK_EVERY == 0:
            self._aim = self._wanted(samples)
        self._pictures += 1
        gain, shift = self._aim
        if self._gain is None:
            self._gain, self._shift = gain, shift
        elif abs(gain - self._gain) > _GAIN_SLACK or abs(shift - self._shift) > _SHIFT_SLACK:
            self._gain += _PACE * (gain - self._gain)
            self._shift += _PACE * (shift - self._shift)
        samples *= np.float32(self._gain)
        samples += np.float32(self._shift)
        np.clip(samples, 0, 255, out=samples)

    def _wanted(self, samples: Samples) -> tuple[float, float]:
        """The factor for this picture's tones, and what is added after it."""
        brightness = (LUMA @ samples.mean(axis=2)).reshape(self._rows, self._columns)
        side, above = self._columns // 5, self._rows // 8
        middle = brightness[above : self._rows - above, side : self._columns - side]
        dark, bright = np.percentile(middle, (2, 98)).tolist()
        gain = min(max((_BRIGHT - _DARK) / max(bright - dark, 1.0), 1.0), _MOST_GAIN)
        centre = (dark + bright) / 2
        aim = centre
        if gain > 1:
            aim += min(max((_DARK + _BRIGHT) / 2 - centre, -_MOST_SHIFT), _MOST_SHIFT)
        return gain, aim - gain * centre


def adjust(samples: Samples, contrast: float, brightness: float) -> None:
    """Change contrast and brightness of the samples in place, as `FitSettings` says."""
    if contrast != 1 or brightness != 0:
        samples -= np.float32(127.5)
        samples *= np.float32(contrast)
        samples += np.float32(127.5 + 255 * brightness)
        np.clip(samples, 0, 255, out=samples)


def sharpen(samples: Samples, columns: int, rows: int, grid: Grid, amount: float) -> None:
    """Add `amount` of each value's difference from the mean of its three by three surroundings, in place."""
    shape = (3, rows, columns, grid.rows, grid.columns)
    plane = samples.reshape(shape).transpose(0, 1, 3, 2, 4).reshape(3, rows * grid.rows, columns * grid.columns)
    # Beyond its edges the picture goes on as it is there.
    lines = plane.copy()
    lines[:, 1:] += plane[:, :-1]
    lines[:, 0] += plane[:, 0]
    lines[:, :-1] += plane[:, 1:]
    lines[:, -1] += plane[:, -1]
    around = lines.copy()
    around[:, :, 1:] += lines[:, :, :-1]
    around[:, :, 0] += lines[:, :, 0]
    around[:, :, :-1] += lines[:, :, 1:]
    around[:, :, -1] += lines[:, :, -1]
    around *= np.float32(-amount / 9)
    around += np.float32(1 + amount) * plane
    np.clip(around, 0, 255, out=around)
    cells = around.reshape(3, rows, grid.rows, columns, grid.columns).transpose(0, 1, 3, 2, 4)
    samples.reshape(shape)[:] = cells
