"""The guide's configuration of coturn lets our credentials in, and nobody else, and nobody into one's own network."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aioice.stun import TransactionFailed
from aioice.turn import create_turn_endpoint

from gathertui_server.signalling.turn import TurnServers, TurnUrl

GUIDE = Path(__file__).parents[2] / "docs" / "operating.md"
SECRET = secrets.token_hex(32)


class Relay(asyncio.DatagramProtocol):
    """What a client has at the TURN server."""

    def __init__(self) -> None:
        self.error: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._gone = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def error_received(self, exc: Exception) -> None:
        self.error.set_result(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone.set()

    async def give_back(self) -> None:
        self.transport.close()
        async with asyncio.timeout(20):
            await self._gone.wait()


class TurnServer:
    """coturn with the guide's configuration, but for addresses, ports and files, which are this test's own."""

    def __init__(self, program: str, openssl: str, folder: Path) -> None:
        self.ports = {"listening-port": _free_port(), "tls-listening-port": _free_port()}
        self.files = {"cert": folder / "cert.pem", "pkey": folder / "key.pem"}
        self.log = folder / "log"
        target = ["-keyout", self.files["pkey"], "-out", self.files["cert"]]
        options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        alternative = ["-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run([openssl, "req", *options, *alternative, *target], check=True, capture_output=True)
        configuration = folder / "turnserver.conf"
        configuration.write_text(self._configuration(folder))
        # Its output, too, into the file: nobody reads a pipe.
        with self.log.open("w") as output:
            self.process = subprocess.Popen([program, "-c", configuration], stdout=output, stderr=output, cwd=folder)

    def _configuration(self, folder: Path) -> str:
        [block] = re.findall(r"^```ini\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        own = {"static-auth-secret": SECRET, **self.ports, **self.files}
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        named = [line.partition("=")[0] for line in lines]
        assert set(own) < set(named)
        made = [f"{name}={own[name]}" if name in own else line for name, line in zip(named, lines, strict=True)]
        here = ["listening-ip=127.0.0.1", "relay-ip=127.0.0.1", f"pidfile={folder / 'pid'}"]
        return "\n".join([*made, *here, f"log-file={folder / 'turn.log'}", f"userdb={folder / 'turndb'}", ""])

    def wait_until_open(self) -> None:
        deadline = time.monotonic() + 20
        for port in self.ports.values():
            while True:
                assert self.process.poll() is None, self.log.read_text()
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert time.monotonic() < deadline, self.log.read_text()
                    time.sleep(0.02)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    async def allocate(self, secret: str, *, transport: str = "udp", tls: bool = False, now: float = 0.0) -> Relay:
        """Allocate a relay as one of our clients would. Raises TransactionFailed."""
        servers = TurnServers((TurnUrl.parse("turn:127.0.0.1"),), secret.encode(), 60)
        access = servers.access("0123456789abcdef", now or time.time())
        port = self.ports["tls-listening-port" if tls else "listening-port"]
        trust = ssl.create_default_context(cafile=self.files["cert"]) if tls else None
        async with asyncio.timeout(20):
            _, relay = await create_turn_endpoint(
                Relay,
                ("127.0.0.1", port),
                access.username,
                access.credential,
                ssl=trust,
                transport=transport,
            )
        return relay


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def turn(require_program: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnServer]:
    program, openssl = require_program("turnserver", "coturn"), require_program("openssl")
    server = TurnServer(program, openssl, tmp_path_factory.mktemp("coturn"))
    try:
        server.wait_until_open()
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize(("transport", "tls"), [("udp", False), ("tcp", False), ("tcp", True)])
async def test_who_has_our_credentials_gets_a_relay(turn: TurnServer, transport: str, tls: bool) -> None:
    relay = await turn.allocate(SECRET, transport=transport, tls=tls)
    host, port = relay.transport.get_extra_info("sockname")
    assert (host, port > 49151) == ("127.0.0.1", True)
    await relay.give_back()


async def test_who_has_another_secret_gets_none(turn: TurnServer) -> None:
    with pytest.raises(TransactionFailed, match="401"):
        await turn.allocate("another secret")


async def test_who_comes_too_late_gets_none(turn: TurnServer) -> None:
    with pytest.raises(TransactionFailed, match="401"):
        await turn.allocate(SECRET, now=time.time() - 3600)


@pytest.mark.parametrize("peer", ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1"])
async def test_nobody_gets_into_the_network_by_way_of_it(turn: TurnServer, peer: str) -> None:
    relay = await turn.allocate(SECRET)
    relay.transport.sendto(b"knock", (peer, 80))
    async with asyncio.timeout(20):
        assert "403" in str(await relay.error)
    await relay.give_back()
