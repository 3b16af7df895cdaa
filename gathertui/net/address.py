"""Where a server is: what people write, and the one form that everything else uses."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from gathertui.errors import UsageError

_EXAMPLES = "Write it like wss://office.example.org, or localhost:7766."

SERVE_PORT = 7766
"""Where `gathertui serve` listens unless told otherwise."""


def server_url(text: str) -> str:
    """Return the `ws://` or `wss://` URL that `text` names, in its one normal form.

    A bare `host` or `host:port` is taken as `ws` on this machine and as `wss`
    everywhere else, so that a password never crosses a network in the clear by
    an omission. On this machine the port is `SERVE_PORT` where none is given.
    Raises `UsageError`.
    """
    text = text.strip()
    parts = _split(text if "://" in text else f"//{text}")
    host = parts.hostname
    assert host is not None
    port = parts.port
    if not parts.scheme and port is None and is_loopback(host):
        port = SERVE_PORT
    scheme = parts.scheme or ("ws" if is_loopback(host) else "wss")
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != {"ws": 80, "wss": 443}[scheme]:
        netloc = f"{netloc}:{port}"
    return f"{scheme}://{netloc}{parts.path.rstrip('/')}"


def _split(text: str) -> SplitResult:
    """Return the parts of an address that has a host and nothing that a server's address can't have."""
    try:
        parts = urlsplit(text)
        broken = not parts.hostname or parts.port == 0
    except ValueError:
        broken = True
    if broken or any(char.isspace() or not char.isprintable() for char in text):
        raise UsageError("That is not a server's address.", _EXAMPLES)
    if parts.scheme in ("http", "https"):
        raise UsageError(f"A server's address starts with ws:// or wss://, not {parts.scheme}://.", _EXAMPLES)
    if parts.scheme not in ("", "ws", "wss"):
        raise UsageError("A server's address starts with ws:// or wss://.", _EXAMPLES)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError("A server's address has no user, ? or # in it.", _EXAMPLES)
    return parts


def endpoint(url: str) -> str:
    """Return the `host:port` part of a server's URL, as people are told it."""
    return urlsplit(url).netloc


def host_of(url: str) -> str:
    """Return the host's name or address in a server's URL, an IPv6 address without brackets."""
    return urlsplit(url).hostname or ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
