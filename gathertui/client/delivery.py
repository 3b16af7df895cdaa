"""Sends the outbox: in the order it was written, each message once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol

from gathertui.client.chatlog import ChatLog
from gathertui.client.events import OfficeEvent, PostFailed
from gathertui.client.outbox import Outbox, PendingMessage
from gathertui.errors import Code, ConnectionFailed, Refused
from gathertui.protocol.chat import ChatMessage
from gathertui.protocol.limits import MAX_MESSAGE
from gathertui.protocol.text import clean_message

PASSING: Final = frozenset({Code.TOO_MANY_REQUESTS, Code.TIMEOUT, Code.SERVER_STOPPING})
"""Refusals that may pass by themselves, though the server gives no time."""

PATIENCE_SECONDS: Final = 1.0
"""How long to wait after such a refusal."""


class Say(Protocol):
    """Writes a message and returns it once it is stored."""

    async def __call__(self, channel: str, text: str, *, client_id: str) -> ChatMessage:
        """Raise `Refused` or `ConnectionLost`."""
        ...


class Delivery:
    """Takes messages at any time and sends them while there is a connection."""

    def __init__(
        self,
        outbox: Outbox,
        chat: ChatLog,
        *,
        say: Say,
        pause: Callable[[float], Awaitable[None]],
        put: Callable[[Iterable[OfficeEvent]], None],
    ) -> None:
        self._outbox = outbox
        self._chat = chat
        self._say = say
        self._pause = pause
        self._put = put
        self._written = asyncio.Event()

    def post(self, channel: str, text: str) -> PendingMessage:
        """Take a message. Raises `Refused` where no server would store it, or too many wait."""
        text = clean_message(text)
        if not text.strip():
            raise Refused(Code.EMPTY_MESSAGE, "There is nothing in that message.")
        if len(text) > MAX_MESSAGE:
            raise Refused(Code.MESSAGE_TOO_LONG, f"That is longer than {MAX_MESSAGE} characters.", "Send it in parts.")
        if self._outbox.full:
            raise Refused(Code.TOO_MANY_REQUESTS, "Too many messages wait to be sent.", "Wait for the connection.")
        pending = PendingMessage(uuid.uuid4().hex, channel, text)
        self._outbox.add(pending)
        self._put(self._chat.refresh_pending(channel))
        self._written.set()
        return pending

    async def run(self) -> None:
        """Send what is written until the connection is lost; what is not stored then waits for the next `run`."""
        try:
            while True:
                pending = self._outbox.next_unsent()
                if pending is None:
                    self._written.clear()
                    await self._written.wait()
                else:
                    await self._deliver(pending)
        except ConnectionFailed:
            return

    async def _deliver(self, pending: PendingMessage) -> None:
        try:
            message = await self._say(pending.channel, pending.text, client_id=pending.client_id)
        except Refused as error:
            if error.retry_after or error.code in PASSING:
                await self._pause(error.retry_after or PATIENCE_SECONDS)
            else:
                self._outbox.remove(pending.client_id)
                self._put([*self._chat.refresh_pending(pending.channel), PostFailed(pending, error)])
        else:
            # Known by our own id: what the server calls it is not to be relied on.
            self._put(self._chat.stored(pending, message.seq))
