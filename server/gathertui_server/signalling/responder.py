"""The shell round the STUN server: datagrams come in, answers go out, not too many to anybody."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Sequence
from typing import Any, Final

from gathertui_server.auth.throttle import Limit, TokenBuckets, site_of
from gathertui_server.signalling.stun import answer_binding

PER_ADDRESS: Final = Limit(count=600, seconds=20.0)
"""Answers for one address, or one site of IPv6.

A call asks once for each network of a machine, and again where nothing comes back. Sixty people behind one address
may all join a conversation of six at once.
"""

# A machine without IPv6, say: then the other addresses are enough.
_NOT_HERE: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})


class StunResponder:
    """Answers STUN over UDP; everything else that comes is passed over."""

    def __init__(self, limit: Limit = PER_ADDRESS) -> None:
        self.answers = 0
        self.limited = 0
        self.ignored = 0
        self._buckets = TokenBuckets(limit)
        self._loop = asyncio.get_running_loop()
        self._transports: list[asyncio.DatagramTransport] = []

    async def listen(self, host: str | None, port: int) -> int:
        """Answer at `host` (None: every address of this machine) and `port` (0: any free one); return the port.

        Raises OSError.
        """
        found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
        sockets = _bound_to_all([(family, address) for family, _, _, _, address in dict.fromkeys(found)], port)
        for opened in sockets:
            transport, _ = await self._loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=opened)
            self._transports.append(transport)
        bound: int = sockets[0].getsockname()[1]
        return bound

    def close(self) -> None:
        """Answer nothing more."""
        for transport in self._transports:
            transport.close()
        self._transports.clear()

    def answer(self, request: bytes, address: str, port: int) -> bytes | None:
        """Return what to answer to a datagram from there, None for nothing."""
        answer = answer_binding(request, address, port)
        if answer is None:
            self.ignored += 1
        elif self._buckets.take(site_of(address), self._loop.time()):
            self.limited += 1
            return None
        else:
            self.answers += 1
        return answer


def _bound_to_all(addresses: Sequence[tuple[int, tuple[Any, ...]]], port: int) -> list[socket.socket]:
    """Return UDP sockets at those of the addresses that this machine has, at one port. Raises OSError, none open."""
    opened: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for family, (host, _, *scope) in addresses:
            try:
                opened.append(_bound(family, (host, port, *scope)))
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise
                missing = error
            else:
                port = opened[-1].getsockname()[1]
        if missing is not None and not opened:
            raise missing
    except OSError:
        for bound in opened:
            bound.close()
        raise
    return opened


def _bound(family: int, address: tuple[Any, ...]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a socket of its own
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened


class _Datagrams(asyncio.DatagramProtocol):
    """One socket's datagrams."""

    def __init__(self, responder: StunResponder) -> None:
        self._responder = responder
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[Any, ...]) -> None:
        answer = self._responder.answer(data, address[0], address[1])
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, address)
