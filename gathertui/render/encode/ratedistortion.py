"""A moving picture in few bytes: of what changed, only what can be seen, and no more than a frame may cost.

A camera's noise changes nearly every cell of every frame, so sending exact
differences saves nothing. Here a cell is sent only when that lowers its squared
error by more than a threshold, those that gain the most per byte first, and as
many as the budget holds. The threshold falls with a cell's age, and falls fast
where the picture stands still, so that nothing stays wrong for ever: a still
picture becomes exact, and then costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.cells import SPACE, Cells
from gathertui.render.colour import pack, unpack
from gathertui.render.encode.encoder import encoded_length
from gathertui.render.encode.penreuse import reuse_pens
from gathertui.render.encode.selection import Mask
from gathertui.render.modes import ColourDepth

if TYPE_CHECKING:
    from gathertui.render.fit import Fitted

_Plane = NDArray[np.float32]

THRESHOLD: Final = 8.0
"""Squared error, of 255², below which a change is likelier the camera's noise than anything to see."""

_PATIENCE: Final = 10.0
"""Frames after which an error counts twice."""

_STILL: Final = 0.125
"""Times the square of the frames in which a cell's picture did not change at all: what is added to its error.

Where there is room small errors are gone after half a second, and after some seconds even where much else moves.
"""

_ENOUGH: Final = 0.95
"""The part of a budget at which the search for its best use ends."""

_TRIALS: Final = 8

# About what it costs to choose a colour, and to draw a cell.
_COLOUR_BYTES: Final = {
    ColourDepth.TRUECOLOR: 17.0,
    ColourDepth.INDEXED: 8.0,
    ColourDepth.SIXTEEN: 3.0,
    ColourDepth.MONO: 0.0,
}
_GLYPH_BYTES: Final = 6.0

_REUSE: Final = 0.8
"""How readily a cell takes the pen's colour, against what the bytes saved gain elsewhere."""


@dataclass(slots=True)
class _Trial:
    """Some cells replaced, and what it would cost to send them."""

    count: int
    cells: Cells
    mask: Mask
    length: int | None
    """None: not known."""


class PictureStream:
    """One picture of `columns` by `rows` cells over time.

    It is drawn with its corner at column `left`, line `top`, by `encode` with
    this `depth` and `repeat`: budgets are kept to the byte for that.
    """

    def __init__(
        self,
        columns: int,
        rows: int,
        *,
        left: int = 0,
        top: int = 0,
        depth: ColourDepth = ColourDepth.TRUECOLOR,
        repeat: bool = False,
    ) -> None:
        self._left, self._top = left, top
        self._depth, self._repeat = depth, repeat
        shape = (rows, columns)
        self._shown = Cells(columns, rows)
        self._target: Cells | None = None
        self._age = np.zeros(shape, np.float32)
        self._still = np.zeros(shape, np.float32)
        self._cell_bytes = 30.0
        self._price = 0.0  # squared error that a byte buys
        self._pending: Mask = np.ones(shape, np.bool_)

    @property
    def pending(self) -> Mask:
        """Which cells are not to be drawn yet: no budget so far had room even for blank ones there."""
        return self._pending

    def move(self, left: int, top: int) -> None:
        """Draw the picture elsewhere from now on."""
        self._left, self._top = left, top

    def next(self, fitted: Fitted, budget: int | None, lost: Mask | None = None) -> Cells:
        """Return the cells to show now, of which those that differ from the last ones cost at most `budget` bytes.

        None is no limit. `lost` are cells that the terminal does not show any
        more: they are counted, and drawn new where the budget holds that. Before
        the first frame all are lost. What the budget does not hold of them is
        blank, in the picture's mean colour, or `pending`. The cells belong to
        the stream: they are not to be written to.
        """
        target = fitted.cells
        if target.codepoints.shape != self._age.shape:
            raise ValueError(f"a picture of {target.columns} by {target.rows} cells in another one's stream")
        if lost is not None:
            self._pending = self._pending | lost
        begun = self._begin(target, budget) if self._pending.any() else None
        differs = _differs(target, self._shown) & ~self._pending
        value = self._value(fitted, differs)
        order, ratio = self._wanted(target, differs, value, begun)
        trial = self._fill(target, order, budget, begun)
        self._learn(trial, order, ratio)
        self._target, self._shown = target, trial.cells
        return self._shown

    def _begin(self, target: Cells, budget: int | None) -> Mask:
        """Return which of the pending cells are drawn from now on, in reading order, as many as the budget holds."""
        waiting = self._pending

        def holds(mask: Mask) -> bool:
            return budget is None or self._length(self._shown, mask) <= budget

        if self._target is None or not holds(waiting):
            self._shown = _replaced(self._shown, _blank(target), waiting)
        places = np.flatnonzero(waiting)
        fits, most = 0, len(places)
        if holds(waiting):
            fits = most
        while fits < most:
            middle = (fits + most + 1) // 2
            if holds(_mask_of(places[:middle], waiting.shape)):
                fits = middle
            else:
                most = middle - 1
        begun = _mask_of(places[:fits], waiting.shape)
        self._pending = waiting & ~begun
        return begun

    def _length(self, cells: Cells, mask: Mask) -> int:
        return encoded_length(cells, mask, left=self._left, top=self._top, depth=self._depth, repeat=self._repeat)

    def _value(self, fitted: Fitted, differs: Mask) -> _Plane:
        """Return what it is worth to bring each cell up to date."""
        target = fitted.cells
        if self._target is not None:
            self._still = np.where(_differs(target, self._target), np.float32(0), self._still + np.float32(1))
        if not differs.any():
            return np.zeros_like(self._age)
        # Mixed from few colours, a cell may be farther from its picture than what is shown: age must not hold it back.
        gain = np.maximum(fitted.error_of(self._shown) - fitted.error_of(target), np.float32(0))
        value: _Plane = gain * (1 + self._age / _PATIENCE) + self._still * self._still * _STILL
        return value

    def _wanted(
        self, target: Cells, differs: Mask, value: _Plane, lost: Mask | None
    ) -> tuple[NDArray[np.int64], _Plane]:
        """Return the cells that are worth sending, the best first, and for each cell what a byte buys there."""
        colour = _COLOUR_BYTES[self._depth]
        costs = np.where(target.codepoints == SPACE, colour + _GLYPH_BYTES, 2 * colour + _GLYPH_BYTES)
        wanted = differs & (value > THRESHOLD)
        if lost is not None:
            # These are paid for anyway.
            wanted |= lost & differs
            costs = np.where(lost, costs / 4, costs)
        ratio: _Plane = (value / costs).astype(np.float32).reshape(-1)
        places = np.flatnonzero(wanted)
        return places[np.argsort(-ratio[places], kind="stable")], ratio

    def _fill(self, target: Cells, order: NDArray[np.int64], budget: int | None, lost: Mask | None) -> _Trial:
        """Return the best that the budget holds.

        Effort n is to draw the n best cells, if need be in pens at hand; more
        than there are cells is to draw all, the best of them in their own colours.
        """
        rise = _REUSE * self._price * _COLOUR_BYTES[self._depth]
        if budget is None:
            # All that are worth it, and nobody asks what they cost.
            mask = _mask_of(order, self._age.shape)
            return _Trial(len(order), _replaced(self._shown, target, mask), mask, length=None)
        most = len(order) * (2 if rise > 0 else 1)
        best = None
        fits, fails = -1, most + 1
        effort = min(len(order), max(0, int(budget / self._cell_bytes)))
        for _ in range(_TRIALS):
            trial = self._try(target, order, effort, rise, lost)
            assert trial.length is not None
            if trial.length <= budget:
                fits, best = effort, trial
                if effort == most or trial.length > _ENOUGH * budget:
                    break
            else:
                fails = effort
            if fails - fits <= 1:
                break
            # Aim a little below, so that the next one fits.
            guess = int(effort * 0.98 * budget / max(trial.length, 1))
            if fits >= len(order):
                guess = most if fails > most else (fits + fails) // 2
            effort = min(max(guess, fits + 1), fails - 1)
        return best or self._try(target, order, 0, rise, lost)

    def _try(self, target: Cells, order: NDArray[np.int64], effort: int, rise: float, lost: Mask | None) -> _Trial:
        count = min(effort, len(order))
        mask = _mask_of(order[:count], self._age.shape)
        cells = _replaced(self._shown, target, mask)
        if rise > 0 and count:
            allowed = np.where(self._still.reshape(-1) > 1, np.float32(0), np.float32(rise))
            allowed[order[: effort - count]] = 0
            places = np.flatnonzero(mask)
            reuse_pens(cells, places, allowed[places])
        drawn = mask if lost is None else mask | lost
        return _Trial(count, cells, mask, self._length(cells, drawn))

    def _learn(self, trial: _Trial, order: NDArray[np.int64], ratio: _Plane) -> None:
        """Remember for the next frame what cells cost and what bytes are worth."""
        self._age = np.where(trial.mask, np.float32(0), self._age + np.float32(1))
        price = 0.0
        if trial.count and trial.length is not None:
            self._cell_bytes = trial.length / trial.count
            if trial.count < len(order):
                price = max(0.0, float(ratio[order[trial.count - 1]]))
        self._price = (self._price + price) / 2 if self._price + price > 1e-3 else 0.0


def _blank(like: Cells) -> Cells:
    """Return cells in the mean of another's grounds."""
    mean = int(pack(unpack(like.background).mean(axis=1, dtype=np.float64)))
    return Cells(like.columns, like.rows, foreground=mean, background=mean)


def _mask_of(places: NDArray[np.int64], shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape, np.bool_)
    mask.reshape(-1)[places] = True
    return mask


def _differs(cells: Cells, others: Cells) -> Mask:
    differs: Mask = cells.codepoints != others.codepoints
    differs |= cells.foreground != others.foreground
    differs |= cells.background != others.background
    return differs


def _replaced(cells: Cells, others: Cells, mask: Mask) -> Cells:
    """Return the cells, with others where the mask is."""
    result = Cells(cells.columns, cells.rows)
    result.codepoints = np.where(mask, others.codepoints, cells.codepoints)
    result.foreground = np.where(mask, others.foreground, cells.foreground)
    result.background = np.where(mask, others.background, cells.background)
    result.attributes = np.where(mask, others.attributes, cells.attributes)
    return result
