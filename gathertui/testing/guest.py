"""A client as an office in memory sees it: one connection and what came over it."""

from __future__ import annotations

import contextlib

from gathertui.errors import ConnectionLost
from gathertui.protocol import codec
from gathertui.protocol.base import Account, Message, Reply
from gathertui.protocol.session import ServerSession
from gathertui.testing.transport import MemoryConnection


class Guest:
    """One connection to a `MemoryOffice`, seen from the office."""

    def __init__(self, connection: MemoryConnection, session: ServerSession) -> None:
        self.connection = connection
        self.session = session
        self.received: list[codec.ClientMessage] = []
        """Every message that was accepted, in order."""
        self.listening = False
        self.in_room = False
        self.ack = 0

    @property
    def account(self) -> Account | None:
        """Who is signed in."""
        return self.session.account

    async def send(self, message: Message) -> None:
        """Send one message, lost with the connection; a reply settles its request."""
        frame = self.session.reply(message) if isinstance(message, Reply) else codec.encode(message)
        await self.send_frame(frame)

    async def send_frame(self, frame: bytes) -> None:
        """Send a frame, lost with the connection."""
        with contextlib.suppress(ConnectionLost):
            await self.connection.send(frame)
