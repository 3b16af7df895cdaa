"""What came of fitting a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import Cells
from gathertui.render.colour import unpack
from gathertui.render.fit.masks import MaskSet
from gathertui.render.fit.shapes import covers
from gathertui.render.fit.shrink import Samples


class Fitted:
    """A picture as cells, and the picture itself, small, to compare other cells with."""

    def __init__(self, cells: Cells, samples: Samples, masks: MaskSet) -> None:
        self.cells = cells
        """The cells to show: the caller's own from now on."""
        self._samples = samples
        self._masks = masks

    def error_of(self, cells: Cells) -> NDArray[np.float32]:
        """The mean squared error of each cell, (rows, columns), were `cells` shown instead of this picture.

        Over red, green and blue, in sRGB numbers from 0 to 255. `cells` has
        this picture's size. What the mode's glyphs can't tell apart counts as
        its mean; where glyphs cover parts of that, `MaskSet.unevenness` is added.
        """
        if cells.codepoints.shape != self.cells.codepoints.shape:
            raise ValueError(f"{cells.columns}x{cells.rows} cells, not {self.cells.columns}x{self.cells.rows}")
        ink = covers(cells.codepoints.ravel(), self._masks)
        error = np.zeros(len(ink), np.float32)
        unevenness = None
        if self._masks.unevenness:
            unevenness = self._masks.unevenness * np.einsum("np,np->n", ink, 1 - ink)
        difference, shown = np.empty_like(ink), np.empty_like(ink)
        for samples, front, back in zip(self._samples, unpack(cells.foreground), unpack(cells.background), strict=True):
            np.multiply(ink, (front - back)[:, None], out=shown)
            np.subtract(samples, back[:, None], out=difference)
            difference -= shown
            error += np.einsum("np,np->n", difference, difference)
            if unevenness is not None:
                error += unevenness * (front - back) ** 2
        error /= 3 * self._masks.grid.size
        return error.reshape(cells.rows, cells.columns)
