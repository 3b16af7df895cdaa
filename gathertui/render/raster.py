"""What a terminal with an ideal font shows, as pixels: to compare pictures with, and for tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import Cells
from gathertui.render.fit.channels import channels
from gathertui.render.glyphs import coverage


def rasterise(cells: Cells, cell_width: int, cell_height: int) -> NDArray[np.uint8]:
    """The cells as a picture of shape (rows * cell_height, columns * cell_width, 3), in sRGB.

    Where a glyph covers part of a pixel, ink and ground are mixed as sRGB
    numbers, as most terminals do. Characters of unknown shape show no ink.
    """
    codes, which = np.unique(cells.codepoints, return_inverse=True)
    shapes = np.stack([coverage(int(code), cell_width, cell_height) for code in codes])
    ink = shapes[which.reshape(cells.codepoints.shape)][..., None]
    front, back = (
        channels(plane).T.reshape(cells.rows, cells.columns, 1, 1, 3) for plane in (cells.foreground, cells.background)
    )
    pixels = np.rint(back + ink * (front - back)).astype(np.uint8)
    size = (cells.rows * cell_height, cells.columns * cell_width, 3)
    return pixels.transpose(0, 2, 1, 3, 4).reshape(size)
