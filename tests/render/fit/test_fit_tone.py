"""Contrast, brightness and what is done for faces."""

from __future__ import annotations

import numpy as np
import pytest

from gathertui.render.fit import FitSettings, Fitter, crop_to_aspect
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.render.raster import rasterise

SEXTANT = PictureMode.SEXTANT


def shown(picture, **settings):
    return rasterise(Fitter(20, 10, FitSettings(SEXTANT, **settings)).fit(picture).cells, 4, 6).astype(float)


def slope(low=60, high=180, height=60, width=80):
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = np.linspace(low, high, width).astype(np.uint8)[None, :, None]
    return picture


def test_more_brightness_is_brighter():
    means = [shown(slope(), brightness=part).mean() for part in (-1, -0.4, -0.1, 0, 0.1, 0.4, 1)]
    assert means[0] == 0 and means[-1] == 255
    assert np.all(np.diff(means) > 10)
    assert means[4] - means[3] == pytest.approx(25.5, abs=1)


def test_more_contrast_spreads_tones():
    spreads = [shown(slope(), contrast=factor).std() for factor in (0, 0.5, 1, 1.5, 3)]
    assert spreads[0] == 0
    assert np.all(np.diff(spreads) > 5)
    assert shown(slope(), contrast=0).mean() == pytest.approx(127.5, abs=0.6)
    assert spreads[3] == pytest.approx(1.5 * spreads[2], rel=0.02)


@pytest.mark.parametrize("depth", list(ColourDepth))
def test_both_work_at_every_depth(depth):
    assert shown(slope(), depth=depth, brightness=0.3).mean() > shown(slope(), depth=depth).mean() + 10


@pytest.mark.parametrize(
    ("size", "grid", "aspect", "cut"),
    [
        ((640, 480), (40, 20), 0.5, (480, 480)),
        ((640, 480), (80, 20), 0.5, (640, 320)),
        ((480, 640), (40, 20), 0.5, (480, 480)),
        ((640, 480), (40, 15), 0.5, (640, 480)),
        ((640, 480), (40, 20), 0.6, (576, 480)),
        ((1, 1), (80, 2), 0.5, (1, 1)),
        ((7, 3), (1, 40), 0.5, (1, 3)),
    ],
)
def test_cropping_keeps_the_middle_in_its_proportions(size, grid, aspect, cut):
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    picture[height // 2, width // 2] = 255
    part = crop_to_aspect(picture, *grid, aspect)
    assert part.shape == (cut[1], cut[0], 3)
    assert part.base is picture
    y, x = (int(place[0]) for place in np.nonzero(part[:, :, 0]))
    assert abs(y - cut[1] // 2) <= 1 and abs(x - cut[0] // 2) <= 1


def test_for_faces_shows_a_circle_as_a_circle():
    y, x = np.mgrid[:480, :640]
    picture = np.full((480, 640, 3), 30, np.uint8)
    picture[(x - 320) ** 2 + (y - 240) ** 2 < 150**2] = 200
    seen = rasterise(Fitter(40, 20, FitSettings.for_faces(SEXTANT)).fit(picture).cells, 6, 12)[:, :, 0] > 110
    across, down = seen.any(axis=0).sum(), seen.any(axis=1).sum()
    assert across == pytest.approx(down, abs=8)
    assert across == pytest.approx(150 * 2 / 480 * 240, abs=8)


def test_levels_spread_the_tones_of_dull_pictures_only():
    dull, full = slope(70, 130), np.repeat(np.tile(slope(0, 255, width=5), (1, 4, 1)), 4, axis=1)
    assert shown(dull, levels=True).std() > 1.4 * shown(dull).std()
    assert shown(dull, levels=True).std() < 1.7 * shown(dull).std()
    assert np.abs(shown(full, levels=True) - shown(full)).max() <= 2
    dark = slope(5, 60)
    assert shown(dark).mean() + 20 < shown(dark, levels=True).mean() < 128


def test_levels_look_at_the_middle():
    """Somebody dark before a bright window is made brighter, whatever the window."""
    picture = np.full((60, 80, 3), 255, np.uint8)
    picture[8:52, 16:64] = slope(30, 80, 44, 48)
    seen = shown(picture, levels=True)[12:48, 24:56]
    assert seen.mean() > shown(picture)[12:48, 24:56].mean() + 10


def test_levels_stay_when_a_picture_hardly_changes():
    drawing = Fitter(20, 10, FitSettings(SEXTANT, levels=True))
    first = drawing.fit(slope(0, 255)).cells
    for _ in range(9):
        drawing.fit(slope(3, 252))
    again = drawing.fit(slope(0, 255)).cells
    assert np.array_equal(again.foreground, first.foreground)


def test_levels_move_slowly_and_then_stand_still():
    drawing = Fitter(20, 10, FitSettings(SEXTANT, levels=True))

    def mean(picture):
        return rasterise(drawing.fit(picture).cells, 4, 6).mean()

    mean(slope(60, 180))
    jump = mean(slope(20, 70))
    course = [mean(slope(20, 70)) for _ in range(40)]
    assert jump <= course[0] < course[5] < course[10] < course[-1]
    assert np.abs(np.diff(course[-10:])).max() == 0
    fresh = Fitter(20, 10, FitSettings(SEXTANT, levels=True)).fit(slope(20, 70)).cells
    assert course[-1] == pytest.approx(rasterise(fresh, 4, 6).mean(), abs=8)


@pytest.mark.parametrize("mode", [PictureMode.HALF, SEXTANT, PictureMode.OCTANT])
def test_sharpening_steepens_edges_and_leaves_flat_parts(mode):
    picture = np.full((120, 160, 3), 80, np.uint8)
    picture[:, 80:] = 160
    picture[60:, :] += 20
    plain, sharp = (
        rasterise(Fitter(20, 10, FitSettings(mode, sharpness=amount)).fit(picture).cells, 8, 12)[..., 0].astype(int)
        for amount in (0.0, 0.5)
    )
    assert sharp.max() > plain.max() + 3 and sharp.min() < plain.min() - 3
    assert np.array_equal(sharp[:24, :40], plain[:24, :40])
    assert sharp.mean() == pytest.approx(plain.mean(), abs=1)


def test_for_faces_keeps_what_it_is_given():
    settings = FitSettings.for_faces(PictureMode.QUAD, ColourDepth.INDEXED, cell_aspect=0.6)
    assert (settings.mode, settings.depth, settings.cell_aspect) == (PictureMode.QUAD, ColourDepth.INDEXED, 0.6)
    for size in ((1, 1), (5, 900), (240, 320)):
        picture = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
        for columns, rows in ((1, 1), (40, 20)):
            for mode in PictureMode:
                cells = Fitter(columns, rows, FitSettings.for_faces(mode)).fit(picture).cells
                assert (cells.columns, cells.rows) == (columns, rows)
