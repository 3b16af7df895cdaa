"""The composition root: the one place that knows every part of the server."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gathertui import __version__
from gathertui.errors import GathertuiError, UsageError
from gathertui.maplocator import bundled_map
from gathertui.protocol import codec
from gathertui.protocol.chat import Posted
from gathertui.world.mapfile import load_map
from gathertui_server.auth.passwords import Passwords
from gathertui_server.auth.ports import AccountStore, InviteStore, SessionStore
from gathertui_server.auth.service import Accounts
from gathertui_server.auth.throttle import Throttle
from gathertui_server.bus.local import LocalBus
from gathertui_server.bus.messages import ChatPosted
from gathertui_server.chat.models import Message
from gathertui_server.chat.ports import MessageStore
from gathertui_server.chat.service import Chat
from gathertui_server.files import write_in_place
from gathertui_server.gateway import mapping
from gathertui_server.gateway.gateway import Gateway
from gathertui_server.rooms.host import RoomHost
from gathertui_server.rooms.statistics import RoomStatistics
from gathertui_server.settings import ServeSettings
from gathertui_server.signalling.responder import StunResponder
from gathertui_server.signalling.service import Signalling
from gathertui_server.signalling.turn import TurnServers
from gathertui_server.storage.embedded.database import EmbeddedDatabase, attach_or_start
from gathertui_server.storage.mongo.accounts import MongoAccountStore, MongoSessionStore
from gathertui_server.storage.mongo.database import Database
from gathertui_server.storage.mongo.invites import MongoInviteStore
from gathertui_server.storage.mongo.messages import MongoMessageStore
from gathertui_server.storage.mongo.schema import connect

DEFAULT_MAP = "office"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that accepts connections.

    `owner_code` is empty where none was made, `metrics_url` where nobody may ask for metrics;
    `stun_port` is 0 where nobody answers STUN.
    """

    url: str
    port: int
    owner_code: str
    metrics_url: str
    stun_port: int
    room_statistics: Callable[[], RoomStatistics]


@dataclass(frozen=True, slots=True)
class Stores:
    """Where an office keeps what must last."""

    accounts: AccountStore
    sessions: SessionStore
    invites: InviteStore
    messages: MessageStore


def mongo_stores(database: Database) -> Stores:
    """Return the stores kept in `database`."""
    return Stores(
        accounts=MongoAccountStore(database),
        sessions=MongoSessionStore(database),
        invites=MongoInviteStore(database),
        messages=MongoMessageStore(database),
    )


def make_accounts(stores: Stores) -> Accounts:
    """Return the accounts kept in `stores`."""
    return Accounts(
        accounts=stores.accounts,
        sessions=stores.sessions,
        invites=stores.invites,
        passwords=Passwords(),
        throttle=Throttle(),
    )


@asynccontextmanager
async def open_database(uri: str, data_dir: Path, *, share: bool = False) -> AsyncIterator[Database]:
    """Connect to the MongoDB at `uri`, or, where that is empty, to the embedded one in `data_dir`.

    With `share` an embedded database that runs already is used as it is; without,
    the folder must be free. Raises `StorageError` and its kin.
    """
    async with contextlib.AsyncExitStack() as stack:
        if not uri and share:
            uri = await stack.enter_async_context(attach_or_start(data_dir))
        elif not uri:
            uri = (await stack.enter_async_context(EmbeddedDatabase(data_dir))).uri
        database = await connect(uri)
        stack.push_async_callback(database.close)
        yield database


@asynccontextmanager
async def _database_stores(settings: ServeSettings) -> AsyncIterator[Stores]:
    async with open_database(settings.database_uri, settings.data_dir) as database:
        yield mongo_stores(database)


@asynccontextmanager
async def running_server(
    settings: ServeSettings, stores: AbstractAsyncContextManager[Stores] | None = None
) -> AsyncIterator[RunningServer]:
    """Run a server: inside, it accepts connections; leaving stops it, with a word to every client.

    `stores` are opened and closed with it; without them it uses the database that the settings name.
    """
    for path in (settings.ready_file, settings.owner_code_file):
        _forget_file(path)  # what an earlier server wrote says nothing of this one
    tls = _tls_context(settings)
    turn = _turn_servers(settings)
    map_source = read_map(settings.map_file)
    tilemap = load_map(map_source)
    async with stores or _database_stores(settings) as kept:
        accounts = make_accounts(kept)
        bus = LocalBus()

        def publish(message: Message) -> None:
            bus.publish(ChatPosted(codec.encode(Posted(mapping.message(message)))))

        chat = Chat(kept.messages, publish)
        await chat.start()
        loop = asyncio.get_running_loop()
        room = RoomHost(tilemap.title, tilemap, map_source, bus, loop, capacity=settings.capacity)
        bus.host_room(room.handle)
        with contextlib.closing(room), contextlib.closing(StunResponder()) as stun:
            signalling = Signalling(turn=turn, stun=stun, relay_only=settings.relay_only)
            gateway = Gateway(
                office=settings.office,
                accounts=accounts,
                chat=chat,
                signalling=signalling,
                rooms=bus,
                origins=settings.allowed_origins,
            )
            async with _watched(settings, gateway, room, signalling) as metrics_url, gateway:
                bus.join_gateway(gateway.deliver)
                port = await _listen(gateway, settings, tls)
                signalling.stun_port = await _answer_stun(stun, settings, port)
                owner_code = await _owner_code(settings, accounts)
                server = RunningServer(
                    settings.url(port), port, owner_code, metrics_url, signalling.stun_port, room.statistics
                )
                _write_ready_file(settings.ready_file, server)
                try:
                    yield server
                finally:
                    _forget_file(settings.ready_file)


def _write_ready_file(path: Path | None, server: RunningServer) -> None:
    if path is not None:
        ready: dict[str, object] = {"url": server.url, "pid": os.getpid()}
        if server.metrics_url:
            ready["metrics_url"] = server.metrics_url
        write_in_place(path, json.dumps(ready) + "\n")


@asynccontextmanager
async def _watched(
    settings: ServeSettings, gateway: Gateway, room: RoomHost, signalling: Signalling
) -> AsyncIterator[str]:
    """Serve metrics and health where the settings say so, and yield the metrics' URL.

    It is there before the gateway and after it, to say so while the server stops.
    """
    address = settings.metrics_listen
    if address is None:
        yield ""
        return
    from gathertui_server.observability.endpoint import Endpoint
    from gathertui_server.observability.health import health_page
    from gathertui_server.observability.metrics import Metrics

    metrics = Metrics(
        version=__version__,
        gateway=gateway.statistics,
        signalling=signalling.statistics,
        rooms={room.name: room.statistics},
    )
    pages = {"/metrics": metrics.page, "/healthz": lambda: health_page(accepting=gateway.accepting)}
    async with Endpoint(pages) as endpoint:
        try:
            port = await endpoint.listen(address.host, address.port)
        except (OSError, UnicodeError) as error:
            raise _cant_listen(error, address.host, address.port, "--metrics-listen") from error
        yield address.url("http", port) + "/metrics"


def _forget_file(path: Path | None) -> None:
    if path is not None:
        with contextlib.suppress(OSError):
            path.unlink()


async def _listen(gateway: Gateway, settings: ServeSettings, tls: ssl.SSLContext | None) -> int:
    try:
        return await gateway.listen(settings.host, settings.port, tls=tls)
    except (OSError, UnicodeError) as error:
        raise _cant_listen(error, settings.host, settings.port, "--port") from error


async def _answer_stun(stun: StunResponder, settings: ServeSettings, port: int) -> int:
    """Answer STUN as the settings say; return the port, 0 where they don't want it. `port` is the server's own."""
    if settings.relay_only or settings.stun_port == 0:
        return 0
    chosen = settings.stun_port or port
    try:
        return await stun.listen(settings.stun_host, chosen)
    except (OSError, UnicodeError) as error:
        if settings.port == 0 and settings.stun_port is None:
            return await stun.listen(settings.stun_host, 0)  # nobody chose that number: another is as good
        raise _cant_listen(
            error, settings.stun_host or settings.host, chosen, "--stun-port", kind="UDP port"
        ) from error


def _cant_listen(
    error: OSError | UnicodeError, host: str, port: int, option: str, *, kind: str = "port"
) -> GathertuiError:
    """Say why; a name that can't be one is a UnicodeError."""
    if isinstance(error, (UnicodeError, socket.gaierror)) or error.errno == errno.EADDRNOTAVAIL:
        return GathertuiError(
            f"{host} is no address of this machine.", "127.0.0.1 is itself alone, 0.0.0.0 all that it has."
        )
    return GathertuiError(
        f"Can't listen on {host}, {kind} {port}: {os.strerror(error.errno) if error.errno else error}.",
        f"Stop what uses that port, or choose another with {option}.",
    )


async def _owner_code(settings: ServeSettings, accounts: Accounts) -> str:
    """Make a code where it is asked for by name, or where nobody could sign up without."""
    if settings.owner_code_file is None and await accounts.has_owner():
        return ""
    code = await accounts.owner_code()
    if settings.owner_code_file is not None:
        write_in_place(settings.owner_code_file, code + "\n")
    return code


async def make_owner_code(database_uri: str, data_dir: Path) -> str:
    """Make an owner's code for the office whose data is there, whether its server runs or not."""
    async with open_database(database_uri, data_dir, share=True) as database:
        return await make_accounts(mongo_stores(database)).owner_code()


def read_map(path: Path | None) -> bytes:
    """Return the source of the map at `path`, or of the bundled office."""
    if path is None:
        return bundled_map(DEFAULT_MAP)
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"The map {path} can't be read: {error.strerror}.", "Check its name.") from error


def _turn_servers(settings: ServeSettings) -> TurnServers | None:
    path = settings.turn_secret_file
    if path is None:
        return None
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"The TURN secret {path} can't be read: {error.strerror}.", "Check its name.") from error
    if not secret or b"\n" in secret:
        raise UsageError(f"{path} holds no TURN secret.", "It is one line: what coturn calls static-auth-secret.")
    return TurnServers(settings.turn_urls, secret, settings.turn_seconds)


def _tls_context(settings: ServeSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"The certificate {settings.tls_cert} and key {settings.tls_key} can't be used: {error}.",
            "Both are PEM files, and the key must be the certificate's.",
        ) from error
    return context
