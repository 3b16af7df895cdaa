"""A few pages over HTTP for those who watch the server.

They are made on the event loop, not in a thread: what they tell is then one moment
of a state that only the loop changes, and needs no lock. So that nobody who asks can
hold the loop or the process up, there is one small request a connection, a bound on
connections, a deadline for each, and no task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

import structlog

log = structlog.get_logger(__name__)

MAX_REQUEST: Final = 8 * 1024
"""Bytes of a request's head."""

MAX_CONNECTIONS: Final = 16
"""Connections at a time; more are cut at once."""

PATIENCE: Final = 10.0
"""Seconds from a connection's beginning to its end, all included."""

PLAIN_TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """What a request is answered with."""

    status: HTTPStatus
    body: bytes
    content_type: str = PLAIN_TEXT


class Endpoint:
    """Serves `pages`, by path. Use it as an asynchronous context manager: leaving it stops listening."""

    def __init__(self, pages: Mapping[str, Callable[[], Page]], *, patience: float = PATIENCE) -> None:
        self.patience = patience
        self.loop = asyncio.get_running_loop()
        self._pages = pages
        self._visits: set[_Visit] = set()
        self._server: asyncio.Server | None = None
        self._stopping = False

    async def __aenter__(self) -> Endpoint:
        """Be ready to listen."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop listening, and cut what is open."""
        if self._server is None:
            return
        self._stopping = True
        self._server.close()
        for visit in list(self._visits):
            visit.cut()
        await self._server.wait_closed()

    async def listen(self, host: str, port: int) -> int:
        """Accept requests at `host` and `port` (0: any free one); return the port. Raises OSError."""
        self._server = await self.loop.create_server(lambda: _Visit(self), host, port, backlog=MAX_CONNECTIONS)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def opened(self, visit: _Visit) -> None:
        """Let the visit go on, unless it comes too late or there are too many."""
        self._visits.add(visit)
        if self._stopping or len(self._visits) > MAX_CONNECTIONS:
            visit.cut()

    def closed(self, visit: _Visit) -> None:
        """The visit is over."""
        self._visits.discard(visit)

    def answer(self, head: bytes) -> Page:
        """Return the page that the request with this head is answered with."""
        words = head.partition(b"\r\n")[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return _error(HTTPStatus.BAD_REQUEST)
        if words[0] != b"GET":
            return _error(HTTPStatus.METHOD_NOT_ALLOWED)
        page = self._pages.get(words[1].partition(b"?")[0].decode("latin-1"))
        if page is None:
            return _error(HTTPStatus.NOT_FOUND)
        try:
            return page()
        except Exception:
            log.exception("page_failed", path=words[1].decode("latin-1"))
            return _error(HTTPStatus.INTERNAL_SERVER_ERROR)


class _Visit(asyncio.Protocol):
    """One connection: one request, one answer."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._deadline = self._endpoint.loop.call_later(self._endpoint.patience, self.cut)
        self._endpoint.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._received += data
        head, end, _ = self._received.partition(b"\r\n\r\n")
        if end:
            self._send(self._endpoint.answer(head))
        elif len(self._received) > MAX_REQUEST:
            self._send(_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._endpoint.closed(self)
        if self._deadline is not None:
            self._deadline.cancel()

    def cut(self) -> None:
        """End the connection, whatever is still to be written."""
        if self._transport is not None:
            self._transport.abort()

    def _send(self, page: Page) -> None:
        if self._transport is None:
            return
        headers = [
            f"HTTP/1.1 {page.status.value} {page.status.phrase}",
            f"Content-Type: {page.content_type}",
            f"Content-Length: {len(page.body)}",
            "Connection: close",
        ]
        if page.status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append("Allow: GET")
        self._transport.write("\r\n".join([*headers, "", ""]).encode("ascii") + page.body)
        self._transport.close()


def _error(status: HTTPStatus) -> Page:
    return Page(status, f"{status.phrase}\n".encode("ascii"))
