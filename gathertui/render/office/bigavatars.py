"""What stands on a tile at zoom 2: one person or several, as a stamp of four by two cells.

A head that shows which way somebody faces, over shoulders with their initials.
The corners beside the head are holes: the ground shows there, or a mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gathertui.render.cells import BOLD, SPACE
from gathertui.render.colour import mix
from gathertui.render.office.avatars import Dress, Tint, count_sign, first_cell, mark_colour, mark_sign, tint, two_cells
from gathertui.render.office.figures import HAND, Mark
from gathertui.render.office.stamps import CLEAR, Inked, Stamp
from gathertui.render.palettes import Palette
from gathertui.world.geometry import Direction

_EYES: Final = {
    Direction.NORTH: "  ",
    Direction.EAST: " •",
    Direction.SOUTH: "••",
    Direction.WEST: "• ",
}
"""What is seen of a face."""

_HAIR_STRENGTH: Final = 0.45
"""How much of the ink is in the hair."""

_HOLE: Final = Inked(None)


def on_sprite(marks: tuple[Mark, ...]) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """The marks that fit beside the head, two at most, and those that are left for the label."""
    return marks[:2], marks[2:]


def draw_big_tile(
    palette: Palette, people: Sequence[Dress], count: int, marks: Sequence[Mark], *, ascii_only: bool
) -> Stamp:
    """A tile's eight cells: one person with marks beside the head; two side by side; one and how many there are."""
    if count == 1:
        rows = _draw_person(palette, people[0], ascii_only=ascii_only)
        # A hand is raised at the left; everything else is at the right as long as there is room.
        left, right = _sides(marks)
        for column, mark in ((0, left), (3, right)):
            if mark is not None:
                rows[0][column] = _badge(palette, mark, ascii_only=ascii_only)
        return Stamp(rows)
    halves = [_draw_half(palette, dress, ascii_only=ascii_only) for dress in people[:2]]
    if count > 2:
        number = Inked(ord(count_sign(count)), palette.text, palette.plate, BOLD)
        blank = Inked(SPACE, palette.text, palette.plate)
        halves[1] = [[blank, blank], [number, blank]]
    if marks:
        halves[1][0][1] = _badge(palette, marks[0], ascii_only=ascii_only)
    return Stamp([left + right for left, right in zip(*halves, strict=True)])


def _sides(marks: Sequence[Mark]) -> tuple[Mark | None, Mark | None]:
    if len(marks) == 2:
        return marks[0], marks[1]
    if not marks:
        return None, None
    return (marks[0], None) if marks[0] is HAND else (None, marks[0])


def _badge(palette: Palette, mark: Mark, *, ascii_only: bool) -> Inked:
    return Inked(mark_sign(mark, ascii_only=ascii_only), mark_colour(palette, mark), palette.plate, BOLD)


def _head(palette: Palette, dress: Dress, body: Tint, *, ascii_only: bool) -> list[Inked]:
    hair = mix(palette.person(dress.colour), palette.ink, _HAIR_STRENGTH)
    cells = []
    for eye in _EYES[dress.facing]:
        if eye == " ":
            cells.append(Inked(SPACE, palette.ink, body.ground if dress.away else hair))
        else:
            cells.append(Inked(ord("." if ascii_only else eye), *body))
    return cells


def _draw_person(palette: Palette, dress: Dress, *, ascii_only: bool) -> list[list[Inked]]:
    body = tint(palette, dress)
    left, right = "/\\" if ascii_only else "▟▙"
    initials = [Inked(code, *body) for code in two_cells(dress.glyphs, ascii_only=ascii_only)]
    arms = [
        Inked(ord(sign), palette.person(dress.colour) if dress.away else body.ground, CLEAR) for sign in (left, right)
    ]
    return [[_HOLE, *_head(palette, dress, body, ascii_only=ascii_only), _HOLE], [arms[0], *initials, arms[1]]]


def _draw_half(palette: Palette, dress: Dress, *, ascii_only: bool) -> list[list[Inked]]:
    """Somebody who shares the tile with another: half a head wide, with their first letter."""
    body = tint(palette, dress)
    head = _head(palette, dress, body, ascii_only=ascii_only)
    letter = Inked(first_cell(dress.glyphs, ascii_only=ascii_only), *body)
    return [head, [letter, Inked(SPACE, body.ink, body.ground)]]
