"""Who speaks in a room, and who did a while ago: their conversations come before those of the silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from gathertui.protocol.media import CARRIED, MICROPHONE, SPEAKING
from gathertui.world.priority import Priority
from gathertui_server.rooms.conversations import Conversations

SPOKE_SECONDS: Final = 30.0
"""For how long who has spoken keeps a place that the silent would take: longer than one listens before one answers."""


class Speakers:
    """Turns what clients say of their media into priorities. `news` is called when a conversation is another by that.

    It has a timer only while there is somebody who has spoken and is silent now.
    """

    def __init__(
        self, conversations: Conversations, loop: asyncio.AbstractEventLoop, *, news: Callable[[], None]
    ) -> None:
        self._conversations = conversations
        self._loop = loop
        self._news = news
        self._speaking: set[int] = set()
        # Until when, who fell silent first to last.
        self._spoke: dict[int, float] = {}
        self._lapse: asyncio.TimerHandle | None = None

    def update(self, avatar: int, media: int) -> None:
        """Take note of what of an avatar's media is on, as in `SetMedia`, and `CARRIED`; 0 where no view carries it."""
        spoke = avatar in self._speaking
        self._speaking.discard(avatar)
        if not media & CARRIED:
            self._spoke.pop(avatar, None)
            self._prefer(avatar, Priority.NONE)
        elif media & MICROPHONE and media & SPEAKING:
            self._speaking.add(avatar)
            self._spoke.pop(avatar, None)
            self._prefer(avatar, Priority.SPEAKING)
        elif spoke:
            self._spoke[avatar] = self._loop.time() + SPOKE_SECONDS
            self._prefer(avatar, Priority.SPOKE)
            self._wait()
        elif avatar not in self._spoke:
            self._prefer(avatar, Priority.SILENT)

    def close(self) -> None:
        """Stop the timer."""
        if self._lapse is not None:
            self._lapse.cancel()

    def _prefer(self, avatar: int, priority: Priority) -> None:
        self._conversations.prefer(avatar, priority)
        if self._conversations.has_news:
            self._news()

    def _wait(self) -> None:
        if self._lapse is None and self._spoke:
            self._lapse = self._loop.call_at(next(iter(self._spoke.values())), self._forget)

    def _forget(self) -> None:
        """Who has been silent for long has no priority over others who are."""
        self._lapse = None
        now = self._loop.time()
        for avatar in [avatar for avatar, until in self._spoke.items() if until <= now]:
            del self._spoke[avatar]
            self._prefer(avatar, Priority.SILENT)
        self._wait()
