"""Somebody's picture, moving, with a line under it that says whose it is."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from textual.geometry import Offset

from gathertui.render.cells import Cells
from gathertui.render.colour import Picture
from gathertui.render.encode.ratedistortion import PictureStream
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.fit.crop import crop_to_aspect
from gathertui.render.modes import ColourDepth
from gathertui.render.pixels.graphics import Graphics, Place
from gathertui.terminal.canvas.widget import Canvas
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.pacing import Rung
from gathertui.ui.look import Look
from gathertui.ui.tiledrawing import draw_bar, draw_person, draw_ring
from gathertui.ui.tilesigns import TileSign, Voice
from gathertui.ui.widgets.drawn import Drawn

Shows = Literal["initials", "cells", "pixels"]
"""What stands for the person."""

PIXELS_AGAIN_SECONDS = 5.0
"""After so long pixels are tried again on a line that could not bear them."""


class PictureView(Drawn, Canvas):
    """Shows the newest picture that it was given, as well as the line to the terminal bears.

    Its last row says whose it is. Where there is no picture, or the line is too
    slow for one, the person's initials stand for it. What else is to be said of
    them costs the cells in which it is said, and no picture.
    """

    LAYS_PIXELS = True
    DEFAULT_CSS = """
    PictureView { width: 1fr; height: 12; background: $panel; }
    """

    def __init__(self, look: Look, name: str, *, initials: str, colour: int) -> None:
        super().__init__(look)
        self._sign = TileSign(name, initials, colour)
        self._picture: Picture | None = None
        self._is_fresh = False
        self._film: _Film | None = None
        self._next_picture = 0.0
        self._frame: Cells | None = None
        self._made_for: tuple[object, ...] = ()
        self._still: Cells | None = None
        self._drawn_for: tuple[object, ...] = ()
        self._shows: Shows = "initials"
        self._graphics: Graphics | None = None
        self._graphics_for: Capabilities | None = None
        self._no_pixels_until = 0.0

    def show(self, picture: Picture | None) -> None:
        """Show this from now on, None for none; a picture that was not drawn yet never is. It must not be changed."""
        if picture is self._picture:
            return
        if picture is None or self._picture is None:
            self._next_picture = 0.0
        self._picture, self._is_fresh = picture, True
        self.changed()

    @property
    def sign(self) -> TileSign:
        """What it says of the person."""
        return self._sign

    def tell(self, sign: TileSign) -> None:
        """Say this of the person from now on. Somebody else's picture is not theirs."""
        if sign != self._sign:
            self._sign = sign
            self.changed()

    def redraw(self) -> None:
        """Draw everything anew, in other colours."""
        self._next_picture = 0.0
        self._drawn_for = ()
        self.changed()

    @property
    def moving_cells(self) -> int:
        """The cells of the picture."""
        columns, rows = self.outer_size
        return columns * max(0, rows - 1) if self._picture is not None else 0

    @property
    def depth(self) -> ColourDepth:
        """In how many colours it is drawn: in fewer where the line is slow."""
        return self._film.depth if self._film is not None and self._shows == "cells" else super().depth

    def wait(self, now: float) -> float:
        """Seconds until the next picture may be drawn, where there is one that was not."""
        return max(super().wait(now), self._next_picture - now if self._is_fresh else 0.0)

    def paint(self, now: float) -> Cells:
        """The picture and the line under it."""
        pace = self.painter.pictures
        rung = pace.rung(now)
        picture = self._picture if rung.pictures and self.outer_size.height > 1 else None
        if picture is None:
            self.lift_overlay()
            self._is_fresh, self._drawn_for, self._still = False, (), None
            cells = self._frame_for("initials", rung.cell_scale)
            draw_person(cells, self.look, self._sign)
        else:
            cells = self._paint_picture(picture, rung, now)
        draw_bar(cells, self.look, self._sign, depth=self.depth)
        return cells

    def _paint_picture(self, picture: Picture, rung: Rung, now: float) -> Cells:
        """The newest picture; the one before it, as it is, where there is no newer one."""
        drawn_for = self.outer_size, rung.cell_scale, rung.depth, self.painter.capabilities, self.is_bare
        if self._is_fresh or drawn_for != self._drawn_for:
            self._is_fresh, self._drawn_for = False, drawn_for
            pace = self.painter.pictures
            budget = pace.budget(self.moving_cells, now)
            rate = self._lay_pixels(picture, rung, budget, now)
            self._still = None
            if not rate:
                self.lift_overlay()
                rate = rung.frames_per_second
                self._shows = "cells"
                self._still = self._draw_picture(picture, rung, budget)
            pace.painted(now)
            # Kept in step with the camera: a picture that comes a little late does not make the next one late.
            self._next_picture = max(self._next_picture + 1.0 / rate, now)
        still = self._still
        if still is None:
            return self._frame_for("pixels", rung.cell_scale)
        cells = self._frame_for("cells", rung.cell_scale)
        columns, rows = cells.columns, cells.rows - 1
        cells.paste(still, (columns - still.columns) // 2, (rows - still.rows) // 2)
        # Round a picture that is drawn smaller a frame would stand apart from it.
        if self._sign.voice is Voice.SPEAKING and still.columns == columns and self.depth is not ColourDepth.MONO:
            draw_ring(cells, self.look)
        return cells

    def _frame_for(self, shows: Shows, scale: float) -> Cells:
        """Return the cells to draw in, blank where they were for something else before."""
        self._shows = shows
        size, palette = self.outer_size, self.look.palette
        made_for = size, palette, shows, scale
        if self._frame is None or self._made_for != made_for:
            self._frame = Cells(*size, foreground=palette.text, background=palette.panel)
            self._made_for = made_for
        return self._frame

    def _lay_pixels(self, picture: Picture, rung: Rung, budget: int | None, now: float) -> float:
        """Show the picture in pixels, if the terminal and the line can; return how many a second, 0.0 for none."""
        if self._graphics_for is not self.painter.capabilities:
            self.lift_overlay()
            self._graphics_for, self._graphics = self.painter.capabilities, self.painter.new_graphics()
        graphics = self._graphics
        at_best = rung.cell_scale == 1.0 and rung.depth is ColourDepth.TRUECOLOR
        if graphics is None or not at_best or not self.is_bare or now < self._no_pixels_until:
            return 0.0
        columns, rows = self.outer_size
        place = Place(*self.region.offset, columns, rows - 1)
        rate = min(rung.frames_per_second, graphics.most_frames)
        if budget is not None:
            budget = int(budget * rung.frames_per_second / rate)
        data = graphics.draw(crop_to_aspect(picture, columns, rows - 1, self._cell_aspect), place, budget)
        if not data:
            self._no_pixels_until = now + PIXELS_AGAIN_SECONDS
            return 0.0
        self.overlay.lay(data, graphics.erase)
        return rate

    @property
    def _cell_aspect(self) -> float:
        width, height = self.painter.capabilities.cell_pixels or (1, 2)
        return width / height

    def _draw_picture(self, picture: Picture, rung: Rung, budget: int | None) -> Cells:
        columns, rows = self.outer_size.width, self.outer_size.height - 1
        width, height = (max(1, round(room * rung.cell_scale)) for room in (columns, rows))
        left, top = (columns - width) // 2, (rows - height) // 2
        capabilities = self.painter.capabilities
        settings = FitSettings.for_faces(capabilities.best_mode, rung.depth, cell_aspect=self._cell_aspect)
        wanted = (width, height, settings, capabilities.repeat)
        if self._film is None or self._film.made_of != wanted:
            self._film = _Film(*wanted)
        place = self.region.offset + Offset(left, top)
        missing = self.lost if self.showing is None else self.lost & self.showing
        lost = missing[top : top + height, left : left + width]
        return self._film.next(picture, place, budget, lost)


class _Film:
    """Pictures of one size, drawn in one way."""

    def __init__(self, columns: int, rows: int, settings: FitSettings, repeat: bool) -> None:
        self.made_of = columns, rows, settings, repeat
        self.depth = settings.depth
        self._fitter = Fitter(columns, rows, settings)
        self._stream = PictureStream(columns, rows, depth=settings.depth, repeat=repeat)

    def next(self, picture: Picture, place: Offset, budget: int | None, lost: NDArray[np.bool_]) -> Cells:
        """Return what to show now, at `place` on the terminal, for so many bytes."""
        self._stream.move(place.x, place.y)
        return self._stream.next(self._fitter.fit(picture), budget, lost)
