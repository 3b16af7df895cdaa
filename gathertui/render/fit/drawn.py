"""Cells in the making: what was chosen for each, in one row of arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gathertui.render.cells import SPACE, Cells
from gathertui.render.colour import Colours


class Drawn(NamedTuple):
    """For N cells, row by row: code points, ink and ground, each (N,)."""

    codes: Colours
    ink: Colours
    ground: Colours

    def cells(self, columns: int, rows: int) -> Cells:
        """As a buffer. The ink of spaces, which nobody sees, is their ground."""
        shape = (rows, columns)
        cells = Cells(columns, rows)
        cells.codepoints[:] = self.codes.reshape(shape)
        cells.background[:] = self.ground.reshape(shape)
        cells.foreground[:] = np.where(self.codes == SPACE, self.ground, self.ink).reshape(shape)
        return cells
