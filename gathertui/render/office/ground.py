"""Paints a map without its people: floors, walls and furniture.

A tile is two cells wide and one high at zoom 1, four and two at zoom 2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import Cells
from gathertui.render.colour import Colours, mix_many
from gathertui.render.office.bigsprites import BIG_ASCII_SHUT_DOOR, BIG_ASCII_SPRITES, BIG_SHUT_DOOR, BIG_SPRITES
from gathertui.render.office.seating import facings
from gathertui.render.office.sprites import ASCII_SHUT_DOOR, ASCII_SPRITES, SHUT_DOOR, SPRITES, STRUCTURE, Role, Sprite
from gathertui.render.office.tilemasks import Looks, Mask, joined_bits, neighbours
from gathertui.render.palettes import Palette, Pattern, Tone
from gathertui.world.geometry import Direction, Point
from gathertui.world.tilemap import NO_AREA, TileMap


def paint_ground(
    tilemap: TileMap,
    palette: Palette,
    *,
    ascii_only: bool = False,
    zoom: int = 1,
    shut: Collection[Point] = (),
) -> Cells:
    """The whole map without people: `zoom` times 2·width by height cells. Worth keeping until something changes.

    Doors on the tiles `shut` are drawn shut, all others open.
    """
    looks = Looks(tilemap)
    floor = _lay_floors(tilemap, palette, zoom)
    _shade_below_walls(floor, looks, palette, zoom)
    floor[_spread(looks.those({"void"}), zoom)] = palette.app
    cells = Cells(2 * zoom * tilemap.width, zoom * tilemap.height)
    cells.foreground[:] = cells.background[:] = np.repeat(floor, 2, axis=1)
    facing = facings(looks)
    sprites, shut_door = _SPRITES[zoom, ascii_only]
    closed = np.zeros((tilemap.height, tilemap.width), np.bool_)
    for x, y in shut:
        closed[y, x] = True
    for look, sprite in sprites.items():
        here = looks.those({look})
        if look == "door":
            _draw(cells, shut_door, palette.tones[look], here & closed, joined_bits(looks.those(sprite.joins)), facing)
            here &= ~closed
        _draw(cells, sprite, palette.tones[look], here, joined_bits(looks.those(sprite.joins)), facing)
    return cells


_SPRITES: Final[Mapping[tuple[int, bool], tuple[Mapping[str, Sprite], Sprite]]] = {
    (1, False): (SPRITES, SHUT_DOOR),
    (1, True): (ASCII_SPRITES, ASCII_SHUT_DOOR),
    (2, False): (BIG_SPRITES, BIG_SHUT_DOOR),
    (2, True): (BIG_ASCII_SPRITES, BIG_ASCII_SHUT_DOOR),
}
"""By zoom, and whether the terminal draws nothing beyond ASCII."""


def _draw(
    cells: Cells, sprite: Sprite, tone: Tone, here: Mask, joined: NDArray[np.uint8], facing: NDArray[np.uint8]
) -> None:
    """Draw a sprite on the tiles `here`."""
    if not here.any():
        return
    height, width = here.shape
    rows, columns = sprite.codepoints.shape[2:]
    which = facing[here], joined[here]
    by_tile = (height, rows, width, columns)
    cells.codepoints.reshape(by_tile).swapaxes(1, 2)[here] = sprite.codepoints[which]
    colours = np.array([0, tone.top, tone.side, tone.detail], np.uint32)
    for plane, roles in ((cells.foreground, sprite.ink), (cells.background, sprite.behind)):
        tiles = plane.reshape(by_tile).swapaxes(1, 2)
        role = roles[which]
        tiles[here] = np.where(role == Role.GROUND, tiles[here], colours[role])


def _spread(tiles: NDArray[Any], zoom: int) -> NDArray[Any]:
    """An array of tiles with every tile `zoom` times `zoom`."""
    return tiles.repeat(zoom, axis=0).repeat(zoom, axis=1)


def _shade_below_walls(floor: Colours, looks: Looks, palette: Palette, zoom: int) -> None:
    below = _spread(neighbours(looks.those(STRUCTURE), Direction.NORTH), zoom)
    # However large a tile is drawn, the shade is one cell deep.
    below[np.arange(len(below)) % zoom > 0] = False
    floor[below] = mix_many(floor[below], palette.shade, palette.shade_strength)


def _lay_floors(tilemap: TileMap, palette: Palette, zoom: int) -> Colours:
    """The floor's colour, `zoom` times `zoom` for every tile; its pattern stays as fine as at zoom 1."""
    areas = np.frombuffer(tilemap.area_numbers, np.uint8).reshape(tilemap.height, tilemap.width)
    areas = _spread(areas, zoom)
    y, x = np.indices(areas.shape)
    patterns = {
        Pattern.CHECKER: (x + y) % 2,
        # Planks are four tiles long, and each row of them is offset.
        Pattern.PLANKS: (x // 4 + y) % 2,
        Pattern.SQUARES: (x // 2 + y // 2) % 2,
    }
    colours = np.zeros(areas.shape, np.uint32)
    for number in np.unique(areas).tolist():
        name = tilemap.ground if number == NO_AREA else tilemap.areas[number - 1].ground
        ground = palette.grounds[name]
        here = areas == number
        colours[here] = np.where(patterns[ground.pattern][here] == 0, ground.first, ground.second)
    return colours
