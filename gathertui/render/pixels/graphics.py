"""Pictures of real pixels, for terminals that can show them among their cells."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

import numpy as np

from gathertui.render.colour import Picture
from gathertui.render.fit.shrink import Shrinker
from gathertui.render.glyphs import Grid

_PIXEL: Final = Grid(1, 1)


class Place(NamedTuple):
    """A rectangle of the screen, in cells from the top left one, 0-based."""

    left: int
    top: int
    columns: int
    rows: int


class Graphics(Protocol):
    """One picture on the screen that is replaced from frame to frame.

    The cells below it must be blank, and whoever writes over them or moves the
    picture erases it first.
    """

    most_frames: float
    """Pictures a second that are worth drawing: more would take too much of a core or of a line."""

    def draw(self, picture: Picture, place: Place, budget: int | None = None) -> bytes:
        """Return what shows `picture`, stretched over `place`, in at most `budget` bytes.

        Moves the cursor. Empty where the picture can't be shown in so few bytes: nothing has changed then.
        """
        ...

    def erase(self) -> bytes:
        """Return what takes the picture off the screen, empty where blanking its cells does that already."""
        ...


def resample(picture: Picture, width: int, height: int) -> Picture:
    """The picture with `height` by `width` pixels: averages where it shrinks, the nearest pixels where it grows."""
    high, wide = picture.shape[:2]
    if width >= wide and height >= high:
        ys = (np.arange(height) * 2 + 1) * high // (2 * height)
        xs = (np.arange(width) * 2 + 1) * wide // (2 * width)
        return np.ascontiguousarray(picture[ys[:, None], xs])
    samples = Shrinker(width, height, _PIXEL, _PIXEL).shrink(picture)
    return np.ascontiguousarray(np.rint(samples).astype(np.uint8).reshape(3, height, width).transpose(1, 2, 0))


def cursor_to(place: Place) -> bytes:
    """What moves the cursor to the first cell of `place`."""
    return b"\x1b[%d;%dH" % (place.top + 1, place.left + 1)
