"""Which cells of the canvases show: what lies over them, and through which screens they shine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from textual.app import App
from textual.color import Color
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from gathertui.render.cells import Cells
from gathertui.render.colour import Colours
from gathertui.render.indexed import FIRST, colour_of_index, nearest_indices
from gathertui.render.modes import ColourDepth
from gathertui.terminal.canvas.widget import Canvas


class Layer(NamedTuple):
    """A screen that shows, alone or through those above it.

    `widgets` are its compositor's, from front to back, with their region and clip.
    `tints` are the backgrounds that are mixed into it, in that order.
    """

    screen: Screen[object]
    widgets: Mapping[Widget, tuple[Region, Region]]
    tints: tuple[Color, ...]

    def is_like(self, other: Layer) -> bool:
        """Whether nothing was arranged anew since `other`: a compositor makes another mapping then."""
        return self.screen is other.screen and self.widgets is other.widgets and self.tints == other.tints


def layers_of(app: App[object]) -> list[Layer]:
    """The screens that show, from the top one down to the first that nothing shines through."""
    layers = []
    tints: tuple[Color, ...] = ()
    for screen in reversed(app.screen_stack):
        layers.append(Layer(screen, screen._compositor.visible_widgets, tints))
        background = screen.styles.background
        if background.a == 1:
            break
        if background.a > 0:
            tints = (background, *tints)
    return layers


class Placement(NamedTuple):
    """Where a canvas shows.

    `left` and `top` are its place on the terminal. `visible` is True where it shows, of
    its size. `covers` are the regions over it, on the terminal.
    """

    left: int
    top: int
    visible: NDArray[np.bool_]
    covers: tuple[Region, ...]
    is_cut: bool
    tints: tuple[Color, ...]

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """`visible`; None where all of it shows."""
        return self.visible if self.covers or self.is_cut else None

    def is_moved(self, before: Placement) -> bool:
        """Whether nothing of what was drawn before is right now."""
        return (self.left, self.top, self.tints) != (before.left, before.top, before.tints)


def arrange(layers: Sequence[Layer]) -> dict[Canvas, Placement]:
    """Where the canvases show. Those that nothing shows of are left out."""
    placed: dict[Canvas, Placement] = {}
    above: list[Region] = []
    for layer in layers:
        inside = layer.screen._compositor.size.region
        in_front = list(above)
        for widget, (region, clip) in layer.widgets.items():
            if isinstance(widget, Canvas):
                placement = _place(region, region.intersection(clip).intersection(inside), in_front, layer.tints)
                if placement is not None:
                    placed[widget] = placement
            # A screen's own background lies behind its widgets, and is what the tints stand for.
            if widget is not layer.screen:
                in_front.append(region.intersection(clip))
        above = in_front
    return placed


def _place(region: Region, shown: Region, in_front: Sequence[Region], tints: tuple[Color, ...]) -> Placement | None:
    if not shown:
        return None
    covers = tuple(cover for cover in in_front if cover and shown.overlaps(cover))
    visible = np.zeros((region.height, region.width), np.bool_)
    visible[_within(shown, region)] = True
    for cover in covers:
        visible[_within(cover.intersection(shown), region)] = False
    return Placement(region.x, region.y, visible, covers, shown != region, tints) if visible.any() else None


def _within(part: Region, whole: Region) -> tuple[slice, slice]:
    rows = slice(part.y - whole.y, part.bottom - whole.y)
    return rows, slice(part.x - whole.x, part.right - whole.x)


def tinted(cells: Cells, mask: NDArray[np.bool_], tints: Sequence[Color], depth: ColourDepth) -> Cells:
    """The cells as they show through screens with these backgrounds; right where `mask` is True."""
    if not tints:
        return cells
    shown = copy_of(cells)
    for plane in (shown.foreground, shown.background):
        colours = plane[mask]
        for number, tint in enumerate(tints):
            if number and depth is ColourDepth.INDEXED:
                # Every screen has its colours made indexed ones before the next shines through it.
                colours = _indexed_colours()[nearest_indices(colours)]
            colours = _blend(colours, tint)
        plane[mask] = colours
    return shown


@lru_cache(maxsize=1)
def _indexed_colours() -> Colours:
    """What the indices look like, from 16 on; those below are never chosen."""
    return np.array([0] * FIRST + [colour_of_index(index) for index in range(FIRST, 256)], np.uint32)


def _blend(colours: Colours, tint: Color) -> Colours:
    """As `textual.color.Color.blend` does it, which rounds down."""
    blended = np.zeros_like(colours)
    for shift, other in ((16, tint.r), (8, tint.g), (0, tint.b)):
        channel = (colours >> np.uint32(shift) & np.uint32(255)).astype(np.float64)
        blended |= (channel + (other - channel) * tint.a).astype(np.uint32) << np.uint32(shift)
    return blended


def copy_of(cells: Cells) -> Cells:
    """Other cells that are equal."""
    copied = Cells(0, 0)
    copied.codepoints = cells.codepoints.copy()
    copied.foreground = cells.foreground.copy()
    copied.background = cells.background.copy()
    copied.attributes = cells.attributes.copy()
    return copied
