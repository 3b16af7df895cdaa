"""What a cell's code point is sent as, and how many cells it takes: tables that fill as they are asked."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import CONTINUATION, SPACE, cell_width

NARROW: Final = 1
WIDE: Final = 2
RIGHT_HALF: Final = 3
"""The kind of `CONTINUATION`."""
UNSHOWABLE: Final = 4
"""The kind of what takes no cell of its own: control characters, combining marks, surrogates."""

_LIMIT: Final = 0x110000


class GlyphTable:
    """Kinds and UTF-8 of code points.

    It grows to five bytes a code point at most, and only where it is used.
    """

    def __init__(self) -> None:
        self._kinds = np.zeros(_LIMIT + 1, np.uint8)  # 0 is not looked up yet; the last stands for all beyond Unicode
        self._words = np.zeros(_LIMIT, np.uint32)
        self._learn([CONTINUATION, *range(0x20, 0x7F)])

    def kinds(self, codepoints: NDArray[np.uint32]) -> NDArray[np.uint8]:
        """Return `NARROW`, `WIDE`, `RIGHT_HALF` or `UNSHOWABLE` for each."""
        kinds = self._kinds.take(codepoints, mode="clip")
        if not kinds.all():
            self._learn(np.unique(np.minimum(codepoints[kinds == 0], _LIMIT)).tolist())
            kinds = self._kinds.take(codepoints, mode="clip")
        return kinds

    def words(self, codepoints: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return each one's UTF-8 as a number, its first byte lowest, filled up with NUL.

        They must have been through `kinds`, and be neither `RIGHT_HALF` nor `UNSHOWABLE`.
        """
        return self._words[codepoints]

    def _learn(self, codepoints: list[int]) -> None:
        for code in codepoints:
            kind = self._kinds[code] = _kind(code)
            if kind in (NARROW, WIDE):
                self._words[code] = int.from_bytes(chr(code).encode(), "little")


def _kind(code: int) -> int:
    if code == CONTINUATION:
        return RIGHT_HALF
    if code < SPACE or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or code >= _LIMIT:
        return UNSHOWABLE
    return (UNSHOWABLE, NARROW, WIDE)[cell_width(chr(code))]


@lru_cache(maxsize=1)
def glyph_table() -> GlyphTable:
    """Return the one table; it holds nothing but what Unicode says."""
    return GlyphTable()
