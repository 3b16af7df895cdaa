"""What the chat service needs from storage.

Every method may raise `gathertui.errors.StorageError`; after that the outcome of
a write is unknown, and the service is written to stand it.
"""

from __future__ import annotations

from typing import Protocol

from gathertui_server.chat.models import Channel, Message


class MessageStore(Protocol):
    """Channels and their messages, unique by (channel, seq) and by (channel, author, client id)."""

    async def add_channel(self, name: str, title: str) -> None:
        """Keep a channel; an existing one stays as it is."""

    async def channels(self) -> list[Channel]:
        """All channels by name, each with its newest message's seq."""

    async def insert(self, message: Message) -> bool:
        """Keep a message for good; False, and nothing kept, where its seq or client id is taken."""

    async def find_by_client_id(self, channel: str, author_id: str, client_id: str) -> Message | None:
        """The message that this author posted under this client id."""

    async def page_before(self, channel: str, before_seq: int | None, limit: int) -> list[Message]:
        """The newest `limit` messages (of those with a seq below `before_seq`, if given), oldest first."""

    async def page_after(self, channel: str, after_seq: int, limit: int) -> list[Message]:
        """The oldest `limit` messages with a seq above `after_seq`, oldest first."""
