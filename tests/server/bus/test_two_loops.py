"""Room host and gateway in two threads, each with an event loop of its own, joined by a stream of bytes alone."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gathertui import __version__
from gathertui.errors import Code
from gathertui.maplocator import bundled_map
from gathertui.protocol import auth, codec, media, presence
from gathertui.protocol.base import Closing, ConnectionKind, Failure, Message, Reply, Role
from gathertui.protocol.handshake import Hello, Welcome
from gathertui.protocol.limits import MAX_SERVER_FRAME, SUBPROTOCOL
from gathertui.protocol.positions import Position, unpack_cells
from gathertui.world.mapfile import load_map
from gathertui_server.auth.passwords import Passwords
from gathertui_server.auth.service import Accounts
from gathertui_server.auth.throttle import Throttle
from gathertui_server.bus import codec as bus_codec
from gathertui_server.bus.messages import Delivery, RoomCommand
from gathertui_server.chat.service import Chat
from gathertui_server.gateway.gateway import Gateway
from gathertui_server.rooms.host import RoomHost
from gathertui_server.signalling.service import Signalling
from gathertui_server.storage.memory import (
    MemoryAccountStore,
    MemoryInviteStore,
    MemoryMessageStore,
    MemorySessionStore,
)

SOURCE = bundled_map("office")
TILEMAP = load_map(SOURCE)
EAST, WEST = 1, 3


# ---------------------------------------------------------------- the bus: a stream of bytes


class ByteStream:
    """One end of the bus: messages go out with their length before them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, end: socket.socket) -> ByteStream:
        return cls(*await asyncio.open_connection(sock=end))

    def send(self, command: RoomCommand) -> None:
        self._write(bus_codec.encode(command))

    def publish(self, delivery: Delivery) -> None:
        self._write(bus_codec.encode(delivery))

    def _write(self, message: bytes) -> None:
        self._writer.write(len(message).to_bytes(4, "big") + message)

    async def read(self, receive: Callable[[bytes], None]) -> None:
        """Hand on one message after the other until the other end closes."""
        while True:
            try:
                size = int.from_bytes(await self._reader.readexactly(4), "big")
            except asyncio.IncompleteReadError:
                return
            receive(await self._reader.readexactly(size))

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


# ---------------------------------------------------------------- a thread each


async def host_room(end: socket.socket) -> None:
    """Host the room until the gateway closes the bus."""
    stream = await ByteStream.open(end)
    host = RoomHost(TILEMAP.title, TILEMAP, SOURCE, stream, asyncio.get_running_loop())
    try:
        await stream.read(lambda data: host.handle(bus_codec.decode_command(data)))
    finally:
        host.close()
        await stream.close()


class Running(NamedTuple):
    """A gateway that accepts clients. `stop` may be called from any thread."""

    url: str
    invite: str
    stop: Callable[[], None]


class QuickPasswords(Passwords):
    """Hashes without cost."""

    async def hash(self, password: str) -> str:
        return "quick:" + password

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return password_hash == "quick:" + password

    def needs_rehash(self, password_hash: str) -> bool:
        return False


async def run_gateway(end: socket.socket, running: concurrent.futures.Future[Running]) -> None:
    """Accept clients until told to stop."""
    stream = await ByteStream.open(end)
    accounts = Accounts(
        accounts=MemoryAccountStore(),
        sessions=MemorySessionStore(),
        invites=MemoryInviteStore(),
        passwords=QuickPasswords(),
        throttle=Throttle(),
    )
    owner = await accounts.sign_up("owner", "a long password", await accounts.owner_code(), "d", "a")
    invite = await accounts.create_invite(owner.account, Role.MEMBER, 50, 3600)
    chat_service = Chat(MemoryMessageStore(), lambda _message: None)
    await chat_service.start()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with Gateway(
        office="Test", accounts=accounts, chat=chat_service, signalling=Signalling(), rooms=stream
    ) as gateway:
        reading = asyncio.create_task(stream.read(lambda data: gateway.deliver(bus_codec.decode_delivery(data))))
        port = await gateway.listen("127.0.0.1", 0)
        running.set_result(
            Running(f"ws://127.0.0.1:{port}", invite.code, lambda: loop.call_soon_threadsafe(stopping.set) and None)
        )
        await asyncio.wait([reading, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    await stream.close()
    await reading


async def in_thread(work: Callable[[], Awaitable[None]]) -> None:
    """Run work on an event loop of its own, in a thread of its own."""
    await asyncio.to_thread(lambda: asyncio.run(work()))  # type: ignore[arg-type]


# ---------------------------------------------------------------- clients


class Peer:
    """A client that says exactly what a test tells it to, over a real websocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.token = ""
        self._unread: list[codec.ServerMessage] = []
        self._rids = itertools.count(1)

    async def send(self, message: Message) -> None:
        await self.socket.send(codec.encode(message))

    async def expect(self, kind: type[Any], such: Callable[[Any], bool] = lambda _message: True) -> Any:
        """Return the next message of a kind that is such; what comes before it stays to be read."""
        for message in self._unread:
            if isinstance(message, kind) and such(message):
                self._unread.remove(message)
                return message
        while True:
            async with asyncio.timeout(10):
                frame = await self.socket.recv()
            assert isinstance(frame, bytes)
            message = codec.decode_server(frame)
            assert message is not None
            if isinstance(message, kind) and such(message):
                return message
            self._unread.append(message)

    async def ask(self, make: Callable[[int], Message]) -> Any:
        rid = next(self._rids)
        await self.send(make(rid))
        return await self.expect(Reply, lambda reply: reply.rid == rid)

    async def enter(self) -> presence.Avatar:
        """Enter the room; return one's own avatar."""
        entered = await self.ask(presence.Enter)
        assert isinstance(entered, presence.Entered), entered
        return next(avatar for avatar in entered.avatars if avatar.id == entered.you)

    async def sees(self, *wanted: int) -> None:
        """Wait for a tick where an avatar stands there: id, x, y, facing."""
        await self.expect(presence.Tick, lambda tick: wanted in positions(tick))


def positions(tick: presence.Tick) -> list[Position]:
    return [position for block in unpack_cells(tick.cells) for position in block.here]


class Office:
    """A server in two threads, and its clients in this one."""

    def __init__(self, running: Running, stack: AsyncExitStack) -> None:
        self._running = running
        self._stack = stack

    async def dial(self, device: str = "laptop", token: str = "") -> Peer:
        subprotocols = [Subprotocol(SUBPROTOCOL)]
        peer = Peer(
            await self._stack.enter_async_context(
                connect(self._running.url, subprotocols=subprotocols, max_size=MAX_SERVER_FRAME, compression=None)
            )
        )
        await peer.send(Hello("test", __version__, 0, 0, device, ConnectionKind.VIEW, token))
        await peer.expect(Welcome)
        return peer

    async def member(self, name: str) -> Peer:
        """Somebody who has just signed up."""
        peer = await self.dial()
        signed_in = await peer.ask(lambda rid: auth.SignUp(rid, name, "a long password", self._running.invite))
        assert isinstance(signed_in, auth.SignedIn), signed_in
        peer.token = signed_in.token
        return peer


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    rooms_end, gateways_end = socket.socketpair()
    ready: concurrent.futures.Future[Running] = concurrent.futures.Future()
    async with asyncio.TaskGroup() as threads:
        threads.create_task(in_thread(lambda: host_room(rooms_end)))
        threads.create_task(in_thread(lambda: run_gateway(gateways_end, ready)))
        running = await asyncio.wrap_future(ready)
        try:
            async with AsyncExitStack() as peers:
                yield Office(running, peers)
        finally:
            running.stop()


# ---------------------------------------------------------------- what works as with the bus of one process


async def test_people_see_each_other_come_walk_and_go(office: Office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    him = await bob.enter()
    await ada.expect(presence.Roster, lambda roster: him.id in [avatar.id for avatar in roster.here])
    for seq in (1, 2, 3):
        await bob.send(presence.Step(seq, EAST))
    await ada.sees(him.id, him.x + 3, him.y, EAST)
    await bob.expect(presence.Tick, lambda tick: tick.ack == 3)
    await bob.send(presence.Goodbye())
    await ada.expect(presence.Roster, lambda roster: roster.left == [him.id])


async def test_who_is_near_is_in_the_conversation(office: Office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    her, him = await ada.enter(), await bob.enter()
    assert [link.avatar for link in (await ada.expect(presence.Links)).linked] == [him.id]
    assert [link.avatar for link in (await bob.expect(presence.Links)).linked] == [her.id]


async def test_who_carries_is_shown_and_signals_those_near_and_nobody_else(office: Office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    her, him = await ada.enter(), await bob.enter()
    for peer in (ada, bob):
        assert isinstance(await peer.ask(media.CarryMedia), media.MediaCarried)
        await peer.expect(presence.Links, lambda links: links.linked)
    await bob.send(media.SetMedia(media.CAMERA))
    on = media.CARRIED | media.CAMERA
    await ada.expect(presence.Roster, lambda roster: (him.id, on) in [(a.id, a.media) for a in roster.here])
    for body in (media.Offer(b"v=0\r\n" * 2000), media.Candidate(b"candidate:1", b"0", 1), media.Want(3)):
        await ada.send(media.Signal(him.id, 7, body))
        assert await bob.expect(media.Signalled) == media.Signalled(her.id, 7, body)
    await ada.send(media.Signal(him.id + 1000, 7, media.Ask()))
    assert (await ada.expect(Failure)).code is Code.NOT_LINKED


async def test_another_view_takes_over_the_media(office: Office) -> None:
    ada = await office.member("ada")
    await ada.enter()
    await ada.ask(media.CarryMedia)
    phone = await office.dial("phone", token=ada.token)
    await phone.enter()
    await phone.ask(media.CarryMedia)
    await ada.expect(media.MediaTaken)


async def test_a_view_is_told_of_the_cells_it_looks_at(office: Office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    him = await bob.enter()
    await ada.send(presence.Look(0, 0, 1, 1))  # a corner of the map, far from the entrance
    await ada.ask(presence.ListPeople)  # answered after the look has taken effect
    await bob.send(presence.Step(1, EAST))
    await bob.expect(presence.Tick)
    column, row = him.x // 16, him.y // 16
    await ada.send(presence.Look(column, row, column + 1, row + 1))
    tick = await ada.expect(presence.Tick, lambda tick: any(block.whole for block in unpack_cells(tick.cells)))
    assert (him.id, him.x + 1, him.y, EAST) in positions(tick)


async def test_people_are_listed_with_their_area(office: Office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    people = await bob.ask(presence.ListPeople)
    assert [(person.account.name, person.area) for person in people.people] == [("ada", "Entrance")]


async def test_a_step_into_a_wall_is_refused_with_the_true_place(office: Office) -> None:
    ada = await office.member("ada")
    her = await ada.enter()
    for seq in range(1, 100):
        await ada.send(presence.Step(seq, WEST))
        message = await ada.expect((presence.Tick, presence.StepRefused))  # type: ignore[arg-type]
        if isinstance(message, presence.StepRefused):
            assert (message.seq, message.x, message.y) == (seq, her.x - seq + 1, her.y)
            return
        assert (her.id, her.x - seq, her.y, WEST) in positions(message)
    pytest.fail("there was no wall")


async def test_the_same_device_takes_over_and_nobody_sees_it(office: Office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await bob.enter()
    first = await ada.enter()
    await bob.expect(presence.Roster, lambda roster: first.id in [avatar.id for avatar in roster.here])
    second = await office.dial(token=ada.token)
    again = await second.enter()
    assert again.id == first.id
    assert (await ada.expect(Closing)).code is Code.REPLACED
    with pytest.raises(ConnectionClosed):
        await ada.socket.recv()
    people = await bob.ask(presence.ListPeople)
    assert [(person.account.name, person.away) for person in people.people] == [("ada", False), ("bob", False)]
    await second.send(presence.Step(1, EAST))
    await bob.sees(first.id, first.x + 1, first.y, EAST)


async def test_a_lost_connection_leaves_the_avatar_away_and_it_comes_back(office: Office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    him = await bob.enter()
    bob.socket.transport.abort()
    await ada.expect(presence.Roster, lambda roster: (him.id, True) in [(a.id, a.away) for a in roster.here])
    back = await office.dial(token=bob.token)
    assert (await back.enter()).id == him.id
    await ada.expect(presence.Roster, lambda roster: (him.id, False) in [(a.id, a.away) for a in roster.here])


async def test_who_says_goodbye_before_being_let_in_does_not_stay(office: Office) -> None:
    bob = await office.member("bob")
    await bob.send(presence.Enter(100))
    await bob.send(presence.Goodbye())
    assert (await bob.ask(presence.ListPeople)).people == []
    assert (await bob.expect(presence.Entered)).rid == 100


async def test_who_logs_out_before_being_let_in_does_not_stay(office: Office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await bob.send(presence.Enter(100))
    await bob.send(auth.LogOut(101))
    await bob.expect(auth.LoggedOut)
    assert (await ada.ask(presence.ListPeople)).people == []
