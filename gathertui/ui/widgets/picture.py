"""Somebody's picture, moving, with a line under it that says whose it is."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from textual.geometry import Offset

from gathertui.render.cells import BOLD, Cells, clip_text, text_width
from gathertui.render.colour import Picture, mix
from gathertui.render.encode.ratedistortion import PictureStream
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.fit.crop import crop_to_aspect
from gathertui.render.modes import ColourDepth
from gathertui.render.pixels.graphics import Graphics, Place
from gathertui.terminal.canvas.widget import Canvas
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.pacing import Rung
from gathertui.ui.look import Look
from gathertui.ui.widgets.drawn import Drawn

Shows = Literal["initials", "cells", "pixels"]
"""What stands for the person."""

PIXELS_AGAIN_SECONDS = 5.0
"""After so long pixels are tried again on a line that could not bear them."""

PLATE_STRENGTH = 0.16
"""How much of a person's colour is in what lies round their initials where there is no picture."""


class PictureView(Drawn, Canvas):
    """Shows the newest picture that it was given, as well as the line to the terminal bears.

    In its last row stands `name`, and `state` at the right. Where there is no
    picture, or the line is too slow for one, the person's initials stand for it.
    """

    LAYS_PIXELS = True
    DEFAULT_CSS = """
    PictureView { width: 1fr; height: 12; background: $panel; }
    """

    def __init__(self, look: Look, name: str, *, initials: str, colour: int) -> None:
        super().__init__(look)
        self._person = name
        self._initials = initials
        self._colour = colour
        self._state = ""
        self._picture: Picture | None = None
        self._film: _Film | None = None
        self._next_picture = 0.0
        self._frame: Cells | None = None
        self._made_for: tuple[object, ...] = ()
        self._shows: Shows = "initials"
        self._graphics: Graphics | None = None
        self._graphics_for: Capabilities | None = None
        self._no_pixels_until = 0.0

    def show(self, picture: Picture | None) -> None:
        """Show this from now on, None for none; a picture that was not drawn yet never is. It must not be changed."""
        if picture is None:
            self._next_picture = 0.0
        self._picture = picture
        self.changed()

    def say(self, state: str) -> None:
        """Have this at the right of the name: "muted", "connecting"."""
        if state != self._state:
            self._state = state
            self.redraw()

    def redraw(self) -> None:
        """Draw everything anew, in other colours."""
        self._next_picture = 0.0
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
        """Seconds until the next picture may be drawn."""
        return max(super().wait(now), self._next_picture - now)

    def paint(self, now: float) -> Cells:
        """The picture and the line under it."""
        pace = self.painter.pictures
        rung = pace.rung(now)
        picture = self._picture if rung.pictures and self.outer_size.height > 1 else None
        if picture is None:
            self.lift_overlay()
            return self._frame_for("initials", rung.cell_scale)
        budget = pace.budget(self.moving_cells, now)
        rate = self._lay_pixels(picture, rung, budget, now)
        if rate:
            cells = self._frame_for("pixels", rung.cell_scale)
        else:
            self.lift_overlay()
            rate = rung.frames_per_second
            cells = self._frame_for("cells", rung.cell_scale)
            self._draw_picture(cells, picture, rung, budget)
        pace.painted(now)
        # Kept in step with the camera: a picture that comes a little late does not make the next one late.
        self._next_picture = max(self._next_picture + 1.0 / rate, now)
        return cells

    def _frame_for(self, shows: Shows, scale: float) -> Cells:
        """Return what does not change with every picture: the one before, where it still holds."""
        self._shows = shows
        size, palette = self.outer_size, self.look.palette
        made_for = size, palette, self._state, shows, scale
        if self._frame is None or self._made_for != made_for:
            cells = Cells(*size, foreground=palette.text, background=palette.panel)
            if shows == "initials":
                self._draw_initials(cells)
            self._draw_bar(cells)
            self._frame, self._made_for = cells, made_for
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

    def _draw_picture(self, cells: Cells, picture: Picture, rung: Rung, budget: int | None) -> None:
        columns, rows = cells.columns, cells.rows - 1
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
        cells.paste(self._film.next(picture, place, budget, lost), left, top)

    def _draw_initials(self, cells: Cells) -> None:
        if cells.rows < 2:
            return
        palette = self.look.palette
        colour = palette.person(self._colour)
        columns, rows = cells.columns, cells.rows - 1
        cells.fill(0, 0, columns, rows, mix(palette.panel, colour, PLATE_STRENGTH))
        initials = clip_text(self._initials, columns, "")
        height = 3 if rows >= 5 else 1
        width = text_width(initials) + (6 if columns >= 12 else 2)
        left, top = (columns - width) // 2, (rows - height) // 2
        cells.fill(left, top, width, height, colour)
        cells.put(
            (columns - text_width(initials)) // 2,
            top + height // 2,
            initials,
            foreground=palette.ink,
            attributes=BOLD,
        )

    def _draw_bar(self, cells: Cells) -> None:
        palette, ellipsis = self.look.palette, self.look.signs.ellipsis
        columns, row = cells.columns, cells.rows - 1
        state = clip_text(self._state, columns // 2, ellipsis)
        room = columns - text_width(state) - 2
        cells.put(1, row, clip_text(self._person, room, ellipsis), foreground=palette.person(self._colour))
        cells.put(columns - text_width(state) - 1, row, state, foreground=palette.dim)


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
