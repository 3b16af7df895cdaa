"""Two clients of a real server who reach each other only by way of a TURN server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from gathertui.protocol.media import IceServer, IceServers

from .browser import meeting
from .browser.harness import Browser
from .browser.meeting import enter
from .calling import TONE, Caller, Office, join, open_office
from .turnserver import TurnServer, free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def trust_turn(monkeypatch: pytest.MonkeyPatch, turn: TurnServer) -> None:
    """What somebody does whose TURN server has a certificate of its own making."""
    monkeypatch.setenv("SSL_CERT_FILE", str(turn.certificate))


@pytest.fixture
def no_udp(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that lets no UDP out."""

    async def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "no UDP here")

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "create_datagram_endpoint", refuse)


@pytest.fixture(scope="module")
def relayed_office(
    module_server_process: Callable, tmp_path_factory: pytest.TempPathFactory, page_port: int
) -> Callable[..., Office]:
    """Return `make(secret_file, *urls)`, which gives an office where all goes by these TURN servers."""

    def make(secret_file: Path, *urls: str) -> Office:
        options = [option for url in urls for option in ("--turn-url", url)]
        options += ["--turn-secret-file", str(secret_file), "--relay-only"]
        options += ["--allow-origin", f"http://127.0.0.1:{page_port}"]
        return open_office(module_server_process, tmp_path_factory.mktemp("den"), *options)

    return make


@pytest.fixture(scope="module")
def office(relayed_office: Callable[..., Office], turn: TurnServer) -> Office:
    """An office that names the TURN server in every way, the quickest first."""
    return relayed_office(turn.secret_file, turn.udp_url, turn.tcp_url, turn.tls_url)


def by(*urls: str) -> Callable[[IceServers], IceServers]:
    """Keep only these URLs of what the server hands out."""

    def keep(ice: IceServers) -> IceServers:
        servers = [
            IceServer([url for url in one.urls if url in urls], one.username, one.credential) for one in ice.servers
        ]
        return msgspec.structs.replace(ice, servers=[one for one in servers if one.urls])

    return keep


async def see_and_hear_each_other(ada: Caller, bob: Caller) -> None:
    for one, other in ((ada, bob), (bob, ada)):
        await one.until(lambda one=one: one.hears(TONE), "to hear the other")
        await one.until(lambda one=one: len(one.colours) > 10, "to see the other")
        assert one.peer(other.you).phase == "connected"


def check_only_relayed(*callers: Caller) -> None:
    """Nobody told anybody an address of their own: every candidate is one of the TURN server's."""
    for caller in callers:
        assert caller.wire.descriptions
        for description in caller.wire.descriptions:
            candidates = [line for line in description.splitlines() if line.startswith("a=candidate")]
            assert candidates
            assert all(" typ relay " in line and "raddr 0.0.0.0" in line for line in candidates), candidates


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
@pytest.mark.usefixtures("trust_turn")
async def test_everything_goes_by_the_turn_server(office: Office, turn: TurnServer, way: str) -> None:
    ice = by({"udp": turn.udp_url, "tcp": turn.tcp_url, "tls": turn.tls_url}[way])
    async with join(office, ice) as ada, join(office, ice) as bob:
        await see_and_hear_each_other(ada, bob)
        check_only_relayed(ada, bob)


@pytest.mark.usefixtures("trust_turn", "no_udp")
async def test_where_no_udp_gets_out_it_goes_over_tls(office: Office, turn: TurnServer) -> None:
    ice = by(turn.udp_url, turn.tls_url)
    async with join(office, ice) as ada, join(office, ice) as bob:
        await see_and_hear_each_other(ada, bob)
        check_only_relayed(ada, bob)


@pytest.fixture
def swallowed_udp(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that takes all UDP and lets none of it out, without a word."""
    monkeypatch.setattr(
        asyncio.selector_events._SelectorDatagramTransport, "sendto", lambda transport, data, address=None: None
    )


@asynccontextmanager
async def late_way_to(port: int, seconds: float) -> AsyncIterator[int]:
    """A port that leads to another one, after a while; it takes what it gets and is silent if that is endless."""
    leading: set[asyncio.Task[None]] = set()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        leading.add(asyncio.current_task())
        try:
            if seconds == math.inf:
                await reader.read()
                return
            await asyncio.sleep(seconds)
            there, back = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(pipe(reader, back), pipe(there, writer), return_exceptions=True)
        finally:
            writer.close()

    server = await asyncio.start_server(lead, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        for task in leading:
            task.cancel()
        await asyncio.gather(*leading, return_exceptions=True)
        await asyncio.sleep(0.05)  # until what was closed has ended


@pytest.mark.usefixtures("trust_turn", "swallowed_udp")
async def test_where_all_udp_is_swallowed_the_first_attempt_goes_over_slow_tls(
    office: Office, turn: TurnServer
) -> None:
    async with late_way_to(turn.tls_port, 0.6) as slow, late_way_to(turn.port, math.inf) as silent:
        urls = [turn.udp_url, f"turn:127.0.0.1:{silent}?transport=tcp", f"turns:127.0.0.1:{slow}?transport=tcp"]

        def not_only_relayed(ice: IceServers) -> IceServers:
            servers = [IceServer(urls, one.username, one.credential) for one in ice.servers]
            return msgspec.structs.replace(ice, servers=servers, relay_only=False)

        async with join(office, not_only_relayed) as ada, join(office, not_only_relayed) as bob:
            await see_and_hear_each_other(ada, bob)
            for caller in (ada, bob):
                (description,) = caller.wire.descriptions
                assert " typ relay " in description
                assert " typ host\r\n" in description


@pytest.mark.usefixtures("trust_turn")
async def test_a_browser_goes_by_the_turn_server_too(office: Office, turn: TurnServer, browser: Browser) -> None:
    async with join(office, by(turn.tcp_url)) as caller:
        avatar = await enter(browser, office)
        await meeting.see_and_hear_each_other(caller, browser, avatar)
        check_only_relayed(caller)
        assert browser.call["pair"][0] == "relay"


async def until_no_path(caller: Caller, other: Caller) -> str:
    """Wait until there is no path to the other, and return why."""
    await caller.until(lambda: (peer := caller.peer(other.you)) and peer.phase == "no path", "to give up")
    return caller.peer(other.you).why


@pytest.fixture(scope="module")
def office_with_wrong_secret(
    relayed_office: Callable[..., Office], turn: TurnServer, tmp_path_factory: pytest.TempPathFactory
) -> Office:
    wrong = tmp_path_factory.mktemp("wrong") / "secret"
    wrong.write_text("something else altogether\n")
    wrong.chmod(0o600)
    return relayed_office(wrong, turn.udp_url)


async def test_a_wrong_secret_is_said(office_with_wrong_secret: Office) -> None:
    async with join(office_with_wrong_secret) as ada, join(office_with_wrong_secret) as bob:
        for one, other in ((ada, bob), (bob, ada)):
            why = await until_no_path(one, other)
            assert "TURN server" in why
            assert "secret" in why


async def test_expired_credentials_are_said_and_then_renewed(office: Office, turn: TurnServer) -> None:
    def expired(ice: IceServers) -> IceServers:
        name = f"{int(time.time()) - 60}:somebody"
        digest = hmac.new(turn.secret_file.read_text().strip().encode(), name.encode(), hashlib.sha1).digest()
        servers = [IceServer([turn.udp_url], name, base64.b64encode(digest).decode())]
        return msgspec.structs.replace(ice, servers=servers)

    async with join(office, expired) as ada, join(office, by(turn.udp_url)) as bob:
        why = await until_no_path(ada, bob)
        assert "TURN server" in why
        assert "clock" in why
        ada.wire.ice = by(turn.udp_url)  # what an hour later does
        await see_and_hear_each_other(ada, bob)


async def test_a_certificate_that_is_not_trusted_is_said(office: Office, turn: TurnServer) -> None:
    async with join(office, by(turn.tls_url)) as ada, join(office, by(turn.tls_url)) as bob:
        for one, other in ((ada, bob), (bob, ada)):
            assert "certificate" in await until_no_path(one, other)


async def test_a_turn_server_that_is_not_there_is_said(office: Office) -> None:
    def elsewhere(ice: IceServers) -> IceServers:
        nowhere = f"turn:127.0.0.1:{free_port()}?transport=tcp"
        servers = [IceServer([nowhere], one.username, one.credential) for one in ice.servers]
        return msgspec.structs.replace(ice, servers=servers)

    async with join(office, elsewhere) as ada, join(office, elsewhere) as bob:
        for one, other in ((ada, bob), (bob, ada)):
            assert "can't be reached" in await until_no_path(one, other)
