"""Finds room for the names over people's heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class LabelWish(NamedTuple):
    """A label of `width` cells for the avatar whose two cells begin at (x, y)."""

    x: int
    y: int
    width: int


def place_labels(wishes: Sequence[LabelWish], taken: NDArray[np.bool_]) -> list[tuple[int, int] | None]:
    """Where each label begins, as (x, y) in cells, or None where there is no room for it.

    Earlier wishes choose first. A label lies wholly inside the view, on no cell
    that is `taken` (rows, columns), with a cell between it and the next label
    in its row. `taken` is marked with the labels that were placed.
    """
    placed: list[tuple[int, int] | None] = []
    rows, columns = taken.shape
    for wish in wishes:
        place = None
        for x, y in _candidates(wish, columns):
            inside = 0 <= y < rows and x >= 0 and x + wish.width <= columns
            if inside and not taken[y, max(0, x - 1) : x + wish.width + 1].any():
                place = (x, y)
                taken[y, x : x + wish.width] = True
                break
        placed.append(place)
    return placed


def _candidates(wish: LabelWish, columns: int) -> Iterator[tuple[int, int]]:
    """Above, below, right, left; above and below slide along the view's edges."""
    x, y, width = wish
    centred = min(max(0, x + 1 - width // 2), max(0, columns - width))
    yield centred, y - 1
    yield centred, y + 1
    # A cell stays free: a label beside its own avatar must not touch it.
    yield x + 3, y
    yield x - 1 - width, y
