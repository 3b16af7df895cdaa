"""A time written into a picture, which survives small sizes and strong compression.

Forty dark or bright blocks, two rows of twenty at the top of the part that is
left when the picture is cut to 4:3: thirty bits of milliseconds and ten of
checksum. Who shows such pictures and reads them elsewhere knows how long they took.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

from gathertui.media.video.scaling import cut

if TYPE_CHECKING:
    from gathertui.media.ports import Picture

_ROWS, _COLUMNS = 2, 20
_BLOCKS_HIGH: Final = 15  # of a picture: as 20 by 15 is 4:3, the blocks are square
_TIME_BITS: Final = 30
_CHECK_BITS: Final = 10
_DARK, _BRIGHT = 24, 232

WRAP: Final = 2**_TIME_BITS / 1000
"""Seconds after which the times begin anew: twelve days."""


def write_time(picture: Picture, seconds: float) -> None:
    """Write a time, rounded down to milliseconds, into a picture of at least 80 by 60 pixels."""
    value = int(seconds * 1000) % 2**_TIME_BITS
    word = value | _check(value) << _TIME_BITS
    bits = np.array([word >> place & 1 for place in range(_ROWS * _COLUMNS)], bool).reshape(_ROWS, _COLUMNS)
    part = cut(picture)
    height, width, _ = part.shape
    rows = [height * row // _BLOCKS_HIGH for row in range(_ROWS + 1)]
    columns = [width * column // _COLUMNS for column in range(_COLUMNS + 1)]
    blocks = np.where(bits, _BRIGHT, _DARK).astype(np.uint8)
    part[: rows[-1]] = blocks.repeat(np.diff(rows), axis=0).repeat(np.diff(columns), axis=1)[..., None]


def read_time(picture: Picture) -> float | None:
    """Return the time in a picture, in seconds up to `WRAP`; None where there is none, or too little left of it."""
    part = cut(picture)
    height, width, _ = part.shape
    if width < _COLUMNS or height < _BLOCKS_HIGH:
        return None
    word = 0
    for place in range(_ROWS * _COLUMNS):
        row, column = divmod(place, _COLUMNS)
        block = part[_inner(height / _BLOCKS_HIGH, row), _inner(width / _COLUMNS, column)]
        if block.mean() > (_DARK + _BRIGHT) / 2:
            word |= 1 << place
    value = word % 2**_TIME_BITS
    return value / 1000 if word >> _TIME_BITS == _check(value) else None


def age(picture: Picture, now: float) -> float | None:
    """Return how many seconds ago the time in a picture was `now`, by the clock that wrote it; None without one."""
    written = read_time(picture)
    # Rounded down, and by a clock that may lie a little behind: a bit less than nothing is not twelve days.
    return None if written is None else (now - written + 1) % WRAP - 1


def _inner(size: float, number: int) -> slice:
    """The middle half of a block, away from the edges that scaling and compression blur."""
    first = round((number + 0.25) * size)
    return slice(first, max(first + 1, round((number + 0.75) * size)))


def _check(value: int) -> int:
    return zlib.crc32(value.to_bytes(4, "big")) % 2**_CHECK_BITS
