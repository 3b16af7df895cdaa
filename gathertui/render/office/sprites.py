"""The shapes of tiles, as glyphs: what a sprite is, and those of two cells (zoom 1).

A tile's shape depends on which neighbours it joins (a table of
six tiles is one table) and on the way it faces (a chair faces its desk). So a
sprite is a table of glyphs by facing and by joined neighbours, with roles
in place of colours; a palette has a `Tone` for each look. A blank cell always
shows the ground, so that "is this plain floor" can be read off a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gathertui.world.geometry import Direction


class Role(IntEnum):
    """Where a colour comes from: the floor below, or the look's tone."""

    GROUND = 0
    TOP = 1
    SIDE = 2
    DETAIL = 3


class Joined(NamedTuple):
    """Which neighbours a tile joins."""

    north: bool
    east: bool
    south: bool
    west: bool


class Glyphs(NamedTuple):
    """A tile's characters, row by row with a line break between, the roles of their ink and of what lies behind.

    A role may be one for all, or text of the same form: t, s, d or a dot for the ground.
    """

    text: str
    ink: Role | str
    behind: Role | str


_ROLES = {".": Role.GROUND, "t": Role.TOP, "s": Role.SIDE, "d": Role.DETAIL}

Shape = Callable[[Joined, Direction], Glyphs]

STRUCTURE = frozenset({"wall", "window", "glass", "board", "screen"})
"""Looks that make up walls and join each other."""

SURFACES = frozenset({"desk", "workstation", "table"})
"""What seats turn to."""

COUNTERS = frozenset({"counter", "coffee"})
"""What makes up one counter."""

DESKS = frozenset({"desk", "workstation"})
"""What makes up one desk."""


def _wall(joined: Joined, _: Direction) -> Glyphs:
    if joined.south:
        return Glyphs("██", Role.TOP, Role.TOP)
    return Glyphs("▀▀", Role.TOP, Role.SIDE)


def _in_wall(joined: Joined, _: Direction) -> Glyphs:
    """A window, board or screen: on the wall's face, or as a strip where the wall shows no face."""
    if joined.south:
        return Glyphs("▐▌", Role.DETAIL, Role.TOP)
    return Glyphs("▀▀", Role.TOP, Role.DETAIL)


def _door(joined: Joined, _: Direction) -> Glyphs:
    upright = joined.north and joined.south
    return Glyphs("╎╎" if upright else "╌╌", Role.TOP, Role.SIDE)


def _shut_door(joined: Joined, _: Direction) -> Glyphs:
    upright = joined.north and joined.south
    return Glyphs("▐▌" if upright else "▄▄", Role.TOP, Role.SIDE)


def _railing(joined: Joined, _: Direction) -> Glyphs:
    if joined.north or joined.south:
        return Glyphs("▕▏", Role.TOP, Role.GROUND)
    return Glyphs("──", Role.TOP, Role.GROUND)


def _block(joined: Joined, _: Direction) -> Glyphs:
    """A box seen from above and a little from the south."""
    if joined.south:
        return Glyphs("██", Role.TOP, Role.TOP)
    return Glyphs("▀▀", Role.TOP, Role.SIDE)


def _workstation(joined: Joined, _: Direction) -> Glyphs:
    """A desk top with a screen on it; in a double row the screens stand back to back."""
    return Glyphs("▗▖" if joined.south else "▝▘", Role.DETAIL, Role.TOP)


def _chair(_: Joined, facing: Direction) -> Glyphs:
    return Glyphs({0: "▝▘", 1: " ▐", 2: "▗▖", 3: "▌ "}[facing], Role.TOP, Role.GROUND)


def _sofa(joined: Joined, facing: Direction) -> Glyphs:
    """The seat (top) with a back and arms (side) round it, open to where it faces."""
    lies = facing in (Direction.NORTH, Direction.SOUTH)
    if lies:
        first, middle, last = ("▝", "▀", "▘") if facing is Direction.NORTH else ("▗", "▄", "▖")
        pair = (middle if joined.west else first) + (middle if joined.east else last)
    else:
        top, middle, bottom = ("▗▄", "▐█", "▝▀") if facing is Direction.EAST else ("▄▖", "█▌", "▀▘")
        if joined.north and joined.south:
            pair = middle
        elif joined.south:
            pair = top
        elif joined.north:
            pair = bottom
        else:
            pair = middle
    return Glyphs(pair, Role.TOP, Role.SIDE)


def _tree(joined: Joined, _: Direction) -> Glyphs:
    """A canopy, rounded where it ends."""
    left = "█" if joined.west else "▟" if not joined.north else "▜" if not joined.south else "█"
    right = "█" if joined.east else "▙" if not joined.north else "▛" if not joined.south else "█"
    return Glyphs(left + right, Role.TOP, Role.GROUND)


def constant(text: str, ink: Role | str, behind: Role | str) -> Shape:
    """A shape that is the same everywhere."""
    return lambda _joined, _facing: Glyphs(text, ink, behind)


class Sprite:
    """A look's shapes, as arrays of shape (facing, joined, rows, columns): (4, 16, zoom, 2·zoom).

    `codepoints` uint32; `ink` and `behind` uint8, of `Role`. `joined` has bit 0
    for north, 1 east, 2 south, 3 west. `joins` names the looks that the shape joins.
    """

    def __init__(self, shape: Shape, joins: frozenset[str] = frozenset()) -> None:
        self.joins = joins
        tiles = [
            [shape(Joined(*(bool(bits >> bit & 1) for bit in range(4))), facing) for bits in range(16)]
            for facing in Direction
        ]
        self.codepoints: NDArray[np.uint32] = np.array(
            [[[[ord(c) for c in row] for row in tile.text.split("\n")] for tile in way] for way in tiles], np.uint32
        )
        self.ink: NDArray[np.uint8] = self._roles([[tile.ink for tile in way] for way in tiles])
        self.behind: NDArray[np.uint8] = self._roles([[tile.behind for tile in way] for way in tiles])

    def _roles(self, given: list[list[Role | str]]) -> NDArray[np.uint8]:
        roles = np.zeros(self.codepoints.shape, np.uint8)
        for facing, way in enumerate(given):
            for bits, role in enumerate(way):
                roles[facing, bits] = (
                    role if isinstance(role, Role) else [[_ROLES[c] for c in row] for row in role.split("\n")]
                )
        return roles


SPRITES = {
    "wall": Sprite(_wall, STRUCTURE),
    "glass": Sprite(_wall, STRUCTURE),
    "window": Sprite(_in_wall, STRUCTURE),
    "board": Sprite(_in_wall, STRUCTURE),
    "screen": Sprite(_in_wall, STRUCTURE),
    "door": Sprite(_door, STRUCTURE | {"door"}),
    "railing": Sprite(_railing, frozenset({"railing"})),
    "desk": Sprite(_block, DESKS),
    "workstation": Sprite(_workstation, DESKS),
    "table": Sprite(_block, frozenset({"table"})),
    "counter": Sprite(_block, COUNTERS),
    "coffee": Sprite(constant("▀▀", Role.DETAIL, Role.SIDE), COUNTERS),
    "fridge": Sprite(_block),
    "shelf": Sprite(constant("▌▌", Role.DETAIL, Role.SIDE), frozenset({"shelf"})),
    "chair": Sprite(_chair),
    "sofa": Sprite(_sofa, frozenset({"sofa"})),
    "armchair": Sprite(_sofa),
    "plant": Sprite(constant("♣ ", Role.TOP, Role.GROUND)),
    "tree": Sprite(_tree, frozenset({"tree"})),
}
"""By look. `floor` and `void` have no shape: the ground is all there is."""

SHUT_DOOR = Sprite(_shut_door, STRUCTURE | {"door"})

ASCII_SPRITES = {
    look: Sprite(constant(pair, ink, behind))
    for look, pair, ink, behind in (
        ("wall", "##", Role.SIDE, Role.TOP),
        ("glass", "::", Role.TOP, Role.SIDE),
        ("window", "==", Role.DETAIL, Role.TOP),
        ("board", "[]", Role.DETAIL, Role.TOP),
        ("screen", "[]", Role.DETAIL, Role.TOP),
        ("door", "--", Role.TOP, Role.SIDE),
        ("railing", "::", Role.TOP, Role.GROUND),
        ("desk", "==", Role.SIDE, Role.TOP),
        ("workstation", "[]", Role.DETAIL, Role.TOP),
        ("table", "==", Role.SIDE, Role.TOP),
        ("counter", "==", Role.SIDE, Role.TOP),
        ("coffee", "%%", Role.DETAIL, Role.TOP),
        ("fridge", "||", Role.SIDE, Role.TOP),
        ("shelf", "||", Role.DETAIL, Role.SIDE),
        ("chair", "h ", Role.TOP, Role.GROUND),
        ("sofa", "__", Role.SIDE, Role.TOP),
        ("armchair", "__", Role.SIDE, Role.TOP),
        ("plant", "* ", Role.TOP, Role.GROUND),
        ("tree", "**", Role.TOP, Role.GROUND),
    )
}
"""The same for terminals that draw nothing beyond ASCII."""

ASCII_SHUT_DOOR = Sprite(constant("XX", Role.TOP, Role.SIDE))
