"""How good pictures can be on this line: fewer a second, smaller, with fewer colours, without, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from gathertui.render.modes import ColourDepth
from gathertui.terminal.pacing.gate import FrameGate
from gathertui.terminal.pacing.line import LineMeter


@dataclass(frozen=True, slots=True)
class Rung:
    """How pictures are to be drawn now."""

    frames_per_second: float
    cell_scale: float
    """Of the width and the height that a picture could have; its place is the same."""
    depth: ColourDepth
    """At most; never more than the terminal has."""
    pictures: bool
    """False: an avatar stands where the picture would be."""
    budget_bytes_per_frame: int | None
    """For all pictures of a frame together; None: as many as they like."""


class _Step(NamedTuple):
    frames_per_second: float
    cell_scale: float
    depth: ColourDepth
    bytes_per_cell: float
    """What a cell takes a frame, on average, to look right."""
    words: str


_TRUE, _FEW, _MONO = ColourDepth.TRUECOLOR, ColourDepth.INDEXED, ColourDepth.MONO
_STEPS: Final = (
    _Step(15.0, 1.0, _TRUE, 8.0, ""),
    _Step(10.0, 1.0, _TRUE, 8.0, ""),
    _Step(5.0, 1.0, _TRUE, 8.0, ""),
    _Step(5.0, 0.75, _TRUE, 8.0, "coarser"),
    _Step(5.0, 0.5, _TRUE, 8.0, "coarser"),
    _Step(5.0, 0.5, _FEW, 5.0, "fewer colours"),
    _Step(5.0, 0.5, _MONO, 2.5, "no colours"),
)
"""The ladder from the top. Below it there are no pictures.

A talking head in truecolor takes 8 bytes a cell and frame at a structural
similarity of .90, measured with rate-distortion updates of 40 x 20 cells.
"""
_NO_PICTURES: Final = len(_STEPS)
_LOWEST_RATE: Final = 5.0

LINE_SHARE: Final = 0.75
"""Of what the line bears: keys and text want to come through between frames."""
MEASURING_BYTES: Final = 300
"""Of a frame that is kept small: to measure the delay of the line, or since earlier ones are still on their way."""
CAP_SHARE: Final = 0.9
"""Of the cap: the map, chat and the rest of the screen count under it, too."""
BLIND_RATE: Final = 100_000.0
"""Bytes a second on a line that tells nothing, unless the cap is lower."""
CLIMB_MARGIN: Final = 1.4
"""A better rung must be affordable by this much more than it needs."""
FALL_SECONDS: Final = 0.7
"""A rung must have been too expensive for so long before it is left."""
CLIMB_SECONDS: Final = 3.0
"""A better one must have been affordable for so long before it is tried ..."""
LONGEST_CLIMB_SECONDS: Final = 30.0
"""... and up to so long, twice as long after each try that failed."""
NEXT_CLIMB_SECONDS: Final = 1.0
"""One climb follows another so soon."""
TRIAL_SECONDS: Final = 15.0
"""A fall within this time after a climb tells that the climb was wrong."""
STEADY_SECONDS: Final = 60.0
"""After this long on a rung, earlier failures are forgotten."""


class Ladder:
    """Picks the rung for what the gate's line bears under its cap.

    `depth` is the terminal's. Ask for `rung` before each frame of pictures and
    tell by `hide` and `show` whether the terminal is seen at all.
    """

    def __init__(self, gate: FrameGate, depth: ColourDepth = ColourDepth.TRUECOLOR) -> None:
        self._gate = gate
        self._depth = depth
        self._step = 0
        self._hidden = False
        self._too_dear_since: float | None = None
        self._affordable_since: float | None = None
        self._moved_at: float | None = None
        self._climbed_at: float | None = None
        self._patience = CLIMB_SECONDS

    @property
    def hidden(self) -> bool:
        """Whether nobody can see the terminal."""
        return self._hidden

    def use_depth(self, depth: ColourDepth) -> None:
        """From now on the terminal has these colours."""
        self._depth = depth

    def hide(self) -> None:
        """Nobody sees the terminal: draw no pictures."""
        self._hidden = True

    def show(self) -> None:
        """It is seen again."""
        self._hidden = False

    def rung(self, now: float, cells: int) -> Rung:
        """How to draw pictures now that would fill `cells` cells at full size, all together."""
        if cells > 0 and not self._hidden and not self._gate.behind:
            self._judge(now, cells)
        if self._hidden or self._step == _NO_PICTURES:
            return Rung(_LOWEST_RATE, 0.5, _MONO, pictures=False, budget_bytes_per_frame=0)
        step = _STEPS[self._step]
        return Rung(
            step.frames_per_second,
            step.cell_scale,
            _coarser(step.depth, self._depth),
            pictures=True,
            budget_bytes_per_frame=self._frame_budget(step, now),
        )

    def words(self, now: float, frames_per_second: float) -> str:
        """The state for the status line; `frames_per_second` is how many pictures were drawn in the last second."""
        if self._hidden:
            return "pictures wait: nobody sees the terminal"
        if self._step == _NO_PICTURES:
            return "pictures off: the line is slow"
        rate = self._gate.rate(now)
        amount = f"{rate:.0f}" if rate >= 9.95 else f"{rate:.1f}"
        words = f"{frames_per_second:.0f} fps, {amount} KB/s"
        reason = _STEPS[self._step].words
        return f"{words}, {reason}" if reason else words

    # ------------------------------------------------------------ judging

    def _judge(self, now: float, cells: int) -> None:
        wanted = self._affordable(now, cells, 1.0)
        if wanted > self._step:
            self._affordable_since = None
            self._too_dear_since = now if self._too_dear_since is None else self._too_dear_since
            if now - self._too_dear_since >= FALL_SECONDS:
                self._fall(wanted, now)
            return
        self._too_dear_since = None
        if self._moved_at is not None and now - self._moved_at >= STEADY_SECONDS:
            self._patience = CLIMB_SECONDS
        if self._affordable(now, cells, CLIMB_MARGIN) >= self._step:
            self._affordable_since = None
            return
        self._affordable_since = now if self._affordable_since is None else self._affordable_since
        if now - self._affordable_since >= self._patience:
            self._climb(now)

    def _fall(self, step: int, now: float) -> None:
        failed = self._climbed_at is not None and now - self._climbed_at < TRIAL_SECONDS
        self._patience = min(max(self._patience, CLIMB_SECONDS) * 2, LONGEST_CLIMB_SECONDS) if failed else CLIMB_SECONDS
        self._step = step
        self._moved_at = now
        self._too_dear_since = self._climbed_at = None

    def _climb(self, now: float) -> None:
        self._step -= 1
        self._moved_at = self._climbed_at = now
        # The next one sooner, by letting it count as affordable for a while already.
        self._affordable_since = now - self._patience + NEXT_CLIMB_SECONDS

    def _affordable(self, now: float, cells: int, margin: float) -> int:
        """The best step that can be paid `margin` times, as far as the line is known."""
        known = self._gate.one_at_a_time and self._gate.line.measured
        rate = self._bytes_per_second(now, with_line=known)
        for number, step in enumerate(_STEPS):
            need = max(1.0, cells * step.cell_scale**2 * step.bytes_per_cell) * step.frames_per_second * margin
            in_time = not known or _in_time(self._gate.line, step, margin)
            if in_time and (rate is None or need <= rate):
                return number
        return _NO_PICTURES

    def _frame_budget(self, step: _Step, now: float) -> int | None:
        rate = self._bytes_per_second(now, with_line=self._gate.one_at_a_time)
        budget = None if rate is None else int(rate / step.frames_per_second)
        if self._gate.behind or (self._gate.one_at_a_time and self._gate.line.wants_small(now)):
            return MEASURING_BYTES if budget is None else min(budget, MEASURING_BYTES)
        return budget

    def _bytes_per_second(self, now: float, *, with_line: bool) -> float | None:
        """What pictures may take, by the cap and by what the line bears; None: as much as they like."""
        shares = []
        if self._gate.cap is not None:
            shares.append(self._gate.cap * CAP_SHARE)
        if with_line:
            shares.append(self._gate.line.bytes_per_second(now) * LINE_SHARE)
        elif self._gate.blind:
            shares.append(BLIND_RATE)
        return min(shares, default=None)


def _in_time(line: LineMeter, step: _Step, margin: float) -> bool:
    """Whether reports come back fast enough for the step's rate; the lowest rate takes what it gets."""
    return step.frames_per_second <= _LOWEST_RATE or line.delay * margin <= 1.0 / step.frames_per_second


def _coarser(one: ColourDepth, other: ColourDepth) -> ColourDepth:
    order = list(ColourDepth)
    return max(one, other, key=order.index)
