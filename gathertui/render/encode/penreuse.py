"""Cells that make do with the colour that the pen has already.

To choose a colour costs more bytes than a glyph. Where cells that are drawn one
after the other have nearly the same colour, they share one: what is lost is
weighed against what is saved.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import SPACE, Cells
from gathertui.render.colour import Colours, pack, unpack
from gathertui.render.glyphs import FULL_BLOCK, coverage

_Plane = NDArray[np.float32]

_ROUNDS: Final = 3
"""How often runs that have drifted from their first colour are cut; what drifts even then stands alone."""


def reuse_pens(cells: Cells, places: NDArray[np.int64], allowed: _Plane) -> None:
    """Give the cells at `places` (flat, ascending) one colour in runs where they have nearly the same.

    `allowed` says for each by how much its mean squared error may rise about,
    for one colour, where the run's first colour is taken; the run gets its mean,
    which is nearer. Where it is 0 a cell keeps its own. Where a colour is the
    least-squares fit of its part of the cell, as `Fitter` makes it, the error
    rises by that part times the colours' squared distance.
    """
    codes = cells.codepoints.reshape(-1)[places]
    part = ink_parts(codes)
    ink, ground = cells.foreground.reshape(-1), cells.background.reshape(-1)
    inked, grounded = codes != SPACE, codes != FULL_BLOCK
    ink[places[inked]] = _joined(ink[places[inked]], part[inked], allowed[inked])
    ground[places[grounded]] = _joined(ground[places[grounded]], 1 - part[grounded], allowed[grounded])


def _joined(colours: Colours, parts: _Plane, allowed: _Plane) -> Colours:
    """Return the colours, in runs of one colour each."""
    if not len(colours):
        return colours
    channels = unpack(colours)
    scale = parts / np.float32(3)
    begins = np.ones(len(colours), np.bool_)
    begins[1:] = _rise(channels[:, 1:], channels[:, :-1], scale[1:]) > allowed[1:]
    order = np.arange(len(colours))
    for _ in range(_ROUNDS):
        heads = np.maximum.accumulate(np.where(begins, order, 0))
        astray = _rise(channels, channels[:, heads], scale) > allowed
        if not astray.any():
            break
        # The first that has gone astray in each run begins a new one.
        lost = np.flatnonzero(astray)
        begins[lost[np.unique(heads[lost], return_index=True)[1]]] = True
    else:
        # From the first that is still astray to its run's end.
        begins |= np.maximum.accumulate(np.where(astray, order, -1)) >= heads
    return _means(colours, channels, parts, begins, allowed)


def _means(colours: Colours, channels: _Plane, parts: _Plane, begins: NDArray[np.bool_], allowed: _Plane) -> Colours:
    """Return for each the mean of its run, weighted by the parts; of runs in which one keeps its own, the first."""
    starts = np.flatnonzero(begins)
    weights = parts + np.float32(1e-3)
    mean = pack(np.add.reduceat(channels * weights, starts, axis=1) / np.add.reduceat(weights, starts))
    kept = np.minimum.reduceat(allowed, starts) <= 0
    chosen: Colours = np.where(kept, colours[starts], mean)[np.cumsum(begins) - 1]
    return chosen


def _rise(channels: _Plane, others: _Plane, scale: _Plane) -> _Plane:
    difference = channels - others
    squared: _Plane = np.einsum("cn,cn->n", difference, difference)
    return squared * scale


def ink_parts(codepoints: Colours) -> _Plane:
    """Return how much of its cell each glyph's ink covers, 0 to 1."""
    codes, which = np.unique(codepoints, return_inverse=True)
    return np.array([_ink_part(code) for code in codes.tolist()], np.float32)[which.reshape(codepoints.shape)]


@lru_cache(maxsize=4096)
def _ink_part(codepoint: int) -> float:
    return float(coverage(codepoint, 2, 4).mean())
