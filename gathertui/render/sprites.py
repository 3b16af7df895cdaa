"""The shapes of tiles, as glyphs.

A tile is two cells. Its shape depends on which neighbours it joins (a table of
six tiles is one table) and on the way it faces (a chair faces its desk). So a
sprite is a table of glyph pairs by facing and by joined neighbours, with roles
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
    """Two characters, the role of their ink and of what lies behind."""

    pair: str
    ink: Role
    behind: Role


Shape = Callable[[Joined, Direction], Glyphs]

STRUCTURE = frozenset({"wall", "window", "glass", "board", "screen"})
"""Looks that make up walls and join each other."""

SURFACES = frozenset({"desk", "workstation", "table"})
"""What seats turn to."""

_COUNTERS = frozenset({"counter", "coffee"})
_DESKS = frozenset({"desk", "workstation"})


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


def _constant(pair: str, ink: Role, behind: Role) -> Shape:
    return lambda _joined, _facing: Glyphs(pair, ink, behind)


class Sprite:
    """A look's shapes, as arrays indexed by [facing, joined].

    `codepoints` (4, 16, 2) uint32; `ink` and `behind` (4, 16) uint8, of `Role`.
    `joined` has bit 0 for north, 1 east, 2 south, 3 west. `joins` names the
    looks that the shape joins.
    """

    def __init__(self, shape: Shape, joins: frozenset[str] = frozenset()) -> None:
        self.joins = joins
        self.codepoints: NDArray[np.uint32] = np.zeros((4, 16, 2), np.uint32)
        self.ink: NDArray[np.uint8] = np.zeros((4, 16), np.uint8)
        self.behind: NDArray[np.uint8] = np.zeros((4, 16), np.uint8)
        for facing in Direction:
            for bits in range(16):
                joined = Joined(*(bool(bits >> bit & 1) for bit in range(4)))
                glyphs = shape(joined, facing)
                self.codepoints[facing, bits] = [ord(character) for character in glyphs.pair]
                self.ink[facing, bits] = glyphs.ink
                self.behind[facing, bits] = glyphs.behind


SPRITES = {
    "wall": Sprite(_wall, STRUCTURE),
    "glass": Sprite(_wall, STRUCTURE),
    "window": Sprite(_in_wall, STRUCTURE),
    "board": Sprite(_in_wall, STRUCTURE),
    "screen": Sprite(_in_wall, STRUCTURE),
    "door": Sprite(_door, STRUCTURE | {"door"}),
    "railing": Sprite(_railing, frozenset({"railing"})),
    "desk": Sprite(_block, _DESKS),
    "workstation": Sprite(_workstation, _DESKS),
    "table": Sprite(_block, frozenset({"table"})),
    "counter": Sprite(_block, _COUNTERS),
    "coffee": Sprite(_constant("▀▀", Role.DETAIL, Role.SIDE), _COUNTERS),
    "fridge": Sprite(_block),
    "shelf": Sprite(_constant("▌▌", Role.DETAIL, Role.SIDE), frozenset({"shelf"})),
    "chair": Sprite(_chair),
    "sofa": Sprite(_sofa, frozenset({"sofa"})),
    "armchair": Sprite(_sofa),
    "plant": Sprite(_constant("♣ ", Role.TOP, Role.GROUND)),
    "tree": Sprite(_tree, frozenset({"tree"})),
}
"""By look. `floor` and `void` have no shape: the ground is all there is."""

ASCII_SPRITES = {
    look: Sprite(_constant(pair, ink, behind))
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
