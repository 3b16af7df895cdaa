"""What the person who runs the server decides."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from gathertui.errors import UsageError
from gathertui_server.signalling.turn import TurnUrl

DEFAULT_PORT = 7766

TURN_SECONDS = 12 * 3600
"""A working day: some TURN servers ask for credentials again while a call goes on."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """An address to listen on. Port 0 takes any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> ListenAddress:
        """Read `PORT`, `:PORT`, `HOST:PORT` or `[IPV6]:PORT`; without a host it is loopback. Raises `UsageError`."""
        host, colon, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if bracketed:
            host = host[1:-1]
        sound = not colon or bracketed or ":" not in host
        number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else -1
        if not sound or (bracketed and not host) or not 0 <= number <= 65535:
            raise UsageError(
                f"{text!r} is no address to listen on.",
                "Give a port, as in 9466, or a host and a port, as in 127.0.0.1:9466 or [::1]:9466.",
            )
        return cls(host or "127.0.0.1", number)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def url(self, scheme: str, port: int) -> str:
        """The URL that programs on this machine use, `port` being the one that it got."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Settings of one `serve`. Raises `UsageError` where they contradict each other."""

    data_dir: Path
    """Where the database, its password and its log live."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = DEFAULT_PORT
    """The port to listen on; 0 takes any free one."""
    office: str = "The office"
    """The name people see at the top of their screen."""
    map_file: Path | None = None
    """A map in the text format; None for the bundled office."""
    ready_file: Path | None = None
    """Written once the server accepts connections: its URL and process id as JSON."""
    owner_code_file: Path | None = None
    """Where a fresh owner's code is written, before the ready file."""
    database_uri: str = ""
    """A MongoDB to use; empty for the embedded database."""
    tls_cert: Path | None = None
    """The TLS certificate (PEM, with its chain)."""
    tls_key: Path | None = None
    """The certificate's private key (PEM)."""
    behind_proxy: bool = False
    """Whether a proxy in front ends TLS, so that plain connections from it are fine."""
    allowed_origins: tuple[str, ...] = ()
    """Origins that a browser page may connect from; none by default."""
    capacity: int = 500
    """People the office holds at a time."""
    metrics_listen: ListenAddress | None = None
    """Where programs that watch the server may ask it how it is, without authentication; None for nowhere."""
    stun_port: int | None = None
    """The UDP port to answer STUN at; 0 for none, None for the number of `port`."""
    turn_urls: tuple[TurnUrl, ...] = ()
    """The TURN servers that clients may use where there is no direct way."""
    turn_secret_file: Path | None = None
    """A file with the secret that those share with this server."""
    turn_seconds: int = TURN_SECONDS
    """For how long what this server tells a client lets it in there."""
    relay_only: bool = False
    """Whether clients may connect by the TURN servers alone, so that nobody learns another's address."""

    def __post_init__(self) -> None:
        self._check_media()
        if (self.tls_cert is None) != (self.tls_key is None):
            raise UsageError("TLS needs both a certificate and its key.", "Give --tls-cert and --tls-key.")
        if not self.is_loopback and self.tls_cert is None and not self.behind_proxy:
            raise UsageError(
                f"{self.host} can be reached from other machines, and without TLS everybody on the way could read"
                " passwords.",
                "Give --tls-cert and --tls-key, or --behind-proxy where a proxy in front ends TLS.",
            )

    def _check_media(self) -> None:
        if self.turn_urls and self.turn_secret_file is None:
            raise UsageError(
                "TURN servers let nobody in without the secret that they share with this server.",
                "Give --turn-secret-file: a file with what coturn calls static-auth-secret.",
            )
        if self.turn_secret_file is not None and not self.turn_urls:
            raise UsageError("There is a TURN secret, and no TURN server.", "Give --turn-url.")
        if self.relay_only and not self.turn_urls:
            raise UsageError(
                "With --relay-only all sound and picture goes by a TURN server, and there is none.",
                "Give --turn-url and --turn-secret-file.",
            )
        if self.relay_only and self.stun_port:
            raise UsageError(
                "With --relay-only nobody learns an address, and STUN is there to learn it.",
                "Give --relay-only or --stun-port.",
            )

    @property
    def stun_host(self) -> str | None:
        """The address to answer STUN at, None for all: no proxy carries it, so clients come to this machine itself."""
        return None if self.behind_proxy else self.host

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return ListenAddress(self.host, self.port).is_loopback

    def url(self, port: int) -> str:
        """The URL that clients on this machine use."""
        scheme = "ws" if self.tls_cert is None else "wss"
        return ListenAddress(self.host, self.port).url(scheme, port)
