"""Pictures on terminals with few colours, or none."""

from __future__ import annotations

import numpy as np
import pytest

from gathertui.render.cells import SPACE
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.fit.mixing import mixing_error
from gathertui.render.glyphs import FULL_BLOCK
from gathertui.render.indexed import FIRST, SIXTEEN, colour_of_index, nearest_indices, nearest_sixteens
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.render.raster import rasterise

FEW = [ColourDepth.INDEXED, ColourDepth.SIXTEEN, ColourDepth.MONO]
PATTERNED = [PictureMode.HALF, PictureMode.QUAD, PictureMode.SEXTANT, PictureMode.OCTANT]


def light(values):
    """IEC 61966-2-1."""
    scaled = np.asarray(values, float) / 255
    return np.where(scaled <= 0.04045, scaled / 12.92, ((scaled + 0.055) / 1.055) ** 2.4)


def flat(colour, height=96, width=128):
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = colour
    return picture


def ramps():
    """Every hue from dark to bright, and greys."""
    across = np.linspace(0, 255, 160).astype(np.uint8)
    picture = np.zeros((120, 160, 3), np.uint8)
    for stripe in range(8):
        for channel in range(3):
            if (stripe or 7) >> channel & 1:
                picture[stripe * 15 : stripe * 15 + 15, :, channel] = across
    return picture


@pytest.mark.parametrize("mode", list(PictureMode))
def test_the_encoder_finds_every_colour_in_the_palette(mode):
    """So that what is shown is what was chosen."""
    for depth, nearest, first in (
        (ColourDepth.INDEXED, nearest_indices, FIRST),
        (ColourDepth.SIXTEEN, nearest_sixteens, 0),
    ):
        cells = Fitter(40, 16, FitSettings(mode, depth)).fit(ramps()).cells
        used = np.unique(np.concatenate([cells.foreground.ravel(), cells.background.ravel()]))
        assert [colour_of_index(int(index)) for index in nearest(used)] == used.tolist()
        assert len(used) > (12 if first == 0 else 40)


def test_colours_of_indices():
    assert [colour_of_index(index) for index in (0, 7, 16, 21, 196, 231, 232, 255)] == [
        0x000000, 0xE5E5E5, 0x000000, 0x0000FF, 0xFF0000, 0xFFFFFF, 0x080808, 0xEEEEEE,
    ]  # fmt: skip
    assert [colour_of_index(index) for index in range(16)] == list(SIXTEEN)


@pytest.mark.parametrize("mode", list(PictureMode))
@pytest.mark.parametrize("dither", [False, True])
def test_without_colours_there_is_black_and_white(mode, dither):
    cells = Fitter(40, 16, FitSettings(mode, ColourDepth.MONO, dither=dither)).fit(ramps()).cells
    assert set(np.unique(np.concatenate([cells.foreground.ravel(), cells.background.ravel()]))) == {0, 0xFFFFFF}
    shown = cells.codepoints != SPACE
    assert (cells.foreground != cells.background)[shown].all()


@pytest.mark.parametrize("mode", PATTERNED)
@pytest.mark.parametrize("depth", FEW)
@pytest.mark.parametrize("grey", [40, 90, 128, 188, 230])
def test_dithering_keeps_the_amount_of_light(mode, depth, grey):
    cells = Fitter(32, 16, FitSettings(mode, depth)).fit(flat(grey)).cells
    assert light(rasterise(cells, 2, 12)).mean() == pytest.approx(light(grey), abs=0.02)


@pytest.mark.parametrize("depth", [ColourDepth.INDEXED, ColourDepth.SIXTEEN])
@pytest.mark.parametrize("colour", [(200, 120, 60), (60, 90, 160), (240, 200, 190)])
def test_dithering_keeps_tints(depth, colour):
    cells = Fitter(32, 16, FitSettings(PictureMode.SEXTANT, depth)).fit(flat(colour)).cells
    shown = light(rasterise(cells, 2, 12)).mean(axis=(0, 1))
    far = 0.03 if depth is ColourDepth.INDEXED else 0.13
    assert np.abs(shown - light(colour)).max() < far


@pytest.mark.parametrize("depth", FEW)
def test_brighter_pictures_come_out_brighter(depth):
    drawing = Fitter(16, 8, FitSettings(PictureMode.QUAD, depth))
    shown = [light(rasterise(drawing.fit(flat(grey)).cells, 2, 12)).mean() for grey in range(0, 256, 15)]
    assert shown[0] == 0 and shown[-1] == 1
    assert np.all(np.diff(shown) > -0.015)
    assert len(set(np.round(shown, 3))) > 9


@pytest.mark.parametrize("depth", FEW)
def test_colours_of_the_palette_are_shown_plain(depth):
    for colour in (0x000000, 0xFFFFFF) if depth is ColourDepth.MONO else (0xFFFFFF, 0xFF0000, 0x00FFFF, 0x000000):
        picture = flat((colour >> 16, colour >> 8 & 255, colour & 255))
        for mode in PATTERNED:
            cells = Fitter(8, 4, FitSettings(mode, depth)).fit(picture).cells
            assert (rasterise(cells, 2, 12) == picture[0, 0]).all()
            if depth is not ColourDepth.MONO:
                assert (cells.codepoints == SPACE).all()


@pytest.mark.parametrize("depth", FEW)
def test_without_dithering_a_flat_picture_is_flat(depth):
    for grey in (30, 100, 140, 220):
        for mode in PATTERNED:
            cells = Fitter(8, 4, FitSettings(mode, depth, dither=False)).fit(flat(grey)).cells
            assert len(np.unique(rasterise(cells, 2, 12))) == 1


@pytest.mark.parametrize("mode", PATTERNED)
def test_without_dithering_the_most_like_colour_is_shown(mode):
    for depth, nearest in ((ColourDepth.INDEXED, nearest_indices), (ColourDepth.SIXTEEN, nearest_sixteens)):
        for colour in (0x8C5A20, 0x204070, 0xE0B0A0, 0x101010, 0xC8C8C8):
            # A step either way: colours are looked up by their upper bits.
            near = [colour + step * 0x010101 for step in range(-4, 5)]
            indices = nearest(np.array(near, np.uint32)).tolist()
            picture = flat((colour >> 16, colour >> 8 & 255, colour & 255))
            cells = Fitter(4, 2, FitSettings(mode, depth, dither=False)).fit(picture).cells
            assert set(cells.background.ravel().tolist()) <= {colour_of_index(index) for index in indices}


@pytest.mark.parametrize("depth", FEW)
@pytest.mark.parametrize("mode", PATTERNED)
def test_the_brighter_colour_is_the_ink(mode, depth):
    cells = Fitter(40, 16, FitSettings(mode, depth)).fit(ramps()).cells

    def brightness(plane):
        return sum(light(plane >> shift & 255) * part for shift, part in ((16, 0.2126), (8, 0.7152), (0, 0.0722)))

    assert np.all(brightness(cells.foreground) >= brightness(cells.background))


@pytest.mark.parametrize("depth", list(ColourDepth))
@pytest.mark.parametrize("mode", list(PictureMode))
def test_an_empty_cell_is_a_space_without_ink(mode, depth):
    picture = ramps()
    picture[40:80] = 0
    cells = Fitter(40, 16, FitSettings(mode, depth)).fit(picture).cells
    assert (cells.codepoints[6:10] == SPACE).all()
    if depth is not ColourDepth.MONO:
        assert FULL_BLOCK not in cells.codepoints
    empty = cells.codepoints == SPACE
    assert np.array_equal(cells.foreground[empty], cells.background[empty])


def test_edges_stay_where_they_are():
    """A white disc on black needs no pattern."""
    y, x = np.mgrid[:240, :320]
    picture = flat(0, 240, 320)
    picture[(x - 160) ** 2 + (y - 120) ** 2 < 8000] = 255
    for depth in FEW:
        cells = Fitter(40, 20, FitSettings(PictureMode.SEXTANT, depth)).fit(picture).cells
        shown = rasterise(cells, 8, 12)
        assert (np.abs(shown.astype(int) - picture) > 100).mean() < 0.02


def test_a_still_picture_stands_still():
    rng = np.random.default_rng(3)
    picture = ramps()
    drawing = Fitter(40, 16, FitSettings(PictureMode.OCTANT, ColourDepth.INDEXED))
    first = drawing.fit(picture).cells
    drawing.fit(rng.integers(0, 256, picture.shape, dtype=np.uint8))
    again = drawing.fit(picture).cells
    assert np.array_equal(first.codepoints, again.codepoints)
    assert np.array_equal(first.foreground, again.foreground)


@pytest.mark.parametrize("depth", FEW)
def test_letters_show_tones_by_their_ink(depth):
    """From far away the mean of letters and ground is the tone, in light."""
    drawing = Fitter(32, 16, FitSettings(PictureMode.ASCII, depth))
    shown = []
    for grey in (20, 80, 120, 160, 188, 210, 240):
        cells = drawing.fit(flat(grey)).cells
        assert cells.codepoints.max() < 0x7F
        ink = rasterise_ink(cells)
        mean = light(cells.foreground & 255) * ink + light(cells.background & 255) * (1 - ink)
        shown.append(mean.mean())
        assert shown[-1] == pytest.approx(light(grey), abs=0.08)
    assert np.all(np.diff(shown) > 0)


def rasterise_ink(cells):
    """How much of each cell is ink."""
    copy = type(cells)(cells.columns, cells.rows, foreground=0xFFFFFF)
    copy.codepoints[:] = cells.codepoints
    return rasterise(copy, 1, 1)[:, :, 0] / 255


def test_errors_are_of_what_was_chosen():
    fitted = Fitter(40, 16, FitSettings(PictureMode.SEXTANT, ColourDepth.SIXTEEN)).fit(ramps())
    full = Fitter(40, 16, FitSettings(PictureMode.SEXTANT)).fit(ramps())
    assert fitted.error_of(full.cells).mean() < fitted.error_of(fitted.cells).mean()
    assert full.error_of(fitted.cells) == pytest.approx(fitted.error_of(fitted.cells), rel=0.2, abs=2)


def test_of_two_mixtures_of_a_tone_the_finer_is_better_and_the_tone_matters_more():
    wanted = np.full((3, 1, 4), 0.5, np.float32)

    def error(first, second):
        return float(mixing_error(wanted, *(np.full((3, 1), value, np.float32) for value in (first, second)))[0])

    assert error(0.5, 0.5) == 0 < error(0.6, 0.4) < error(1, 0)
    assert error(1, 0) < error(0.2, 0.1)
