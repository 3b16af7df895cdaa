"""Measures how like two pictures are, at two scales and with two ways of averaging."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from fidelity.shapes import shape
from gathertui.render.cells import Cells
from gathertui.render.raster import rasterise

CELL_WIDTH, CELL_HEIGHT = 6, 12

_CODES = np.arange(256) / 255
_LIGHT = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)


class Likeness(NamedTuple):
    """Of a picture drawn in cells to the picture itself."""

    psnr: float
    ssim: float


def likeness(picture: NDArray[np.uint8], cells: Cells) -> dict[str, Likeness]:
    """Return figures by scale and way of averaging.

    "samples": both pictures averaged to two by four samples a cell; "full": the
    cells at 6 by 12 pixels each, and the picture averaged to that size.
    "srgb" averages sRGB numbers, as chafa does, "light" amounts of light.
    """
    shown = show(cells)
    figures = {}
    for way, linear in (("srgb", False), ("light", True)):
        for scale, (across, down) in {"samples": (2, 4), "full": (CELL_WIDTH, CELL_HEIGHT)}.items():
            size = cells.rows * down, cells.columns * across
            wanted, seen = (_averaged(pixels, size, linear=linear) for pixels in (picture, shown))
            psnr = 10 * np.log10(255**2 / ((wanted - seen) ** 2).mean())
            ssim = structural_similarity(wanted, seen, channel_axis=2, data_range=255)
            figures[f"{scale} {way}"] = Likeness(float(psnr), float(ssim))
    return figures


def show(cells: Cells) -> NDArray[np.uint8]:
    """Return the cells as pixels, with letters and lines from a real font."""
    return rasterise(cells, CELL_WIDTH, CELL_HEIGHT, shape=shape)


def _averaged(pixels: NDArray[np.uint8], size: tuple[int, int], *, linear: bool) -> NDArray[np.float64]:
    """The picture, every pixel of `size` the mean of the area it covers, as sRGB numbers."""
    if pixels.shape[:2] == size:
        return pixels.astype(np.float64)
    values = _LIGHT[pixels] if linear else pixels.astype(np.float64)
    for axis in (0, 1):
        values = np.moveaxis(np.tensordot(_weights(pixels.shape[axis], size[axis]), values, (1, axis)), 0, axis)
    if not linear:
        return values
    return 255 * np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=16)
def _weights(source: int, target: int) -> NDArray[np.float64]:
    edges = np.arange(target + 1) * (source / target)
    first = np.arange(source)
    shared = np.minimum(edges[1:, None], first + 1) - np.maximum(edges[:-1, None], first)
    return np.maximum(shared, 0) * (target / source)
