"""The composition root: the one place that knows every part of the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gathertui.errors import GathertuiError, UsageError
from gathertui.maplocator import bundled_map
from gathertui.protocol import codec
from gathertui.protocol.chat import Posted
from gathertui.world.mapfile import load_map
from gathertui_server.auth.passwords import Passwords
from gathertui_server.auth.service import Accounts
from gathertui_server.auth.throttle import Throttle
from gathertui_server.bus.local import LocalBus
from gathertui_server.bus.messages import ChatPosted
from gathertui_server.chat.models import Message
from gathertui_server.chat.service import Chat
from gathertui_server.files import write_in_place
from gathertui_server.gateway import mapping
from gathertui_server.gateway.gateway import Gateway
from gathertui_server.rooms.host import RoomHost
from gathertui_server.settings import ServeSettings
from gathertui_server.storage.embedded.database import EmbeddedDatabase, attach_or_start
from gathertui_server.storage.mongo.accounts import MongoAccountStore, MongoSessionStore
from gathertui_server.storage.mongo.database import Database
from gathertui_server.storage.mongo.invites import MongoInviteStore
from gathertui_server.storage.mongo.messages import MongoMessageStore
from gathertui_server.storage.mongo.schema import connect

DEFAULT_MAP = "office"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that accepts connections. `owner_code` is empty where none was made."""

    url: str
    port: int
    owner_code: str


def make_accounts(database: Database) -> Accounts:
    """Return the accounts kept in `database`."""
    return Accounts(
        accounts=MongoAccountStore(database),
        sessions=MongoSessionStore(database),
        invites=MongoInviteStore(database),
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
async def running_server(settings: ServeSettings) -> AsyncIterator[RunningServer]:
    """Run a server: inside, it accepts connections; leaving stops it, with a word to every client."""
    for path in (settings.ready_file, settings.owner_code_file):
        _forget_file(path)  # what an earlier server wrote says nothing of this one
    tls = _tls_context(settings)
    map_source = read_map(settings.map_file)
    tilemap = load_map(map_source)
    async with open_database(settings.database_uri, settings.data_dir) as database:
        accounts = make_accounts(database)
        bus = LocalBus()

        def publish(message: Message) -> None:
            bus.publish(ChatPosted(codec.encode(Posted(mapping.message(message)))))

        chat = Chat(MongoMessageStore(database), publish)
        await chat.start()
        loop = asyncio.get_running_loop()
        room = RoomHost(tilemap.title, tilemap, map_source, bus, loop, capacity=settings.capacity)
        bus.host_room(room.handle)
        with contextlib.closing(room):
            async with Gateway(
                office=settings.office, accounts=accounts, chat=chat, rooms=bus, origins=settings.allowed_origins
            ) as gateway:
                bus.join_gateway(gateway.deliver)
                port = await _listen(gateway, settings, tls)
                owner_code = await _owner_code(settings, accounts)
                server = RunningServer(settings.url(port), port, owner_code)
                if settings.ready_file is not None:
                    ready = {"url": server.url, "pid": os.getpid()}
                    write_in_place(settings.ready_file, json.dumps(ready) + "\n")
                try:
                    yield server
                finally:
                    _forget_file(settings.ready_file)


def _forget_file(path: Path | None) -> None:
    if path is not None:
        with contextlib.suppress(OSError):
            path.unlink()


async def _listen(gateway: Gateway, settings: ServeSettings, tls: ssl.SSLContext | None) -> int:
    try:
        return await gateway.listen(settings.host, settings.port, tls=tls)
    except OSError as error:
        raise GathertuiError(
            f"Can't listen on {settings.host}, port {settings.port}: {os.strerror(error.errno or 0)}.",
            "Stop what uses that port, or choose another with --port.",
        ) from error


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
        return await make_accounts(database).owner_code()


def read_map(path: Path | None) -> bytes:
    """Return the source of the map at `path`, or of the bundled office."""
    if path is None:
        return bundled_map(DEFAULT_MAP)
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"The map {path} can't be read: {error.strerror}.", "Check its name.") from error


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
