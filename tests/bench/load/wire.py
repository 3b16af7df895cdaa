"""A websocket client in as few steps as can be, so that one process carries thousands.

It trusts its server: it checks neither the handshake's key nor fragments, which the server never sends. Frames
go out with a mask of zeros: RFC 6455 wants a mask from every client, and any will do.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final, cast

from gathertui.protocol.limits import SUBPROTOCOL

_HANDSHAKE: Final = (
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
).encode()

_BINARY, _CLOSE, _PING = 0x82, 0x88, 0x89
_NO_MASK: Final = bytes(4)
_PING_FRAME: Final = b"\x89\x84" + _NO_MASK + b"ping"


class ClientWire(asyncio.Protocol):
    """One connection. What is made of it overrides `opened`, `frame_received` and `lost`."""

    __slots__ = ("_open", "_transport", "_unread", "received")

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._open = False
        self.received = 0
        """Bytes that came, handshake and headers too."""

    def opened(self) -> None:
        """The handshake is done."""
        raise NotImplementedError

    def frame_received(self, frame: bytes, at: float) -> None:
        """A binary frame was read from the socket at `at`, on the clock of `time.perf_counter`."""
        raise NotImplementedError

    def lost(self) -> None:
        """The connection is gone."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(_HANDSHAKE)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.lost()

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        self.received += len(data)
        if self._unread:
            data = self._unread + data
        start = self._read_handshake(data) if not self._open else 0
        while start >= 0:
            found = _whole_frame(data, start)
            if found is None:
                break
            payload, end = found
            self._receive(data[start], data[payload:end], at)
            start = end
        self._unread = data[max(0, start) :]

    def _read_handshake(self, data: bytes) -> int:
        """Return where the frames begin, or -1 where the answer isn't whole yet."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return -1
        if not data.startswith(b"HTTP/1.1 101 "):
            raise ConnectionError(f"The server refused: {data[:end].decode(errors='replace')}")
        self._open = True
        self.opened()
        return end + 4

    def _receive(self, first: int, payload: bytes, at: float) -> None:
        if first == _BINARY:
            self.frame_received(payload, at)
        elif first == _PING and self._transport is not None:
            self._transport.write(bytes((0x8A, 0x80 | len(payload))) + _NO_MASK + payload)
        elif first == _CLOSE and self._transport is not None:
            self._transport.close()

    def send(self, frame: bytes) -> None:
        """Send a binary frame below 64 KiB."""
        if self._transport is not None:
            size = len(frame)
            head = bytes((_BINARY, 0x80 | size)) if size < 126 else b"\x82\xfe" + size.to_bytes(2, "big")
            self._transport.write(head + _NO_MASK + frame)

    def ping(self) -> None:
        """Ask for a sign of life, which comes unasked for otherwise."""
        if self._transport is not None:
            self._transport.write(_PING_FRAME)

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()


def _whole_frame(data: bytes, start: int) -> tuple[int, int] | None:
    """Return where the payload of the frame at `start` begins and ends, or None where it isn't all there."""
    available = len(data) - start
    if available < 2:
        return None
    size, payload = data[start + 1], start + 2
    if size >= 126:
        payload += 2 if size == 126 else 8
        if available < payload - start:
            return None
        size = int.from_bytes(data[start + 2 : payload], "big")
    return (payload, payload + size) if payload + size <= len(data) else None
