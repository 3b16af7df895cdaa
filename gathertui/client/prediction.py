"""Walking without waiting for the server. Pure: it is told the time, and says which steps to send.

The server's word is a position and how many of your steps it has settled. Where
you are shown is that position with your unsettled steps taken again from there,
so a step that was right never moves you twice and a refused one corrects you once.

The server disconnects whoever keeps sending impossible steps, so none is sent that
is known to be one: too fast, or into an obstacle that you face already.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Final, NamedTuple

from gathertui.world.geometry import Direction, Point
from gathertui.world.movement import StepBudget, destination
from gathertui.world.tilemap import TileMap


class StepOutcome(Enum):
    """What became of a step, as far as it can be known at once."""

    MOVED = auto()
    """You are one tile further."""
    TURNED = auto()
    """Something is in the way: you face it."""
    BLOCKED = auto()
    """Something is in the way that you faced already: nothing was sent."""
    HELD = auto()
    """Too fast, for you or for the line: nothing was sent."""
    OFFLINE = auto()
    """Not in a room, or no connection: nothing was sent."""


class Stance(NamedTuple):
    """Where somebody stands and looks."""

    point: Point
    facing: Direction


class _Step(NamedTuple):
    seq: int
    direction: Direction


MOST_UNSETTLED: Final = 20
"""Steps that may be on their way: two seconds of walking. Where the line stands still, so do you, instead of
delivering them all at once when it moves again."""

RETRIES_PER_SECOND: Final = 1.0
"""How often a step is tried again that the server refused where our map is open: less than it puts up with for ever."""


class Prediction:
    """Your own avatar on one connection. Steps count from 1; times are in seconds, on any monotonic clock.

    What it sends fits the server's `CHECKER_BURST` as long as no step takes 0.3 s longer to
    get there than another: that many steps the server allows at once beyond `WALKER_BURST`.
    """

    def __init__(self, tilemap: TileMap, stance: Stance) -> None:
        self._tilemap = tilemap
        self._settled = stance
        self._pending: deque[_Step] = deque()
        self._next_seq = 1
        self._last_settled = 0
        self._budget = StepBudget()
        self._retries = StepBudget(rate=RETRIES_PER_SECOND, burst=1)
        # Where the server refused a step that our map allows. Until it moves you there is an obstacle for us, too:
        # else the steps on their way would lead into it and back, one after the other.
        self._refused: Stance | None = None
        self.stance = stance
        """Where you are shown."""

    @property
    def unsettled(self) -> int:
        """Steps that the server has not answered."""
        return len(self._pending)

    def step(self, direction: Direction, now: float) -> tuple[int | None, StepOutcome]:
        """Take a step; return its seq, None where nothing is to be sent, and what became of it."""
        before, after = self.stance, self._foresee(self.stance, direction)
        if after == before and not (self._is_doubtful and self._retries.take(now)):
            return None, StepOutcome.BLOCKED
        if len(self._pending) >= MOST_UNSETTLED or not self._budget.take(now):
            return None, StepOutcome.HELD
        seq = self._next_seq
        self._next_seq += 1
        self._pending.append(_Step(seq, direction))
        self.stance = after
        return seq, StepOutcome.TURNED if after.point == before.point else StepOutcome.MOVED

    @property
    def _is_doubtful(self) -> bool:
        """Whether you face an obstacle by the server's word alone, which may be another by now."""
        return not self._pending and self._refused == self.stance

    def settle(self, ack: int, stance: Stance | None) -> None:
        """The server settled the steps up to `ack`, after which you stand at `stance`.

        None says that nothing needed correcting: you stand where those steps lead.
        What is older than the last word is ignored.
        """
        if ack < self._last_settled:
            return
        self._last_settled = ack
        while self._pending and self._pending[0].seq <= ack:
            self._settled = self._lead(self._settled, self._pending.popleft().direction)
        if stance is not None:
            self._settled = stance
        if self._refused is not None and self._refused.point != self._settled.point:
            self._refused = None
        self.stance = self._settled
        for step in self._pending:
            self.stance = self._foresee(self.stance, step.direction)

    def refuse(self, seq: int, stance: Stance, *, too_fast: bool) -> None:
        """The server settled the steps up to `seq`, which led nowhere: you stand at `stance`.

        Something is in the way where you face, unless the step was just too fast.
        """
        if not too_fast and _Step(seq, stance.facing) in self._pending and self._lead(stance, stance.facing) != stance:
            self._refused = stance
        self.settle(seq, stance)

    def _foresee(self, stance: Stance, direction: Direction) -> Stance:
        """Where a step leads as far as is known."""
        if self._refused == (stance.point, direction):
            return self._refused
        return self._lead(stance, direction)

    def _lead(self, stance: Stance, direction: Direction) -> Stance:
        """Where a step leads by our map."""
        return Stance(destination(self._tilemap, stance.point, direction) or stance.point, direction)
