"""Pictures become the cells that come nearest."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.render.cells import SPACE, Cells
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.glyphs import ASCII, BRAILLE, HALVES, OCTANTS, QUADRANTS, SEXTANTS, coverage
from gathertui.render.modes import PictureMode
from gathertui.render.raster import rasterise

BLOCKS = {
    PictureMode.HALF: (1, 2, HALVES),
    PictureMode.QUAD: (2, 2, QUADRANTS),
    PictureMode.SEXTANT: (2, 3, SEXTANTS),
    PictureMode.OCTANT: (2, 4, OCTANTS),
}
MODES = list(PictureMode)


def fitter(columns, rows, mode, **more):
    return Fitter(columns, rows, FitSettings(mode, **more))


def noise(height, width, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def hills(height, width):
    """A smooth picture with edges in it."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    red = 128 + 120 * np.sin(9 * x + 4 * y)
    green = 255 * ((x - 0.5) ** 2 + (y - 0.4) ** 2 < 0.08)
    blue = 255 * np.abs(np.sin(5 * y))
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


@pytest.mark.parametrize("edges", [False, True])
@pytest.mark.parametrize("mode", BLOCKS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_glyphs_can_show_comes_out_exactly(mode, edges, data):
    """Two colours a cell, in any pattern the mode has."""
    across, _, codes = BLOCKS[mode]
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    shown = Cells(5, 4)
    shown.codepoints[:] = rng.choice(np.array(codes, np.uint32), (4, 5))
    # Colours that lie far enough apart to be told from noise.
    shown.foreground[:] = rng.integers(0x80, 0x100, (4, 5)) * 0x010101
    shown.background[:] = rng.integers(0, 2**15, (4, 5)) & 0x7F7F7F
    picture = rasterise(shown, 4 * across, 12)
    fitted = fitter(5, 4, mode, edges=edges).fit(picture)
    assert np.array_equal(rasterise(fitted.cells, 4 * across, 12), picture)
    assert set(fitted.cells.codepoints.ravel().tolist()) <= set(codes)
    assert fitted.error_of(fitted.cells).max() < 0.5


@pytest.mark.parametrize("edges", [False, True])
def test_sextants_are_joined_by_quadrants(edges):
    shown = Cells(16, 1, foreground=0xE0D0C0, background=0x102040)
    shown.codepoints[0] = QUADRANTS
    cells = fitter(16, 1, PictureMode.SEXTANT, edges=edges).fit(rasterise(shown, 8, 12)).cells
    assert cells.codepoints[0, :15].tolist() == list(QUADRANTS[:15])
    assert cells.background[0, 15] == 0xE0D0C0


def test_quadrants_are_joined_by_eighths_of_the_same_age():
    codes = [0x2582, 0x2583, 0x2585, 0x2586, 0x258A, 0x258B, 0x258D, 0x258E]
    shown = Cells(8, 2, foreground=0xE0D0C0, background=0x102040)
    shown.codepoints[:] = codes
    # Their other ends are shown with dark ink, not with glyphs that came later.
    shown.foreground[1], shown.background[1] = 0x102040, 0xE0D0C0
    cells = fitter(8, 2, PictureMode.QUAD).fit(rasterise(shown, 4, 4)).cells
    assert cells.codepoints.tolist() == [codes, codes]
    drawn = fitter(40, 20, PictureMode.QUAD).fit(hills(480, 640)).cells.codepoints
    assert set(drawn.ravel().tolist()) <= {SPACE, *range(0x2580, 0x25A0)}


@pytest.mark.parametrize("code", [0x1FB3C, 0x1FB44, 0x1FB51, 0x1FB5A, 0x1FB67, 0x2583, 0x2585, 0x258D, 0x1FB8A])
@pytest.mark.parametrize("mode", [PictureMode.SEXTANT, PictureMode.OCTANT])
def test_slants_and_eighths_are_used_where_they_fit(mode, code):
    shown = Cells(1, 1, foreground=0xE0D0C0, background=0x102040)
    shown.codepoints[0, 0] = code
    picture = rasterise(shown, 4, 4 if mode is PictureMode.OCTANT else 6)
    plain = fitter(1, 1, mode, edges=False).fit(picture)
    assert plain.cells.codepoints[0, 0] in (*OCTANTS, *SEXTANTS)
    fitted = fitter(1, 1, mode).fit(picture)
    assert fitted.cells.codepoints[0, 0] == code
    sharp = rasterise(shown, 16, 48).astype(int)
    near, far = (rasterise(found.cells, 16, 48) - sharp for found in (fitted, plain))
    assert np.abs(near).max() <= 20, "a little contrast may be lost"
    assert (near**2).mean() < (far**2).mean() / 4


@pytest.mark.parametrize("mode", BLOCKS)
def test_no_other_parting_and_colours_come_nearer(mode):
    """Against trying every glyph, with the means of its two parts as colours."""
    across, down, codes = BLOCKS[mode]
    picture = noise(down * 6, across * 7)
    fitted = fitter(7, 6, mode, edges=False).fit(picture)
    parts = (
        picture.reshape(6, down, 7, across, 3).transpose(0, 2, 1, 3, 4).reshape(6, 7, down * across, 3).astype(float)
    )
    least = np.full((6, 7), np.inf)
    for pattern in range(len(codes)):
        ink = np.array([pattern >> place & 1 for place in range(across * down)], bool)
        error = 0.0
        for part in (parts[:, :, ink], parts[:, :, ~ink]):
            if part.shape[2]:
                error = error + ((part - part.mean(axis=2, keepdims=True)) ** 2).sum(axis=(2, 3))
        least = np.minimum(least, error)
    own = fitted.error_of(fitted.cells) * 3 * across * down
    assert np.all(own >= least * 0.999)
    # Colours are rounded to whole numbers, and the darkest are a little off as light.
    assert np.all(own <= least * 1.001 + 3 * across * down)


def planes(cells):
    return cells.foreground, cells.background


GRIDS = {
    PictureMode.ASCII: (3, 6),
    PictureMode.HALF: (1, 2),
    PictureMode.QUAD: (4, 4),
    PictureMode.SEXTANT: (4, 6),
    PictureMode.OCTANT: (4, 4),
    PictureMode.BRAILLE: (2, 4),
}


@pytest.mark.parametrize("mode", MODES)
def test_errors_are_those_of_what_is_shown(mode):
    """`error_of` is what comes of rasterising cells and comparing, also for cells of other pictures."""
    across, down = GRIDS[mode]
    small = hills(down * 5, across * 6)
    drawing = fitter(6, 5, mode)
    fitted = drawing.fit(np.repeat(np.repeat(small, 4, axis=0), 4, axis=1))
    other = drawing.fit(noise(down * 5, across * 6)).cells
    for cells in (fitted.cells, other):
        seen = rasterise(cells, across, down).astype(float)
        squares = ((seen - small) ** 2).reshape(5, down, 6, across, 3)
        expected = squares.mean(axis=(1, 3, 4))
        ink = np.array([[coverage(code, across, down) for code in row] for row in cells.codepoints.tolist()])
        contrast = np.stack(
            [(p >> np.uint32(shift) & 255).astype(float) for shift in (16, 8, 0) for p in planes(cells)]
        )
        squared = ((contrast[::2] - contrast[1::2]) ** 2).mean(axis=0)
        # Where ink covers rectangles in part, a part of how uneven they are comes on top.
        uneven = (ink * (1 - ink)).mean(axis=(2, 3)) * squared
        error = fitted.error_of(cells)
        assert np.all(error <= (expected + 0.3 * uneven) * 1.01 + 1)
        assert np.all(error >= expected * 0.99 - 1 + 0.05 * uneven)
    assert fitted.error_of(fitted.cells).mean() < fitted.error_of(other).mean() / 3


def test_errors_count_glyphs_of_other_modes_by_their_shape():
    picture = np.zeros((24, 16, 3), np.uint8)
    picture[:12] = 255
    fitted = fitter(1, 1, PictureMode.SEXTANT).fit(picture)
    cells = Cells(1, 1, foreground=0xFFFFFF)
    errors = {}
    for text in "▀▄█ ⠿字":
        cells.codepoints[0, 0] = ord(text)
        errors[text] = fitted.error_of(cells).item()
    assert errors["▀"] < errors["⠿"] < errors["字"] == errors[" "] < errors["▄"]
    with pytest.raises(ValueError, match="2x1 cells, not 1x1"):
        fitted.error_of(Cells(2, 1))


@pytest.mark.parametrize("mode", MODES)
def test_a_fine_screen_is_seen_as_half_the_light(mode):
    """Black and white dots send out half of white's light, which is 188 in sRGB; not 128."""
    dots = ((np.indices((480, 640)).sum(axis=0) % 2) * 255).astype(np.uint8)
    cells = fitter(40, 20, mode).fit(dots).cells
    assert set(cells.codepoints.ravel().tolist()) == {SPACE}
    assert set(cells.background.ravel().tolist()) == {0xBCBCBC}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("colour", [0x000000, 0xFFFFFF, 0x123456, 0x030201])
def test_a_flat_cell_is_a_space_of_its_colour(mode, colour):
    picture = np.empty((60, 80, 3), np.uint8)
    picture[:] = [colour >> 16, colour >> 8 & 255, colour & 255]
    # What is too little to see is no reason for a second colour.
    picture[::2, ::2] += 1 if colour == 0x123456 else 0
    cells = fitter(10, 5, mode).fit(picture).cells
    assert set(cells.codepoints.ravel().tolist()) == {SPACE}
    shown = np.unique(cells.background)
    assert np.array_equal(cells.foreground, cells.background)
    assert len(shown) == 1
    for shift in (0, 8, 16):
        assert abs(int(shown[0] >> shift & 255) - (colour >> shift & 255)) <= 1


@pytest.mark.parametrize("mode", BLOCKS)
def test_the_brighter_colour_is_the_ink(mode):
    """So the same glyph is chosen again when a picture hardly changes."""
    cells = fitter(20, 10, mode, edges=mode is not PictureMode.QUAD).fit(noise(120, 160)).cells

    def brightness(plane):
        return 0.299 * (plane >> 16) + 0.587 * (plane >> 8 & 255) + 0.114 * (plane & 255)

    assert np.all(brightness(cells.foreground) >= brightness(cells.background) - 1)


SIZES = [(1, 1), (1, 7), (5, 1), (3, 2), (37, 53), (40, 30), (41, 31), (480, 640), (481, 641), (90, 1000)]


@pytest.mark.parametrize("mode", MODES)
def test_pictures_of_any_size_fill_the_cells(mode):
    """A picture that is dark on the left and bright on the right stays so, whatever its size and the grid's."""
    drawing = fitter(13, 7, mode)
    for height, width in SIZES:
        picture = np.empty((height, width, 3), np.uint8)
        picture[:] = np.linspace(40, 220, width).astype(np.uint8)[None, :, None]
        cells = drawing.fit(picture).cells
        assert (cells.rows, cells.columns) == (7, 13)
        seen = rasterise(cells, 6, 12).astype(float)
        assert seen.mean() == pytest.approx(picture.mean(), abs=9)
        thirds = seen.reshape(7 * 12, 13, 6, 3).mean(axis=(0, 2, 3))
        if width > 1:
            assert np.all(np.diff(thirds) >= -6)
            assert thirds[-1] - thirds[0] > 60


@pytest.mark.parametrize(("height", "width"), [(48, 64), (50, 67), (7, 5), (1, 1), (97, 31)])
def test_parts_of_pixels_count_by_their_area(height, width):
    """Against shrinking a picture of which every pixel was first cut into the parts that fall into one grain."""
    columns, rows = 4, 3
    picture = noise(height, width, seed=7)
    cut = np.repeat(np.repeat(picture, rows * 8, axis=0), columns * 4, axis=1)
    for mode in (PictureMode.HALF, PictureMode.OCTANT):
        near = fitter(columns, rows, mode).fit(picture)
        exact = fitter(columns, rows, mode).fit(cut)
        assert near.error_of(exact.cells) == pytest.approx(exact.error_of(exact.cells), abs=3)


@pytest.mark.parametrize("mode", BLOCKS)
def test_larger_pixels_make_the_same_picture(mode):
    """Whether grains are single pixels, few or many."""
    drawing = fitter(4, 2, mode)
    small = noise(48, 64, seed=5)
    expected = drawing.fit(small)
    for down, across in ((1, 2), (3, 1), (2, 3), (5, 1), (7, 6)):
        large = np.repeat(np.repeat(small, down, axis=0), across, axis=1)
        cells = drawing.fit(large).cells
        assert np.array_equal(cells.codepoints, expected.cells.codepoints)
        for plane, before in zip(planes(cells), planes(expected.cells), strict=True):
            for shift in (0, 8, 16):
                values, wanted = ((colours >> shift & 255).astype(int) for colours in (plane, before))
                assert np.abs(values - wanted).max() <= 1


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 3)])
def test_no_cells_are_refused(size):
    with pytest.raises(ValueError, match="no picture fits"):
        fitter(*size, PictureMode.HALF)


def test_a_grey_picture_is_drawn_in_greys():
    grey = noise(30, 40)[:, :, 0]
    cells = fitter(10, 5, PictureMode.SEXTANT).fit(grey).cells
    for plane in (cells.foreground, cells.background):
        assert np.array_equal(plane >> 16, plane & 255) and np.array_equal(plane >> 8 & 255, plane & 255)
    coloured = fitter(10, 5, PictureMode.SEXTANT).fit(np.repeat(grey[:, :, None], 3, axis=2)).cells
    assert np.array_equal(coloured.codepoints, cells.codepoints)


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 0, 3), (4, 4, 4), (4,), (2, 2, 3, 1)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match="a picture has the shape"):
        fitter(4, 2, PictureMode.HALF).fit(np.zeros(shape, np.uint8))


def test_a_view_of_a_larger_picture_will_do():
    whole = noise(100, 100)
    part = whole[10:70:2, 90:10:-2]
    drawing = fitter(8, 5, PictureMode.QUAD)
    one, other = drawing.fit(part).cells, drawing.fit(part.copy()).cells
    assert np.array_equal(one.codepoints, other.codepoints) and np.array_equal(one.foreground, other.foreground)


def test_pictures_that_were_fitted_stay_as_they_were():
    drawing = fitter(8, 5, PictureMode.OCTANT)
    first = drawing.fit(hills(40, 64))
    codes, error = first.cells.codepoints.copy(), first.error_of(first.cells)
    drawing.fit(noise(40, 64))
    assert np.array_equal(first.cells.codepoints, codes)
    assert np.array_equal(first.error_of(first.cells), error)


def test_letters_and_dots_take_the_shape_of_what_they_show():
    picture = np.zeros((48, 24, 3), np.uint8)
    picture[:, 10:14] = 255
    assert chr(fitter(1, 1, PictureMode.ASCII).fit(picture).cells.codepoints.item()) in "|[]"
    picture[:] = 0
    picture[36:40] = 255
    assert chr(fitter(1, 1, PictureMode.ASCII).fit(picture).cells.codepoints.item()) in "_.-="
    picture[:] = 0
    picture[:12, :12] = 255
    assert fitter(1, 1, PictureMode.BRAILLE).fit(picture).cells.codepoints.item() == BRAILLE[1]


@pytest.mark.parametrize(("mode", "glyphs"), [(PictureMode.ASCII, ASCII), (PictureMode.BRAILLE, BRAILLE)])
def test_only_the_glyphs_of_the_mode_are_used(mode, glyphs):
    cells = fitter(30, 20, mode).fit(hills(240, 240)).cells
    assert set(cells.codepoints.ravel().tolist()) <= {SPACE, *glyphs}
    assert len(np.unique(cells.codepoints)) > 10


def test_better_glyphs_come_nearer():
    picture = hills(480, 640)
    errors = []
    for mode in (PictureMode.HALF, PictureMode.QUAD, PictureMode.SEXTANT, PictureMode.OCTANT):
        seen = rasterise(fitter(40, 20, mode, edges=False).fit(picture).cells, 16, 24).astype(float)
        errors.append(((seen - picture) ** 2).mean())
    assert all(better < worse for worse, better in itertools.pairwise(errors))
