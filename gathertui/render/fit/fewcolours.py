"""Glyphs for cells whose two colours are of a small palette."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import SPACE
from gathertui.render.fit.dither import Tones
from gathertui.render.fit.drawn import Drawn
from gathertui.render.glyphs import ASCII, ASCII_GRID, FULL_BLOCK, PATTERNS, coverage
from gathertui.render.modes import PictureMode

_TONE_WEIGHT: Final = 6.0
"""How much more the amount of a letter's ink counts than where it lies."""

_LETTER_STEP: Final = 0.12
"""How far the shares of neighbouring cells are set apart, to mix tones for which there is no letter."""


def draw_patterns(tones: Tones, turns: NDArray[np.float32], mode: PictureMode) -> Drawn:
    """Every rectangle in the bright colour from its threshold on: for the modes in `PATTERNS`."""
    grid, codes = PATTERNS[mode]
    bits = (tones.share > turns).astype(np.float32)
    pattern = (bits @ (2.0 ** np.arange(grid.size)).astype(np.float32)).astype(np.intp)
    drawn = np.array(codes, np.uint32)[pattern]
    drawn[pattern == 0] = SPACE
    return Drawn(drawn, tones.bright, tones.dark)


def with_spaces(drawn: Drawn) -> Drawn:
    """The same, but with spaces for full blocks: a cell of one colour is always drawn alike."""
    full = drawn.codes == FULL_BLOCK
    return Drawn(np.where(full, SPACE, drawn.codes), drawn.ink, np.where(full, drawn.ink, drawn.ground))


def draw_letters(tones: Tones, turns: NDArray[np.float32]) -> Drawn:
    """The letter whose ink, in either colour on the other, comes nearest to the shares.

    `turns` has a threshold a cell, (N,).
    """
    cover = np.stack([coverage(code, *ASCII_GRID).ravel() for code in ASCII])
    shapes = np.concatenate([cover, 1 - cover])
    mean = tones.share.mean(axis=1)
    # Most in the middle: no letter covers half of a cell, but tones near either colour have theirs.
    offset = (turns - np.float32(0.5)) * np.float32(2 * _LETTER_STEP) * 4 * mean * (1 - mean)
    share = tones.share - offset[:, None]
    # Of |share - shape|² + weight · (their means' difference)², without what is the same for all shapes.
    weight = np.float32(_TONE_WEIGHT * ASCII_GRID.size)
    means = shapes.mean(axis=1)
    fixed = (shapes * shapes).sum(axis=1) + weight * means * means
    nearest = np.argmin(fixed - 2 * (share @ shapes.T + weight * share.mean(axis=1)[:, None] * means), axis=1)
    swapped = nearest >= len(ASCII)
    codes = np.array(ASCII, np.uint32)[nearest % len(ASCII)]
    return Drawn(codes, np.where(swapped, tones.dark, tones.bright), np.where(swapped, tones.bright, tones.dark))
