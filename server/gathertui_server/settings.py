"""What the person who runs the server decides."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from gathertui.errors import UsageError

DEFAULT_PORT = 7766


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

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise UsageError("TLS needs both a certificate and its key.", "Give --tls-cert and --tls-key.")
        if not self.is_loopback and self.tls_cert is None and not self.behind_proxy:
            raise UsageError(
                f"{self.host} can be reached from other machines, and without TLS everybody on the way could read"
                " passwords.",
                "Give --tls-cert and --tls-key, or --behind-proxy where a proxy in front ends TLS.",
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def url(self, port: int) -> str:
        """The URL that clients on this machine use."""
        scheme = "ws" if self.tls_cert is None else "wss"
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
