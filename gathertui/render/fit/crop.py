"""Cuts pictures to the proportions of the cells that they are shown in."""

from __future__ import annotations

from gathertui.render.colour import Picture


def crop_to_aspect(picture: Picture, columns: int, rows: int, cell_aspect: float = 0.5) -> Picture:
    """The largest middle part of a picture that isn't stretched by filling `columns` by `rows` cells: a view of it.

    `cell_aspect` is a cell's width by its height. At least one pixel is left.
    """
    height, width = picture.shape[:2]
    aspect = columns * cell_aspect / rows
    across = min(width, max(1, round(height * aspect)))
    down = min(height, max(1, round(width / aspect)))
    left, top = (width - across) // 2, (height - down) // 2
    return picture[top : top + down, left : left + across]
