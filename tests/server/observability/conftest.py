"""A whole server with its stores in memory, and somebody who scrapes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from gathertui.client.office import OfficeClient
from gathertui.protocol.base import ConnectionKind, Role
from gathertui_server.settings import ListenAddress, ServeSettings
from gathertui_server.storage.memory import (
    MemoryAccountStore,
    MemoryInviteStore,
    MemoryMessageStore,
    MemorySessionStore,
)
from gathertui_server.wiring import RunningServer, Stores, running_server

PASSWORD = "a long password"


class Response(NamedTuple):
    """What came back: `head` is the status line and the headers."""

    status: int
    head: str
    body: str


async def exchange(url: str, request: bytes) -> bytes:
    """Send bytes to the address of a URL and return all that comes back until the end."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(request)
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


@pytest.fixture
def get() -> Callable[[str], Awaitable[Response]]:
    """Return `get(url)`, which gets a page over a socket of its own."""

    async def get(url: str) -> Response:
        request = f"GET {urlsplit(url).path} HTTP/1.1\r\nHost: office\r\nAccept: */*\r\n\r\n"
        head, _, body = (await exchange(url, request.encode())).partition(b"\r\n\r\n")
        return Response(int(head.split()[1]), head.decode(), body.decode())

    return get


@pytest.fixture
def send() -> Callable[[str, bytes], Awaitable[bytes]]:
    """Return `send(url, request)`, which sends any bytes and returns the answer's."""
    return exchange


class Office:
    """A running server, and the people whom a test lets in."""

    def __init__(self, server: RunningServer, stack: AsyncExitStack) -> None:
        self.server = server
        self._stack = stack
        self._invite = ""

    async def enter(self, name: str, *, new: bool = True) -> OfficeClient:
        """Somebody enters, with a new account or one they have; the first is the owner."""
        client = OfficeClient(self.server.url, kind=ConnectionKind.VIEW, device=name)
        await client.connect()
        self._stack.push_async_callback(client.close)
        if new:
            await client.sign_up(name, PASSWORD, self._invite or self.server.owner_code)
        else:
            await client.log_in(name, PASSWORD)
        if not self._invite:
            self._invite = (await client.create_invite(Role.MEMBER, 100, 3600)).code
        await client.enter()
        return client


@pytest.fixture
def open_office(tmp_path: Path) -> Callable[..., object]:
    """Return `open_office(**settings)`, an asynchronous context manager that gives an `Office`."""

    @asynccontextmanager
    async def stores() -> AsyncIterator[Stores]:
        yield Stores(MemoryAccountStore(), MemorySessionStore(), MemoryInviteStore(), MemoryMessageStore())

    @asynccontextmanager
    async def open_office(**settings: object) -> AsyncIterator[Office]:
        chosen = ServeSettings(data_dir=tmp_path, port=0, **settings)  # type: ignore[arg-type]
        async with running_server(chosen, stores()) as server, AsyncExitStack() as stack:
            yield Office(server, stack)

    return open_office


@pytest.fixture
async def office(open_office) -> AsyncIterator[Office]:
    """An office whose metrics are served."""
    async with open_office(metrics_listen=ListenAddress.parse("0")) as office:
        yield office
