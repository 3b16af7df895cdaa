"""Draws an app's canvases beside what Textual draws.

The rule that all of it keeps: a canvas's shadow holds what the terminal shows at
its cells, or that this is unknown. Textual writes its pictures in one place, so
there the cells that it writes become unknown, and what shows of the canvases is
drawn again in the same write.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterable
from typing import Any, Final

from textual._compositor import CompositorUpdate
from textual.filter import ANSIToTruecolor
from textual.geometry import Region

from gathertui.render.encode import encode
from gathertui.render.pixels.graphics import Graphics
from gathertui.render.pixels.kitty import ERASE_ALL, KittyGraphics
from gathertui.render.pixels.sixel import SixelGraphics
from gathertui.terminal.canvas.coverage import Layer, Placement, arrange, layers_of, tinted
from gathertui.terminal.canvas.output import NEVER, FrameOutput
from gathertui.terminal.canvas.pictures import PicturePace
from gathertui.terminal.canvas.private import missing_names
from gathertui.terminal.canvas.schedule import FrameSchedule
from gathertui.terminal.canvas.updates import FullScreenUpdate, RepairedUpdate, written_regions
from gathertui.terminal.canvas.widget import Canvas
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.pacing import FrameGate, Ladder

SETTLE_SECONDS: Final = 0.15
"""After a change of size all is drawn once more: Textual misses parts where one meets a screen that goes away."""

_RESET_PEN: Final = "\x1b[0m"

_FIRST_IMAGE: Final = 0x67740000
"""Kitty's numbers of images are the terminal's: others that draw in it hardly choose these."""


class CanvasBridge:
    """Draws the canvases of one app. `cap` is in bytes a second, None for none."""

    def __init__(self, app: Any, capabilities: Capabilities, cap: int | None) -> None:
        self._app = app
        self._capabilities = capabilities
        self._names_are_there: bool | None = None
        self._was_direct: bool | None = None
        self._layers: list[Layer] = []
        self._places: dict[Canvas, Placement] = {}
        self._schedule = FrameSchedule(self._draw_frame)
        self._settle_timer: asyncio.TimerHandle | None = None
        self._is_held = False
        self._left_over = b""
        self._images = itertools.count(_FIRST_IMAGE, 2)
        self.gate = FrameGate(reports=capabilities.cursor_reports, cap=cap)
        """Lets frames through, one after the other."""
        self._output = FrameOutput(app, self.gate)
        self.ladder = Ladder(self.gate, capabilities.depth)
        """How good pictures may be."""
        self.pictures = PicturePace(self.ladder)
        """How the pictures share that."""

    # ------------------------------------------------------------ what the app tells

    @property
    def capabilities(self) -> Capabilities:
        """What the terminal can be drawn on with."""
        return self._capabilities

    @capabilities.setter
    def capabilities(self, capabilities: Capabilities) -> None:
        if capabilities != self._capabilities:
            self._capabilities = capabilities
            self.gate.expect_reports(reports=capabilities.cursor_reports)
            self.ladder.use_depth(capabilities.depth)
            for canvas in self._places:
                canvas.changed()
            self.repaint()

    @property
    def is_direct(self) -> bool:
        """Whether canvases are drawn straight to the terminal, and not as strips."""
        driver = self._app._driver
        if driver is None or driver.is_headless or driver.is_inline or driver.is_web or not self._app.screen_stack:
            return False
        if self._names_are_there is None:
            self._names_are_there = not missing_names(self._app)
        return self._names_are_there and not any(map(self._changes_cells, self._app.get_line_filters()))

    def new_graphics(self) -> Graphics | None:
        """Return what draws a picture in pixels; None where the terminal shows none, or the person wants none."""
        if self._capabilities.kitty_graphics:
            return KittyGraphics(next(self._images))
        if self._capabilities.sixel and self._capabilities.cell_pixels is not None:
            return SixelGraphics(*self._capabilities.cell_pixels)
        return None

    def schedule(self, wait: float = 0.0) -> None:
        """Have the canvases drawn in `wait` seconds, and so soon after the last frame as there may be one."""
        self._schedule.ask(wait)

    def picture_words(self, now: float) -> str:
        """Return what a status line says of the moving pictures, empty where none show or nobody counts their bytes."""
        return self.pictures.words(now) if self.is_direct else ""

    def repaint(self) -> None:
        """Draw everything anew, Textual's part too: nobody knows what the terminal shows."""
        if self._capabilities.kitty_graphics:
            self._left_over = ERASE_ALL  # what took a picture off may be what was lost
        for canvas in self._places:
            canvas.forget()
        if self._app._running and not self._schedule.is_stopped:
            self._app.screen.refresh()
            self.schedule()

    def resized(self) -> None:
        """The terminal has another size, or says the same again: draw everything, and once more when it is quiet."""
        self.repaint()
        if self._settle_timer is not None:
            self._settle_timer.cancel()
        self._settle_timer = asyncio.get_running_loop().call_later(SETTLE_SECONDS, self.repaint)

    def suspend(self) -> None:
        """The terminal is somebody else's from now on."""
        self._schedule.stop()

    def resume(self) -> None:
        """The terminal is ours again."""
        self._schedule.go()
        self.resized()

    def close(self) -> None:
        """The app ends."""
        self._schedule.stop()
        if self._settle_timer is not None:
            self._settle_timer.cancel()
        self._layers, self._places = [], {}

    def repaired(self, update: FullScreenUpdate) -> CompositorUpdate:
        """Return an update of Textual's with what canvases have to draw after it, and have it counted."""
        return RepairedUpdate(update, self._repair if self.is_direct else self._output.counted)

    def displayed(self) -> None:
        """Textual has written what it had to, or found that there was nothing."""
        self._watch()

    def reported(self, column: int, row: int) -> None:
        """The terminal has answered where its cursor is, from 0: it may have drawn the last frame."""
        self.gate.acknowledged(column, row, time.monotonic())
        self.ready()

    def ready(self) -> None:
        """What held frames up may be over."""
        if self._is_held:
            self.schedule()

    # ------------------------------------------------------------ drawing

    def _draw_frame(self, now: float) -> float | None:
        app = self._app
        if not app._running or app._closed or app._driver is None or not app.screen_stack:
            return None
        is_direct = self.is_direct
        wait = self._output.wait(now)
        self._is_held = wait > 0.0
        if self._is_held:
            return wait if wait < NEVER else None
        try:
            self._watch()
            self._paint(now)
            if is_direct:
                self._output.write(self._draw(), now, synchronized=self._capabilities.synchronized)
            elif any([canvas.show_strips() for canvas in self._places]):  # noqa: C419  # all of them
                self._output.ask_next()
        except Exception as error:  # nobody else would see it: this runs in no task
            app._handle_exception(error)
        return None

    def _paint(self, now: float) -> None:
        """Have the canvases make their pictures, those at least that may now."""
        self.pictures.begin_frame(now, self._places)
        waits = []
        for canvas in self._places:
            if canvas.is_stale:
                wait = canvas.wait(now)
                if wait > 0.0:
                    waits.append(wait)
                else:
                    canvas.refresh_picture(now)
        if waits:
            self._schedule.ask(min(waits))

    def _draw(self, *, only_unknown: bool = False) -> str:
        """Return what draws the canvases where they differ from what the terminal shows."""
        pieces = [self._left_over, *(canvas.overlay.take_left_over() for canvas in self._places)]
        self._left_over = b""
        for canvas, place in self._places.items():
            cells = canvas.cells
            if canvas.is_drawn or cells is None or not canvas.has_picture:
                continue
            mask = canvas.take_changes(place.mask, only_unknown=only_unknown)
            if mask.any():
                shown = tinted(cells, mask, place.tints, canvas.depth)
                known = None if only_unknown or place.tints else place.visible
                pieces.append(
                    encode(
                        shown,
                        mask,
                        left=place.left,
                        top=place.top,
                        depth=canvas.depth,
                        repeat=self._capabilities.repeat,
                        resend=known,
                    )
                )
            if not only_unknown:
                pieces.append(canvas.overlay.take())
        data = b"".join(pieces)
        return data.decode() + _RESET_PEN if data else ""

    def _repair(self, update: FullScreenUpdate, text: str) -> str:
        """Return an update's text, and after it what draws the canvases again where that has written."""
        self._watch()
        written = list(written_regions(update))
        for canvas, place in self._places.items():
            self._forget_parts(canvas, place, written)
        text += self._draw(only_unknown=True)
        if any(canvas.overlay.is_laid for canvas in self._places):
            self.schedule()  # pixels come with frames only, which the gate lets through
        return self._output.counted(update, text)

    # ------------------------------------------------------------ knowing

    def _watch(self) -> None:
        """See whether the screens are arranged anew, and what the terminal can't show any more then."""
        layers = layers_of(self._app)
        is_direct = self.is_direct
        if is_direct is self._was_direct and len(layers) == len(self._layers):
            if all(new.is_like(old) for new, old in zip(layers, self._layers, strict=True)):
                return
        elif is_direct is not self._was_direct and self._was_direct is not None:
            self._app.screen.refresh()
            self._places = {}
        self._was_direct = is_direct
        before, self._layers, self._places = self._places, layers, arrange(layers)
        for canvas in before.keys() - self._places.keys():
            canvas.forget()
            canvas.place(None, is_bare=False, is_moved=True)
            self._left_over += canvas.overlay.take_left_over()
        for canvas, place in self._places.items():
            canvas.is_drawn = False
            last = before.get(canvas)
            is_moved = last is None or place.is_moved(last)
            is_bare = is_direct and place.mask is None and not place.tints
            canvas.place(place.mask, is_bare=is_bare, is_moved=is_moved)
            if last is None or is_moved:
                canvas.forget()
            else:
                # What was covered may show something else, whether or not Textual has written there again.
                self._forget_parts(canvas, place, {*place.covers, *last.covers})
        self.schedule()  # what was hidden may have changed meanwhile

    @staticmethod
    def _forget_parts(canvas: Canvas, place: Placement, regions: Iterable[Region]) -> None:
        inside = canvas.outer_size.region
        for region in regions:
            canvas.forget(inside.intersection(region.translate((-place.left, -place.top))))

    def _changes_cells(self, line_filter: object) -> bool:
        """Whether a filter of Textual's would change what a canvas draws."""
        return not isinstance(line_filter, ANSIToTruecolor) and line_filter not in self._app.colour_filters()
