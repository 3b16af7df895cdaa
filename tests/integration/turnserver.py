"""coturn on loopback: what an office's own TURN server would be, with a shared secret and a certificate."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import ssl
import subprocess
import time
from pathlib import Path

READY_SECONDS = 20.0
ATTEMPTS = 3
"""Somebody else may take a port between our choice and coturn's start."""

_BINDING_REQUEST = bytes.fromhex("000100002112a442")
"""The head of a STUN binding request (RFC 8489, 5), without its transaction id."""


def free_port() -> int:
    """Return a port of loopback that is free for TCP and UDP at the moment."""
    while True:
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagram:
            stream.bind(("127.0.0.1", 0))
            port: int = stream.getsockname()[1]
            with contextlib.suppress(OSError):
                datagram.bind(("127.0.0.1", port))
                return port


def make_certificate(openssl: str, folder: Path) -> tuple[Path, Path]:
    """Return a self-signed certificate for 127.0.0.1, and its key."""
    cert, key = folder / "turn-cert.pem", folder / "turn-key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True, timeout=60)
    return cert, key


class TurnServer:
    """A `turnserver` process with time-limited credentials: HMAC by the secret that is in `secret_file`."""

    def __init__(self, turnserver: str, openssl: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self._key = make_certificate(openssl, folder)
        self.secret_file = folder / "turn-secret"
        self.secret_file.write_text(secrets.token_hex(16) + "\n")
        self.secret_file.chmod(0o600)
        self.log = folder / "turnserver.log"
        self.port = 0
        self.tls_port = 0
        self._program = turnserver
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def udp_url(self) -> str:
        """The URL by which it is reached over UDP."""
        return f"turn:127.0.0.1:{self.port}?transport=udp"

    @property
    def tcp_url(self) -> str:
        """The URL by which it is reached over TCP."""
        return f"turn:127.0.0.1:{self.port}?transport=tcp"

    @property
    def tls_url(self) -> str:
        """The URL by which it is reached over TLS on TCP."""
        return f"turns:127.0.0.1:{self.tls_port}?transport=tcp"

    def start(self) -> None:
        """Start it, and wait until it answers by UDP, TCP and TLS."""
        for _ in range(ATTEMPTS):
            self.port, self.tls_port = free_port(), free_port()
            self._launch()
            if self._is_ready():
                return
            self.stop()
        raise AssertionError(f"coturn does not come up:\n{self.log.read_text(errors='replace')[-2000:]}")

    def _launch(self) -> None:
        command = [self._program, "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers"]
        command += [f"--listening-port={self.port}", f"--tls-listening-port={self.tls_port}", "--no-cli"]
        command += ["--use-auth-secret", f"--static-auth-secret={self.secret_file.read_text().strip()}"]
        command += ["--realm=office", f"--cert={self.certificate}", f"--pkey={self._key}", "--simple-log", "--verbose"]
        command += [f"--log-file={self.log}", f"--pidfile={self._folder / 'turnserver.pid'}"]
        command += [f"--userdb={self._folder / 'turndb'}"]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder
            )

    def _is_ready(self) -> bool:
        assert self._process is not None
        deadline = time.monotonic() + READY_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                self._ask_by_udp()
                self._greet_by_tls()
                return True
            time.sleep(0.05)
        return False

    def _ask_by_udp(self) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as datagram:
            datagram.settimeout(0.5)
            datagram.connect(("127.0.0.1", self.port))
            datagram.send(_BINDING_REQUEST + os.urandom(12))
            datagram.recv(1024)

    def _greet_by_tls(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 1):
            pass
        trust = ssl.create_default_context(cafile=str(self.certificate))
        with (
            socket.create_connection(("127.0.0.1", self.tls_port), 1) as stream,
            trust.wrap_socket(stream, server_hostname="127.0.0.1"),
        ):
            pass

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def heard(self, words: str) -> bool:
        """Whether its log has these words."""
        return words in self.log.read_text(errors="replace")
