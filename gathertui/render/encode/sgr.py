"""How a pen is chosen: the numbers of SGR (ECMA-48, ISO 8613-6) for colours, weight and reverse video.

In tables a piece of text is a number of eight bytes, its first byte lowest and
NUL where it has none. `gathertui.render.encode` puts them side by side and
drops the NULs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import BOLD
from gathertui.render.colour import Colours
from gathertui.render.glyphs import FULL_BLOCK
from gathertui.render.indexed import nearest_indices, nearest_sixteens
from gathertui.render.modes import ColourDepth

REVERSE: Final = 2
"""Added to a cell's attributes where its colours are shown swapped."""

Words = NDArray[np.uint64]

RESETS: Final = ("0", "0;1", "0;7", "0;1;7")
"""From an unknown pen to these attributes, without colours."""


def _change(old: int, new: int) -> str:
    bold = ("", "1", "22")[(new & BOLD) - (old & BOLD)]
    reverse = ("", "7", "27")[((new & REVERSE) - (old & REVERSE)) // REVERSE]
    return ";".join(filter(None, (bold, reverse)))


CHANGES: Final = tuple(tuple(_change(old, new) for new in range(4)) for old in range(4))
"""`CHANGES[old][new]`: from some attributes to others, the colours staying as they are."""


def words(*texts: str) -> Words:
    """Return texts of at most eight characters as numbers."""
    return np.array([word(text) for text in texts], np.uint64)


def word(text: str) -> int:
    """Return a text of at most eight characters as a number."""
    return int.from_bytes(text.encode(), "little")


@lru_cache(maxsize=32)
def numerals(limit: int, before: str = "", after: str = "", *, default: int = -1) -> Words:
    """Return the words of the numbers below `limit`, between two texts; `default` is written as nothing."""
    texts = ("" if number == default else str(number) for number in range(limit))
    return np.array([word(before + text + after) for text in texts], np.uint64)


@lru_cache(maxsize=4)
def _pairs(before: str, after: str) -> Words:
    """Return the words of all 65,536 pairs of two channels, a semicolon between them."""
    first = numerals(256, before, ";")
    second = numerals(256, after=after) << np.uint64(8 * (len(before) + 4))
    return (first[:, None] | second).ravel()


_NAMED_INKS: Final = numerals(98)[np.r_[30:38, 90:98]]
_NAMED_GROUNDS: Final = numerals(108)[np.r_[40:48, 100:108]]


def ink_words(numbers: Colours, depth: ColourDepth) -> tuple[Words, Words | None]:
    """Return two columns (None: nothing) that choose the ink, without CSI and terminator.

    `numbers` are what `pen_numbers` returned.
    """
    if depth is ColourDepth.TRUECOLOR:
        return numerals(256, "38;2;")[numbers >> np.uint32(16)], _pairs(";", "")[numbers & np.uint32(0xFFFF)]
    if depth is ColourDepth.INDEXED:
        return numerals(256, "38;5;")[numbers], None
    return _NAMED_INKS[numbers], None


def ground_words(numbers: Colours, depth: ColourDepth) -> tuple[int, Words, Words | None]:
    """Return what begins the choice of a ground, and two columns (None: nothing) that end it; the last have 4 bytes."""
    if depth is ColourDepth.TRUECOLOR:
        return word("48;2;"), _pairs("", ";")[numbers >> np.uint32(8)], numerals(256)[numbers & np.uint32(255)]
    if depth is ColourDepth.INDEXED:
        return word("48;5;"), numerals(256)[numbers], None
    return 0, _NAMED_GROUNDS[numbers], None


def ink_text(number: int, depth: ColourDepth) -> str:
    """Return the numbers that choose one ink."""
    if depth is ColourDepth.TRUECOLOR:
        return f"38;2;{number >> 16};{number >> 8 & 255};{number & 255}"
    if depth is ColourDepth.INDEXED:
        return f"38;5;{number}"
    return str((30 if number < 8 else 82) + number)


def ground_text(number: int, depth: ColourDepth) -> str:
    """Return the numbers that choose one ground."""
    if depth is ColourDepth.TRUECOLOR:
        return f"48;2;{number >> 16};{number >> 8 & 255};{number & 255}"
    if depth is ColourDepth.INDEXED:
        return f"48;5;{number}"
    return str((40 if number < 8 else 92) + number)


def pen_numbers(colours: Colours, depth: ColourDepth) -> Colours:
    """Return by which numbers a terminal of that depth knows the colours: themselves, an index, or nothing (0)."""
    if depth is ColourDepth.TRUECOLOR:
        return colours
    if depth is ColourDepth.INDEXED:
        return nearest_indices(colours).astype(np.uint32)
    if depth is ColourDepth.SIXTEEN:
        return nearest_sixteens(colours).astype(np.uint32)
    return np.zeros_like(colours)


def shown_reversed(codepoints: NDArray[np.uint32], ink: Colours, ground: Colours) -> NDArray[np.bool_]:
    """Return which cells a terminal without colours shows in reverse video.

    A glyph of a picture is reversed where its ground is brighter than its ink,
    so that bright stays bright. Letters and spaces are where their ground is
    brighter than middle grey, and a full block where its ink is darker: then
    the spaces between words look like the words.
    """
    bright_ink, bright_ground = brightness(ink), brightness(ground)
    reverse = bright_ground > MIDDLE
    picture = (codepoints >= 0x2500) & (codepoints < 0x2900) | (codepoints >= 0x1CC00) & (codepoints < 0x1CF00)
    picture |= (codepoints >= 0x1FB00) & (codepoints < 0x1FC00)
    reverse = np.where(picture, bright_ground > bright_ink, reverse)
    return np.where(codepoints == FULL_BLOCK, bright_ink <= MIDDLE, reverse)


MIDDLE: Final = 127_500


def brightness(colours: Colours) -> NDArray[np.int64]:
    """Return the luma of the colours, 0 to 255,000 (Rec. 601, from gamma-coded channels)."""
    wide = colours.astype(np.int64)
    luma: NDArray[np.int64] = 299 * (wide >> 16) + 587 * (wide >> 8 & 255) + 114 * (wide & 255)
    return luma
