"""The pages for those who watch, and what those who ask amiss can't do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
import structlog

from gathertui_server.observability.endpoint import MAX_CONNECTIONS, MAX_REQUEST, Endpoint, Page

HUGE = bytes(8 * 1024 * 1024)  # more than the kernel holds for a peer with a small window


def fail() -> Page:
    raise ValueError("no figures today")


PAGES = {
    "/here": lambda: Page(HTTPStatus.OK, b"here\n"),
    "/huge": lambda: Page(HTTPStatus.OK, HUGE),
    "/fails": fail,
}


@pytest.fixture
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Where the pages are; parametrize it (indirectly) with seconds to make the endpoint impatient."""
    async with Endpoint(PAGES, patience=getattr(request, "param", 10.0)) as endpoint:
        yield f"http://127.0.0.1:{await endpoint.listen('127.0.0.1', 0)}/here"


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


async def dial(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port_of(url))


async def test_a_page_by_its_path(url, get) -> None:
    page = await get(url)
    assert (page.status, page.body) == (200, "here\n")
    assert "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\nConnection: close" in page.head


async def test_one_page_a_connection_whatever_comes_with_the_request(url, send) -> None:
    request = b"GET /here?verbose=1 HTTP/1.0\r\nAccept: text/html\r\n\r\n"
    answer = await send(url, request + request)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.count(b"HTTP/1.1") == 1


async def test_a_request_may_come_in_pieces(url) -> None:
    reader, writer = await dial(url)
    for byte in b"GET /here HTTP/1.1\r\n\r\n":
        writer.write(bytes((byte,)))
        await asyncio.sleep(0)
    assert (await reader.read()).endswith(b"here\n")
    writer.close()


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET / HTTP/1.1", 404),
        (b"GET /here/ HTTP/1.1", 404),
        (b"GET /\xff HTTP/1.1", 404),
        (b"POST /here HTTP/1.1", 405),
        (b"GET /here", 400),
        (b"GET /here SPDY/3", 400),
        (b"\x16\x03\x01", 400),
        (b"", 400),
    ],
)
async def test_what_is_no_request_for_a_page_is_told_so(url, send, request_line: bytes, status: int) -> None:
    answer = await send(url, request_line + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert (b"\r\nAllow: GET\r\n" in answer) == (status == 405)


async def test_a_head_without_end_is_refused(url, send) -> None:
    assert (await send(url, b"x" * (MAX_REQUEST + 1))).startswith(b"HTTP/1.1 431 ")


async def test_a_page_that_fails_is_logged_and_the_next_one_works(url, get) -> None:
    with structlog.testing.capture_logs() as logs:
        page = await get(url.replace("here", "fails"))
    assert (page.status, page.body) == (500, "Internal Server Error\n")
    assert [entry["event"] for entry in logs] == ["page_failed"]
    assert (await get(url)).status == 200


@pytest.mark.parametrize("url", [0.1], indirect=True)
async def test_who_never_asks_is_cut(url) -> None:
    reader, writer = await dial(url)
    writer.write(b"GET /here HTTP/1.1\r\n")
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize("url", [0.1], indirect=True)
async def test_who_never_reads_is_cut_and_holds_no_place(url, get) -> None:
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(socket.socket()) for _ in range(MAX_CONNECTIONS)]
        for peer in peers:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.connect(("127.0.0.1", port_of(url)))
            peer.sendall(b"GET /huge HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(10):
            while not await answers(url, get):
                pass
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while data := peers[0].recv(1 << 20):
                received += len(data)
        assert received < len(HUGE)


async def answers(url: str, get) -> bool:
    """Whether there is a place for one more."""
    try:
        return (await get(url)).status == 200
    except (ConnectionResetError, IndexError):
        return False


async def test_idle_connections_beyond_the_bound_are_cut_and_leave_no_trace(url, get) -> None:
    idle = [await dial(url) for _ in range(MAX_CONNECTIONS)]
    reader, writer = await dial(url)
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    idle[0][1].write(b"GET /here HTTP/1.1\r\n\r\n")
    assert (await idle[0][0].read()).endswith(b"here\n")
    assert (await get(url)).status == 200
    for _, writer in idle:
        writer.close()


async def test_leaving_cuts_what_is_open() -> None:
    async with Endpoint(PAGES) as endpoint, asyncio.timeout(5):
        port = await endpoint.listen("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /he")
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
