"""Posting to channels and reading them back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import msgspec

from gathertui.errors import Code, Refused, StorageError
from gathertui.protocol.limits import MAX_CLIENT_ID, MAX_MESSAGE
from gathertui_server.chat.models import Channel, Message
from gathertui_server.chat.ports import MessageStore

MAX_PAGE: Final = 101
"""Messages in one answer: a page of the protocol, and one that tells whether more are left."""

ATTEMPTS: Final = 5
"""Times that a message is tried under the next free number before we give up.

More than one is needed only while somebody else writes to the channel.
"""

SEEDED_CHANNELS: Final = (("general", "Everybody, everything"), ("random", "Whatever else"))


class Chat:
    """The stored channels of a space, and the one writer of each.

    `publish` is called once a message, in the order of `seq`, after the message
    is stored. Call `start` before anything else.
    """

    def __init__(
        self,
        store: MessageStore,
        publish: Callable[[Message], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._publish = publish
        self._now = now
        self._writers: dict[str, _Writer] = {}

    async def start(self) -> None:
        """Make sure that the first channels exist and learn where every channel stands."""
        for name, title in SEEDED_CHANNELS:
            await self._store.add_channel(name, title)
        for channel in await self._store.channels():
            self._writers[channel.name] = _Writer(self._store, self._publish, channel)

    def channels(self) -> list[Channel]:
        """The channels by name, each with the seq published last."""
        return [writer.channel for _, writer in sorted(self._writers.items())]

    async def post(self, channel: str, author_id: str, author_name: str, text: str, client_id: str) -> Message:
        """Store and publish a message; the same `client_id` again returns the first one.

        Refused: UNKNOWN_CHANNEL, EMPTY_MESSAGE, MESSAGE_TOO_LONG, BAD_REQUEST. After a
        `StorageError` post again with the same `client_id`: it takes effect once.
        """
        writer = self._writer(channel)
        if not text.strip():
            raise Refused(Code.EMPTY_MESSAGE, "There is nothing in that message.")
        if len(text) > MAX_MESSAGE:
            message = f"That message has {len(text):,} characters."
            raise Refused(Code.MESSAGE_TOO_LONG, message, f"Keep it to {MAX_MESSAGE:,}, or send it in parts.")
        if not 0 < len(client_id) <= MAX_CLIENT_ID:
            raise Refused(Code.BAD_REQUEST, f"A message needs a client id of 1 to {MAX_CLIENT_ID} characters.")
        draft = Message(
            channel=writer.channel.name,
            seq=0,
            author_id=author_id,
            author_name=author_name,
            text=text,
            at=int(self._now() * 1000),
            client_id=client_id,
        )
        return await writer.write(draft)

    async def history(
        self, channel: str, before_seq: int | None = None, limit: int = 50, *, after_seq: int | None = None
    ) -> list[Message]:
        """Up to `limit` (at most `MAX_PAGE`) messages, oldest first.

        The newest ones, or those just before `before_seq`, or, to catch up, those
        just after `after_seq`. Refused: UNKNOWN_CHANNEL, BAD_REQUEST.
        """
        name = self._writer(channel).channel.name
        if before_seq is not None and after_seq is not None:
            raise Refused(Code.BAD_REQUEST, "History goes back from one message or on from one, not both.")
        limit = max(1, min(limit, MAX_PAGE))
        if after_seq is not None:
            return await self._store.page_after(name, after_seq, limit)
        return await self._store.page_before(name, before_seq, limit)

    def _writer(self, channel: str) -> _Writer:
        name = channel.removeprefix("#").casefold()
        writer = self._writers.get(name)
        if writer is None:
            known = ", ".join(f"#{existing}" for existing in sorted(self._writers))
            raise Refused(Code.UNKNOWN_CHANNEL, "There is no channel of that name.", f"There are {known}.")
        return writer


class _Writer:
    """Numbers one channel's messages, stores them and publishes them, one at a time."""

    def __init__(self, store: MessageStore, publish: Callable[[Message], None], channel: Channel) -> None:
        self.channel = channel
        self._store = store
        self._publish = publish
        self._turn = asyncio.Lock()
        # False while the store may hold messages that we haven't published: a write's outcome is unknown.
        self._in_step = True

    async def write(self, draft: Message) -> Message:
        async with self._turn:
            if not self._in_step:
                await self._catch_up()
            for _ in range(ATTEMPTS):
                message = msgspec.structs.replace(draft, seq=self.channel.last_seq + 1)
                self._in_step = False
                if await self._store.insert(message):
                    self._in_step = True
                    self._announce(message)
                    return message
                await self._catch_up()
                earlier = await self._store.find_by_client_id(draft.channel, draft.author_id, draft.client_id)
                if earlier is not None:
                    return earlier
        raise StorageError(f"The channel #{draft.channel} is being written from elsewhere.", "Try again in a moment.")

    async def _catch_up(self) -> None:
        """Publish what the store holds beyond what we published: writes that went through unseen."""
        while missed := await self._store.page_after(self.channel.name, self.channel.last_seq, MAX_PAGE):
            for message in missed:
                self._announce(message)
        self._in_step = True

    def _announce(self, message: Message) -> None:
        self.channel = Channel(self.channel.name, self.channel.title, message.seq)
        self._publish(message)
