"""Walking without waiting for the server. Pure: no clock, no connection.

The server's word is a position and how many of your steps it has settled. Where
you are shown is that position with your unsettled steps taken again from there,
so a step that was right never moves you twice and a refused one corrects you once.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import NamedTuple

from gathertui.world.geometry import Direction, Point
from gathertui.world.movement import destination
from gathertui.world.tilemap import TileMap


class StepOutcome(Enum):
    """What became of a step, as far as it can be known at once."""

    MOVED = auto()
    """You are one tile further."""
    TURNED = auto()
    """Something is in the way: you face it."""
    HELD = auto()
    """Too fast: nothing was sent."""
    OFFLINE = auto()
    """Not in a room, or no connection: nothing was sent."""


class Stance(NamedTuple):
    """Where somebody stands and looks."""

    point: Point
    facing: Direction


class _Step(NamedTuple):
    seq: int
    direction: Direction


class Prediction:
    """Your own avatar on one connection. Steps count from 1."""

    def __init__(self, tilemap: TileMap, stance: Stance) -> None:
        self._tilemap = tilemap
        self._settled = stance
        self._pending: deque[_Step] = deque()
        self._next_seq = 1
        self._last_settled = 0
        self.stance = stance
        """Where you are shown."""

    @property
    def unsettled(self) -> int:
        """Steps that the server has not answered."""
        return len(self._pending)

    def step(self, direction: Direction) -> tuple[int, StepOutcome]:
        """Take a step; return its seq, to be sent, and MOVED or TURNED."""
        seq = self._next_seq
        self._next_seq += 1
        self._pending.append(_Step(seq, direction))
        before = self.stance
        self.stance = self._after(before, direction)
        return seq, StepOutcome.TURNED if self.stance.point == before.point else StepOutcome.MOVED

    def settle(self, ack: int, stance: Stance | None) -> None:
        """The server settled the steps up to `ack`, after which you stand at `stance`.

        None says that nothing needed correcting: you stand where those steps lead.
        What is older than the last word is ignored.
        """
        if ack < self._last_settled:
            return
        self._last_settled = ack
        while self._pending and self._pending[0].seq <= ack:
            self._settled = self._after(self._settled, self._pending.popleft().direction)
        if stance is not None:
            self._settled = stance
        self._replay()

    def refuse(self, seq: int, stance: Stance) -> None:
        """The server settled the steps up to `seq`, which led nowhere: you stand at `stance`."""
        self.settle(seq, stance)

    def _replay(self) -> None:
        stance = self._settled
        for step in self._pending:
            stance = self._after(stance, step.direction)
        self.stance = stance

    def _after(self, stance: Stance, direction: Direction) -> Stance:
        return Stance(destination(self._tilemap, stance.point, direction) or stance.point, direction)
