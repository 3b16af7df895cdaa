"""What a server that runs hands out and answers, by its settings; and settings that make no sense."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aioice import stun
from click.testing import Result
from typer.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from gathertui.cli.main import create_app
from gathertui.errors import GathertuiError, UsageError
from gathertui.protocol import auth, codec, media
from gathertui.protocol.base import ConnectionKind, Reply
from gathertui.protocol.handshake import Hello
from gathertui.protocol.limits import SUBPROTOCOL
from gathertui_server.cli import register
from gathertui_server.settings import ListenAddress, ServeSettings
from gathertui_server.signalling.turn import TurnUrl
from gathertui_server.storage.memory import (
    MemoryAccountStore,
    MemoryInviteStore,
    MemoryMessageStore,
    MemorySessionStore,
)
from gathertui_server.wiring import RunningServer, Stores, running_server

OpenServer = Callable[..., AbstractAsyncContextManager[RunningServer]]

URLS = (TurnUrl.parse("turn:turn.example.org"), TurnUrl.parse("turns:turn.example.org:443"))


@asynccontextmanager
async def stores() -> AsyncIterator[Stores]:
    yield Stores(MemoryAccountStore(), MemorySessionStore(), MemoryInviteStore(), MemoryMessageStore())


@pytest.fixture
def open_server(tmp_path: Path) -> OpenServer:
    """Return `open_server(**settings)`: a whole server, its stores in memory, at a free port."""

    def open_server(**settings: Any) -> AbstractAsyncContextManager[RunningServer]:
        return running_server(ServeSettings(data_dir=tmp_path, **{"port": 0, **settings}), stores())

    return open_server


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "turn-secret"
    path.write_text("deadbeef\n")
    return path


async def ice_servers(server: RunningServer) -> tuple[str, media.IceServers]:
    """Sign up as the owner; return one's account id and what the server hands out."""
    async with connect(server.url, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None) as peer:

        async def ask(message: Any) -> Any:
            await peer.send(codec.encode(message))
            while True:
                frame = await peer.recv()
                assert isinstance(frame, bytes)
                reply = codec.decode_server(frame)
                if isinstance(reply, Reply):
                    return reply

        await peer.send(codec.encode(Hello("test", "1", 0, 0, "laptop", ConnectionKind.TOOL)))
        signed_in = await ask(auth.SignUp(1, "ada", "a long password", server.owner_code))
        return signed_in.account.id, await ask(media.GetIceServers(2))


async def seen_at(host: str, port: int) -> tuple[Any, Any]:
    """Ask by STUN; return where the server sees us, and where we really are."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.bind(("127.0.0.1", 0))
        async with asyncio.timeout(10):
            await loop.sock_sendto(client, bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST)), (host, port))
            answer = await loop.sock_recv(client, 1500)
        return stun.parse_message(answer).attributes["XOR-MAPPED-ADDRESS"], client.getsockname()


async def test_stun_is_answered_and_its_port_told(open_server: OpenServer) -> None:
    async with open_server() as server:
        assert server.stun_port
        _, told = await ice_servers(server)
        assert told.stun_port == server.stun_port
        assert (told.servers, told.relay_only) == ([], False)
        seen, real = await seen_at("127.0.0.1", server.stun_port)
        assert seen == real


def free_port() -> int:
    """A port that is free for TCP and UDP at the moment."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


async def test_by_default_it_is_the_number_of_the_server_s_own_port(open_server: OpenServer) -> None:
    port = free_port()
    async with open_server(port=port) as server:
        assert server.stun_port == server.port == port


async def test_it_can_be_another_or_none(open_server: OpenServer) -> None:
    port = free_port()
    async with open_server(stun_port=port) as server:
        assert server.stun_port == port
        seen, real = await seen_at("127.0.0.1", port)
        assert seen == real
    async with open_server(stun_port=0) as server:
        assert server.stun_port == 0
        assert (await ice_servers(server))[1].stun_port == 0


async def test_behind_a_proxy_it_is_answered_at_every_address(open_server: OpenServer) -> None:
    async with open_server(behind_proxy=True) as server:
        seen, real = await seen_at("127.0.0.2", server.stun_port)
        assert seen == real


async def test_a_port_in_use_is_said_with_the_way_out(open_server: OpenServer) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(GathertuiError, match=rf"127\.0\.0\.1, UDP port {port}: .*in use.*--stun-port"):
            async with open_server(stun_port=port):
                pass


async def test_credentials_are_made_of_the_secret_and_the_account(open_server: OpenServer, secret_file: Path) -> None:
    before = int(time.time())
    async with open_server(turn_urls=URLS, turn_secret_file=secret_file, turn_seconds=600) as server:
        account, told = await ice_servers(server)
    [turn] = told.servers
    assert turn.urls == ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"]
    expires, name = turn.username.split(":")
    assert name == account
    assert before + 600 <= int(expires) <= time.time() + 600
    digest = hmac.new(b"deadbeef", turn.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn.credential) == digest
    assert told.seconds == 600


async def test_an_office_of_relays_only_says_so_and_answers_no_stun(open_server: OpenServer, secret_file: Path) -> None:
    async with open_server(turn_urls=URLS, turn_secret_file=secret_file, relay_only=True) as server:
        _, told = await ice_servers(server)
        assert (told.relay_only, told.stun_port, server.stun_port) == (True, 0, 0)
        assert told.servers


async def test_what_was_answered_and_handed_out_is_counted(open_server: OpenServer, secret_file: Path) -> None:
    settings = {"turn_urls": URLS, "turn_secret_file": secret_file, "metrics_listen": ListenAddress.parse("0")}
    async with open_server(**settings) as server:
        await ice_servers(server)
        await seen_at("127.0.0.1", server.stun_port)
        port = int(server.metrics_url.rpartition(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: office\r\n\r\n")
        page = (await reader.read()).decode()
        writer.close()
    assert "gathertui_signalling_turn_credentials_total 1.0" in page
    assert "gathertui_signalling_stun_answers_total 1.0" in page
    assert "gathertui_signalling_stun_ignored_total 0.0" in page


@pytest.mark.parametrize("content", [b"", b"\n \n", b"one\ntwo\n"])
async def test_a_file_without_a_secret_is_said(open_server: OpenServer, secret_file: Path, content: bytes) -> None:
    secret_file.write_bytes(content)
    with pytest.raises(UsageError, match=r"turn-secret holds no TURN secret.*static-auth-secret"):
        async with open_server(turn_urls=URLS, turn_secret_file=secret_file):
            pass


async def test_a_secret_that_is_not_there_is_said(open_server: OpenServer, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing can't be read: No such file"):
        async with open_server(turn_urls=URLS, turn_secret_file=tmp_path / "missing"):
            pass


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"turn_urls": URLS}, r"secret.*--turn-secret-file"),
        ({"turn_secret_file": Path("secret")}, r"no TURN server.*--turn-url"),
        ({"relay_only": True}, r"--relay-only.*there is none.*--turn-url"),
        (
            {"relay_only": True, "turn_urls": URLS, "turn_secret_file": Path("secret"), "stun_port": 3478},
            r"--relay-only or --stun-port",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        ServeSettings(data_dir=Path(), **settings)


def serve(*options: str) -> Result:
    app = create_app()
    register(app)
    return CliRunner().invoke(app, ["serve", *options])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--turn-url", "turn.example.org"], "'turn.example.org' is no TURN server"),
        (["--turn-url", "turn:turn.example.org"], "--turn-secret-file"),
        (["--relay-only"], "--turn-url"),
    ],
)
def test_the_command_refuses_before_it_opens_anything(options: list[str], sentence: str) -> None:
    result = serve(*options)
    assert isinstance(result.exception, UsageError)
    assert sentence in str(result.exception)


@pytest.mark.parametrize("option", ["--stun-port", "--turn-seconds"])
def test_a_number_that_makes_no_sense_is_refused_with_the_option(option: str) -> None:
    result = serve(option, "-1")
    assert result.exit_code == 2
    assert option in result.output
