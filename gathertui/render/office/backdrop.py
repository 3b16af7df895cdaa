"""A view of the map without people: the ground, and the light on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gathertui.render.cells import SPACE, Cells
from gathertui.render.office.light import Light, light_of, shine
from gathertui.render.office.viewport import CellOffset
from gathertui.render.palettes import Palette
from gathertui.world.geometry import Point


class Backdrop:
    """Keeps the last view, and paints it again when something else is to be seen."""

    def __init__(self, ground: Cells, palette: Palette, zoom: int) -> None:
        self._ground = ground
        self._palette = palette
        self._zoom = zoom
        self._view = Cells(0, 0)
        self._offset = CellOffset(0, 0)
        self._busy: list[int] = []
        self._earshot: Mapping[Point, int] = {}
        self._reach = 0
        self._light: Light | None = None

    @property
    def offset(self) -> CellOffset:
        """The map's cell at the view's top left corner."""
        return self._offset

    @property
    def columns(self) -> int:
        """Width of the view in cells."""
        return self._view.columns

    @property
    def rows(self) -> int:
        """Height of the view in cells."""
        return self._view.rows

    def paint(self, columns: int, rows: int, offset: CellOffset, earshot: Mapping[Point, int], reach: int) -> Cells:
        """The view of `columns` by `rows` cells from the map's cell `offset` on. It stays the backdrop's own."""
        moved = (columns, rows, offset) != (self.columns, self.rows, self._offset)
        # Compared by identity first: whoever listens keeps what they heard while they stand still.
        relit = reach != self._reach or (earshot is not self._earshot and earshot != self._earshot)
        if relit:
            self._light = light_of(earshot, reach, self._zoom) if earshot else None
        self._earshot, self._reach = earshot, reach
        if moved:
            self._view = Cells(columns, rows)
            self._offset = offset
        if moved or relit:
            self._lay()
        if moved:
            packed = np.packbits(self._view.codepoints != SPACE, axis=1, bitorder="little")
            self._busy = [int.from_bytes(row, "little") for row in packed]
        return self._view

    def is_busy(self, x: int, y: int, columns: int) -> bool:
        """Whether anything but plain floor lies in some cells of a row of the view."""
        return bool(self._busy[y] >> x & (1 << columns) - 1)

    def _lay(self) -> None:
        view, palette = self._view, self._palette
        view.codepoints[:] = SPACE
        view.foreground[:] = palette.text
        view.background[:] = palette.app
        view.paste(self._ground, -self._offset.x, -self._offset.y)
        if self._light is not None:
            shine(self._light, view, *self._offset, palette)
