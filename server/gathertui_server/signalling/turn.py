"""TURN servers: their URLs, and credentials that expire by themselves.

URLs are those of RFC 7065. The credentials are those of "A REST API For Access To
TURN Services" (draft-uberti-behave-turn-rest-00), which coturn knows as
`use-auth-secret`: server and TURN server share a secret and need not speak to
each other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from gathertui.errors import UsageError
from gathertui_server.signalling.models import TurnAccess

_PORTS: Final = {"turn": 3478, "turns": 5349}
_TRANSPORTS: Final = {"turn": ("udp", "tcp"), "turns": ("tcp",)}
_HOST_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TurnUrl:
    """Where a TURN server is, and how one speaks to it."""

    scheme: str
    host: str
    port: int
    transport: str

    @classmethod
    def parse(cls, text: str) -> TurnUrl:
        """Read `turn:HOST[:PORT][?transport=udp|tcp]` or `turns:HOST[:PORT][?transport=tcp]`. Raises `UsageError`."""
        scheme, colon, rest = text.strip().partition(":")
        scheme = scheme.lower()
        if scheme in ("stun", "stuns"):
            raise UsageError(f"{text!r} is a STUN server, which nobody needs.", "This server answers STUN itself.")
        if not colon or scheme not in _PORTS:
            raise _bad(text, "It begins with turn: or turns:")
        address, _, query = rest.partition("?")
        host, port = _split_address(text, address)
        transports = _TRANSPORTS[scheme]
        transport = _transport(text, query) if query else transports[0]
        if transport not in transports:
            raise _bad(text, f"With {scheme}: the transport is {' or '.join(transports)}")
        return cls(scheme, host, port or _PORTS[scheme], transport)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}:{host}:{self.port}?transport={self.transport}"


def _bad(text: str, why: str) -> UsageError:
    return UsageError(
        f"{text!r} is no TURN server. {why}.",
        "Write it as in turn:turn.example.org:3478?transport=udp or turns:turn.example.org:443?transport=tcp.",
    )


def _split_address(text: str, address: str) -> tuple[str, int]:
    """Return host and port, 0 where none is given."""
    if address.startswith("["):
        host, bracket, tail = address[1:].partition("]")
        try:
            host = str(ipaddress.IPv6Address(host)) if bracket else ""
        except ValueError:
            host = ""
    else:
        host, colon, tail = address.partition(":")
        tail = colon + tail
        host = host if _HOST_NAME.fullmatch(host) and len(host) <= 253 else ""
    if not host:
        raise _bad(text, "After that comes the name or the address of a machine, and nothing like // or @")
    if not tail:
        return host, 0
    number = tail[1:]
    port = int(number) if number.isascii() and number.isdigit() and len(number) <= 5 else 0
    if tail[0] != ":" or not 1 <= port <= 65535:
        raise _bad(text, "A port is a number from 1 to 65535")
    return host, port


def _transport(text: str, query: str) -> str:
    """Return the transport that is asked for."""
    try:
        [(name, value)] = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise _bad(text, "After the ? comes the transport and nothing else") from None
    if name != "transport":
        raise _bad(text, "After the ? comes the transport and nothing else")
    return value.lower()


class TurnServers:
    """The TURN servers of the office, all with one secret. Pure: the caller passes the time."""

    def __init__(self, urls: tuple[TurnUrl, ...], secret: bytes, seconds: int) -> None:
        self._urls = tuple(str(url) for url in urls)
        self._secret = secret
        self.seconds = seconds
        """For how long a credential is good."""

    def access(self, account_id: str, now: float) -> TurnAccess:
        """Return what lets this account in from `now` (seconds since 1970, as the TURN server's clock tells them)."""
        username = f"{int(now) + self.seconds}:{account_id}"
        digest = hmac.digest(self._secret, username.encode(), hashlib.sha1)
        return TurnAccess(self._urls, username, base64.b64encode(digest).decode("ascii"))
