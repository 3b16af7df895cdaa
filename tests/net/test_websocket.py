import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection, serve

from gathertui.errors import ConnectionLost, ServerUnreachable
from gathertui.net import websocket
from gathertui.net.websocket import dial_websocket
from gathertui.protocol.limits import SUBPROTOCOL


@contextlib.asynccontextmanager
async def echo_server(subprotocols: list[str] | None) -> AsyncIterator[str]:
    async def echo(connection: ServerConnection) -> None:
        async for frame in connection:
            if frame == b"bye":
                return
            await connection.send(frame)

    async with serve(echo, "127.0.0.1", 0, subprotocols=subprotocols) as server:  # type: ignore[arg-type]
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[str]:
    """A server that answers anything with `answer` and hangs up."""
    done = asyncio.Event()

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read(100)
            writer.write(answer)
            writer.close()
            await writer.wait_closed()
        done.set()

    async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await done.wait()


async def test_frames_travel_both_ways_and_the_end_is_a_lost_connection() -> None:
    async with echo_server([SUBPROTOCOL]) as url:
        connection = await dial_websocket(url)
        await connection.send(b"one")
        await connection.send(b"two")
        assert [await connection.receive(), await connection.receive()] == [b"one", b"two"]
        await connection.send(b"bye")
        with pytest.raises(ConnectionLost):
            await connection.receive()
        with pytest.raises(ConnectionLost):
            await connection.send(b"three")
        await connection.close()


async def test_latency_is_unknown_before_the_first_ping() -> None:
    async with echo_server([SUBPROTOCOL]) as url:
        connection = await dial_websocket(url)
        assert connection.latency is None
        await connection.close()


async def test_a_websocket_server_of_another_kind_is_named_as_such() -> None:
    async with echo_server(None) as url:
        with pytest.raises(ServerUnreachable, match=r"is not a gathertui server: it does not speak gathertui\.1"):
            await dial_websocket(url)


async def test_an_http_server_is_named_with_its_status() -> None:
    async with raw_server(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as where:
        with pytest.raises(ServerUnreachable, match="not a gathertui server: it says HTTP 404"):
            await dial_websocket(f"ws://{where}")


async def test_something_that_is_no_http_is_not_ours_either() -> None:
    async with raw_server(b"SSH-2.0-OpenSSH_9.2\r\n") as where:
        with pytest.raises(ServerUnreachable, match="is not a gathertui server"):
            await dial_websocket(f"ws://{where}")


async def test_tls_where_there_is_none_says_to_try_ws() -> None:
    async with raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as where:
        with pytest.raises(ServerUnreachable, match="does not speak TLS") as caught:
            await dial_websocket(f"wss://{where}")
        assert "ws://" in caught.value.hint


async def test_silence_is_told_after_the_open_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "OPEN_SECONDS", 0.05)
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        pytest.raises(ServerUnreachable, match="does not answer"),
    ):
        await dial_websocket(f"ws://127.0.0.1:{listening.getsockname()[1]}")


async def test_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ServerUnreachable, match=f"Nothing listens at 127.0.0.1:{port}"):
            await dial_websocket(f"ws://127.0.0.1:{port}")


async def test_a_name_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for name in ("https_proxy", "HTTPS_PROXY", "wss_proxy", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ServerUnreachable, match=r"There is no machine called office\.invalid"):
        await dial_websocket("wss://office.invalid")
