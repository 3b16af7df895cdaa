"""What a terminal can be drawn on with: which glyphs, and how many colours."""

from __future__ import annotations

from enum import Enum
from typing import Final


class ColourDepth(Enum):
    """How many colours a terminal shows. The values are the words that people write for them."""

    TRUECOLOR = "truecolor"
    INDEXED = "256"
    SIXTEEN = "16"
    MONO = "mono"


class PictureMode(Enum):
    """The glyphs that a picture is made of. The values are the words that people write for them."""

    ASCII = "ascii"
    HALF = "half"
    QUAD = "quad"
    SEXTANT = "sextant"
    OCTANT = "octant"
    BRAILLE = "braille"


BEST_FIRST: Final = (
    PictureMode.OCTANT,
    PictureMode.SEXTANT,
    PictureMode.QUAD,
    PictureMode.HALF,
    PictureMode.ASCII,
)
"""What "auto" chooses from: the first that the terminal's font has. Braille is chosen by name only."""
