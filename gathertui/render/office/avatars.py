"""What stands on a tile: one person or several, as a stamp of two cells (zoom 1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from gathertui.render.cells import BOLD, CONTINUATION, PLAIN, SPACE, cell_width, clip_text, text_width
from gathertui.render.colour import mix
from gathertui.render.indexed import nearest_index
from gathertui.render.office.figures import Figure, Mark
from gathertui.render.office.stamps import CLEAR, Inked, Stamp
from gathertui.render.office.standing import Label
from gathertui.render.palettes import Palette
from gathertui.world.geometry import Direction

AWAY_STRENGTH: Final = 0.15
"""How much of an away person's colour is left in the tile behind their initials."""

ALIKE: Final = 120.0
"""The distance of two colours, by `colour_distance`, below which they melt together where they touch."""


_PICTOGRAPHS: Final = 0x1F000
"""From here on a character of one cell, such as half a flag, may be drawn as an emoji together with the next."""


class Tint(NamedTuple):
    """How a person is coloured: `ink` for the initials on `ground`."""

    ink: int
    ground: int
    attributes: int


class Dress(NamedTuple):
    """All that a person's picture depends on, wherever they stand. `shaded`: set off from a neighbour alike."""

    glyphs: str
    colour: int
    away: bool
    facing: Direction
    shaded: bool


def dress_of(figure: Figure, *, shaded: bool) -> Dress:
    """What there is to see of somebody. Who has no glyphs that can be drawn has the first letters of their name."""
    glyphs = figure.glyphs if on_map(figure.glyphs, ascii_only=False).strip() else figure.name
    return Dress(glyphs, figure.colour, figure.away, figure.facing, shaded)


def colour_distance(one: int, other: int) -> float:
    """How different two colours look, 0 to 765: the "redmean" formula (Thiadmer Riemersma, CompuPhase)."""
    red, green, blue = ((one >> shift & 255) - (other >> shift & 255) for shift in (16, 8, 0))
    mean = ((one >> 16 & 255) + (other >> 16 & 255)) / 2
    squared = (2 + mean / 256) * red * red + 4 * green * green + (2 + (255 - mean) / 256) * blue * blue
    return float(squared**0.5)


@lru_cache(maxsize=16)
def alike_colours(people: tuple[int, ...]) -> tuple[frozenset[int], ...]:
    """For each of a palette's people the numbers of those who look much the same, or the same in 256 colours."""
    return tuple(
        frozenset(
            number
            for number, other in enumerate(people)
            if colour_distance(colour, other) < ALIKE or nearest_index(colour) == nearest_index(other)
        )
        for colour in people
    )


def tint(palette: Palette, dress: Dress) -> Tint:
    """The colours of somebody's initials."""
    colour = palette.person(dress.colour)
    if dress.away:
        return Tint(colour, palette.rule if dress.shaded else mix(palette.plate, colour, AWAY_STRENGTH), PLAIN)
    if dress.shaded:
        return Tint(palette.ink, mix(colour, palette.person_shade, palette.person_shade_strength), PLAIN)
    return Tint(palette.ink, colour, BOLD if palette.bold_initials else PLAIN)


@lru_cache(maxsize=2048)
def on_map(text: str, *, ascii_only: bool) -> str:
    """The text without what has no width that terminals agree on: emoji, joiners and other wide symbols.

    In ASCII there is a question mark for every other character beyond.
    """
    kept = "".join(character for character in text if _has_one_width(character))
    return kept.encode("ascii", "replace").decode("ascii") if ascii_only else kept


def _has_one_width(character: str) -> bool:
    """Whether every terminal takes the same number of cells for it, and at least one."""
    width = cell_width(character)
    if width == 1:
        return ord(character) < _PICTOGRAPHS
    return width == 2 and not unicodedata.category(character).startswith("S")


def two_cells(glyphs: str, *, ascii_only: bool) -> list[int]:
    """Two code points for somebody's glyphs: cut, or filled with a space."""
    shown = clip_text(on_map(glyphs, ascii_only=ascii_only), 2, "")
    codes: list[int] = []
    for character in shown + " " * (2 - text_width(shown)):
        codes += (ord(character), CONTINUATION)[: cell_width(character)]
    return codes


def first_cell(glyphs: str, *, ascii_only: bool) -> int:
    """One code point for somebody who shares a tile: their first, where that takes one cell."""
    shown = on_map(glyphs, ascii_only=ascii_only)
    return ord(next((character for character in shown if cell_width(character) == 1), "?"))


def count_sign(people: int) -> str:
    """One character for how many share a tile."""
    return str(people) if people < 10 else "+"


def draw_tile(
    palette: Palette, people: Sequence[Dress], count: int, marks: Sequence[Mark], *, ascii_only: bool
) -> Stamp:
    """A tile's two cells: initials; two people's first letters side by side; the first's letter and how many there are.

    The first of `marks` takes the second cell: there was no room for it elsewhere.
    """
    tints = [tint(palette, dress) for dress in people[:2]]
    if count == 1:
        codes = two_cells(people[0].glyphs, ascii_only=ascii_only)
        tints *= 2
    else:
        codes = [first_cell(dress.glyphs, ascii_only=ascii_only) for dress in people[:2]]
        if count > 2:
            codes[1] = ord(count_sign(count))
            tints[1] = Tint(palette.text, palette.plate, BOLD)
    if marks:
        codes = [first_cell(people[0].glyphs, ascii_only=ascii_only), mark_sign(marks[0], ascii_only=ascii_only)]
        tints[1] = Tint(mark_colour(palette, marks[0]), palette.plate, BOLD)
    return Stamp([[Inked(code, *colours) for code, colours in zip(codes, tints, strict=True)]])


def mark_sign(mark: Mark, *, ascii_only: bool) -> int:
    """The code point of a mark."""
    return ord(mark.ascii if ascii_only else mark.sign)


def mark_colour(palette: Palette, mark: Mark) -> int:
    """The palette's colour for a mark."""
    colour: int = getattr(palette, mark.colour)
    return colour


def draw_label(palette: Palette, text: Label, colour: int, *, plate: bool, ascii_only: bool) -> Stamp:
    """A label of one row, with the name in `colour`; on a `plate` where the ground is busy."""
    behind = palette.plate if plate else CLEAR
    letters = [
        Inked(code, colour, behind)
        for character in text.name
        for code in (ord(character), CONTINUATION)[: cell_width(character)]
    ]
    signs = [Inked(mark_sign(mark, ascii_only=ascii_only), mark_colour(palette, mark), behind) for mark in text.marks]
    gap = [Inked(SPACE, colour, behind)] if text.gap and letters and signs else []
    return Stamp([signs + gap + letters if text.before else letters + gap + signs])
