"""Moves the view to where it belongs in a few frames instead of one.

You are drawn where you stand at once; the ground glides after you. A unit of
gliding is two columns or one row, which is about as wide as high. At zoom 1 that
is a tile: walking scrolls by one tile a step, so every step is one frame, as it
should be: half of a tile there would be a single column, finer than anything can
move up or down, at twice the bytes for the same way. At zoom 2 a tile is two
units, and a step of a view that jumped by four columns becomes two of two.
"""

from __future__ import annotations

from typing import Final

from gathertui.render.office.viewport import CellOffset

FRAME_SECONDS: Final = 0.05
"""Between two frames of a glide."""

FRAMES: Final = 3
"""A glide has no more, the first at once: it is over within 0.1 s, before the next step of a walk."""

UNIT: Final = CellOffset(2, 1)
"""A glide moves by multiples of this many columns and rows, but for a remainder at its end."""

FURTHEST: Final = 12
"""Units that the view glides; where it belongs further away it is at once."""


class Camera:
    """Where the view is, and when it moves next. Times are in seconds of one monotonic clock, and never go back."""

    def __init__(self) -> None:
        self._offset: CellOffset | None = None
        self._target = CellOffset(0, 0)
        self._frames = 0
        self._due = 0.0

    @property
    def target(self) -> CellOffset | None:
        """Where the view will be when it rests, the `previous` of `scroll_cells`; None before it is anywhere."""
        return None if self._offset is None else self._target

    def jump(self, target: CellOffset) -> None:
        """Be there at once: on another map, in another size or at another zoom."""
        self._offset = self._target = target

    def aim(self, target: CellOffset, now: float) -> None:
        """Glide there, or be there at once when it is far or the view was nowhere yet."""
        here = self._offset
        if here is None or _is_far(here, target):
            self.jump(target)
        elif target != self._target:
            if here == self._target:
                self._due = now
            self._target = target
            self._frames = FRAMES

    def offset(self, now: float) -> CellOffset:
        """Where the view is. Raises LookupError before it is anywhere."""
        if self._offset is None:
            raise LookupError("the view is nowhere yet")
        while self._offset != self._target and self._due <= now:
            self._offset = CellOffset(*map(self._moved, self._offset, self._target, UNIT))
            self._frames = max(1, self._frames - 1)
            self._due += FRAME_SECONDS
        return self._offset

    def next_due(self) -> float | None:
        """When `offset` returns something else; None while the view rests."""
        return None if self._offset is None or self._offset == self._target else self._due

    def _moved(self, here: int, there: int, unit: int) -> int:
        """One coordinate after the next frame, with the way shared out to the frames that are left."""
        way = abs(there - here)
        step = min(way, -(-way // (self._frames * unit)) * unit)
        return here + step if there > here else here - step


def _is_far(one: CellOffset, other: CellOffset) -> bool:
    return any(abs(a - b) > FURTHEST * unit for a, b, unit in zip(one, other, UNIT, strict=True))
