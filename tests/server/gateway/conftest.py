"""A whole server but for its database: gateway, room host and services, spoken to over real websockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TypeVar

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from gathertui import __version__
from gathertui.maplocator import bundled_map
from gathertui.protocol import auth, codec, presence
from gathertui.protocol.base import ConnectionKind, Message, Reply, Request
from gathertui.protocol.chat import Listen, Listening, Posted
from gathertui.protocol.handshake import Hello, Welcome
from gathertui.protocol.limits import MAX_SERVER_FRAME, SUBPROTOCOL
from gathertui.world.mapfile import load_map
from gathertui_server.auth.passwords import Passwords
from gathertui_server.auth.service import Accounts
from gathertui_server.auth.throttle import Throttle
from gathertui_server.bus.local import LocalBus
from gathertui_server.bus.messages import ChatPosted
from gathertui_server.chat.service import Chat
from gathertui_server.gateway import mapping
from gathertui_server.gateway.gateway import Gateway
from gathertui_server.gateway.timings import DEFAULT_TIMINGS, Timings
from gathertui_server.rooms.host import RoomHost
from gathertui_server.signalling.service import Signalling
from gathertui_server.storage.memory import (
    MemoryAccountStore,
    MemoryInviteStore,
    MemoryMessageStore,
    MemorySessionStore,
)

M = TypeVar("M")

PATIENCE = 60.0
"""Seconds until a message that doesn't come fails the test."""


class Peer:
    """A client that says exactly what a test tells it to, over a real websocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.unread: list[codec.ServerMessage] = []
        self._rid = 0
        self._frozen = False

    async def send(self, message: Message) -> None:
        await self.socket.send(codec.encode(message))

    async def receive(self) -> codec.ServerMessage:
        if self.unread:
            return self.unread.pop(0)
        return await self._next()

    async def _next(self) -> codec.ServerMessage:
        async with asyncio.timeout(PATIENCE):
            frame = await self.socket.recv()
        assert isinstance(frame, bytes)
        message = codec.decode_server(frame)
        assert message is not None
        return message

    async def expect(self, kind: type[M]) -> M:
        """Return the next message of a kind; what comes before it stays to be read."""
        for index, message in enumerate(self.unread):
            if isinstance(message, kind):
                return self.unread.pop(index)  # type: ignore[return-value]
        while True:
            message = await self._next()
            if isinstance(message, kind):
                return message
            self.unread.append(message)

    async def ask(self, make: Callable[[int], Request]) -> Reply:
        """Send a request and return its one answer, be it a failure."""
        self._rid += 1
        rid = self._rid
        await self.send(make(rid))
        for index, message in enumerate(self.unread):
            if isinstance(message, Reply) and message.rid == rid:
                del self.unread[index]
                return message
        while True:
            message = await self._next()
            if isinstance(message, Reply) and message.rid == rid:
                return message
            self.unread.append(message)

    async def hello(
        self, device: str = "laptop", kind: ConnectionKind = ConnectionKind.VIEW, token: str = ""
    ) -> Welcome:
        await self.send(Hello("test", __version__, 0, 0, device, kind, token))
        return await self.expect(Welcome)

    async def news_of(self, name: str) -> presence.Avatar:
        """Return what the roster says next of the avatar of this account."""
        while True:
            for avatar in (await self.expect(presence.Roster)).here:
                if avatar.account.name == name:
                    return avatar

    def freeze(self) -> None:
        """Its machine sleeps: the connection is open, and nothing is read, answered or sent any more."""
        self._frozen = True
        self.socket.transport.pause_reading()

    def thaw(self) -> None:
        """It goes on where it stopped."""
        self._frozen = False
        self.socket.transport.resume_reading()

    def drop(self) -> None:
        """One that still is frozen can't say goodbye."""
        if self._frozen:
            self.socket.transport.abort()

    async def expect_away(self, name: str) -> None:
        """Wait until the roster says that this account's avatar is away."""
        while not (await self.news_of(name)).away:
            pass

    async def listen(self) -> None:
        """Have every chat message sent here."""
        assert isinstance(await self.ask(Listen), Listening)

    async def enter(self) -> presence.Entered:
        entered = await self.ask(presence.Enter)
        assert isinstance(entered, presence.Entered), entered
        return entered


class Office:
    """The server under test."""

    def __init__(self, url: str, gateway: Gateway, accounts: Accounts, chat: Chat, stack: AsyncExitStack) -> None:
        self.url = url
        self.gateway = gateway
        self.accounts = accounts
        self.chat = chat
        self._stack = stack
        self._invite = ""
        self._guests = 0

    async def dial(self, **options: object) -> Peer:
        subprotocols = [Subprotocol(SUBPROTOCOL)]
        socket = await self._stack.enter_async_context(
            connect(self.url, subprotocols=subprotocols, max_size=MAX_SERVER_FRAME, compression=None, **options)  # type: ignore[arg-type]
        )
        peer = Peer(socket)
        self._stack.callback(peer.drop)
        return peer

    async def invite(self) -> str:
        """A code that signs up any number of members."""
        if not self._invite:
            owner = await self.accounts.sign_up("owner", "a long password", await self.accounts.owner_code(), "d", "a")
            role = auth_role("member")
            self._invite = (await self.accounts.create_invite(owner.account, role, 500, 3600)).code
        return self._invite

    async def token(self) -> str:
        """The token of somebody who signed up elsewhere, new each time."""
        self._guests += 1
        name = f"guest{self._guests}"
        invite = await self.invite()
        return (await self.accounts.sign_up(name, "a long password", invite, "elsewhere", address=name)).token

    async def member(self, name: str, device: str = "laptop", kind: ConnectionKind = ConnectionKind.VIEW) -> Peer:
        """Somebody who has just signed up."""
        peer = await self.dial()
        await peer.hello(device, kind)
        invite = await self.invite()
        signed_in = await peer.ask(lambda rid: auth.SignUp(rid, name, "a long password", invite))
        assert isinstance(signed_in, auth.SignedIn), signed_in
        peer.token = signed_in.token  # type: ignore[attr-defined]
        peer.account = signed_in.account  # type: ignore[attr-defined]
        return peer


def auth_role(name: str) -> auth.Role:
    return auth.Role(name)


class QuickPasswords(Passwords):
    """Hashes without cost: what argon2 does is tested where it belongs."""

    async def hash(self, password: str) -> str:
        return "quick:" + password

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return password_hash == "quick:" + password

    def needs_rehash(self, password_hash: str) -> bool:
        return False


@pytest.fixture
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """A server; parametrize it (indirectly) with `Timings` to make it impatient."""
    timings: Timings = getattr(request, "param", DEFAULT_TIMINGS)
    source = bundled_map("office")
    tilemap = load_map(source)
    bus = LocalBus()
    chat = Chat(
        MemoryMessageStore(), lambda message: bus.publish(ChatPosted(codec.encode(Posted(mapping.message(message)))))
    )
    await chat.start()
    accounts = Accounts(
        accounts=MemoryAccountStore(),
        sessions=MemorySessionStore(),
        invites=MemoryInviteStore(),
        passwords=QuickPasswords(),
        throttle=Throttle(),
    )
    room = RoomHost(tilemap.title, tilemap, source, bus, asyncio.get_running_loop())
    bus.host_room(room.handle)
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(
            Gateway(
                office="Test",
                accounts=accounts,
                chat=chat,
                signalling=Signalling(),
                rooms=bus,
                origins=("https://ok.example",),
                timings=timings,
            )
        )
        bus.join_gateway(gateway.deliver)
        port = await gateway.listen("127.0.0.1", 0)
        async with AsyncExitStack() as peers:
            yield Office(f"ws://127.0.0.1:{port}", gateway, accounts, chat, peers)
    room.close()
