"""How the office looks on this terminal: colours from one palette, and the signs that it can show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

from gathertui.render.colour import mix
from gathertui.render.fewcolours import palette_for
from gathertui.render.modes import ColourDepth
from gathertui.render.palettes import DARK, LIGHT, Palette

THEMES: Final = {f"gathertui-{palette.name}": palette for palette in (DARK, LIGHT)}
"""The palettes by the name of their Textual theme."""


class Signs(NamedTuple):
    """The characters that stand for something."""

    office: str
    live: str
    dot: str
    away: str
    rule: str
    bar: str
    ellipsis: str
    arrows: str
    scroll: str
    up: str
    down: str
    waiting: str
    cross: str


UNICODE: Final = Signs("⌂", "●", "·", "☾", "─", "▏", "…", "←↓↑→", "↑↓", "↑", "↓", "○", "×")
ASCII: Final = Signs("~", "*", "-", "z", "-", "|", "...", "arrows", "up/down", "^", "v", "...", "x")


@lru_cache(maxsize=8192)
def make_style(ink: int, ground: int, bold: bool = False, link: str = "") -> Style:
    """Return the style of `ink` on `ground` (0xRRGGBB). `link` is an address that the text leads to."""
    colour, behind = (Color.from_rgb(value >> 16, value >> 8 & 255, value & 255) for value in (ink, ground))
    return Style(color=colour, bgcolor=behind, bold=bold, link=link or None)


@dataclass(frozen=True, slots=True)
class Look:
    """What everything is drawn with."""

    palette: Palette
    signs: Signs = UNICODE

    @property
    def ascii_only(self) -> bool:
        """Whether the terminal shows nothing beyond ASCII."""
        return self.signs is ASCII

    @property
    def field(self) -> int:
        """What lies behind text that can be edited, and behind what is chosen in a list."""
        return mix(self.palette.panel, self.palette.rule, 0.6)

    def on_panel(self, ink: int, *, bold: bool = False) -> Style:
        """Return a style for text in the bars and the side pane."""
        return make_style(ink, self.palette.panel, bold)

    @property
    def text(self) -> Style:
        """Ordinary text on the panel."""
        return self.on_panel(self.palette.text)

    @property
    def dim(self) -> Style:
        """What matters less, on the panel."""
        return self.on_panel(self.palette.dim)


def make_theme(name: str, depth: ColourDepth = ColourDepth.TRUECOLOR) -> Theme:
    """Return the Textual theme of that name, a key of `THEMES`, for a terminal with so many colours."""
    palette = palette_for(THEMES[name], depth)
    field = Look(palette).field
    # Shades of 16 colours are other colours, and mostly the ground's: what is below a card stays as it is there.
    veil = 0.6 if depth in (ColourDepth.TRUECOLOR, ColourDepth.INDEXED) else 0.0
    return Theme(
        name=name,
        primary=_hex(palette.accent),
        secondary=_hex(palette.accent),
        accent=_hex(palette.accent),
        warning=_hex(palette.amber),
        error=_hex(palette.red),
        success=_hex(palette.green),
        foreground=_hex(palette.text),
        background=_hex(palette.app),
        surface=_hex(palette.panel),
        panel=_hex(palette.panel),
        dark=palette.name == DARK.name,
        variables={
            "rule": _hex(palette.rule),
            "dim": _hex(palette.dim),
            "field": _hex(field),
            "ink": _hex(palette.ink),
            "veil": f"{_hex(palette.app)}{round(veil * 255):02x}",
            "input-cursor-background": _hex(palette.text),
            "input-cursor-foreground": _hex(palette.panel),
            "input-selection-background": _hex(mix(palette.panel, palette.accent, 0.35)),
        },
    )


def _hex(colour: int) -> str:
    return f"#{colour:06x}"
