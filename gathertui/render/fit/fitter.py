"""Turns pictures into cells."""

from __future__ import annotations

import numpy as np

from gathertui.render.colour import Picture
from gathertui.render.fit.crop import crop_to_aspect
from gathertui.render.fit.dither import thresholds, tones_of, tones_without_colour
from gathertui.render.fit.drawn import Drawn
from gathertui.render.fit.fewcolours import draw_letters, draw_patterns, with_spaces
from gathertui.render.fit.fitted import Fitted
from gathertui.render.fit.masks import mask_set, pattern_set
from gathertui.render.fit.palette import palette_of
from gathertui.render.fit.settings import FitSettings
from gathertui.render.fit.shrink import Samples, Shrinker
from gathertui.render.fit.tone import Levels, adjust, sharpen
from gathertui.render.fit.twocolours import draw, two_colours
from gathertui.render.glyphs import Grid
from gathertui.render.modes import ColourDepth, PictureMode


class Fitter:
    """Draws pictures as `rows` by `columns` cells, all in one way.

    Keeps its working memory from one picture to the next: for one thread. With
    `levels` also what the pictures before asked for: one fitter a camera.
    Raises ValueError for less than one cell.
    """

    def __init__(self, columns: int, rows: int, settings: FitSettings) -> None:
        if columns < 1 or rows < 1:
            raise ValueError(f"no picture fits into {columns}x{rows} cells")
        self.columns = columns
        self.rows = rows
        self.settings = settings
        self._masks = (
            mask_set(settings.mode, edges=settings.edges)
            if settings.depth is ColourDepth.TRUECOLOR
            else pattern_set(settings.mode)
        )
        self._levels = Levels(columns, rows) if settings.levels else None
        self._shrinker = Shrinker(columns, rows, self._masks.grid, self._masks.grain)

    def fit(self, picture: Picture) -> Fitted:
        """The cells that come nearest to a picture of shape (height, width, 3), RGB; it fills them all.

        A picture of shape (height, width) is grey. Raises ValueError for other
        shapes, and for pictures without pixels.
        """
        picture = _rgb(picture)
        if self.settings.crop:
            picture = crop_to_aspect(picture, self.columns, self.rows, self.settings.cell_aspect)
        samples = self._shrinker.shrink(np.ascontiguousarray(picture))
        self._adjust(samples)
        if self.settings.depth is ColourDepth.TRUECOLOR:
            drawn = draw(two_colours(samples, self._masks), self._masks, self.settings.merge)
        else:
            drawn = self._draw_few(samples)
        return Fitted(drawn.cells(self.columns, self.rows), samples, self._masks)

    def _adjust(self, samples: Samples) -> None:
        """Change the samples' tones, in place, as the settings say."""
        if self._levels is not None:
            self._levels.apply(samples)
        if self.settings.sharpness:
            sharpen(samples, self.columns, self.rows, self._masks.grid, self.settings.sharpness)
        adjust(samples, self.settings.contrast, self.settings.brightness)

    def _draw_few(self, samples: Samples) -> Drawn:
        settings = self.settings
        mono = settings.depth is ColourDepth.MONO
        if mono:
            tones = tones_without_colour(samples)
        else:
            best = two_colours(samples, self._masks)
            tones = tones_of(samples, best, palette_of(settings.depth), mix=settings.dither)
        letters = settings.mode is PictureMode.ASCII
        turns = thresholds(self.columns, self.rows, Grid(1, 1) if letters else self._masks.grid)
        if not settings.dither:
            turns = np.full_like(turns, 0.5)
        if letters:
            return draw_letters(tones, turns[:, 0])
        drawn = draw_patterns(tones, turns, settings.mode)
        # Without colours, a full block needs no reverse video.
        return drawn if mono else with_spaces(drawn)


def _rgb(picture: Picture) -> Picture:
    if picture.ndim == 2:
        picture = np.repeat(picture[:, :, None], 3, axis=2)
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
        raise ValueError(f"a picture has the shape (height, width, 3), not {picture.shape}")
    return picture
