"""Where the pen has to change along a row of glyphs, in arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import BOLD, SPACE
from gathertui.render.colour import Colours
from gathertui.render.encode.selection import Mask, Selection
from gathertui.render.encode.sgr import CHANGES, RESETS, REVERSE, Words, pen_numbers, shown_reversed, words
from gathertui.render.modes import ColourDepth


@dataclass(slots=True)
class PenChanges:
    """What the pen is told before each glyph, one entry a glyph."""

    ink: Mask
    ground: Mask
    weight: Words
    """Which weight and reverse video to choose, as text without CSI and terminator; 0 where they stay."""
    inks: Colours
    grounds: Colours
    """`pen_numbers` of what a change changes to."""

    @property
    def any(self) -> Mask:
        """Where there is something to tell."""
        told: Mask = self.ink | self.ground | (self.weight != 0)
        return told


def pen_changes(chosen: Selection, depth: ColourDepth) -> PenChanges:
    """Return what to tell a pen of which nothing is known, so at least one glyph is asked for."""
    inked = chosen.codepoints != SPACE
    inks, grounds = pen_numbers(chosen.foreground, depth), pen_numbers(chosen.background, depth)
    if depth is ColourDepth.MONO:
        never = np.zeros(chosen.size, np.bool_)
        return PenChanges(never, never, _weights(chosen, inked, depth), inks, grounds)
    ink = _steps(inks) if inked.all() else _steps_where(inks, inked)
    return PenChanges(ink, _steps(grounds), _weights(chosen, inked, depth), inks, grounds)


def _steps(numbers: Colours) -> Mask:
    """Return where a colour differs from the one before; the first always does."""
    changed = np.empty(len(numbers), np.bool_)
    changed[:1] = True
    np.not_equal(numbers[1:], numbers[:-1], out=changed[1:])
    return changed


def _steps_where(numbers: Colours, shown: Mask) -> Mask:
    """Return where a colour that is shown differs from the last that was."""
    changed = np.zeros(len(numbers), np.bool_)
    changed[shown] = _steps(numbers[shown])
    return changed


_RESET_WORDS = words(*RESETS)
_CHANGE_WORDS = np.array([words(*texts) for texts in CHANGES])


def _weights(chosen: Selection, inked: Mask, depth: ColourDepth) -> Words:
    told = np.zeros(chosen.size, np.uint64)
    told[0] = _RESET_WORDS[0]
    if depth is not ColourDepth.MONO and not chosen.attributes.any():
        return told
    weights = _kept_on_spaces(chosen.attributes & np.uint8(BOLD), inked)
    if depth is ColourDepth.MONO:
        reverse = shown_reversed(chosen.codepoints, chosen.foreground, chosen.background)
        weights = weights | reverse.astype(np.uint8) * np.uint8(REVERSE)
    told[0] = _RESET_WORDS[weights[0]]
    told[1:] = _CHANGE_WORDS[weights[:-1], weights[1:]]
    return told


def _kept_on_spaces(weights: NDArray[np.uint8], inked: Mask) -> NDArray[np.uint8]:
    """Return the weights with those of spaces, which cannot be seen, as of what precedes them; plain at the start."""
    last = np.maximum.accumulate(np.where(inked, np.arange(1, len(inked) + 1), 0))
    return np.concatenate([[np.uint8(0)], weights])[last]
