"""The widget whose cells are drawn straight to the terminal."""

from __future__ import annotations

import time
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from gathertui.render.cells import Cells
from gathertui.render.encode.shadow import Shadow
from gathertui.render.modes import ColourDepth
from gathertui.render.pixels.graphics import Graphics
from gathertui.terminal.canvas.overlay import Overlay
from gathertui.terminal.canvas.pictures import PicturePace
from gathertui.terminal.canvas.strips import CanvasStrip, strip_of_cells
from gathertui.terminal.capabilities import Capabilities


class CanvasPainter(Protocol):
    """What a canvas asks of its app."""

    def new_graphics(self) -> Graphics | None:
        """Return what draws a picture in pixels; None where the terminal shows none, or the person wants none."""

    @property
    def is_direct(self) -> bool:
        """Whether canvases are drawn straight to the terminal."""

    @property
    def capabilities(self) -> Capabilities:
        """What the terminal can be drawn on with."""

    @property
    def pictures(self) -> PicturePace:
        """How good moving pictures may be."""

    def picture_words(self, now: float) -> str:
        """Return what a status line says of the moving pictures."""

    def schedule(self, wait: float = 0.0) -> None:
        """Have the canvases drawn in so many seconds, or as soon after that as a frame can be shown."""


class HasCanvases(Protocol):
    """An app with canvases."""

    @property
    def canvases(self) -> CanvasPainter:
        """Who draws them."""


class Canvas(Widget):
    """A widget that is a picture of cells. Give it no border, padding or opacity; a container can have them.

    Derived classes make the picture in `paint` and call `changed` when there is
    something new to see. It is asked for only when it can be shown: not while it
    is hidden or wholly covered, and not more often than the terminal takes it.
    Its app must be a `CanvasApp`.
    """

    ALLOW_SELECT = False
    LAYS_PIXELS = False
    """Whether it may lay something over its cells while it is bare."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: Cells | None = None
        self._shadow, self._shadow_size = Shadow(0, 0), Size(0, 0)
        self._is_stale = True
        self._due = 0.0
        self.is_drawn = False
        """Whether the terminal shows what was painted last, wherever it can be seen."""
        self.overlay = Overlay()
        """What lies over the cells. Derived classes lay it while `is_bare`."""
        self.showing: NDArray[np.bool_] | None = None
        """Which of its cells show, of (rows, columns); None: all."""
        self._is_bare = False
        self._strips: list[Strip] = []
        self._live_strips: dict[Region, list[Strip]] = {}
        self._found_painter: CanvasPainter | None = None

    # ------------------------------------------------------------ what derived classes do

    def paint(self, now: float) -> Cells | None:
        """Return the picture as it should be now, of exactly `size`; None while there is nothing to show.

        `now` is in seconds of the monotonic clock. The buffer may be the same as
        before, changed; it must not be changed elsewhere.
        """
        raise NotImplementedError

    def wait(self, now: float) -> float:
        """Seconds until it wants to be painted, 0.0 for now; asked only when it is stale."""
        return max(0.0, self._due - now)

    @property
    def moving_cells(self) -> int:
        """Cells of it that change all the time, as a film's do; 0 for what changes now and then."""
        return 0

    @property
    def depth(self) -> ColourDepth:
        """In how many colours it is drawn: at most in those that the terminal has."""
        return self.painter.capabilities.depth

    def changed(self) -> None:
        """Say that `paint` would return something else now."""
        self.changes_at(0.0)

    def changes_at(self, when: float) -> None:
        """Say that `paint` will return something else from then on, in seconds of the monotonic clock."""
        if not self._is_stale or when < self._due:
            self._is_stale, self._due = True, when
        if self.is_attached:
            self.painter.schedule(max(0.0, when - time.monotonic()))

    # ------------------------------------------------------------ what others see of it

    @property
    def cells(self) -> Cells | None:
        """The picture as it was painted last, None before that and after a change of size."""
        return self._cells

    @property
    def is_stale(self) -> bool:
        """Whether it waits to be painted."""
        return self._is_stale

    @property
    def has_picture(self) -> bool:
        """Whether there are cells of the widget's size now."""
        cells = self._cells
        return cells is not None and (cells.columns, cells.rows) == self.outer_size

    # ------------------------------------------------------------ what who draws it does

    def refresh_picture(self, now: float) -> None:
        """Paint it, if it has changed."""
        size = self.outer_size
        if not self._is_stale or not size:
            return
        self._is_stale = self.is_drawn = False
        had_picture = self.has_picture
        if size != self._shadow_size:
            self._shadow, self._shadow_size = Shadow(*size), size
            self._strips = [Strip.blank(size.width)] * size.height
        depth = self.depth
        self._cells = self.paint(now)
        if self.depth is not depth:
            self._shadow.forget_all()
        if had_picture and not self.has_picture:
            self.refresh()  # from now on Textual writes what is here

    @property
    def is_bare(self) -> bool:
        """Whether all of it shows, through nothing, and it is drawn straight to the terminal."""
        return self._is_bare

    def place(self, visible: NDArray[np.bool_] | None, *, is_bare: bool, is_moved: bool) -> None:
        """Take it that these cells show, None: all; and whether they do elsewhere than before."""
        self.showing = visible
        if is_moved or is_bare is not self._is_bare:
            self._is_bare = is_bare
            if self.LAYS_PIXELS:
                self.lift_overlay()
                self.changed()

    def lift_overlay(self) -> None:
        """Take off what lies over the cells, and have all of these drawn again."""
        if self.overlay.is_laid:
            self.overlay.lift()
            self.forget()

    @property
    def lost(self) -> NDArray[np.bool_]:
        """The cells, of (rows, columns), that the terminal does not show as they were painted."""
        return self._shadow.unknown

    def forget(self, region: Region | None = None) -> None:
        """Take it that the terminal shows something else there; a region of the widget, None: everywhere."""
        if region is not None and not region:
            return
        self.is_drawn = False
        self.overlay.lose()
        if region is None:
            self._shadow.forget_all()
        else:
            self._shadow.forget(region.x, region.y, region.right, region.bottom)

    def take_changes(self, visible: NDArray[np.bool_] | None, *, only_unknown: bool = False) -> NDArray[np.bool_]:
        """Return which cells must be drawn, and take it that they are. It must have a picture.

        `visible` are those that show, None: all. `only_unknown` leaves out what the
        terminal shows as it was painted before.
        """
        cells = self._cells
        assert cells is not None
        mask = self._shadow.differs(cells, visible)
        if only_unknown:
            mask &= _widened(self._shadow.unknown)
        else:
            self.is_drawn = True
        self._shadow.record(cells, mask)
        return mask

    def show_strips(self) -> bool:
        """Have Textual show what has changed; whether anything has."""
        cells = self._cells
        if cells is None or not self.has_picture:
            return False
        mask = self._shadow.differs(cells)
        self._shadow.record(cells, mask)
        regions = []
        for row in np.flatnonzero(mask.any(axis=1)).tolist():
            self._strips[row] = strip_of_cells(cells, row)
            columns = np.flatnonzero(mask[row])
            left = int(columns[0])
            regions.append(Region(left, row, int(columns[-1]) + 1 - left, 1))
        if regions:
            self.refresh(*regions)
        return bool(regions)

    # ------------------------------------------------------------ Textual's side

    def on_resize(self, event: events.Resize) -> None:
        """Another size is another picture."""
        self._cells = None
        self.changed()

    def on_show(self) -> None:
        """It may have changed while it was hidden."""
        self.painter.schedule()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual's way to ask for lines: strips that step over the cells where these are drawn directly."""
        if not (self.painter.is_direct and self.has_picture):
            return super().render_lines(crop)
        strips = self._live_strips.get(crop)
        if strips is None:
            if len(self._live_strips) >= 8:
                self._live_strips.clear()
            strips = [CanvasStrip(self, y, crop.x, crop.right) for y in range(crop.y, crop.bottom)]
            self._live_strips[crop] = strips
        return strips

    def render_line(self, y: int) -> Strip:
        """Textual's way to ask for a line."""
        cells = self._cells
        if cells is None or not self.has_picture or y >= cells.rows:
            return Strip.blank(self.size.width, self.rich_style)
        if self.painter.is_direct:
            return strip_of_cells(cells, y)
        return self._strips[y]

    @property
    def painter(self) -> CanvasPainter:
        """Who draws it."""
        if self._found_painter is None:
            # Not by `self.app`: that is the app which runs now, and who says that a canvas changed may be outside any.
            app: HasCanvases = self.ancestors[-1]  # type: ignore[assignment]  # by the class's contract
            self._found_painter = app.canvases
        return self._found_painter


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The cells of the mask and those beside them: the other half of a wide character is one of these."""
    wide = mask.copy()
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    return wide
