"""Which way chairs and sofas face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gathertui.render.office.sprites import STRUCTURE, SURFACES
from gathertui.render.office.tilemasks import Looks, Mask, neighbours
from gathertui.world.geometry import Direction

# To a table beside it, else to one a tile further, else away from the wall behind it.
_BESIDE, _NEAR, _AWAY = 64, 32, 8
_PREFERENCE = {Direction.SOUTH: 3, Direction.NORTH: 2, Direction.EAST: 1, Direction.WEST: 0}


def facings(looks: Looks) -> NDArray[np.uint8]:
    """The `Direction` a seat on each tile faces, of shape (height, width); a sofa faces one way over its length."""
    surfaces, walls, sofas = looks.those(SURFACES), looks.those(STRUCTURE), looks.those({"sofa"})
    appeal = np.zeros((4, *sofas.shape), np.int32)
    for direction in Direction:
        behind = Direction((direction + 2) % 4)
        appeal[direction] = (
            _BESIDE * neighbours(surfaces, direction)
            + _NEAR * neighbours(surfaces, direction, 2)
            + _AWAY * neighbours(walls, behind)
            + _PREFERENCE[direction]
        )
    facing: NDArray[np.uint8] = appeal.argmax(axis=0).astype(np.uint8)
    beside = neighbours(sofas, Direction.EAST) | neighbours(sofas, Direction.WEST)
    lying = sofas & beside
    _turn_runs(facing, appeal, lying, Direction.NORTH)
    upright = sofas & ~beside & (neighbours(sofas, Direction.NORTH) | neighbours(sofas, Direction.SOUTH))
    _turn_runs(facing.T, appeal.transpose(0, 2, 1), upright.T, Direction.WEST)
    return facing


def _turn_runs(facing: NDArray[np.uint8], appeal: NDArray[np.int32], mask: Mask, one_way: Direction) -> None:
    """Make each run along a row of `mask` face `one_way` or the opposite, whichever appeals more to all of it."""
    other_way = Direction((one_way + 2) % 4)
    for y in np.flatnonzero(mask.any(axis=1)).tolist():
        edges = np.flatnonzero(np.diff(mask[y].astype(np.int8), prepend=0, append=0))
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            one, other = (int(appeal[way, y, start:end].sum()) for way in (one_way, other_way))
            facing[y, start:end] = one_way if one > other else other_way
