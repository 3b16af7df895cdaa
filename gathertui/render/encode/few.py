"""The same bytes as `gathertui.render.encode` makes, one glyph after the other: faster for a few of them."""

from __future__ import annotations

from typing import Final

from gathertui.render.cells import BOLD, SPACE
from gathertui.render.encode.selection import Selection
from gathertui.render.encode.sgr import (
    CHANGES,
    RESETS,
    REVERSE,
    ground_text,
    ink_text,
    pen_numbers,
    shown_reversed,
)
from gathertui.render.modes import ColourDepth

_UNKNOWN: Final = -1


def encode_few(chosen: Selection, left: int, top: int, depth: ColourDepth, *, repeat: bool) -> bytes:
    """Return the bytes that draw the glyphs, of which there may be none."""
    if not chosen.size:
        return b""
    pen = _Pen(chosen, depth)
    codes = chosen.codepoints.tolist()
    widths = [1] * len(codes) if chosen.widths is None else chosen.widths.tolist()
    parts: list[str] = []
    line, column = _UNKNOWN, _UNKNOWN
    run = 0  # how often the last glyph is to be drawn once more
    last = _UNKNOWN
    for place, (x, y, code, width) in enumerate(
        zip(chosen.xs.tolist(), chosen.ys.tolist(), codes, widths, strict=True)
    ):
        told = _move(x - column, left + x + 1, top + y + 1, same_line=y == line) + pen.change(place, code)
        line, column = y, x + width
        if repeat and not told and code == last and width == 1:
            run += 1
            continue
        parts += (_repeated(last, run), told, chr(code))
        last, run = code, 0
    parts.append(_repeated(last, run))
    return "".join(parts).encode()


def _move(skip: int, column: int, line: int, *, same_line: bool) -> str:
    if same_line:
        if not skip:
            return ""
        return f"\x1b[{skip}C" if skip > 1 else "\x1b[C"
    written = "" if line == 1 else str(line)
    return f"\x1b[{written}H" if column == 1 else f"\x1b[{written};{column}H"


def _repeated(code: int, count: int) -> str:
    if not count:
        return ""
    again, repetition = chr(code) * count, f"\x1b[{count}b"
    return repetition if len(repetition) < len(again.encode()) else again


class _Pen:
    """What the terminal's pen is, along the glyphs."""

    def __init__(self, chosen: Selection, depth: ColourDepth) -> None:
        self._depth = depth
        self._ink = self._ground = self._weight = _UNKNOWN
        self._weights = (chosen.attributes & BOLD).tolist()
        if depth is ColourDepth.MONO:
            reverse = shown_reversed(chosen.codepoints, chosen.foreground, chosen.background)
            self._reverse = (reverse * REVERSE).tolist()
        else:
            self._inks = pen_numbers(chosen.foreground, depth).tolist()
            self._grounds = pen_numbers(chosen.background, depth).tolist()

    def change(self, place: int, code: int) -> str:
        """Return what makes the pen that of the glyph at `place`."""
        numbers = [self._weigh(place, code)]
        if self._depth is not ColourDepth.MONO:
            if code != SPACE and self._inks[place] != self._ink:
                self._ink = self._inks[place]
                numbers.append(ink_text(self._ink, self._depth))
            if self._grounds[place] != self._ground:
                self._ground = self._grounds[place]
                numbers.append(ground_text(self._ground, self._depth))
        told = ";".join(filter(None, numbers))
        return f"\x1b[{told}m" if told else ""

    def _weigh(self, place: int, code: int) -> str:
        """Return the numbers for weight and reverse video. A space keeps what weight there is."""
        old = self._weight
        bold = max(old, 0) & BOLD if code == SPACE else self._weights[place]
        self._weight = bold | self._reverse[place] if self._depth is ColourDepth.MONO else bold
        return RESETS[self._weight] if old == _UNKNOWN else CHANGES[old][self._weight]
