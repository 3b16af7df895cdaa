"""Which characters show which shapes: the tables that pictures are drawn with.

A *grid* cuts a cell into equal rectangles, numbered from the top left, row by
row; bit i of a pattern is set where rectangle i shows ink. `HALVES`,
`QUADRANTS`, `SEXTANTS`, `OCTANTS` and `BRAILLE` give the code point of every
pattern of their grid. Python 3.11 knows the names of Unicode 14; octants came
with Unicode 16, so these tables are built from the standard's order of code
points and a test holds them against its names.

`coverage` says how much of each rectangle of any grid a character covers with
ink, in an ideal font: block elements fill the cell to its edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gathertui.render.asciiglyphs import ascii_ink
from gathertui.render.modes import PictureMode

FULL_BLOCK: Final = 0x2588

ASCII: Final = tuple(range(0x20, 0x7F))


class Grid(NamedTuple):
    """Rectangles that a cell is cut into: `columns` side by side and `rows` above each other."""

    columns: int
    rows: int

    @property
    def size(self) -> int:
        """How many rectangles there are."""
        return self.columns * self.rows


HALF_GRID: Final = Grid(1, 2)
QUADRANT_GRID: Final = Grid(2, 2)
SEXTANT_GRID: Final = Grid(2, 3)
OCTANT_GRID: Final = Grid(2, 4)
ASCII_GRID: Final = Grid(3, 6)
"""What the ink of letters is known on."""


def _in_order(first: int, patterns: int, elsewhere: Mapping[int, int]) -> tuple[int, ...]:
    """Code points from `first` on, in the order of the patterns, but for those that exist `elsewhere`."""
    codes = []
    for pattern in range(patterns):
        if pattern in elsewhere:
            codes.append(elsewhere[pattern])
        else:
            codes.append(first)
            first += 1
    return tuple(codes)


HALVES: Final = (0x20, 0x2580, 0x2584, FULL_BLOCK)

QUADRANTS: Final = tuple(map(ord, " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"))

SEXTANTS: Final = _in_order(0x1FB00, 64, {0: 0x20, 0b010101: 0x258C, 0b101010: 0x2590, 63: FULL_BLOCK})


def _taller(quadrants: int) -> int:
    """The octant pattern of a quadrant pattern: every quadrant is two octants, one above the other."""
    top, bottom = quadrants & 3, quadrants >> 2
    return top | top << 2 | bottom << 4 | bottom << 6


OCTANTS: Final = _in_order(
    0x1CD00,
    256,
    {_taller(pattern): code for pattern, code in enumerate(QUADRANTS)}
    | {
        0b00000001: 0x1CEA8,  # left half upper one quarter
        0b00000010: 0x1CEAB,  # right half upper one quarter
        0b01000000: 0x1CEA3,  # left half lower one quarter
        0b10000000: 0x1CEA0,  # right half lower one quarter
        0b00000011: 0x1FB82,  # upper one quarter
        0b00111111: 0x1FB85,  # upper three quarters
        0b11000000: 0x2582,  # lower one quarter
        0b11111100: 0x2586,  # lower three quarters
        0b00010100: 0x1FBE6,  # middle left one quarter
        0b00101000: 0x1FBE7,  # middle right one quarter
    },
)

# Braille numbers its dots down the columns, and the fourth row came last (Unicode, "Braille Patterns").
_BRAILLE_BITS: Final = (0, 3, 1, 4, 2, 5, 6, 7)

BRAILLE: Final = tuple(
    0x2800 + sum(1 << bit for place, bit in enumerate(_BRAILLE_BITS) if pattern >> place & 1) for pattern in range(256)
)

PATTERNS: Final = MappingProxyType(
    {
        PictureMode.HALF: (HALF_GRID, HALVES),
        PictureMode.QUAD: (QUADRANT_GRID, QUADRANTS),
        PictureMode.SEXTANT: (SEXTANT_GRID, SEXTANTS),
        PictureMode.OCTANT: (OCTANT_GRID, OCTANTS),
        PictureMode.BRAILLE: (OCTANT_GRID, BRAILLE),
    }
)
"""The modes that have a glyph for every pattern of a grid."""

LOWER_EIGHTHS: Final = tuple(map(ord, "▁▂▃▄▅▆▇"))
UPPER_EIGHTHS: Final = (0x2594, 0x1FB82, 0x1FB83, 0x2580, 0x1FB84, 0x1FB85, 0x1FB86)
LEFT_EIGHTHS: Final = tuple(map(ord, "▏▎▍▌▋▊▉"))
RIGHT_EIGHTHS: Final = (0x2595, 0x1FB87, 0x1FB88, 0x2590, 0x1FB89, 0x1FB8A, 0x1FB8B)

# The places between which the diagonals of U+1FB3C..1FB51 run, as (x, y) from the top left.
_PLACES: Final = {
    "UL": (0.0, 0.0), "UC": (0.5, 0.0), "UR": (1.0, 0.0),
    "UML": (0.0, 1 / 3), "UMR": (1.0, 1 / 3),
    "LML": (0.0, 2 / 3), "LMR": (1.0, 2 / 3),
    "LL": (0.0, 1.0), "LC": (0.5, 1.0), "LR": (1.0, 1.0),
}  # fmt: skip

# "corner from to": that corner's side of the line is ink. In the order of the code points.
_DIAGONALS: Final = """
LL LML LC|LL LML LR|LL UML LC|LL UML LR|LL UL LC|LR UML UC|LR UML UR|LR LML UC|LR LML UR|LR LL UC|LR LML UMR
LR LC LMR|LR LL LMR|LR LC UMR|LR LL UMR|LR LC UR|LL UC UMR|LL UL UMR|LL UC LMR|LL UL LMR|LL UC LR|LL UML LMR
"""

FIRST_DIAGONAL: Final = 0x1FB3C
DIAGONALS: Final = tuple(range(FIRST_DIAGONAL, FIRST_DIAGONAL + 22))
"""Smooth mosaics: half of them, no two of which show each other's rest of the cell."""
OPPOSITE_DIAGONAL: Final = MappingProxyType({code: code + len(DIAGONALS) for code in DIAGONALS})
"""The smooth mosaic that shows the rest of the cell."""

Point = tuple[float, float]


def _walk(corner: str, start: str, end: str) -> tuple[Point, ...]:
    """The corners of the part of a cell on one side of a line, in order round it."""
    places = [_PLACES[name] for name in ("UL", "UR", "LR", "LL")]
    (x0, y0), (x1, y1) = _PLACES[start], _PLACES[end]

    def side(point: Point) -> float:
        return (x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)

    inside = [place for place in places if side(place) * side(_PLACES[corner]) > 1e-9]
    points = [*inside, (x0, y0), (x1, y1)]
    middle = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
    return tuple(sorted(points, key=lambda point: np.arctan2(point[1] - middle[1], point[0] - middle[0])))


_INK: Final[Mapping[int, tuple[Point, ...]]] = {
    code: _walk(*diagonal.split())
    for code, diagonal in zip(DIAGONALS, _DIAGONALS.strip().replace("\n", "|").split("|"), strict=True)
}

# Characters of which another's ground is the ink.
_OPPOSITE: Final = {rest: code for code, rest in OPPOSITE_DIAGONAL.items()}


def _bits(pattern: int, grid: Grid) -> NDArray[np.float32]:
    return np.array([pattern >> place & 1 for place in range(grid.size)], np.float32).reshape(grid.rows, grid.columns)


def _bitmaps() -> dict[int, NDArray[np.float32]]:
    """The ink of every character that is made of rectangles, each on a grid that suits it."""
    ink = ascii_ink()
    for size in range(1, 8):
        ends = np.arange(8) >= 8 - size
        for codes, line in ((LOWER_EIGHTHS, ends), (UPPER_EIGHTHS, ends[::-1])):
            ink[codes[size - 1]] = line.astype(np.float32).reshape(8, 1)
        for codes, line in ((RIGHT_EIGHTHS, ends), (LEFT_EIGHTHS, ends[::-1])):
            ink[codes[size - 1]] = line.astype(np.float32).reshape(1, 8)
    # A dot of braille is drawn over the middle quarter of its eighth of the cell.
    dot = np.zeros((4, 4), np.float32)
    dot[1:3, 1:3] = 1
    ink |= {code: np.kron(_bits(pattern, OCTANT_GRID), dot) for pattern, code in enumerate(BRAILLE)}
    tables = ((OCTANTS, OCTANT_GRID), (SEXTANTS, SEXTANT_GRID), (QUADRANTS, QUADRANT_GRID), (HALVES, HALF_GRID))
    for codes, grid in tables:
        ink |= {code: _bits(pattern, grid) for pattern, code in enumerate(codes)}
    return ink


_BITMAPS: Final = _bitmaps()


def _overlap(parts: int, cuts: int) -> NDArray[np.float32]:
    """How much of each of `cuts` equal lengths lies in each of `parts` equal lengths of the same whole."""
    starts, ends = np.arange(cuts)[:, None] / cuts, np.arange(1, cuts + 1)[:, None] / cuts
    first, last = np.arange(parts) / parts, np.arange(1, parts + 1) / parts
    shared = np.minimum(ends, last) - np.maximum(starts, first)
    return np.asarray(np.maximum(shared, 0) * cuts, np.float32)


_SAMPLES: Final = 12
"""Points a side at which a slanted glyph is looked at inside each rectangle."""


def _polygon_coverage(points: tuple[Point, ...], columns: int, rows: int) -> NDArray[np.float32]:
    x = (np.arange(columns * _SAMPLES) + 0.5) / (columns * _SAMPLES)
    y = ((np.arange(rows * _SAMPLES) + 0.5) / (rows * _SAMPLES))[:, None]
    inside = np.full((rows * _SAMPLES, columns * _SAMPLES), 0.0, np.float32)
    corners = list(zip(points, (*points[1:], points[0]), strict=True))
    sides = [(x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) for (x0, y0), (x1, y1) in corners]
    # Half a point on a line: so a shape and its opposite cover the cell between them.
    inside[np.all([side >= -1e-9 for side in sides], axis=0)] += 0.5
    inside[np.all([side > 1e-9 for side in sides], axis=0)] += 0.5
    shape = (rows, _SAMPLES, columns, _SAMPLES)
    return np.asarray(inside.reshape(shape).mean(axis=(1, 3)), np.float32)


@lru_cache(maxsize=4096)
def coverage(codepoint: int, columns: int, rows: int) -> NDArray[np.float32]:
    """How much of each rectangle of a `columns` by `rows` grid the character's ink covers, 0 to 1.

    Of shape (rows, columns), not to be written to. A character whose shape is
    not known covers nothing.
    """
    if codepoint in _OPPOSITE:
        covered = np.float32(1) - _polygon_coverage(_INK[_OPPOSITE[codepoint]], columns, rows)
    elif codepoint in _INK:
        covered = _polygon_coverage(_INK[codepoint], columns, rows)
    elif codepoint in _BITMAPS:
        ink = _BITMAPS[codepoint]
        covered = _overlap(ink.shape[0], rows) @ ink @ _overlap(ink.shape[1], columns).T
    else:
        covered = np.zeros((rows, columns), np.float32)
    covered.setflags(write=False)
    return covered
