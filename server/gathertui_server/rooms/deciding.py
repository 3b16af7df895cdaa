"""When it is decided who hears whom: between ticks, a slice at a time, with what processor time is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from gathertui_server.rooms.allowance import Allowance
from gathertui_server.rooms.conversations import Conversations
from gathertui_server.rooms.pace import Pace
from gathertui_server.rooms.statistics import Counts

LEAST, MOST, CEILING = 0.03, 0.25, 0.5
"""The part of a core that deciding who hears whom may take: what is left of the last, between the first and the second.

In a great crowd it comes later, but it holds up no tick.
"""

SLICE_SECONDS: Final = 0.005
"""For so long it is decided at a time, before everything else has its turn."""


class Deciding:
    """Has a room's conversations decided about; `done` is called when there is something to tell or to go on with."""

    def __init__(
        self,
        conversations: Conversations,
        counts: Counts,
        loop: asyncio.AbstractEventLoop,
        *,
        cpu: Callable[[], float],
        done: Callable[[], None],
    ) -> None:
        self._conversations = conversations
        self._counts = counts
        self._loop = loop
        self._cpu = cpu
        self._done = done
        self._allowance = Allowance(least=LEAST, most=MOST, ceiling=CEILING)
        self._left = 0
        self._handle: asyncio.Handle | None = None

    def begin(self, pace: Pace) -> None:
        """A tick is over: decide about what waits, as much as there is time for in one."""
        if self._conversations.waiting and self._handle is None:
            self._left = self._allowance.pieces(pace.window, pace.load)
            # After all that was published is written: nobody's place need wait for it.
            self._handle = self._loop.call_soon(self._decide)

    def _decide(self) -> None:
        self._handle = None
        waiting, started = self._conversations.waiting, self._cpu()
        self._conversations.decide(min(self._left, self._allowance.within(SLICE_SECONDS)))
        decided = waiting - self._conversations.waiting
        self._allowance.spent(self._cpu() - started, decided)
        self._counts.decisions += decided
        self._left -= decided
        if self._conversations.waiting and self._left > 0:
            self._handle = self._loop.call_soon(self._decide)
        elif self._conversations.waiting or self._conversations.has_news:
            self._done()

    def close(self) -> None:
        """Decide nothing more."""
        if self._handle is not None:
            self._handle.cancel()
