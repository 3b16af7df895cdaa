"""Makes a picture small: first by averaging light, then by averaging what is seen.

A fine screen of black and white dots gives half of white's light, which sRGB
calls 188 and not 128. So grains, which are smaller than anything that can be
shown, are averaged as light. Everything above a grain is least squares in sRGB
numbers, which are nearly even steps to the eye: there the best value for some
grains is their plain mean.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.colour import Picture
from gathertui.render.fit.light import WHITE, light_of, values_of_light
from gathertui.render.glyphs import Grid

Samples = NDArray[np.float32]

_TOP: Final = 65535
"""The most light that 16 bits hold."""

_BLOCK_BYTES: Final = 1 << 18
"""About how much of a picture is turned into light at once, so that it stays in a core's cache."""


class Shrinker:
    """Shrinks pictures to `rows` by `columns` cells of `grid` rectangles of `grain` grains each."""

    def __init__(self, columns: int, rows: int, grid: Grid, grain: Grid) -> None:
        self._columns, self._rows, self._grid, self._grain = columns, rows, grid, grain
        self._wide = columns * grid.columns * grain.columns
        self._high = rows * grid.rows * grain.rows
        self._light = np.empty((0, 0), np.uint16)
        self._index = np.empty((3, self._high, self._wide), np.uint16)
        self._grains = np.empty((3, self._high, self._wide), np.float32)

    def shrink(self, picture: Picture) -> Samples:
        """Average a picture of shape (height, width, 3).

        Returns (3, rows * columns, grid.size), sRGB from 0 to 255, an array of
        the caller's own: cells row by row, rectangles as `Grid` numbers them.
        """
        height, width, _ = picture.shape
        if height % self._high == 0 and width % self._wide == 0:
            white = self._sum_whole(picture, height // self._high, width // self._wide)
        else:
            white = self._sum_parts(picture)
        # No index of 16 bits lies outside the table: "wrap" only spares the check.
        np.take(values_of_light(white), self._index, out=self._grains, mode="wrap")
        return self._gather()

    def _sum_whole(self, picture: Picture, down: int, across: int) -> int:
        """Write the light of grains that are `down` by `across` pixels each; return what white has become."""
        width = picture.shape[1] * 3
        lines = picture.reshape(self._high, down, width)
        if self._light.shape != (self._high, width):
            self._light = np.empty((self._high, width), np.uint16)
        # Four amounts of light fit into 16 bits.
        total = self._light if down <= 4 else np.empty((self._high, width), np.uint32)
        step = max(1, _BLOCK_BYTES // (2 * down * width))
        light, spare = np.empty((2, step, down, width), np.uint16)
        for start in range(0, self._high, step):
            part = lines[start : start + step]
            size = len(part)
            light_of(part, light[:size], spare[:size])
            np.add.reduce(light[:size], axis=1, dtype=total.dtype, out=total[start : start + size])
        pixels = total.reshape(self._high, self._wide, across, 3)
        # Then they are their own places in the table.
        small = down * across <= 4
        wide = np.empty((self._high, self._wide), np.float32)
        for channel, index in enumerate(self._index):
            sums = index if small else wide
            columns = [pixels[:, :, offset, channel] for offset in range(across)]
            np.add(columns[0], columns[1] if across > 1 else 0, out=sums, dtype=sums.dtype, casting="same_kind")
            for column in columns[2:]:
                np.add(sums, column, out=sums, dtype=sums.dtype, casting="same_kind")
            if not small:
                _place(wide, down * across * WHITE, index)
        return down * across * WHITE if small else _TOP

    def _sum_parts(self, picture: Picture) -> int:
        """The same for grains that begin and end within pixels, or are smaller than they."""
        width = picture.shape[1]
        shorter = _light_averaged(picture, self._high).reshape(self._high, width, 3)
        sideways = np.ascontiguousarray(shorter.swapaxes(0, 1)).reshape(width, self._high * 3)
        grains = _averaged(sideways, self._wide).reshape(self._wide, self._high, 3)
        for channel, index in enumerate(self._index):
            _place(grains[:, :, channel].T, WHITE, index)
        return _TOP

    def _gather(self) -> Samples:
        """The means of the grains of each rectangle, in cells."""
        (across, down), (columns, rows) = self._grain, self._grid
        grains = self._grains.reshape(3, self._rows, rows * down, self._columns, columns * across)
        samples = np.empty((3, self._rows, self._columns, rows * columns), np.float32)
        share = np.float32(1 / (across * down))
        for place in range(rows * columns):
            y, x = divmod(place, columns)
            parts = [grains[:, :, y * down + dy, :, x * across + dx] for dy in range(down) for dx in range(across)]
            if len(parts) == 1:
                samples[..., place] = parts[0]
                continue
            total = parts[0] + parts[1]
            for part in parts[2:]:
                total += part
            np.multiply(total, share, out=samples[..., place])
        return samples.reshape(3, self._rows * self._columns, rows * columns)


def _place(light: NDArray[np.float32], white: int, out: NDArray[np.uint16]) -> None:
    """Scale light, of which `white` is white, to places in the table for `_TOP`."""
    np.multiply(light, np.float32(_TOP / white), out=out, casting="unsafe")


def _light_averaged(picture: Picture, target: int) -> NDArray[np.float32]:
    """The light of a picture of shape (height, width, 3), its lines averaged as by `_averaged`: (target, width * 3).

    Never holds more of the picture's light than a block.
    """
    height, width = picture.shape[0], picture.shape[1] * 3
    lines = picture.reshape(height, width)
    step = max(1, _BLOCK_BYTES // (2 * width))
    light, spare = np.empty((2, step, width), np.uint16)
    wide = np.empty((step, width), np.float32)
    means = np.empty((target, width), np.float32)
    for here, there, weights in _bands(height, target):
        for start in range(there.start, there.stop, step):
            part = lines[start : min(start + step, there.stop)]
            size = len(part)
            light_of(part, light[:size], spare[:size])
            np.copyto(wide[:size], light[:size])
            first = start - there.start
            shares = weights[:, first : first + size]
            if first:
                means[here] += shares @ wide[:size]
            else:
                np.dot(shares, wide[:size], out=means[here])
    return means


def _averaged(lines: NDArray[np.float32], target: int) -> NDArray[np.float32]:
    """Average (source, n) lines over `target` equal lengths, by how much of each lies in them: (target, n)."""
    means = np.empty((target, lines.shape[1]), np.float32)
    for here, there, weights in _bands(len(lines), target):
        np.dot(weights, lines[there], out=means[here])
    return means


_BAND: Final = 16
"""Lines that are averaged by one small matrix; one matrix for all would be mostly zeros."""


@lru_cache(maxsize=64)
def _bands(source: int, target: int) -> tuple[tuple[slice, slice, NDArray[np.float32]], ...]:
    """Which of `target` lines are averaged of which of `source` lines, with which weights (those, these)."""
    bands = []
    for start in range(0, target, _BAND):
        ends = np.arange(start, min(start + _BAND, target) + 1) * (source / target)
        first, last = int(ends[0]), min(source, int(np.ceil(ends[-1])))
        places = np.arange(first, last)
        shared = np.minimum(ends[1:, None], places + 1) - np.maximum(ends[:-1, None], places)
        weights = np.maximum(shared, 0) * (target / source)
        bands.append((slice(start, start + len(weights)), slice(first, last), weights.astype(np.float32)))
    return tuple(bands)
