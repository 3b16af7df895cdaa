"""Shapes of characters that we never draw pictures with, but chafa does."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gathertui.render.cells import SPACE
from gathertui.render.glyphs import BRAILLE, coverage

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")

_FINE = 48
"""Pixels a side at which shapes are drawn before they are made small."""


def _eighths(rows: Iterable[int] = (), columns: Iterable[int] = ()) -> NDArray[np.float32]:
    ink = np.zeros((8, 8), np.float32)
    ink[list(rows)] = 1
    ink[:, list(columns)] = 1
    return np.kron(ink, np.ones((_FINE // 8, _FINE // 8), np.float32))


_Y, _X = np.indices((_FINE, _FINE))


def _half(place: NDArray[np.int_]) -> NDArray[np.float32]:
    """Ink where a number is above 0; half of it on the line."""
    return ((np.sign(place) + 1) / 2).astype(np.float32)


_UPPER_RIGHT, _UPPER_LEFT = _half(_X - _Y), _half(_FINE - 1 - _X - _Y)
_LOWER_LEFT, _LOWER_RIGHT = 1 - _UPPER_RIGHT, 1 - _UPPER_LEFT
_QUARTERS = [
    np.minimum(one, other)
    for one, other in (
        (_UPPER_LEFT, _LOWER_LEFT),
        (_UPPER_LEFT, _UPPER_RIGHT),
        (_UPPER_RIGHT, _LOWER_RIGHT),
        (_LOWER_LEFT, _LOWER_RIGHT),
    )
]

_SHADES_AND_TRIANGLES = {
    **{0x2591 + place: np.full((_FINE, _FINE), (place + 1) / 4, np.float32) for place in range(3)},
    **dict(enumerate((_LOWER_RIGHT, _LOWER_LEFT, _UPPER_LEFT, _UPPER_RIGHT), 0x25E2)),
    **{0x1FB68 + side: 1 - quarter for side, quarter in enumerate(_QUARTERS)},
    **dict(enumerate(_QUARTERS, 0x1FB6C)),
}

_CHECKER = ((_X * 4 // _FINE + _Y * 4 // _FINE) % 2).astype(np.float32)

# "Symbols for Legacy Computing", by the names of its characters.
_BLOCKS = {
    **{0x1FB70 + place: _eighths(columns=[place + 1]) for place in range(6)},
    **{0x1FB76 + place: _eighths(rows=[place + 1]) for place in range(6)},
    0x1FB7C: _eighths([7], [0]),
    0x1FB7D: _eighths([0], [0]),
    0x1FB7E: _eighths([0], [7]),
    0x1FB7F: _eighths([7], [7]),
    0x1FB80: _eighths([0, 7]),
    0x1FB81: _eighths([0, 2, 4, 7]),
    0x1FB95: 1 - _CHECKER,
    0x1FB96: _CHECKER,
    0x1FB97: _eighths([2, 3, 6, 7]),
}

# Light lines between the middles of the sides, from U+1FBA0 on.
_SIDES = {"T": (24, 0), "L": (0, 24), "R": (48, 24), "B": (24, 48)}
_LINES = ["TL", "TR", "LB", "RB", "TLB", "TRB", "LBR", "LTR", "TL+RB", "TR+LB", "TRBL", "TLBR", "LTRB", "RTLB", "TLBRT"]


def _lines(words: str) -> NDArray[np.float32]:
    canvas = Image.new("L", (_FINE, _FINE))
    for word in words.split("+"):
        ImageDraw.Draw(canvas).line([_SIDES[letter] for letter in word], fill=255, width=5)
    return np.asarray(canvas, np.float32) / 255


_DRAWN = _BLOCKS | _SHADES_AND_TRIANGLES | {0x1FBA0 + place: _lines(words) for place, words in enumerate(_LINES)}


@lru_cache(maxsize=4096)
def shape(code: int, width: int, height: int) -> NDArray[np.float32]:
    """Return how much of each pixel of a cell of that size is ink; letters are DejaVu Sans Mono's."""
    known = coverage(code, width, height)
    if known.any() or code in (SPACE, BRAILLE[0]):
        return known
    if code in _DRAWN:
        canvas = Image.fromarray(_DRAWN[code])
    else:
        font = ImageFont.truetype(FONT, 40)
        canvas = Image.new("F", (round(font.getlength("M")), sum(font.getmetrics())))
        ImageDraw.Draw(canvas).text((0, 0), chr(code), font=font, fill=1)
    return np.asarray(canvas.resize((width, height), Image.Resampling.BOX), np.float32)
