"""The colours of terminals that have few of them, and which of them show a colour best."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.colour import Colours, unpack
from gathertui.render.fit.light import light_of_samples
from gathertui.render.fit.mixing import mixing_error
from gathertui.render.indexed import FIRST, SIXTEEN, colour_of_index, nearest_indices, nearest_sixteens
from gathertui.render.modes import ColourDepth

Places = NDArray[np.uint8]
"""Colours as their places in a palette."""

_BITS: Final = 5
_TOP: Final = (1 << _BITS) - 1
"""Colours are looked up by the upper bits of each channel."""

_UNKNOWN: Final = 255

_NEAR: Final = 16
"""Of how many colours, the nearest, a mixture is looked for."""


class Palette:
    """The colours that one kind of terminal can show, and what comes nearest to others.

    Remembers the mixtures that it was asked for: a byte or two for each of 32,768.
    """

    def __init__(self, depth: ColourDepth) -> None:
        sixteen = depth is ColourDepth.SIXTEEN
        colours = SIXTEEN if sixteen else [colour_of_index(index) for index in range(FIRST, 256)]
        self.colours: Colours = np.array(colours, np.uint32)
        """0xRRGGBB; a terminal of that depth shows these unchanged."""
        self.lights = light_of_samples(unpack(self.colours))
        """(3, colours) from 0 to 1."""
        lattice = np.arange(1 << 3 * _BITS, dtype=np.uint32)
        parts = [
            (lattice >> np.uint32(shift) & np.uint32(_TOP)) * np.uint32(255) // np.uint32(_TOP) for shift in (10, 5, 0)
        ]
        whole = parts[0] << np.uint32(16) | parts[1] << np.uint32(8) | parts[2]
        self._nearest = nearest_sixteens(whole) if sixteen else nearest_indices(whole) - np.uint8(FIRST)
        self._lattice = light_of_samples(np.stack(parts).astype(np.float32))
        self._mixed = np.full((2, len(lattice)), _UNKNOWN, np.uint8)

    def nearest(self, colours: NDArray[np.float32]) -> Places:
        """What looks most like the (3, N) sRGB colours, about."""
        return self._nearest[_lattice_places(colours)]

    def mixture(self, colours: NDArray[np.float32]) -> tuple[Places, Places]:
        """Of which two colours the (3, N) sRGB colours are best mixed, about; often a colour and itself."""
        places = _lattice_places(colours)
        asked = self._mixed[0, places] == _UNKNOWN
        if asked.any():
            self._learn(np.unique(places[asked]))
        first, second = self._mixed[:, places]
        return first, second

    def _learn(self, places: NDArray[np.uint16]) -> None:
        wanted = self._lattice[:, places]
        apart = wanted[:, :, None] - self.lights[:, None, :]
        near = np.argsort(np.einsum("cnk,cnk->nk", apart, apart), axis=1)[:, :_NEAR].T
        least = np.full(len(places), np.inf, np.float32)
        for one in range(_NEAR):
            for other in range(one, _NEAR):
                first, second = near[one], near[other]
                error = mixing_error(wanted[:, :, None], self.lights[:, first], self.lights[:, second])
                better = error < least
                least[better] = error[better]
                self._mixed[:, places[better]] = first[better], second[better]


def _lattice_places(colours: NDArray[np.float32]) -> NDArray[np.uint16]:
    red, green, blue = np.rint(np.clip(colours, 0, 255) * np.float32(_TOP / 255)).astype(np.uint16)
    places: NDArray[np.uint16] = red << 2 * _BITS | green << _BITS | blue
    return places


@lru_cache(maxsize=2)
def palette_of(depth: ColourDepth) -> Palette:
    """The palette of a terminal with 256 or with 16 colours."""
    return Palette(depth)
