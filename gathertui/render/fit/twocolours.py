"""The mask and the two colours that come nearest to each cell, by least squares.

For a mask m over P rectangles and a cell's values x, the best two colours
lower the squared error, against the cell's mean alone, by (c·x)², where c is m
less its mean, made of length 1. So one matrix product tries all masks.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import SPACE
from gathertui.render.colour import LUMA, pack
from gathertui.render.fit.drawn import Drawn
from gathertui.render.fit.masks import ALONE, MaskSet
from gathertui.render.fit.shrink import Samples

_BLOCK: Final = 400
"""Cells that are tried at once: so many that their figures stay in a core's cache."""


class TwoColours(NamedTuple):
    """For N cells: the mask, and three colours (3, N): its ink, its ground and the cell's mean. sRGB 0 to 255."""

    mask: NDArray[np.intp]
    ink: NDArray[np.float32]
    ground: NDArray[np.float32]
    mean: NDArray[np.float32]


def two_colours(samples: Samples, masks: MaskSet) -> TwoColours:
    """The best parting of every cell; `samples` is (3, N, P).

    Exactly that for masks of whole rectangles. Where glyphs cover parts of
    rectangles, the best two colours may lie outside of 0 to 255 and are cut.
    """
    count, kinds = samples.shape[1], len(masks.ink)
    mask = np.zeros(count, np.intp)
    strength, mean = np.empty((2, 3, count), np.float32)
    size = min(_BLOCK, count)
    figures = np.empty((3, size, kinds + 1), np.float32)
    gains = np.empty((2, size, kinds), np.float32)
    for start in range(0, count, _BLOCK):
        part = slice(start, min(start + _BLOCK, count))
        here = part.stop - start
        figure = figures[:, :here]
        for channel in range(3):
            np.dot(samples[channel, part], masks.weights, out=figure[channel])
        mean[:, part] = figure[:, :, kinds]
        gain = _gains(figure[:, :, :kinds], gains[:, :here])
        np.argmax(gain, axis=1, out=mask[part])
        strength[:, part] = figure[:, np.arange(here), mask[part]]
    slope = strength / masks.length[mask]
    ground = mean - slope * masks.mean[mask]
    return TwoColours(mask, np.clip(ground + slope, 0, 255), np.clip(ground, 0, 255), mean)


def _gains(figure: NDArray[np.float32], out: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each mask lowers each cell's squared error, over all three channels."""
    gain: NDArray[np.float32] = out[0]
    more = out[1]
    np.multiply(figure[0], figure[0], out=gain)
    for channel in (1, 2):
        np.multiply(figure[channel], figure[channel], out=more)
        gain += more
    return gain


def draw(best: TwoColours, masks: MaskSet, merge: float) -> Drawn:
    """The glyphs and colours of the best partings, as true colours; those at most `merge` apart as one."""
    difference = best.ink - best.ground
    flat = np.einsum("cn,cn->n", difference, difference) <= merge * merge
    # The brighter colour is the ink where glyphs allow it, so that neighbours and successive pictures agree on it.
    swapped = (LUMA @ difference < 0) & (masks.rest[best.mask] != ALONE)
    codes = np.where(swapped, masks.rest[best.mask], masks.ink[best.mask])
    ink, ground = pack(best.ink), pack(best.ground)
    ink, ground = np.where(swapped, ground, ink), np.where(swapped, ink, ground)
    return Drawn(np.where(flat, SPACE, codes), ink, np.where(flat, pack(best.mean), ground))
