"""Thresholds to mix colours with, in a pattern that is the same in every picture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=4)
def bayer_thresholds(size: int) -> NDArray[np.float32]:
    """Return `size` by `size` thresholds between 0 and 1, evenly spread; `size` is a power of two.

    B. E. Bayer, "An optimum method for two-level rendition of continuous-tone
    pictures" (1973). Not to be written to.
    """
    matrix = np.zeros((1, 1))
    while len(matrix) < size:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    thresholds = ((matrix + 0.5) / matrix.size).astype(np.float32)
    thresholds.setflags(write=False)
    return thresholds
