"""Channels and messages in MongoDB.

The embedded database fetches all that a query matches before it sorts and cuts,
so nothing here asks for "the last 50": pages are read through bounded windows on
`seq`, which are widened where deleted messages leave gaps.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from pymongo.errors import DuplicateKeyError

from gathertui.errors import StorageError
from gathertui_server.chat.models import Channel, Message
from gathertui_server.storage.mongo.database import Database, Document, driver_errors
from gathertui_server.storage.mongo.schema import CHANNELS, MESSAGES, SCHEMA_VERSION

WIDEN: Final = 4
MAX_WINDOW: Final = 2_000

MARK_EVERY: Final = 100
"""A channel notes how far it got once in so many messages; the rest is counted from there."""


class MongoMessageStore:
    """`chat.ports.MessageStore` in two collections."""

    def __init__(self, database: Database) -> None:
        self._channels = database.collection(CHANNELS)
        self._messages = database.collection(MESSAGES)

    async def add_channel(self, name: str, title: str) -> None:
        """See `MessageStore.add_channel`."""
        new = {"v": SCHEMA_VERSION, "title": title, "mark": 0}
        with driver_errors():
            await self._channels.update_one({"_id": name}, {"$setOnInsert": new}, upsert=True)

    async def channels(self) -> list[Channel]:
        """See `MessageStore.channels`."""
        with driver_errors():
            found = await self._channels.find().to_list()
        found.sort(key=lambda channel: str(channel["_id"]))
        return [
            Channel(channel["_id"], channel["title"], await self._last_seq_from(channel["_id"], channel["mark"]))
            for channel in found
        ]

    async def insert(self, message: Message) -> bool:
        """See `MessageStore.insert`."""
        with driver_errors():
            try:
                await self._messages.insert_one(
                    {
                        "v": SCHEMA_VERSION,
                        "channel": message.channel,
                        "seq": message.seq,
                        "author_id": message.author_id,
                        "author_name": message.author_name,
                        "client_id": message.client_id,
                        "text": message.text,
                        "at": message.at,
                    }
                )
            except DuplicateKeyError:
                return False
        if message.seq % MARK_EVERY == 0:
            # The message is stored. Without the mark the next start only counts further.
            with suppress(StorageError):
                await self._mark(message.channel, message.seq)
        return True

    async def find_by_client_id(self, channel: str, author_id: str, client_id: str) -> Message | None:
        """See `MessageStore.find_by_client_id`."""
        with driver_errors():
            found = await self._messages.find_one({"channel": channel, "author_id": author_id, "client_id": client_id})
        return _message(found) if found else None

    async def page_before(self, channel: str, before_seq: int | None, limit: int) -> list[Message]:
        """See `MessageStore.page_before`."""
        end = await self._last_seq(channel) + 1
        high = end if before_seq is None else min(before_seq, end)
        page: list[Message] = []
        width = limit
        while high > 1 and len(page) < limit:
            low = max(1, high - width)
            page = await self._window(channel, low, high) + page
            high, width = low, min(width * WIDEN, MAX_WINDOW)
        return page[-limit:]

    async def page_after(self, channel: str, after_seq: int, limit: int) -> list[Message]:
        """See `MessageStore.page_after`."""
        end = await self._last_seq(channel) + 1
        low = max(1, after_seq + 1)
        page: list[Message] = []
        width = limit
        while low < end and len(page) < limit:
            high = min(end, low + width)
            page += await self._window(channel, low, high)
            low, width = high, min(width * WIDEN, MAX_WINDOW)
        return page[:limit]

    async def _window(self, channel: str, low: int, high: int) -> list[Message]:
        """The messages with low <= seq < high, oldest first."""
        with driver_errors():
            found = await self._messages.find({"channel": channel, "seq": {"$gte": low, "$lt": high}}).to_list()
        return sorted((_message(document) for document in found), key=lambda message: message.seq)

    async def _last_seq(self, channel: str) -> int:
        with driver_errors():
            found = await self._channels.find_one({"_id": channel}, {"mark": 1})
        return await self._last_seq_from(channel, found["mark"] if found else 0)

    async def _last_seq_from(self, channel: str, mark: int) -> int:
        with driver_errors():
            beyond = await self._messages.find({"channel": channel, "seq": {"$gt": mark}}, {"seq": 1}).to_list()
        return max((int(document["seq"]) for document in beyond), default=mark)

    async def _mark(self, channel: str, seq: int) -> None:
        with driver_errors():
            await self._channels.update_one({"_id": channel}, {"$max": {"mark": seq}})


def _message(found: Document) -> Message:
    return Message(
        channel=found["channel"],
        seq=int(found["seq"]),
        author_id=found["author_id"],
        author_name=found["author_name"],
        text=found["text"],
        at=int(found["at"]),  # the driver gives integers beyond 32 bits a type of its own
        client_id=found["client_id"],
    )
