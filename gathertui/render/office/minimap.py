"""The whole map, small, for a corner of a view that shows a part of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import BOLD, Cells
from gathertui.render.colour import Colours, mix, mix_many
from gathertui.render.office.figures import Figure
from gathertui.render.office.sprites import STRUCTURE
from gathertui.render.office.tilemasks import Looks, Mask
from gathertui.render.office.viewport import tile_cells
from gathertui.render.palettes import Palette
from gathertui.world.geometry import Rect, Size
from gathertui.world.tilemap import NO_AREA, TileMap

FLOOR_STRENGTH: Final = 0.10
"""How much of the text's colour is in the floors: without walls and furniture they need more to be told apart."""

FRAME_STRENGTH: Final = 0.45
"""How much of the accent is in the frame around what the view shows."""

LEAST: Final = Size(60, 18)
"""Columns and rows of a view, below which a small map in its corner is in the way and too small to be read."""

EDGE: Final = 1
"""Cells at its left and right, in the panel's colour; there is one row of them below."""

YOU: Final = "@"
WALL_SIGN: Final = "#"
OTHER_SIGN: Final = "o"
FRAME_SIGN: Final = "."


class _Dots(NamedTuple):
    """A map scaled down, a dot a square of `scale` tiles: arrays of shape (height, width), of an even height."""

    scale: int
    colours: Colours
    walls: Mask


class MiniMap:
    """A map in at most `columns` by `rows` cells.

    A cell holds two dots, one over the other: a dot is a square of tiles and
    shows their floor, or a wall that runs through it. People are dots
    of their colour and you are `@`. In ASCII a cell has one sign for both of
    its dots. Raises ValueError for a size without cells.
    """

    def __init__(
        self, tilemap: TileMap, palette: Palette, *, columns: int, rows: int, ascii_only: bool = False
    ) -> None:
        if columns < 1 or rows < 1:
            raise ValueError("a small map needs at least one cell")
        self._palette = palette
        self._ascii_only = ascii_only
        scale = max(1, -(-tilemap.width // columns), -(-tilemap.height // (2 * rows)))
        self._dots = _shrink(tilemap, palette, scale)
        self.columns = self._dots.colours.shape[1]
        """Width in cells."""
        self.rows = self._dots.colours.shape[0] // 2
        """Height in cells."""

    def paint(self, figures: Iterable[Figure], *, you: int | None, frame: Rect) -> Cells:
        """The map with people on it, and a frame around the tiles that the view shows."""
        palette, dots = self._palette, self._dots.colours.copy()
        edge = _edge(dots.shape, frame, self._dots.scale)
        dots[edge] = mix_many(dots[edge], palette.accent, FRAME_STRENGTH)
        mine: list[tuple[int, int, int]] = []
        others: list[tuple[int, int, int]] = []
        for figure in figures:
            (mine if figure.id == you else others).append((*figure.position, figure.colour))
        people = np.zeros(dots.shape, np.bool_)
        ys, xs, colours = self._on_dots(others)
        people[ys, xs] = True
        dots[ys, xs] = np.array(palette.people, np.uint32)[colours % len(palette.people)]
        cells = self._in_signs(dots, people, edge) if self._ascii_only else _in_halves(dots)
        for y, x in zip(*(part.tolist() for part in self._on_dots(mine)[:2]), strict=True):
            cells.put(x, y // 2, YOU, foreground=palette.you, background=palette.plate, attributes=BOLD)
        return cells

    def lay_on(self, view: Cells, figures: Iterable[Figure], *, you: int | None, frame: Rect, avoid: int) -> Rect:
        """Paint it into the view's top right corner, or the left one when the column `avoid` is nearer to the right.

        Where it lies, in cells, with the edge that parts it from the view. It is cut where the view is smaller.
        """
        columns, rows = min(self.columns + 2 * EDGE, view.columns), min(self.rows + 1, view.rows)
        x = 0 if avoid > view.columns // 2 else view.columns - columns
        # This first: it leaves no halves of wide characters at the edges.
        view.fill(x, 0, columns, rows, self._palette.panel)
        view.paste(self.paint(figures, you=you, frame=frame), x + EDGE, 0)
        return Rect(x, 0, columns, rows)

    def _on_dots(self, people: list[tuple[int, int, int]]) -> tuple[NDArray[np.intp], ...]:
        """The dots of people on the map: ys, xs, and the people's colour numbers."""
        xs, ys, colours = np.array(people, np.intp).reshape(-1, 3).T
        height, width = self._dots.colours.shape
        xs, ys = xs // self._dots.scale, ys // self._dots.scale
        inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
        return ys[inside], xs[inside], colours[inside]

    def _in_signs(self, dots: Colours, people: Mask, edge: Mask) -> Cells:
        palette = self._palette
        cells = Cells(self.columns, self.rows, foreground=palette.text)
        cells.background[:] = dots[::2]
        for mask, sign, colour in (
            (edge, FRAME_SIGN, palette.accent),
            (self._dots.walls, WALL_SIGN, palette.dim),
            (people, OTHER_SIGN, palette.text),
        ):
            here = mask[::2] | mask[1::2]
            cells.codepoints[here] = ord(sign)
            cells.foreground[here] = colour
            cells.background[here] = palette.plate
        return cells


def should_show(columns: int, rows: int, tilemap: Size, zoom: int) -> bool:
    """Whether a view of that many cells leaves out some of the map, and has room for a small one in its corner."""
    tile = tile_cells(zoom)
    leaves_out = tilemap.width * tile.width > columns or tilemap.height * tile.height > rows
    return leaves_out and columns >= LEAST.width and rows >= LEAST.height


def _in_halves(dots: Colours) -> Cells:
    cells = Cells(dots.shape[1], dots.shape[0] // 2)
    cells.codepoints[:] = ord("▀")
    cells.foreground[:], cells.background[:] = dots[::2], dots[1::2]
    return cells


def _edge(shape: tuple[int, ...], frame: Rect, scale: int) -> Mask:
    """The dots along the inside of a rectangle of tiles, as far as it lies on the map."""
    height, width = shape
    left, top = max(0, frame.x // scale), max(0, frame.y // scale)
    right = min(width, -(-(frame.x + frame.width) // scale))
    bottom = min(height, -(-(frame.y + frame.height) // scale))
    edge = np.zeros(shape, np.bool_)
    edge[top:bottom, left:right] = True
    edge[top + 1 : bottom - 1, left + 1 : right - 1] = False
    return edge


def _shrink(tilemap: TileMap, palette: Palette, scale: int) -> _Dots:
    """Scale a map down: in each square the floor that most of it has, or a wall; doors are gaps in walls."""
    looks = Looks(tilemap)
    areas = np.frombuffer(tilemap.area_numbers, np.uint8).reshape(tilemap.height, tilemap.width)

    def count(mask: Mask) -> NDArray[np.intp]:
        padded = np.pad(mask, ((0, -tilemap.height % (2 * scale)), (0, -tilemap.width % scale)))
        height, width = (side // scale for side in padded.shape)
        dots: NDArray[np.intp] = padded.reshape(height, scale, width, scale).sum(axis=(1, 3))
        return dots

    void = looks.those({"void"})
    most = count(void)
    colours = np.full(most.shape, palette.app, np.uint32)
    for number in np.unique(areas).tolist():
        name = tilemap.ground if number == NO_AREA else tilemap.areas[number - 1].ground
        here = count((areas == number) & ~void)
        colours[here > most] = mix(palette.grounds[name].first, palette.text, FLOOR_STRENGTH)
        most = np.maximum(most, here)
    # A wall fills its dot where it runs right through, and no less than one tile thick.
    walls = (count(looks.those(STRUCTURE)) >= scale) & (count(looks.those({"door"})) == 0)
    colours[walls] = palette.tones["wall"].top
    return _Dots(scale, colours, walls)
