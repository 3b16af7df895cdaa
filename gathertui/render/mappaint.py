"""Paints the office: the whole map once, then views of it with people and light.

A tile is two cells wide and one high.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

import numpy as np

from gathertui.render.cells import BOLD, SPACE, Cells, clip_text, text_width
from gathertui.render.colour import Colours, mix, mix_many
from gathertui.render.labels import LabelWish, place_labels
from gathertui.render.palettes import Palette, Pattern
from gathertui.render.seating import facings
from gathertui.render.sprites import ASCII_SPRITES, SPRITES, STRUCTURE, Role
from gathertui.render.tilemasks import Looks, joined_bits, neighbours
from gathertui.world.geometry import Direction, Point
from gathertui.world.room import Avatar
from gathertui.world.tilemap import NO_AREA, TileMap

MAX_LABEL = 16
"""Cells of a name on the map; longer ones are cut."""

AWAY_STRENGTH = 0.15
"""How much of an away person's colour is left in the tile behind their initials."""


def paint_ground(tilemap: TileMap, palette: Palette, *, ascii_only: bool = False) -> Cells:
    """The whole map without people: 2·width by height cells. Worth keeping until map or palette change."""
    looks = Looks(tilemap)
    ground = _lay_grounds(tilemap, palette)
    below_wall = neighbours(looks.those(STRUCTURE), Direction.NORTH)
    ground[below_wall] = mix_many(ground[below_wall], palette.shade, palette.shade_strength)
    ground[looks.those({"void"})] = palette.app

    cells = Cells(2 * tilemap.width, tilemap.height, foreground=palette.text)
    codepoints = cells.codepoints.reshape(tilemap.height, tilemap.width, 2)
    ink, behind = ground.copy(), ground.copy()
    facing = facings(looks)
    for look, sprite in (ASCII_SPRITES if ascii_only else SPRITES).items():
        here = looks.those({look})
        if not here.any():
            continue
        joined = joined_bits(looks.those(sprite.joins))[here]
        turned = facing[here]
        tone = palette.tones[look]
        colours = np.array([0, tone.top, tone.side, tone.detail], np.uint32)
        codepoints[here] = sprite.codepoints[turned, joined]
        for plane, roles in ((ink, sprite.ink), (behind, sprite.behind)):
            role = roles[turned, joined]
            plane[here] = np.where(role == Role.GROUND, ground[here], colours[role])
    cells.foreground[:] = np.repeat(ink, 2, axis=1)
    cells.background[:] = np.repeat(behind, 2, axis=1)
    return cells


def _lay_grounds(tilemap: TileMap, palette: Palette) -> Colours:
    """Every tile's ground colour, of shape (height, width)."""
    shape = (tilemap.height, tilemap.width)
    areas = np.frombuffer(tilemap.area_numbers, np.uint8).reshape(shape)
    y, x = np.indices(shape)
    patterns = {
        Pattern.CHECKER: (x + y) % 2,
        # Planks are four tiles long, and each row of them is offset.
        Pattern.PLANKS: (x // 4 + y) % 2,
        Pattern.SQUARES: (x // 2 + y // 2) % 2,
    }
    colours = np.zeros(shape, np.uint32)
    for number in np.unique(areas).tolist():
        name = tilemap.ground if number == NO_AREA else tilemap.areas[number - 1].ground
        ground = palette.grounds[name]
        here = areas == number
        colours[here] = np.where(patterns[ground.pattern][here] == 0, ground.first, ground.second)
    return colours


def compose_view(
    ground: Cells,
    palette: Palette,
    *,
    columns: int,
    rows: int,
    offset: Point,
    avatars: Iterable[Avatar],
    you: int | None = None,
    earshot: Mapping[Point, int] | None = None,
    speaking: AbstractSet[int] = frozenset(),
    show_names: bool = True,
    ascii_only: bool = False,
) -> Cells:
    """The view of `columns` by `rows` cells whose top left corner is the tile `offset`.

    `ground` comes from `paint_ground`. `earshot` (tile to walking distance) is
    lit. `you` and `speaking` are avatar ids. Without `show_names` people have
    a label only for their marks, and you for yourself.
    """
    view = Cells(columns, rows, foreground=palette.text, background=palette.app)
    view.paste(ground, -2 * offset.x, -offset.y)
    if earshot:
        _light(view, palette, offset, earshot)
    people = _in_view(avatars, you, speaking, offset, columns, rows)
    wishes, texts = [], []
    taken = np.zeros((rows, columns), np.bool_)
    # Drawn from the last, so that you and those who speak lie on top of a shared tile.
    for avatar in reversed(people):
        x, y = 2 * (avatar.position.x - offset.x), avatar.position.y - offset.y
        _draw_avatar(view, palette, avatar, x, y, ascii_only)
        taken[y, x : x + 2] = True
    for avatar in people:
        text = _label(avatar, avatar.id == you, avatar.id in speaking, show_names, ascii_only)
        if text:
            x, y = 2 * (avatar.position.x - offset.x), avatar.position.y - offset.y
            wishes.append(LabelWish(x, y, text_width(text)))
            texts.append((text, palette.you if avatar.id == you else palette.person(avatar.person.colour)))
    for place, wish, (text, colour) in zip(place_labels(wishes, taken), wishes, texts, strict=True):
        if place is not None:
            _draw_label(view, palette, place, wish.width, text, colour)
    return view


def _light(view: Cells, palette: Palette, offset: Point, earshot: Mapping[Point, int]) -> None:
    """Light the tiles in earshot, and the faces of the walls north of them."""
    reach = max(earshot.values())
    # What is one step north of a tile that isn't the last that sound reaches, and is out of earshot, is a wall.
    lit = {Point(x, y - 1): distance + 1 for (x, y), distance in earshot.items() if distance < reach and y > 0}
    lit.update(earshot)
    tiles = np.array([(x, y, distance) for (x, y), distance in lit.items()], np.intp)
    ys = np.repeat(tiles[:, 1] - offset.y, 2)
    xs = np.repeat(2 * (tiles[:, 0] - offset.x), 2)
    xs[1::2] += 1
    inside = (xs >= 0) & (xs < view.columns) & (ys >= 0) & (ys < view.rows)
    fading = palette.light_strength * (1.0 - np.repeat(tiles[:, 2], 2) / (reach + 1.0))
    view.blend(ys[inside], xs[inside], palette.light, fading[inside].astype(np.float32))


def _in_view(
    avatars: Iterable[Avatar], you: int | None, speaking: AbstractSet[int], offset: Point, columns: int, rows: int
) -> list[Avatar]:
    """The avatars that show, those who come first when room is scarce in front."""
    shown = [
        avatar
        for avatar in avatars
        if 0 <= 2 * (avatar.position.x - offset.x) < columns and 0 <= avatar.position.y - offset.y < rows
    ]
    return sorted(shown, key=lambda avatar: (avatar.id != you, avatar.id not in speaking, avatar.away, avatar.id))


def _draw_avatar(view: Cells, palette: Palette, avatar: Avatar, x: int, y: int, ascii_only: bool) -> None:
    colour = palette.person(avatar.person.colour)
    glyphs = clip_text(_to_ascii(avatar.person.glyphs) if ascii_only else avatar.person.glyphs, 2, "")
    glyphs += " " * (2 - text_width(glyphs))
    if avatar.away:
        view.put(x, y, glyphs, foreground=colour, background=mix(palette.plate, colour, AWAY_STRENGTH))
    else:
        view.put(x, y, glyphs, foreground=palette.ink, background=colour, attributes=BOLD)


def _label(avatar: Avatar, is_you: bool, speaks: bool, show_names: bool, ascii_only: bool) -> str:
    words = []
    if is_you:
        words.append("you")
    elif show_names:
        name = avatar.person.name
        words.append(clip_text(_to_ascii(name), MAX_LABEL, "~") if ascii_only else clip_text(name, MAX_LABEL))
    if speaks:
        words.append("*" if ascii_only else "♪")
    if avatar.away:
        words.append("z" if ascii_only else "☾")
    return " ".join(words)


def _to_ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")


def _draw_label(view: Cells, palette: Palette, place: tuple[int, int], width: int, text: str, colour: int) -> None:
    x, y = place
    # On plain floor the letters stand by themselves; over walls and furniture they need a plate to be read.
    busy = (view.codepoints[y, x : x + width] != SPACE).any()
    view.put(x, y, text, foreground=colour, background=palette.plate if busy else None)
