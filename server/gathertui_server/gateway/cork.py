"""Writes to a transport once a turn of the loop, however many frames are for it."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Corked(Protocol):
    """Whoever holds back what it has to write."""

    def flush(self) -> None:
        """Write it."""


class Cork:
    """Has those flush at the end of the loop's turn who hold something back.

    A write is a call into the kernel: the most expensive thing that a frame costs.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._holding: list[Corked] = []

    def hold(self, corked: Corked) -> None:
        """Have it flush; to be called once until it did."""
        if not self._holding:
            self._loop.call_soon(self._pull)
        self._holding.append(corked)

    def _pull(self) -> None:
        holding, self._holding = self._holding, []
        for corked in holding:
            corked.flush()
