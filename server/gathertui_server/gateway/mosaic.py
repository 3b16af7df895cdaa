"""The blocks of one tick, put together for every viewport at little cost."""

from __future__ import annotations

from collections.abc import Mapping

from gathertui.protocol.positions import Viewport


class Mosaic:
    """Joins the blocks of `cells` (by column and row) that a viewport sees, row by row.

    Views of different people overlap: most of their rows are cut alike, and each is joined once.
    """

    def __init__(self, cells: Mapping[tuple[int, int], bytes]) -> None:
        self._rows: dict[int, list[tuple[int, bytes]]] = {}
        for (x, y), block in cells.items():
            self._rows.setdefault(y, []).append((x, block))
        self._pieces: dict[tuple[int, int, int], bytes] = {}

    def view(self, viewport: Viewport) -> bytes:
        """Return the blocks in view, empty where there are none."""
        left, top, right, bottom = viewport
        pieces = self._pieces
        parts = []
        for y in range(top, bottom):
            key = (y, left, right)
            piece = pieces.get(key)
            if piece is None:
                piece = pieces[key] = b"".join([block for x, block in self._rows.get(y, ()) if left <= x < right])
            parts.append(piece)
        return b"".join(parts)
