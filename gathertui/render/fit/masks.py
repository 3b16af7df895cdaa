"""The ways to part a cell in ink and ground, per mode, as matrices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.glyphs import (
    ASCII,
    ASCII_GRID,
    BRAILLE,
    DIAGONALS,
    HALF_GRID,
    LEFT_EIGHTHS,
    LOWER_EIGHTHS,
    OCTANT_GRID,
    OPPOSITE_DIAGONAL,
    PATTERNS,
    QUADRANT_GRID,
    RIGHT_EIGHTHS,
    UPPER_EIGHTHS,
    Grid,
    coverage,
)
from gathertui.render.modes import PictureMode

ALONE: Final = 0
"""Instead of a code point: no glyph shows the rest of the cell."""


@dataclass(frozen=True, slots=True, eq=False)
class MaskSet:
    """Every parting of a cell that a mode's glyphs can show: K of them over P rectangles.

    A glyph and the one that shows the rest of the cell are one parting: the
    colours change places.
    """

    grid: Grid
    """The P rectangles that masks are given on."""
    grain: Grid
    """The parts of a rectangle within which light is averaged, and not what is seen."""
    ink: NDArray[np.uint32]
    """(K,) the glyph whose ink is where the mask is."""
    rest: NDArray[np.uint32]
    """(K,) the glyph that shows the rest of the cell; `ALONE` where the mode has none."""
    weights: NDArray[np.float32]
    """(P, K + 1): the masks, centred and of length 1, and a last column that averages."""
    mean: NDArray[np.float32]
    """(K,) how much of the cell is ink."""
    length: NDArray[np.float32]
    """(K,) the length of the centred mask, before it was made 1."""
    unevenness: float
    """How much of the unevenness of rectangles that are covered in part counts as error.

    Of a rectangle with the part a covered, that is a (1 - a) times the squared
    distance of the two colours. Who sees the glyph's outline sees all of it as
    error, who only sees the mean sees none. For whole rectangles it is 0.
    """


_PLAIN: Final = {
    PictureMode.HALF: (HALF_GRID, Grid(8, 3)),
    PictureMode.QUAD: (QUADRANT_GRID, Grid(2, 6)),
    PictureMode.SEXTANT: (Grid(2, 6), Grid(2, 1)),
    PictureMode.OCTANT: (OCTANT_GRID, Grid(2, 1)),
}
"""The rectangles and their grains: for sextants such that quadrants, too, are whole rectangles."""

_EDGED: Final = {
    PictureMode.QUAD: (Grid(4, 4), Grid(1, 1)),
    PictureMode.SEXTANT: (Grid(4, 6), Grid(1, 1)),
    PictureMode.OCTANT: (Grid(4, 4), Grid(1, 1)),
}
"""Fine enough to tell edges apart, with a whole number of rectangles to each part of a plain pattern."""

_EDGES_UNEVENNESS: Final = 0.1
_SIGNS_UNEVENNESS: Final = 0.25
"""With these, photographs come out best at two by four samples a cell and at full detail, taken together:
without, dots and strokes get glaring colours; with 1, they get hardly any contrast."""


@lru_cache(maxsize=16)
def mask_set(mode: PictureMode, *, edges: bool) -> MaskSet:
    """The partings that a mode's glyphs can show; with `edges`, those for edges between them, too."""
    if mode is PictureMode.ASCII:
        return _build(ASCII_GRID, Grid(2, 1), [(code, ALONE) for code in ASCII[1:]], _SIGNS_UNEVENNESS)
    if mode is PictureMode.BRAILLE:
        return _build(OCTANT_GRID, Grid(2, 1), [(code, ALONE) for code in BRAILLE[1:-1]], _SIGNS_UNEVENNESS)
    pairs = _pairs(mode)
    if mode is PictureMode.SEXTANT:
        known = {code for pair in pairs for code in pair}
        pairs += [pair for pair in _pairs(PictureMode.QUAD) if not known.issuperset(pair)]
    if edges and mode in _EDGED:
        return _build(*_EDGED[mode], [*pairs, *_edges(mode)], _EDGES_UNEVENNESS)
    return _build(*_PLAIN[mode], pairs)


@lru_cache(maxsize=16)
def pattern_set(mode: PictureMode) -> MaskSet:
    """The partings of a mode whose rectangles can be ink or ground each by itself; of ASCII all that it has."""
    if mode in (PictureMode.ASCII, PictureMode.BRAILLE):
        return mask_set(mode, edges=False)
    grid, _ = PATTERNS[mode]
    return _build(grid, Grid(2, 2), _pairs(mode))


def _pairs(mode: PictureMode) -> list[tuple[int, int]]:
    """The glyphs of a mode, each with its rest, without space and full block."""
    codes = PATTERNS[mode][1]
    return [(codes[pattern], codes[-1 - pattern]) for pattern in range(1, len(codes) // 2)]


_EIGHTHS: Final = {
    PictureMode.QUAD: ((2, 3, 5, 6), (2, 3, 5, 6)),
    PictureMode.SEXTANT: ((2, 3, 5, 6), (2, 3, 5, 6)),
    PictureMode.OCTANT: ((3, 5), (2, 3, 5, 6)),
}
"""Of lower and of left eighths those that blocks don't have; the grids can't tell the outermost from quarters."""


def _edges(mode: PictureMode) -> list[tuple[int, int]]:
    """Glyphs, each with its rest, for edges between the places where a mode's blocks can have them.

    Beside quadrants only eighths that are as old as they; slants, and what
    shows the rest of eighths, came with sextants. Not ◢◣◥◤, which hardly any
    font draws to the edges of the cell.
    """
    below, beside = _EIGHTHS[mode]
    if mode is PictureMode.QUAD:
        return [(LOWER_EIGHTHS[size - 1], ALONE) for size in below] + [
            (LEFT_EIGHTHS[size - 1], ALONE) for size in beside
        ]
    slants = [(code, OPPOSITE_DIAGONAL[code]) for code in DIAGONALS]
    lower = [(LOWER_EIGHTHS[size - 1], UPPER_EIGHTHS[7 - size]) for size in below]
    left = [(LEFT_EIGHTHS[size - 1], RIGHT_EIGHTHS[7 - size]) for size in beside]
    return slants + lower + left


def _build(grid: Grid, grain: Grid, pairs: list[tuple[int, int]], unevenness: float = 0.0) -> MaskSet:
    cover = np.stack([coverage(ink, *grid).ravel() for ink, _ in pairs])
    mean = cover.mean(axis=1)
    centred = cover - mean[:, None]
    uneven = unevenness * (cover * (1 - cover)).sum(axis=1)
    length = np.sqrt((centred * centred).sum(axis=1) + uneven)
    average = np.full((grid.size, 1), 1 / grid.size, np.float32)
    return MaskSet(
        grid=grid,
        grain=grain,
        ink=np.array([ink for ink, _ in pairs], np.uint32),
        rest=np.array([rest for _, rest in pairs], np.uint32),
        weights=np.ascontiguousarray(np.hstack([(centred / length[:, None]).T, average])),
        mean=mean,
        length=length,
        unevenness=unevenness,
    )
