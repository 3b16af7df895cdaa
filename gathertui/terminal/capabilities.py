"""What a terminal can do, as far as is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from gathertui.render.modes import BEST_FIRST, ColourDepth, PictureMode
from gathertui.terminal.table import Known, Multiplexer, known_of

Graphics = Literal["none", "kitty", "sixel"]
"""What pictures are drawn with instead of cells."""


ASCII_GLYPHS: Final = frozenset({PictureMode.ASCII})
"""All that a terminal without Unicode shows."""

COMMON_GLYPHS: Final = frozenset({PictureMode.ASCII, PictureMode.HALF, PictureMode.QUAD, PictureMode.BRAILLE})
"""What nearly every font has: Unicode has had these since its versions 1 and 3.2."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a terminal can be drawn on with. The defaults are what can be hoped of any."""

    depth: ColourDepth = ColourDepth.INDEXED
    glyphs: frozenset[PictureMode] = COMMON_GLYPHS
    synchronized: bool = False
    """Whether it shows a synchronized update (DEC mode 2026) at once."""
    repeat: bool = False
    """Whether it repeats the last character by REP (`CSI n b`)."""
    cell_pixels: tuple[int, int] | None = None
    """Width and height of a cell in pixels, where known."""
    kitty_graphics: bool = False
    sixel: bool = False
    multiplexer: Multiplexer = ""
    """Which program between us and the terminal draws on it for us."""
    name: str = ""
    """What the terminal calls itself, "" where it does not say. For people to read."""
    cursor_reports: bool = False
    """Whether a cursor position report (`CSI 6 n`) tells that the terminal has drawn what came before.

    A multiplexer answers by itself, so there it tells nothing.
    """

    @property
    def best_mode(self) -> PictureMode:
        """The finest glyphs that it surely has. Dots are for who chose them, and wants nothing else."""
        finest = next(mode for mode in BEST_FIRST if mode in self.glyphs)
        if finest is PictureMode.ASCII and PictureMode.BRAILLE in self.glyphs:
            return PictureMode.BRAILLE
        return finest


def from_environment(environment: Mapping[str, str], *, unicode: bool = True) -> Capabilities:
    """What its variables tell of a terminal that was not asked.

    `environment` is that of the terminal's own session; `unicode` False is for
    one that shows nothing beyond ASCII.
    """
    return capabilities_of(known_of(environment), unicode=unicode)


def capabilities_of(known: Known, *, unicode: bool) -> Capabilities:
    """What can be said of a terminal of which this is known."""
    return Capabilities(
        depth=known.depth,
        glyphs=(COMMON_GLYPHS | known.glyphs) if unicode else ASCII_GLYPHS,
        synchronized=known.synchronized,
        repeat=known.repeat,
        multiplexer=known.multiplexer,
        name=known.name,
    )


def with_choices(
    capabilities: Capabilities,
    *,
    glyphs: PictureMode | None = None,
    depth: ColourDepth | None = None,
    graphics: Graphics | None = None,
) -> Capabilities:
    """The capabilities as a person says they are; None is for "as found".

    `glyphs` is the finest that the terminal shows; coarser ones are taken to be there.
    """
    if glyphs is PictureMode.BRAILLE:
        capabilities = replace(capabilities, glyphs=ASCII_GLYPHS | {PictureMode.BRAILLE})
    elif glyphs is PictureMode.ASCII:
        capabilities = replace(capabilities, glyphs=ASCII_GLYPHS)
    elif glyphs is not None:
        coarser = frozenset(BEST_FIRST[BEST_FIRST.index(glyphs) :])
        capabilities = replace(capabilities, glyphs=coarser | {PictureMode.BRAILLE})
    if depth is not None:
        capabilities = replace(capabilities, depth=depth)
    if graphics is not None:
        capabilities = replace(capabilities, kitty_graphics=graphics == "kitty", sixel=graphics == "sixel")
    return capabilities
