"""The gateway: all connections of this process, and what reaches them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import ssl
from collections.abc import Collection, Coroutine
from typing import Any

import structlog

from gathertui.errors import Code
from gathertui.protocol import codec
from gathertui.protocol.base import Message
from gathertui.protocol.positions import Viewport
from gathertui_server.auth.service import Accounts
from gathertui_server.bus import messages as bus
from gathertui_server.bus.ports import RoomBus
from gathertui_server.chat.service import Chat
from gathertui_server.gateway.connection import Connection
from gathertui_server.gateway.dispatch import HANDLERS
from gathertui_server.gateway.limits import MessageLimits
from gathertui_server.gateway.statistics import Counts, GatewayStatistics
from gathertui_server.gateway.timings import DEFAULT_TIMINGS, Timings
from gathertui_server.gateway.views import Views
from gathertui_server.gateway.wire import Listener, Wire
from gathertui_server.signalling.service import Signalling

log = structlog.get_logger(__name__)


class Gateway:
    """Listens, and hands messages between its connections, the services and the room's host.

    Use it as an asynchronous context manager: inside, `listen` accepts clients;
    leaving it tells every client that the server stops, and closes.
    """

    def __init__(
        self,
        *,
        office: str,
        accounts: Accounts,
        chat: Chat,
        signalling: Signalling,
        rooms: RoomBus,
        origins: Collection[str] = (),
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self.office = office
        self.accounts = accounts
        self.chat = chat
        self.signalling = signalling
        self.counts = Counts()
        self._rooms = rooms
        self._origins = frozenset(origins)
        self._timings = timings
        self._loop = asyncio.get_running_loop()
        # Unique among all gateways of an office, which need not know of each other.
        self._ids = itertools.count(secrets.randbits(31) << 32 | 1)
        self._connections: dict[int, Connection] = {}
        self._views: Views[Connection] = Views(rooms)
        self._by_device: dict[tuple[str, str], Connection] = {}
        self._tasks = asyncio.TaskGroup()
        self._server: asyncio.Server | None = None
        self._sweep_timer: asyncio.TimerHandle | None = None
        self._awake_since = 0.0
        self._limits = MessageLimits()
        self._stopping = False
        self._empty = asyncio.Event()
        self._empty.set()

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> Gateway:
        """Be ready to listen."""
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Say goodbye to all and wait for the work under way."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        for connection in list(self._connections.values()):
            connection.close(Code.SERVER_STOPPING, "The server is stopping.", retry_after=1.0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timings.work):  # a database that doesn't answer must not hold us
                await self._tasks.__aexit__(None, None, None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timings.goodbye):
                await self._empty.wait()
        for connection in list(self._connections.values()):
            connection.abort()
        if self._server is not None:
            # From Python 3.12 on this waits for connections, too, also those still in their handshake.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timings.goodbye):
                    await self._server.wait_closed()

    async def listen(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> int:
        """Accept clients at `host` and `port` (0: any free one); return the port. Raises OSError."""
        listener = Listener(
            make_handler=self._make_connection,
            loop=self._loop,
            may_open=lambda: not self._stopping,
            origins=self._origins,
            timings=self._timings,
            counts=self.counts,
        )
        self._server = await self._loop.create_server(listener.make_wire, host, port, ssl=tls, backlog=1024)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    @property
    def accepting(self) -> bool:
        """Whether clients are welcome now: not before it listens, nor once it stops."""
        return self._server is not None and not self._stopping

    def statistics(self) -> GatewayStatistics:
        """Return the gateway's figures as they are now."""
        counts, connections = self.counts, self._connections.values()
        return GatewayStatistics(
            connections=len(connections),
            connections_total=counts.connections,
            views=len(self._views),
            slow_connections=sum(connection.slow for connection in connections),
            waiting_bytes=sum(connection.waiting for connection in connections),
            frames_in_total=counts.frames_in,
            bytes_in_total=counts.bytes_in,
            frames_out_total=counts.frames_out,
            bytes_out_total=counts.bytes_out,
            skipped_ticks_total=counts.skipped_ticks,
            failures_total=dict(counts.failures),
            closings_total=dict(counts.closings),
            silent_total=counts.silent,
        )

    def _make_connection(self, wire: Wire) -> Connection:
        connection = Connection(next(self._ids), wire, self, self._loop)
        self._connections[connection.id] = connection
        self.counts.connections += 1
        self._empty.clear()
        if self._sweep_timer is None:
            self._sweep_timer = self._loop.call_later(self._timings.sweep, self._sweep)
        return connection

    def _sweep(self) -> None:
        """Find connections whose other end is gone without a word. Nothing runs while there are none."""
        due = self._sweep_timer.when() if self._sweep_timer is not None else 0.0
        self._sweep_timer = None
        now = self._loop.time()
        if now - due > self._timings.sweep:
            self._awake_since = now  # we stood still ourselves: what others said in the meantime was not heard
        for connection in list(self._connections.values()):
            silent = now - max(connection.begin_sweep(), self._awake_since)
            if silent > self._timings.dead:
                self.counts.silent += 1
                connection.abort()
            elif silent > self._timings.quiet:
                connection.ping()
        if self._connections and not self._stopping:
            self._sweep_timer = self._loop.call_later(self._timings.sweep, self._sweep)

    # ------------------------------------------------------------ what connections ask for

    def dispatch(self, connection: Connection, message: codec.ClientMessage) -> Coroutine[Any, Any, Message] | None:
        """Act on a message, or return the work that will answer it. Raises `Refused`."""
        account = connection.account
        sender = account.id if account is not None else f"connection {connection.id}"
        self._limits.check(message, sender, self._loop.time())
        return HANDLERS[type(message)](self, connection, message)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work in the gateway's task group."""
        if self._stopping:
            work.close()
        else:
            self._tasks.create_task(work)

    def send(self, command: bus.RoomCommand) -> None:
        """Hand a command to the room's host."""
        if isinstance(command, bus.Detach):
            self._views.leave(command.view)
            connection = self._connections.get(command.view)
            if connection is not None:
                self._release_device(connection)
        self._rooms.send(command)

    def look(self, connection: Connection, viewport: Viewport) -> None:
        """Let a view look elsewhere."""
        self._views.look(connection, viewport)

    def make_whole(self, connection: Connection, cells: Collection[tuple[int, int]]) -> None:
        """Get a view the cells of which it missed something."""
        self._views.make_whole(connection, cells)

    def take_over(self, connection: Connection, account_id: str) -> None:
        """Let this view replace the one that the same device had open, even if that still looks alive."""
        hello = connection.session.hello
        key = (account_id, hello.device if hello is not None else "")
        older = self._by_device.get(key)
        self._by_device[key] = connection
        connection.device_key = key
        if older is not None and older is not connection:
            older.replace()

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""
        self._connections.pop(connection.id, None)
        self._release_device(connection)
        if not self._connections:
            self._empty.set()

    def _release_device(self, connection: Connection) -> None:
        key, connection.device_key = connection.device_key, None
        if key is not None and self._by_device.get(key) is connection:
            del self._by_device[key]

    # ------------------------------------------------------------ what the bus delivers

    def deliver(self, delivery: bus.Delivery) -> None:
        """Hand a delivery to the connections it is for."""
        match delivery:
            case bus.Joined():
                self._deliver_joined(delivery)
            case bus.Direct():
                connection = self._connections.get(delivery.view)
                if connection is not None:
                    connection.send_frame(delivery.frame, answers=delivery.rid)
            case bus.ChatPosted():
                for connection in self._connections.values():
                    if connection.listening:
                        connection.send_frame(delivery.frame)
            case bus.Evict():
                connection = self._connections.get(delivery.view)
                if connection is not None:
                    connection.close(delivery.code, delivery.message, retry_after=delivery.retry_after)
            case bus.Moves() | bus.WholeCells() | bus.Broadcast() | bus.Conversations():
                self._views.deliver(delivery)

    def _deliver_joined(self, joined: bus.Joined) -> None:
        connection = self._connections.get(joined.view)
        if connection is None:
            return  # another gateway's, or gone: its `Detach` is on the way
        if connection.entering == joined.rid:  # else it left again before it was in
            connection.in_room = True
            connection.stepped = connection.ack = 0
            self._views.join(connection, joined.x, joined.y)
        connection.send_frame(joined.frame, answers=joined.rid)
