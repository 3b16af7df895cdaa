"""The test card: which glyphs and colours this terminal really shows. One key chooses."""

from __future__ import annotations

import colorsys
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from textual import events
from textual.app import ComposeResult

from gathertui.render.cells import clip_text
from gathertui.render.colour import mix
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.terminal.canvas.strips import segments_of_cells
from gathertui.terminal.capabilities import Capabilities
from gathertui.ui.keys import SCROLL_KEYS, Hint
from gathertui.ui.look import Look, make_style
from gathertui.ui.screens.overlay import Overlay, Page
from gathertui.ui.strips import Line, Span, line_width
from gathertui.ui.wrapping import wrap


class Card(NamedTuple):
    """What the card tells of. `chosen` is what the person chose before, None for "as found"."""

    found: Capabilities
    used: Capabilities
    chosen: PictureMode | None

    @property
    def has_figures(self) -> bool:
        """Whether there is anything to choose: not where only ASCII gets through."""
        return PictureMode.HALF in self.found.glyphs


Answer = PictureMode | Literal["auto"]
"""What a person answers: the last figure that looks whole, or to use what was found."""

NONE_KEY: Final = "0"
AUTO_KEY: Final = "a"
FIGURE_KEYS: Final = {
    "1": PictureMode.HALF,
    "2": PictureMode.QUAD,
    "3": PictureMode.SEXTANT,
    "4": PictureMode.OCTANT,
}
ANSWERS: Final[dict[str, Answer]] = {**FIGURE_KEYS, NONE_KEY: PictureMode.ASCII, AUTO_KEY: "auto"}

USED_MARK: Final = " <"
"""Stands behind what pictures are drawn with now."""

QUESTION: Final = "Which is the last that looks whole?"

_DETAIL: Final = 12
"""Samples of a figure across a cell; down it are twice as many."""
_LARGEST_FIGURE: Final = 8
_NAMED_FROM: Final = 14
"""Columns of a figure from which on its name stands beside its number."""


class TestCardScreen(Overlay[Answer]):
    """Asks which figure looks whole. It is dismissed with the answer, or with None."""

    __test__ = False  # pytest takes the name for a test

    title_words = " Test card "

    def __init__(self, look: Look, card: Card) -> None:
        super().__init__(look)
        self._card = card
        self._page = Page(look)
        self._is_cut = False

    def compose_card(self) -> ComposeResult:
        """The figures."""
        yield self._page

    def on_mount(self) -> None:
        """Keys scroll what does not fit."""
        self.set_focus(self._page)

    def hints(self) -> list[Hint]:
        """The keys that do something here."""
        if not self._card.has_figures:
            return [Hint("Esc", "back"), *([Hint(SCROLL_KEYS, "more")] if self._is_cut else [])]
        mark = USED_MARK if self._card.used.best_mode is PictureMode.ASCII else ""
        # The most important first, as they are cut from the right.
        return [
            Hint("1-4", "choose"),
            Hint("Esc", "back"),
            *([Hint(SCROLL_KEYS, "more")] if self._is_cut else []),
            Hint(NONE_KEY, f"none{mark}"),
            Hint(AUTO_KEY, "as found"),
        ]

    def on_resize(self) -> None:
        """Draw for the size. Textual calls the base class's by itself."""
        self.call_after_refresh(self._draw)

    def set_look(self, look: Look) -> None:
        """Use other colours."""
        super().set_look(look)
        self._draw()

    def on_key(self, event: events.Key) -> None:
        """Choose. Textual calls the base class's, which closes, by itself."""
        if event.key in ANSWERS and self._card.has_figures:
            event.stop()
            self.dismiss(ANSWERS[event.key])
        elif event.key == "q":
            event.stop()
            self.dismiss(None)

    def _draw(self) -> None:
        width, height = self._page.content_size
        if width and height:
            lines = card_lines(self._look, self._card, width, height)
            self._page.show(lines)
            self._is_cut = len(lines) > height
            self._show_keys()


def card_lines(look: Look, card: Card, width: int, height: int) -> list[Line]:
    """Return the card as lines of at most `width` cells; the figures and the colours show in `height` lines."""
    column = width // len(FIGURE_KEYS)
    rows = max(2, min(height - 4, (column - 1) // 2, _LARGEST_FIGURE))
    lines: list[Line] = []
    if card.has_figures:
        lines.append([Span(clip_text(QUESTION, width, ""), look.on_panel(look.palette.text, bold=True))])
        lines.append(_names(look, card, column))
        lines += _figures(look, card, column, rows)
    else:
        lines.append([Span(clip_text("Here only ASCII is shown.", width, ""), look.text)])
    if height > rows + 8:
        lines.append([])
    lines += _colours(look, width)
    if height > rows + 8:
        lines.append([])
    for text, style in ((_found_words(card.found, look), look.dim), (_used_words(card), look.text)):
        lines += [[Span(part, style)] for part in wrap(text, max(2, width))]
    return lines


def _names(look: Look, card: Card, column: int) -> Line:
    line: Line = []
    for key, mode in FIGURE_KEYS.items():
        is_used = mode is card.used.best_mode
        name = f" {mode.value}" if column >= _NAMED_FROM else ""
        mark = USED_MARK if is_used else ""
        line.append(Span(key, look.on_panel(look.palette.accent, bold=True)))
        line.append(Span(f"{name}{mark}".ljust(column - 1), look.text if is_used else look.dim))
    return line


def _figures(look: Look, card: Card, column: int, rows: int) -> list[Line]:
    """The figure in each set of glyphs, side by side; words where a multiplexer might drop them."""
    columns = min(2 * rows, column - 1)
    lines: list[Line] = [[] for _ in range(rows)]
    for mode in FIGURE_KEYS.values():
        if may_be_dropped(card.found, mode):
            words = wrap(f"{card.found.multiplexer} may drop these", max(2, column - 1))
            drawn = [[Span(part, look.dim)] for part in words[:rows]]
        else:
            drawn = _figure_lines(look, mode, card.used.depth, columns, rows)
        for line, part in zip(lines, drawn + [[]] * (rows - len(drawn)), strict=True):
            line += [*part, Span(" " * (column - line_width(part)), look.text)]
    return lines


def _figure_lines(look: Look, mode: PictureMode, depth: ColourDepth, columns: int, rows: int) -> list[Line]:
    picture = figure(columns, rows, look.palette.text, look.palette.panel)
    cells = Fitter(columns, rows, FitSettings(mode, depth, edges=False, dither=False)).fit(picture).cells
    return [
        [Span(segment.text, segment.style or look.text) for segment in segments_of_cells(cells, row)]
        for row in range(rows)
    ]


def may_be_dropped(found: Capabilities, mode: PictureMode) -> bool:
    """Whether what is between us and the terminal may leave these glyphs out, and shift all that follows them.

    tmux drops characters that its system's tables of widths don't know. Octants came
    with Unicode 16 (2024), sextants with Unicode 13 (2020): those are known by now.
    """
    return bool(found.multiplexer) and mode is PictureMode.OCTANT and mode not in found.glyphs


def figure(columns: int, rows: int, ink: int, ground: int) -> NDArray[np.uint8]:
    """Return a picture for so many cells: a face in a circle. Where a glyph is missing, its line breaks.

    Shape (rows x 24, columns x 12, 3), RGB.
    """
    height, width = rows * 2 * _DETAIL, columns * _DETAIL
    y = (np.arange(height)[:, None] + 0.5) / height * 2 - 1
    x = (np.arange(width)[None, :] + 0.5) / width * 2 - 1
    radius = np.hypot(x, y)
    lit = (radius > 0.8) & (radius < 1.0)
    lit |= np.hypot(np.abs(x) - 0.36, y + 0.28) < 0.16
    lit |= (np.abs(radius - 0.5) < 0.1) & (y > 0.12)
    colours = np.array([[colour >> 16, colour >> 8 & 255, colour & 255] for colour in (ground, ink)], np.uint8)
    return colours[lit.astype(np.intp)]


def _colours(look: Look, width: int) -> list[Line]:
    """A line of all hues, and one from black to white: smooth in truecolor, in steps with fewer colours."""
    hues = [colorsys.hsv_to_rgb(place / width, 0.75, 0.9) for place in range(width)]
    packed = [round(red * 255) << 16 | round(green * 255) << 8 | round(blue * 255) for red, green, blue in hues]
    greys = [mix(0x000000, 0xFFFFFF, place / max(1, width - 1)) for place in range(width)]
    return [[Span(" ", make_style(look.palette.text, ground)) for ground in line] for line in (packed, greys)]


def _found_words(found: Capabilities, look: Look) -> str:
    """What was found out about the terminal."""
    cross = "x" if look.ascii_only else "×"
    parts = [_depth_words(found.depth), f"glyphs up to {found.best_mode.value}"]
    if found.cell_pixels:
        parts.append(f"cells of {found.cell_pixels[0]}{cross}{found.cell_pixels[1]} pixels")
    names = (
        (found.synchronized, "synchronized updates"),
        (found.kitty_graphics, "kitty graphics"),
        (found.sixel, "sixel"),
    )
    parts += [name for has, name in names if has]
    name = found.name or "This terminal"
    return f"Found: {name}, {', '.join(parts)}."


def _used_words(card: Card) -> str:
    """What is used, and why."""
    glyphs = "as you chose" if card.chosen is not None else "as found"
    colours = "as found" if card.used.depth is card.found.depth else "by your settings"
    return f"Used: {card.used.best_mode.value}, {glyphs}; {_depth_words(card.used.depth)}, {colours}."


def _depth_words(depth: ColourDepth) -> str:
    match depth:
        case ColourDepth.TRUECOLOR:
            return "truecolor"
        case ColourDepth.MONO:
            return "no colours"
        case _:
            return f"{depth.value} colours"
