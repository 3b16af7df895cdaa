"""What an ideal font shows."""

from __future__ import annotations

import numpy as np
import pytest

from gathertui.render.cells import Cells
from gathertui.render.glyphs import OCTANTS, SEXTANTS
from gathertui.render.raster import rasterise


def test_a_full_block_is_ink_and_a_space_is_ground():
    cells = Cells(2, 1, foreground=0x102030, background=0xF0E0D0)
    cells.codepoints[0, 0] = 0x2588
    pixels = rasterise(cells, 3, 4)
    assert pixels.shape == (4, 6, 3)
    assert pixels.dtype == np.uint8
    assert (pixels[:, :3] == [0x10, 0x20, 0x30]).all()
    assert (pixels[:, 3:] == [0xF0, 0xE0, 0xD0]).all()


def test_every_cell_has_its_own_glyph_and_colours():
    cells = Cells(2, 2, foreground=0xFFFFFF)
    cells.codepoints[0] = [0x2580, 0x2584]
    cells.codepoints[1] = [OCTANTS[0b1001], SEXTANTS[0b100000]]
    cells.foreground[0, 1] = 0x0000FF
    pixels = rasterise(cells, 2, 12)
    assert (pixels[:6, :2] == 255).all() and (pixels[6:12, :2] == 0).all()
    assert (pixels[:6, 2:] == 0).all() and (pixels[6:12, 2:] == [0, 0, 255]).all()
    octant = pixels[12:, :2, 0]
    assert octant[:3].tolist() == [[255, 0]] * 3 and octant[3:6].tolist() == [[0, 255]] * 3 and octant[6:].sum() == 0
    sextant = pixels[12:, 2:, 0]
    assert sextant[8:, 1].tolist() == [255] * 4 and sextant.sum() == 4 * 255


def test_a_pixel_that_is_partly_covered_is_mixed():
    cells = Cells(1, 1, foreground=0xFFFFFF)
    cells.codepoints[0, 0] = 0x2584
    assert rasterise(cells, 2, 3)[:, 0, 0].tolist() == [0, 128, 255]
    assert rasterise(cells, 1, 1).tolist() == [[[128, 128, 128]]]


@pytest.mark.parametrize("code", [0, 0x4E00, 0x10FFFF])
def test_what_is_not_known_shows_its_ground(code):
    cells = Cells(1, 1, foreground=0xFFFFFF, background=0x050607)
    cells.codepoints[0, 0] = code
    assert (rasterise(cells, 6, 12) == [5, 6, 7]).all()


def test_another_font_shows_its_own_shapes():
    cells = Cells(2, 1, foreground=0xFFFFFF)
    cells.codepoints[0] = [0x2588, 0x4E00]

    def strokes(code, width, height):
        ink = np.zeros((height, width), np.float32)
        ink[height // 2] = code == 0x4E00
        return ink

    assert rasterise(cells, 2, 3, shape=strokes)[:, :, 0].tolist() == [[0, 0, 0, 0], [0, 0, 255, 255], [0, 0, 0, 0]]
