"""Calling everybody once a period, each at a time of their own."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

_GRAIN = 0.002  # seconds: calls closer together than this are made at once


class Rota(Generic[T]):
    """Calls `act(item)` for each item once in `period` seconds, at random phases, until `stop`.

    Where the process can't keep up, turns are left out rather than crowded together.
    """

    def __init__(
        self,
        items: Sequence[T],
        period: float,
        act: Callable[[T], None],
        loop: asyncio.AbstractEventLoop,
        chance: random.Random,
    ) -> None:
        self._turns = sorted(((chance.random() * period, item) for item in items), key=lambda turn: turn[0])
        self._period = period
        self._act = act
        self._loop = loop
        self._next = 0
        self._round = time.perf_counter()
        self._timer: asyncio.TimerHandle | None = None
        if self._turns:
            self._schedule()

    def _schedule(self) -> None:
        due = self._round + self._turns[self._next][0]
        self._timer = self._loop.call_later(max(_GRAIN, due - time.perf_counter()), self._run)

    def _run(self) -> None:
        now = time.perf_counter()
        if now - self._round > 2 * self._period:
            self._round = now - self._turns[self._next][0]
        while self._round + self._turns[self._next][0] <= now:
            self._act(self._turns[self._next][1])
            self._next += 1
            if self._next == len(self._turns):
                self._next = 0
                self._round += self._period
        self._schedule()

    def stop(self) -> None:
        """Call nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
