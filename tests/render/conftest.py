"""A terminal to replay what the encoder makes."""

from __future__ import annotations

import re

import numpy as np
import pyte
import pytest
from pyte import graphics

from gathertui.render.cells import BOLD, CONTINUATION, SPACE, Cells
from gathertui.render.encode.sgr import shown_reversed
from gathertui.render.indexed import nearest_index, nearest_sixteens
from gathertui.render.modes import ColourDepth

FULL_BLOCK = 0x2588


class Terminal:
    """A pyte screen. What pyte lacks is done for it: it does not know REP, so repetitions are written out first."""

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)

    def feed(self, data: bytes) -> None:
        text = re.sub(r"(.)\x1b\[(\d+)b", lambda found: found[1] * (1 + int(found[2])), data.decode(), flags=re.DOTALL)
        assert "\0" not in text
        self._stream.feed(text)

    def lines(self, left: int, top: int, columns: int, rows: int) -> list[list[pyte.screens.Char]]:
        buffer = self.screen.buffer
        return [[buffer[y][x] for x in range(left, left + columns)] for y in range(top, top + rows)]

    def dirty_pen(self) -> None:
        """Leave the pen and the cursor as somebody else might."""
        self._stream.feed("\x1b[1;3;4;7;31;44m\x1b[2;2H")


def without_full_blocks(cells: Cells) -> Cells:
    """The same picture with spaces for full blocks, which is how they are drawn where there are colours."""
    result = Cells(cells.columns, cells.rows)
    result.paste(cells, 0, 0)
    solid = cells.codepoints == FULL_BLOCK
    result.codepoints[solid] = SPACE
    result.background[solid] = cells.foreground[solid]
    return result


class Expected:
    """What the cells of a buffer should look like on a terminal of some depth."""

    def __init__(self, cells: Cells, depth: ColourDepth) -> None:
        self._cells = cells = cells if depth is ColourDepth.MONO else without_full_blocks(cells)
        self._depth = depth
        self._reverse = shown_reversed(cells.codepoints, cells.foreground, cells.background)

    def wrong(self, shown: list[list[pyte.screens.Char]], mask: np.ndarray, drawn: np.ndarray) -> list[object]:
        """The masked cells that the terminal shows differently; halves are spaces unless both are `drawn`."""
        return [
            (x, y, shown[y][x], fault)
            for y, x in np.argwhere(mask).tolist()
            if (fault := self._fault(x, y, shown[y][x], drawn))
        ]

    def code(self, x: int, y: int, drawn: np.ndarray) -> int:
        codes = self._cells.codepoints[y].tolist()
        other = x - 1 if codes[x] == CONTINUATION else x + 1 if [*codes, -1][x + 1] == CONTINUATION else None
        if other is not None and not (0 <= other < len(codes) and drawn[y, other]):
            return SPACE
        return codes[x]

    def _fault(self, x: int, y: int, shown: pyte.screens.Char, drawn: np.ndarray) -> str:
        code = self.code(x, y, drawn)
        wide = code == CONTINUATION
        pen = x - 1 if wide else x  # both halves are drawn in the pen of the left
        if shown.data != ("" if wide else chr(code)):
            return f"not {chr(code)!r}"
        if shown.italics or shown.underscore or shown.blink or shown.strikethrough:
            return "somebody else's pen"
        cells = self._cells
        if code != SPACE and shown.bold != bool(cells.attributes[y, pen] & BOLD):
            return "weight"
        if self._depth is ColourDepth.MONO:
            reverse = (
                shown_reversed(np.array([code], np.uint32), cells.foreground[y, [pen]], cells.background[y, [pen]])[0]
                if code == SPACE
                else self._reverse[y, pen]
            )
            return "" if (shown.fg, shown.bg, shown.reverse) == ("default", "default", reverse) else "reverse"
        if shown.reverse:
            return "reverse"
        if code != SPACE and shown.fg != self._name(int(cells.foreground[y, pen]), 30):
            return f"ink {cells.foreground[y, pen]:06x}"
        if shown.bg != self._name(int(cells.background[y, pen]), 40):
            return f"ground {cells.background[y, pen]:06x}"
        return ""

    def _name(self, colour: int, base: int) -> str:
        """How pyte calls a colour."""
        if self._depth is ColourDepth.TRUECOLOR:
            return f"{colour:06x}"
        if self._depth is ColourDepth.INDEXED:
            return graphics.FG_BG_256[nearest_index(colour)]
        number = int(nearest_sixteens(np.array([colour], np.uint32))[0])
        names = graphics.FG | graphics.FG_AIXTERM if base == 30 else graphics.BG | graphics.BG_AIXTERM
        return names[base + number if number < 8 else base + 52 + number]


COLOURS = (0x000000, 0x010203, 0xFF0000, 0x00640A, 0x7B7B7B, 0xFFFFFF, 0x3465A4, 0xEEEEEC, 0x0A0B64)
NARROW = (0x20, 0x20, 0x20, 0x61, 0x7E, 0xE9, 0x2580, 0x2588, 0x2588, 0x28FF, 0x1FB00, 0x1CD05)


class Painter:
    """Pictures of all sorts, made with chance."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def mask(self, columns: int, rows: int) -> np.ndarray:
        """Cells in blocks or strewn, from none to all."""
        density = self.random.choice([0.0, 0.05, 0.3, 0.7, 1.0])
        if self.random.random() < 0.5:
            return self.random.random((rows, columns)) < density
        mask = np.zeros((rows, columns), np.bool_)
        x, y = int(self.random.integers(columns)), int(self.random.integers(rows))
        mask[y : y + int(self.random.integers(1, rows + 1)), x : x + int(self.random.integers(1, columns + 1))] = True
        return mask

    def cells(self, columns: int, rows: int) -> Cells:
        cells = Cells(columns, rows, foreground=0xFFFFFF)
        self.change(cells, np.ones((rows, columns), np.bool_))
        return cells

    def change(self, cells: Cells, where: np.ndarray) -> None:
        """Draw something else at some cells, and put text with wide characters over it."""
        draw, shape = self.random, where.shape
        few = draw.random() < 0.5
        colours = draw.choice(COLOURS, 3) if few else draw.integers(0, 1 << 24, 40)
        glyphs = draw.choice(NARROW, 2 if few else 8)
        for y, x in np.argwhere(where & (cells.codepoints == CONTINUATION)).tolist():
            cells.fill(x, y, 1, 1, 0)
        for y, x in np.argwhere(where).tolist():
            cells.fill(x, y, 1, 1, 0)
        for plane, values in (
            (cells.codepoints, glyphs),
            (cells.foreground, colours),
            (cells.background, colours),
            (cells.attributes, [0, 0, BOLD] if few else [0]),
        ):
            plane[where] = draw.choice(values, shape)[where]
        for _ in range(int(draw.integers(0, 4))):
            x, y = int(draw.integers(-2, cells.columns)), int(draw.integers(cells.rows))
            text = "".join(draw.choice(list("a 東京😀é"), int(draw.integers(1, 6))))
            cells.put(x, y, text, foreground=int(draw.choice(colours)), background=int(draw.choice(colours)))


@pytest.fixture
def terminal() -> type[Terminal]:
    return Terminal


@pytest.fixture
def expected() -> type[Expected]:
    return Expected


@pytest.fixture
def painter() -> type[Painter]:
    return Painter
