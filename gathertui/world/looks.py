"""The words a map may use for what things look like.

A map names looks and grounds, never colours; a palette gives each of them
colours and `render` gives each a shape. This is the list both sides agree on.
"""

from __future__ import annotations

from typing import NamedTuple


class TileKind(NamedTuple):
    """One kind of tile, as a map's legend defines it.

    `solid` stops steps, `soundproof` stops sound. `look` is a key of
    `STANDARD_KINDS`.
    """

    name: str
    look: str
    solid: bool = False
    soundproof: bool = False

    @property
    def divides(self) -> bool:
        """Whether rooms end here: at what stops sound, and at doors."""
        return self.soundproof or self.look == "door"


STANDARD_KINDS = {
    kind.name: kind
    for kind in (
        TileKind("floor", "floor"),
        TileKind("void", "void", solid=True, soundproof=True),
        TileKind("wall", "wall", solid=True, soundproof=True),
        TileKind("window", "window", solid=True, soundproof=True),
        TileKind("glass", "glass", solid=True, soundproof=True),
        TileKind("door", "door"),
        TileKind("railing", "railing", solid=True),
        TileKind("desk", "desk", solid=True),
        TileKind("workstation", "workstation", solid=True),
        TileKind("chair", "chair"),
        TileKind("table", "table", solid=True),
        TileKind("counter", "counter", solid=True),
        TileKind("coffee", "coffee", solid=True),
        TileKind("fridge", "fridge", solid=True),
        TileKind("sofa", "sofa"),
        TileKind("armchair", "armchair"),
        TileKind("shelf", "shelf", solid=True),
        TileKind("board", "board", solid=True, soundproof=True),
        TileKind("screen", "screen", solid=True, soundproof=True),
        TileKind("plant", "plant", solid=True),
        TileKind("tree", "tree", solid=True),
    )
}
"""The kind that a legend gets when it names just a look: `"#" = "wall"`."""

GROUNDS = frozenset({"stone", "oak", "carpet", "navy", "tile", "terracotta", "moss", "plum", "deck", "grass"})
"""What the floor of an area can be laid with."""
