"""What a terminal with an ideal font shows, as pixels: to compare pictures with, and for tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import Cells
from gathertui.render.colour import unpack
from gathertui.render.glyphs import coverage

Shape = Callable[[int, int, int], NDArray[np.float32]]
"""From a code point, and a cell's width and height in pixels, to how much of each pixel is ink: (height, width)."""


def rasterise(cells: Cells, cell_width: int, cell_height: int, *, shape: Shape = coverage) -> NDArray[np.uint8]:
    """The cells as a picture of shape (rows * cell_height, columns * cell_width, 3), in sRGB.

    Where a glyph covers part of a pixel, ink and ground are mixed as sRGB
    numbers, as most terminals do. `shape` is the font: by default an ideal one,
    in which characters of unknown shape show no ink.
    """
    codes, which = np.unique(cells.codepoints, return_inverse=True)
    shapes = np.stack([shape(int(code), cell_width, cell_height) for code in codes])
    ink = shapes[which.reshape(cells.codepoints.shape)][..., None]
    front, back = (
        unpack(plane).T.reshape(cells.rows, cells.columns, 1, 1, 3) for plane in (cells.foreground, cells.background)
    )
    pixels = np.rint(back + ink * (front - back)).astype(np.uint8)
    size = (cells.rows * cell_height, cells.columns * cell_width, 3)
    return pixels.transpose(0, 2, 1, 3, 4).reshape(size)
