"""One websocket connection on an asyncio transport, over websockets' sans-I/O protocol.

Small on purpose: the handshake's rules and the frames' are the library's. What is
ours is refusing foreign origins, handing on binary frames, and writing frames
that were made once for many connections.
"""

from __future__ import annotations

import asyncio
import http
from collections.abc import Callable, Collection
from typing import Protocol, cast

from websockets.exceptions import ProtocolError
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import CONNECTING, OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from gathertui.protocol import limits

OPEN_SECONDS = 10.0
"""How long a client may take for the websocket handshake."""

CLOSE_SECONDS = 3.0
"""How long a peer may take to answer our closing before the transport is cut."""

WRITE_HIGH_WATER = 64 * 1024
"""Bytes waiting in the transport at which the peer counts as slow."""


class FrameHandler(Protocol):
    """What the wire tells its connection. Calls come in order, never at the same time."""

    def opened(self) -> None:
        """The handshake is done."""

    def frame_received(self, frame: bytes) -> None:
        """A binary frame came."""

    def writing_resumed(self) -> None:
        """A slow peer has caught up."""

    def closed(self) -> None:
        """The connection is gone; called once, if `opened` was."""


def frame_header(size: int) -> bytes:
    """Return the header of an unmasked, unfragmented binary frame of `size` bytes (RFC 6455, 5.2)."""
    if size < 126:
        return bytes((0x82, size))
    if size < 0x10000:
        return b"\x82\x7e" + size.to_bytes(2, "big")
    return b"\x82\x7f" + size.to_bytes(8, "big")


class Wire(asyncio.Protocol):
    """The transport's protocol. `make_handler` is called once the handshake is done."""

    def __init__(
        self,
        make_handler: Callable[[Wire], FrameHandler],
        loop: asyncio.AbstractEventLoop,
        *,
        origins: Collection[str] = (),
        may_open: Callable[[], bool] = lambda: True,
    ) -> None:
        self._make_handler = make_handler
        self._loop = loop
        self._origins = frozenset(origins)
        self._may_open = may_open
        self._protocol = ServerProtocol(
            subprotocols=[Subprotocol(limits.SUBPROTOCOL)],
            max_size=limits.MAX_CLIENT_FRAME,
        )
        self._transport: asyncio.Transport | None = None
        self._handler: FrameHandler | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self.slow = False
        self.heard_at = 0.0

    # ------------------------------------------------------------ the transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the handshake."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_WATER)
        self.heard_at = self._loop.time()
        self._cut_after(OPEN_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Feed the library, act on its events, send what it has to send."""
        self.heard_at = self._loop.time()
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._receive(event)
            elif isinstance(event, Request):
                self._answer_handshake(event)
        self._send_pending()

    def eof_received(self) -> None:
        """The peer will send no more: so are we done."""
        self._protocol.receive_eof()
        self._send_pending()

    def pause_writing(self) -> None:
        """The peer is slower than we write: what it asks for meanwhile, pings too, waits with it."""
        self.slow = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer has caught up, so it is there."""
        self.slow = False
        self.heard_at = self._loop.time()
        if self._transport is not None:
            self._transport.resume_reading()
        if self._handler is not None:
            self._handler.writing_resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the handler that it is over."""
        self._cancel_deadline()
        self._transport = None
        if self._handler is not None:
            handler, self._handler = self._handler, None
            handler.closed()

    # ------------------------------------------------------------ handshake and frames

    def _answer_handshake(self, request: Request) -> None:
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self._origins:
            response = self._protocol.reject(http.HTTPStatus.FORBIDDEN, "This origin may not connect.\n")
        elif not self._may_open():
            response = self._protocol.reject(http.HTTPStatus.SERVICE_UNAVAILABLE, "The server is stopping.\n")
        else:
            response = self._protocol.accept(request)
        self._protocol.send_response(response)
        if self._protocol.state is OPEN:
            self._cancel_deadline()
            self._send_pending()
            self._handler = self._make_handler(self)
            self._handler.opened()

    def _receive(self, frame: Frame) -> None:
        if frame.opcode is Opcode.BINARY and frame.fin:
            if self._handler is not None:
                self._handler.frame_received(bytes(frame.data))
        elif frame.opcode in (Opcode.BINARY, Opcode.CONT, Opcode.TEXT):
            # Our clients send whole binary frames; what else comes is no client of ours.
            self.close(CloseCode.UNSUPPORTED_DATA, "whole binary frames only")

    def _send_pending(self) -> None:
        transport = self._transport
        for data in self._protocol.data_to_send():
            if transport is None:
                return
            if data:
                transport.write(data)
            else:
                transport.close()
                self._cut_after(CLOSE_SECONDS)  # a peer that never reads would hold the transport open

    # ------------------------------------------------------------ the handler's calls

    @property
    def peer(self) -> str:
        """The address of the other end, without its port."""
        name = self._transport.get_extra_info("peername") if self._transport is not None else None
        return str(name[0]) if isinstance(name, tuple) and name else "local"

    def send(self, frame: bytes) -> None:
        """Write a binary frame. Nothing happens once the connection is closing."""
        transport = self._transport
        if transport is not None and self._protocol.state is OPEN and not transport.is_closing():
            transport.write(frame_header(len(frame)) + frame)

    def ping(self) -> None:
        """Ask the peer to show that it is there."""
        if self._protocol.state is OPEN:
            self._protocol.send_ping(b"")
            self._send_pending()

    def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Close in the websocket's manner; the transport is cut if the peer doesn't answer in time."""
        if self._protocol.state is OPEN:
            try:
                self._protocol.send_close(code, reason)
            except ProtocolError:
                self.abort()
                return
            self._send_pending()
            self._cut_after(CLOSE_SECONDS)
        elif self._protocol.state is CONNECTING:
            self.abort()

    def abort(self) -> None:
        """Cut the transport now."""
        if self._transport is not None:
            self._transport.abort()

    def _cut_after(self, seconds: float) -> None:
        if self._deadline is None and self._transport is not None:
            self._deadline = self._loop.call_later(seconds, self.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
