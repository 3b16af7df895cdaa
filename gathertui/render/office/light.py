"""The light on what you can hear.

It fades with the way that sound walks, and so stops where sound stops: at walls
and shut doors. It only ever mixes the palette's light into the floor, up to
`light_strength`; a test holds the palettes to text that can be read on lit
floors as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import SPACE, Cells
from gathertui.render.colour import mix_many
from gathertui.render.palettes import Palette
from gathertui.world.geometry import Point


class Light(NamedTuple):
    """How bright a part of the map is: `amounts` (rows, columns) from 0 to 1, a number a cell.

    (`left`, `top`) is where it begins, in cells of the map.
    """

    left: int
    top: int
    amounts: NDArray[np.float32]


def light_of(earshot: Mapping[Point, int], reach: int, zoom: int) -> Light:
    """The light on the tiles of `earshot` (walking distance of each), and on the faces of the walls north of them.

    At zoom 2 it changes every half tile.
    """
    places = np.array([(x, y, distance) for (x, y), distance in earshot.items()], np.intp)
    left, top = places[:, :2].min(axis=0) - 1
    right, bottom = places[:, :2].max(axis=0) + 2
    near = np.zeros((bottom - top, right - left), np.float32)
    near[places[:, 1] - top, places[:, 0] - left] = np.maximum(0, 1.0 - places[:, 2] / (reach + 1.0))
    # What is one step north of a tile that isn't the last that sound reaches, and is out of earshot, is a wall.
    step = 1.0 / (reach + 1.0)
    faces = near[1:] - step
    walls = (near[:-1] == 0) & (faces > step / 2)
    near[:-1][walls] = faces[walls]
    if zoom > 1:
        near = _soften(near, step)
    return Light(2 * zoom * int(left), zoom * int(top), np.repeat(near, 2, axis=1))


def _soften(near: NDArray[np.float32], step: float) -> NDArray[np.float32]:
    """Four quarters a tile, each a quarter of the way to the tiles it borders on.

    What is dark because sound ends there fades; what is dark behind a wall does not.
    """
    last = (near > 0) & (near < 1.5 * step)
    padded = np.pad(near, 1)
    middle = padded[1:-1, 1:-1]

    def beside(dx: int, dy: int) -> NDArray[np.float32]:
        height, width = near.shape
        other = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        return np.where((other > 0) | last, other, middle)

    softened = np.empty((near.shape[0], 2, near.shape[1], 2), np.float32)
    for row, dy in enumerate((-1, 1)):
        for column, dx in enumerate((-1, 1)):
            softened[:, row, :, column] = middle + (beside(dx, 0) + beside(0, dy) - 2 * middle) / 4
    softened[np.broadcast_to((near == 0)[:, None, :, None], softened.shape)] = 0
    return softened.reshape(2 * near.shape[0], 2 * near.shape[1])


def shine(light: Light, view: Cells, x: int, y: int, palette: Palette) -> None:
    """Light a view of the map whose top left cell is the map's cell (x, y)."""
    rows, columns = light.amounts.shape
    left, top = max(0, light.left - x), max(0, light.top - y)
    right, bottom = min(view.columns, light.left + columns - x), min(view.rows, light.top + rows - y)
    if left >= right or top >= bottom:
        return
    here = np.s_[top:bottom, left:right]
    lit = light.amounts[top + y - light.top : bottom + y - light.top, left + x - light.left : right + x - light.left]
    floor, thing = np.float32(palette.light_strength), np.float32(palette.object_light_strength)
    amounts = lit * np.where(view.codepoints[here] == SPACE, floor, thing)
    planes = np.stack([view.foreground[here], view.background[here]])
    view.foreground[here], view.background[here] = mix_many(planes, palette.light, np.stack([amounts, amounts]))
