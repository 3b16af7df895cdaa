"""Cells to the bytes that draw them on a terminal.

What is sent is only what changes: the pen's ink, ground and weight where they
differ from the cell before, the cursor's place where a cell is not the next one.
A space has no ink, so it keeps what the pen has.

Many cells are encoded in numpy: each cell's escape sequences and glyph are words
of a row, filled up with NUL, and dropping the NULs leaves the text. NUL itself
is never drawn. Few cells are encoded one by one (`gathertui.render.encode.few`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import Cells
from gathertui.render.encode.few import encode_few
from gathertui.render.encode.penchanges import PenChanges, pen_changes
from gathertui.render.encode.selection import Mask, Selection, select
from gathertui.render.encode.sgr import Words, ground_words, ink_words, numerals, word
from gathertui.render.encode.utf8 import glyph_table
from gathertui.render.modes import ColourDepth

BEGIN_SYNCHRONIZED: Final = b"\x1b[?2026h"
END_SYNCHRONIZED: Final = b"\x1b[?2026l"

_HOME: Final = b"\x1b[H"
_PLAIN_PEN: Final = b"\x1b[0m"

_FEW: Final = 24
"""Up to so many cells are cheaper one by one."""

_LIMIT: Final = 10_000
"""Lines, columns and counts are below; xterm's are too."""

# A row has eight words of eight bytes: two for a move, five and a half for the pen, half of one for the glyph.
_ROW: Final = 8
_BEFORE_GLYPH: Final = 2 * _ROW - 1  # in words of four bytes


def encode(
    cells: Cells,
    mask: Mask | None,
    *,
    left: int = 0,
    top: int = 0,
    depth: ColourDepth = ColourDepth.TRUECOLOR,
    repeat: bool = False,
    resend: Mask | None = None,
) -> bytes:
    """Return the bytes that draw the masked cells (None: all) with the buffer's corner at column `left`, line `top`.

    `mask` and `resend` have the shape (rows, columns). The place counts from 0,
    and all that is drawn must lie on the screen. Pen and cursor are taken to be
    anywhere before, and are left anywhere. `repeat` says that the terminal knows
    REP. `resend` are cells outside the mask that the terminal shows already and
    that may be drawn again where this is shorter than a skip.

    A wide character of which one half is not drawn, and whatever takes no cell
    of its own, becomes a space.
    """
    chosen = select(cells, mask, resend, depth)
    if chosen.size <= _FEW:
        return encode_few(chosen, left, top, depth, repeat=repeat)
    return _padded(chosen, left, top, depth, repeat).tobytes().translate(None, b"\0")


def encoded_length(
    cells: Cells,
    mask: Mask | None,
    *,
    left: int = 0,
    top: int = 0,
    depth: ColourDepth = ColourDepth.TRUECOLOR,
    repeat: bool = False,
    resend: Mask | None = None,
) -> int:
    """Return how many bytes `encode` returns for the same arguments, at half its cost."""
    chosen = select(cells, mask, resend, depth)
    if chosen.size <= _FEW:
        return len(encode_few(chosen, left, top, depth, repeat=repeat))
    return int(np.count_nonzero(_padded(chosen, left, top, depth, repeat).view(np.uint8)))


def encode_lines(cells: Cells, *, depth: ColourDepth = ColourDepth.TRUECOLOR, repeat: bool = False) -> list[bytes]:
    """Return each row of the cells as text for a line of its own, without any cursor move.

    The pen is taken to be anywhere before, and is reset after each.
    """
    lines = []
    for y in range(cells.rows if cells.columns else 0):
        row = Cells(cells.columns, 1)
        for plane in ("codepoints", "foreground", "background", "attributes"):
            getattr(row, plane)[0] = getattr(cells, plane)[y]
        # A row that is drawn whole has just one move, the one to its place.
        lines.append(encode(row, None, depth=depth, repeat=repeat).removeprefix(_HOME) + _PLAIN_PEN)
    return lines


def synchronized(data: bytes) -> bytes:
    """Return the bytes as one update that a terminal shows at once (DEC private mode 2026)."""
    return BEGIN_SYNCHRONIZED + data + END_SYNCHRONIZED if data else b""


def _padded(chosen: Selection, left: int, top: int, depth: ColourDepth, repeat: bool) -> NDArray[np.uint32]:
    """Return the text of all glyphs, four bytes an entry, with NULs in it."""
    pen = pen_changes(chosen, depth)
    moves = _moves(chosen, left, top)
    glyphs = glyph_table().words(chosen.codepoints)
    told = pen.any
    told[moves.places] = True
    if repeat and (runs := _runs(chosen, glyphs, told)) is not None:
        glyphs[runs.swallowed] = 0
        told[runs.moves.places] = True
        moves = moves.with_others(runs.moves)
    count = int(np.count_nonzero(told))
    if 3 * count > len(told):
        rows = _rows(pen, None, moves, depth)
        rows[:, -1] |= glyphs.astype(np.uint64) << np.uint64(32)
        return rows.astype("<u8", copy=False).view(np.uint32).reshape(-1)
    # Most glyphs follow the one before with the same pen: only the others get a row before them.
    places = np.flatnonzero(told)
    rows = _rows(pen, places, moves, depth).astype("<u8", copy=False).view(np.uint32)
    text = np.zeros(len(told) + count * _BEFORE_GLYPH, "<u4")
    text[np.arange(len(told)) + np.cumsum(told) * _BEFORE_GLYPH] = glyphs
    starts = places + np.arange(count) * _BEFORE_GLYPH
    text[starts[:, None] + np.arange(_BEFORE_GLYPH)] = rows[:, :_BEFORE_GLYPH]
    return text


@dataclass(slots=True)
class _Moves:
    """Two words of text before some of the glyphs: cursor moves, or counts of repetition."""

    places: NDArray[np.int64]
    first: Words
    second: Words

    def with_others(self, others: _Moves) -> _Moves:
        """Return these and others."""
        return _Moves(
            np.concatenate([self.places, others.places]),
            np.concatenate([self.first, others.first]),
            np.concatenate([self.second, others.second]),
        )


def _moves(chosen: Selection, left: int, top: int) -> _Moves:
    """Return how the cursor gets to each glyph that does not follow the one before."""
    xs, ys = chosen.xs, chosen.ys
    widths = 1 if chosen.widths is None else chosen.widths[:-1]
    jumps = np.empty(len(xs), np.bool_)
    jumps[0] = True
    np.not_equal(xs[1:], xs[:-1] + widths, out=jumps[1:])
    jumps[1:] |= ys[1:] != ys[:-1]
    places = np.flatnonzero(jumps)
    before = places - 1
    skips = (places > 0) & (ys[places] == ys[before])
    ends = xs[before] + (1 if chosen.widths is None else chosen.widths[before])
    columns = xs[places] + left + 1
    # A column or a skip of 1 is what a terminal takes where no number is given.
    line_ends = np.where(columns == 1, np.uint64(0), np.uint64(word(";")) << np.uint64(48))
    lines = numerals(_LIMIT, "\x1b[", default=1)[ys[places] + top + 1] | line_ends
    forward = numerals(_LIMIT, "\x1b[", "C", default=1)[np.where(skips, xs[places] - ends, 0)]
    first = np.where(skips, forward, lines)
    second = np.where(skips, np.uint64(0), numerals(_LIMIT, "", "H", default=1)[columns])
    return _Moves(places, first, second)


@dataclass(slots=True)
class _Runs:
    """Glyphs that the terminal repeats by itself."""

    swallowed: Mask
    moves: _Moves
    """How often, said in the place of the first repeated glyph."""


def _runs(chosen: Selection, glyphs: NDArray[np.uint32], told: Mask) -> _Runs | None:
    """Return the runs of one narrow glyph in one pen that REP shortens."""
    same = np.zeros(len(told), np.bool_)
    np.equal(chosen.codepoints[1:], chosen.codepoints[:-1], out=same[1:])
    same &= ~told
    if chosen.widths is not None:
        same &= chosen.widths == 1
    edges = np.flatnonzero(np.diff(same.astype(np.int8), append=np.int8(0)))
    starts, ends = edges[::2] + 1, edges[1::2] + 1
    counts = ends - starts
    sizes = 1 + (glyphs[starts] > 0xFF) + (glyphs[starts] > 0xFFFF) + (glyphs[starts] > 0xFFFFFF)
    shorter = counts * sizes > 4 + (counts > 9) + (counts > 99) + (counts > 999)
    starts, ends, counts = starts[shorter], ends[shorter], counts[shorter]
    if not len(starts):
        return None
    depth = np.zeros(len(told) + 1, np.int8)
    depth[starts] = 1
    depth[ends] = -1
    swallowed = np.cumsum(depth[:-1]).astype(np.bool_)
    words = numerals(_LIMIT, "\x1b[", "b")[counts]
    return _Runs(swallowed, _Moves(starts, words, np.zeros_like(words)))


def _rows(pen: PenChanges, places: NDArray[np.int64] | None, moves: _Moves, depth: ColourDepth) -> Words:
    """Return the rows (glyphs left out) of the glyphs at `places`, ascending (None: all)."""
    if places is None:
        ink, ground, weight, inks, grounds = pen.ink, pen.ground, pen.weight, pen.inks, pen.grounds
        lines = moves.places
    else:
        ink, ground, weight = pen.ink[places], pen.ground[places], pen.weight[places]
        inks, grounds = pen.inks[places], pen.grounds[places]
        lines = np.searchsorted(places, moves.places)
    rows = np.zeros((len(ink), _ROW), np.uint64)
    rows[lines, 0] = moves.first
    rows[lines, 1] = moves.second
    colour = ink | ground
    weighed = weight != 0
    rows[:, 2] = (colour | weighed) * np.uint64(word("\x1b["))
    at = np.flatnonzero(weighed)
    rows[at, 2] |= weight[at] << np.uint64(16) | colour[at] * (np.uint64(word(";")) << np.uint64(56))
    if depth is not ColourDepth.MONO:
        first, second = ink_words(inks, depth)
        np.multiply(first, ink, out=rows[:, 3])
        if second is not None:
            np.multiply(second, ink, out=rows[:, 4])
        begin, third, fourth = ground_words(grounds, depth)
        rows[:, 5] = ground * np.uint64(begin << 8) | (ink & ground) * np.uint64(word(";"))
        np.multiply(third, ground, out=rows[:, 6])
        if fourth is not None:
            np.multiply(fourth, ground, out=rows[:, 7])
    rows[:, 7] |= (colour | weighed) * (np.uint64(word("m")) << np.uint64(24))
    return rows
