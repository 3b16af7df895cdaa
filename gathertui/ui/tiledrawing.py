"""Draws what is round and below a picture: the line with the name, the ring of who speaks, initials, and why not."""

from __future__ import annotations

from typing import Final, NamedTuple

from gathertui.client.media.state import Quality
from gathertui.render.cells import BOLD, PLAIN, Cells, clip_text, text_width
from gathertui.render.colour import mix
from gathertui.render.modes import ColourDepth
from gathertui.render.office.figures import MUTED, SPEAKING, STATUS_MARKS, Mark, Status
from gathertui.ui.look import Look
from gathertui.ui.tilesigns import METER_STEPS, TileSign, Voice
from gathertui.ui.wrapping import wrap

PLATE_STRENGTH: Final = 0.16
"""How much of a person's colour is in what lies round their initials where there is no picture."""

BAR_STRENGTH: Final = 0.12
"""How much of it is in the line with their name."""

ROOMY_COLUMNS: Final = 26
"""From which on the line under a picture has room for more than the name and a small meter."""

_METER: Final = "▂▃▄▅▆▇"
_METER_OFF: Final = "▁"
_ASCII_METER: Final = ("=", ".")
_VOICE_MARKS: Final[dict[Voice, Mark]] = {
    Voice.SPEAKING: SPEAKING,
    Voice.MUTED: MUTED,
    Voice.TEXT: STATUS_MARKS[Status.TEXT],
}
_QUALITY_DOTS: Final = {Quality.GOOD: 3, Quality.FAIR: 2, Quality.POOR: 1}
_QUALITY_WORDS: Final = {Quality.FAIR: "fair line", Quality.POOR: "poor line"}


class _Piece(NamedTuple):
    text: str
    ink: int
    lasting: int
    """Which pieces go first where there is no room: those with the lowest number."""


def draw_bar(cells: Cells, look: Look, sign: TileSign, *, depth: ColourDepth) -> None:
    """Write the last row: whose tile it is, how loud they are, and how the line to them is."""
    palette, columns, row = look.palette, cells.columns, cells.rows - 1
    person = palette.person(sign.colour)
    speaks = sign.voice is Voice.SPEAKING
    mono = depth is ColourDepth.MONO
    lit = palette.text if mono else palette.accent
    ground = lit if speaks else mix(palette.panel, person, BAR_STRENGTH)
    cells.fill(0, row, columns, 1, ground)
    ellipsis = look.signs.ellipsis
    pieces = _pieces(look, sign, columns, speaks=speaks)
    shortest = min(text_width(sign.name), max(4, columns // 3))
    while pieces and shortest + 2 + sum(text_width(piece.text) + 1 for piece in pieces) > columns:
        pieces.remove(min(pieces, key=lambda piece: piece.lasting))
    right = columns - 1 - sum(text_width(piece.text) + 1 for piece in pieces)
    name = clip_text(sign.name, max(1, right - 1), ellipsis)
    on_lit = palette.panel if mono else palette.ink
    ink = on_lit if speaks else person
    if sign.chosen:
        cells.put(0, row, ">" if look.ascii_only else "▸", foreground=ink, attributes=BOLD)
    # Where colours tell nothing, weight does.
    heavy = speaks or (sign.chosen and mono)
    cells.put(1, row, name, foreground=ink, attributes=BOLD if heavy else PLAIN)
    for piece in pieces:
        cells.put(right + 1, row, piece.text, foreground=on_lit if speaks else piece.ink)
        right += text_width(piece.text) + 1


def _pieces(look: Look, sign: TileSign, columns: int, *, speaks: bool) -> list[_Piece]:
    """What stands at the right, from left to right."""
    palette = look.palette
    roomy = columns >= ROOMY_COLUMNS
    pieces: list[_Piece] = []
    if sign.words:
        pieces.append(_Piece(sign.words, palette.amber, 4))
    mark = _VOICE_MARKS.get(sign.voice) if sign.voice is not None else None
    if mark is not None:
        word = f" {sign.mute}" if roomy and sign.voice is Voice.MUTED and not sign.words else ""
        colour = getattr(palette, mark.colour)
        pieces.append(_Piece((mark.ascii if look.ascii_only else mark.sign) + word, colour, 5))
    if sign.voice in (Voice.SPEAKING, Voice.QUIET) and not sign.words:
        colour = palette.green if sign.level else palette.dim
        pieces.append(_Piece(meter(look, sign.level, 6 if roomy else 3), colour, 2))
    dots = _QUALITY_DOTS.get(sign.quality)
    if sign.quality in _QUALITY_WORDS and roomy:
        pieces.append(_Piece(_QUALITY_WORDS[sign.quality], palette.amber, 3))
    elif dots is not None:
        on, off = ("*", "-") if look.ascii_only else ("•", "·")
        is_good = sign.quality is Quality.GOOD
        colour = palette.dim if is_good or speaks else palette.amber
        pieces.append(_Piece(on * dots + off * (3 - dots), colour, 1 if is_good else 3))
    return pieces


def meter(look: Look, level: int, cells: int) -> str:
    """Return a row of steps, 3 or 6 cells, lit from the left as far as a level of up to `METER_STEPS` goes."""
    lit = -(-level * cells // METER_STEPS)
    if look.ascii_only:
        on, off = _ASCII_METER
        return on * lit + off * (cells - lit)
    steps = _METER[:: METER_STEPS // cells]
    return steps[:lit] + _METER_OFF * (cells - lit)


def draw_ring(cells: Cells, look: Look) -> None:
    """Draw a frame in half cells over the edge of a picture; the line under it closes it."""
    accent, bottom = look.palette.accent, cells.rows - 1
    for column, glyph in ((0, "▌"), (cells.columns - 1, "▐")):
        for row in range(bottom):
            cells.put(column, row, glyph, foreground=accent)


def draw_person(cells: Cells, look: Look, sign: TileSign) -> None:
    """Fill all but the last row with initials on their colour, and with why nothing comes from them."""
    if cells.rows < 2:
        return
    palette = look.palette
    colour = palette.person(sign.colour)
    columns, rows = cells.columns, cells.rows - 1
    plate = mix(palette.panel, colour, PLATE_STRENGTH)
    cells.fill(0, 0, columns, rows, plate)
    why = _wrapped(sign.why, columns - 2, rows - 1, look.signs.ellipsis) if rows >= 3 else []
    free = rows - len(why)
    initials = clip_text(sign.initials, columns, "")
    height = 3 if free >= 5 else 1
    width = text_width(initials) + (6 if columns >= 12 else 2)
    left, top = (columns - width) // 2, (free - height) // 2
    cells.fill(left, top, width, height, colour)
    cells.put(
        (columns - text_width(initials)) // 2,
        top + height // 2,
        initials,
        foreground=palette.ink,
        attributes=BOLD,
    )
    for number, line in enumerate(why):
        cells.put((columns - text_width(line)) // 2, free + number, line, foreground=palette.text)


def _wrapped(sentence: str, columns: int, rows: int, ellipsis: str) -> list[str]:
    """The sentence in at most so many lines; where it is cut the last one says so."""
    if not sentence or columns < 2:
        return []
    lines = wrap(sentence, columns)
    if len(lines) > rows:
        last = clip_text(lines[rows - 1], columns - text_width(ellipsis), "")
        lines = [*lines[: rows - 1], last + ellipsis]
    return lines
