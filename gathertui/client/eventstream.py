"""A queue of events that doesn't grow without end when nobody reads it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from gathertui.client.events import AvatarsMoved, OfficeEvent, OwnMediaChanged, PeerMediaChanged

MAX_EVENTS: Final = 10_000
"""Events kept for a reader who lags; beyond it the oldest go. The model is complete all the same."""


class EventStream:
    """Events in order, for one reader."""

    def __init__(self) -> None:
        self._events: deque[OfficeEvent] = deque()
        self._waiting: set[OwnMediaChanged | PeerMediaChanged] = set()
        """Those among them that need not come twice, because the reader looks at the present anyway."""
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, event: OfficeEvent) -> None:
        """Add an event. Moves that follow each other become one, so a slow reader draws once; levels do, too."""
        if self._closed:
            return
        if isinstance(event, AvatarsMoved) and self._events and isinstance(last := self._events[-1], AvatarsMoved):
            self._events[-1] = AvatarsMoved(last.ids | event.ids)
        elif isinstance(event, OwnMediaChanged | PeerMediaChanged):
            if event not in self._waiting:
                self._waiting.add(event)
                self._append(event)
        else:
            self._append(event)
        self._changed.set()

    def _append(self, event: OfficeEvent) -> None:
        if len(self._events) == MAX_EVENTS:
            self._take()
        self._events.append(event)

    def _take(self) -> OfficeEvent:
        event = self._events.popleft()
        if isinstance(event, OwnMediaChanged | PeerMediaChanged):
            self._waiting.discard(event)
        return event

    def close(self) -> None:
        """Take no more; the reader ends after what is there."""
        self._closed = True
        self._changed.set()

    async def __aiter__(self) -> AsyncIterator[OfficeEvent]:
        while True:
            while self._events:
                yield self._take()
            if self._closed:
                return
            self._changed.clear()
            await self._changed.wait()
