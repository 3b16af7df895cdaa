"""What Textual writes to the terminal, and which cells that are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeGuard

from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region

from gathertui.terminal.canvas.strips import CanvasStrip

FullScreenUpdate = LayoutUpdate | ChopsUpdate


def is_full_screen(update: object) -> TypeGuard[FullScreenUpdate]:
    """Whether it is an update of a full-screen app, and not of one that lies between a shell's lines."""
    return isinstance(update, LayoutUpdate | ChopsUpdate)


class RepairedUpdate(CompositorUpdate):
    """An update of Textual's, and after it what canvases must draw again: one write."""

    def __init__(self, update: FullScreenUpdate, repair: Callable[[FullScreenUpdate, str], str]) -> None:
        self._update = update
        self._repair = repair

    def render_segments(self, console: Console) -> str:
        """Return what goes to the terminal."""
        return self._repair(self._update, self._update.render_segments(console))


def written_regions(update: FullScreenUpdate) -> Iterator[Region]:
    """The parts of the screen that an update writes. What canvases step over is not among them."""
    return _of_all(update) if isinstance(update, LayoutUpdate) else _of_chops(update)


def _of_all(update: LayoutUpdate) -> Iterator[Region]:
    for y, line in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in line:
            width = strip.cell_length
            if not isinstance(strip, CanvasStrip):
                yield Region(x, y, width, 1)
            x += width


def _of_chops(update: ChopsUpdate) -> Iterator[Region]:
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > right or end <= left or isinstance(strip, CanvasStrip):
                continue
            # Textual writes a piece that begins left of the span from there.
            yield Region(x, y, min(end, right) - x, 1)
