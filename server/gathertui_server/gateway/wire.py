"""One websocket connection on an asyncio transport, over websockets' sans-I/O protocol.

Small on purpose: the handshake's rules and the frames' are the library's. What is
ours is refusing foreign origins, handing on binary frames, writing frames that were
made once for many connections, and a short way for what clients send all day: frames
that come whole never meet the library's parser, and an idle connection holds nothing
of the library at all.
"""

from __future__ import annotations

import asyncio
import http
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from websockets import protocol as websocket
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from gathertui.protocol import limits
from gathertui_server.gateway import frames
from gathertui_server.gateway.cork import Cork
from gathertui_server.gateway.statistics import Counts
from gathertui_server.gateway.timings import DEFAULT_TIMINGS, Timings

WRITE_HIGH_WATER: Final = 64 * 1024
"""Bytes waiting in the transport at which the peer counts as slow."""


MOST_CORKED: Final = 8 * 1024
"""Bytes that are held back until the loop's turn is over."""


MOST_RECEIVED: Final = 2_000
"""Frames, pings too, that a peer may send from one sweep of the gateway to the next: no client of ours comes near."""


class FrameHandler(Protocol):
    """What the wire tells its connection. Calls come in order, never at the same time."""

    def opened(self) -> None:
        """The handshake is done."""

    def frame_received(self, frame: bytes) -> None:
        """A binary frame came; none comes any more once the wire was closed from this end."""

    def writing_resumed(self) -> None:
        """A slow peer has caught up."""

    def flooded(self) -> None:
        """The peer sent more than `MOST_RECEIVED`: close the connection. Called once; nothing more is read."""

    def closed(self) -> None:
        """The connection is gone; called once, if `opened` was."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What all wires of one listening socket have in common."""

    make_handler: Callable[[Wire], FrameHandler]
    """Called once a wire's handshake is done."""

    loop: asyncio.AbstractEventLoop

    may_open: Callable[[], bool]
    """Whether new connections are welcome now."""

    origins: Collection[str] = frozenset()
    """The web origins whose pages may connect."""

    timings: Timings = DEFAULT_TIMINGS

    counts: Counts = field(default_factory=Counts)
    """Where all wires count what they carry."""

    cork: Cork = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cork", Cork(self.loop))

    def make_wire(self) -> Wire:
        """Return the protocol of a new transport."""
        return Wire(self)


class Wire(asyncio.Protocol):
    """The transport's protocol."""

    __slots__ = (
        "_corked",
        "_corked_size",
        "_deadline",
        "_deaf",
        "_handler",
        "_handshake",
        "_library",
        "_listener",
        "_open",
        "_silenced",
        "_transport",
        "_unparsed",
        "_unsent",
        "heard_at",
        "received",
        "slow",
    )

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._handler: FrameHandler | None = None
        self._deadline: asyncio.TimerHandle | None = None
        # Until the connection is open.
        self._handshake: ServerProtocol | None = ServerProtocol(subprotocols=[Subprotocol(limits.SUBPROTOCOL)])
        # None while the connection is open and all that came was whole frames.
        self._library: websocket.Protocol | None = None
        self._unparsed = 0  # bytes that the library has had beyond the frames it returned
        self._open = False  # between the handshake and the first closing frame of either end
        self._silenced = False
        self._deaf = False
        self._corked: list[bytes] = []
        self._corked_size = 0
        self._unsent = 0  # when the peer last showed that it takes something
        self.slow = False
        self.heard_at = 0.0
        self.received = 0  # frames since the gateway's last sweep, which sets it back

    # ------------------------------------------------------------ the transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the handshake."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_WATER)
        self.heard_at = self._listener.loop.time()
        self._cut_after(self._listener.timings.open)

    def data_received(self, data: bytes) -> None:
        """Act on what came, and send what the library has to send."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._deaf:
            return
        self.heard_at = self._listener.loop.time()
        self._listener.counts.bytes_in += len(data)
        if self._handshake is not None:
            data = self._shake_hands(self._handshake, transport, data)
        if self._handler is not None:
            data = self._receive_whole(self._handler, transport, data)
        if data and not transport.is_closing():
            self._receive_other(transport, data)

    def eof_received(self) -> None:
        """The peer will send no more: so are we done, and the transport closes."""
        self._cut_after(self._listener.timings.close)  # a peer that never reads would hold the transport open

    def pause_writing(self) -> None:
        """The peer is slower than we write: what it asks for meanwhile, pings too, waits with it."""
        self.slow = True
        self._unsent = self.unsent
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer has caught up, so it is there."""
        self.slow = False
        self.heard_at = self._listener.loop.time()
        if self._transport is not None and not self._deaf:
            self._transport.resume_reading()
        if self._handler is not None:
            self._handler.writing_resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the handler that it is over."""
        self._cancel_deadline()
        self._transport = None
        self._open = False
        self._corked.clear()
        if self._handler is not None:
            handler, self._handler = self._handler, None
            handler.closed()

    # ------------------------------------------------------------ handshake and frames

    def _shake_hands(self, handshake: ServerProtocol, transport: asyncio.Transport, data: bytes) -> bytes:
        """Answer the request once it is whole; return what came after it.

        Line by line: the library would act on frames after the request before the request is answered.
        """
        while data and self._handshake is not None and not transport.is_closing():
            line, newline, data = data.partition(b"\n")
            handshake.receive_data(line + newline)
            for event in handshake.events_received():
                if isinstance(event, Request):
                    handshake.send_response(self._answer(handshake, event))
            self._send_pending(handshake, transport)
            if handshake.state is websocket.OPEN:
                self._handshake = None
                self._open = True
                self._cancel_deadline()
                self._handler = self._listener.make_handler(self)
                self._handler.opened()
        return data

    def _answer(self, handshake: ServerProtocol, request: Request) -> Response:
        if any(origin not in self._listener.origins for origin in request.headers.get_all("Origin")):
            return handshake.reject(http.HTTPStatus.FORBIDDEN, "This origin may not connect.\n")
        if not self._listener.may_open():
            return handshake.reject(http.HTTPStatus.SERVICE_UNAVAILABLE, "The server is stopping.\n")
        return handshake.accept(request)

    def _receive_whole(self, handler: FrameHandler, transport: asyncio.Transport, data: bytes) -> bytes:
        """Act on the whole frames at the front; return what is left to the library, from a frame's first byte.

        Only while the library has nothing: it must see every byte from the first that it has seen.
        """
        start = 0
        while self._library is None and not transport.is_closing():
            found = frames.whole_frame(data, start)
            if found is None:
                break
            first, payload, start = found
            self.received += 1
            if self.received > MOST_RECEIVED:
                self._turn_away(handler, transport)
                return b""
            if first == frames.BINARY:
                self._listener.counts.frames_in += 1
                handler.frame_received(payload)
            elif first == frames.PING:
                transport.write(frames.header(frames.PONG, len(payload)) + payload)
        return data[start:]

    def _turn_away(self, handler: FrameHandler, transport: asyncio.Transport) -> None:
        """Have a flooding peer told why, and read nothing more of it: reading is what it wants us to do."""
        if not self._deaf:
            self._deaf = True
            handler.flooded()
            transport.pause_reading()

    def _receive_other(self, transport: asyncio.Transport, data: bytes) -> None:
        """Let the library parse what came, and be done with it when that ended where a frame does."""
        library = self._use_library()
        library.receive_data(data)
        self._unparsed += len(data)
        for frame in library.events_received():
            if isinstance(frame, Frame):
                self._unparsed -= frames.received_size(len(frame.data))
                self._receive(frame)
        self._send_pending(library, transport)
        if library.state is not websocket.OPEN:
            self._open = False
        elif self._unparsed == 0:
            self._library = None

    def _use_library(self) -> websocket.Protocol:
        if self._library is None:
            self._library = websocket.Protocol(websocket.SERVER, max_size=limits.MAX_CLIENT_FRAME)
        return self._library

    def _receive(self, frame: Frame) -> None:
        self.received += 1
        if self.received > MOST_RECEIVED and self._handler is not None and self._transport is not None:
            self._turn_away(self._handler, self._transport)
            return
        if frame.opcode is Opcode.BINARY and frame.fin:
            if self._handler is not None and not self._silenced:
                self._listener.counts.frames_in += 1
                self._handler.frame_received(bytes(frame.data))
        elif frame.opcode in (Opcode.BINARY, Opcode.CONT, Opcode.TEXT):
            # Our clients send whole binary frames; what else comes is no client of ours.
            self.close(CloseCode.UNSUPPORTED_DATA, "whole binary frames only")

    def _send_pending(self, library: websocket.Protocol, transport: asyncio.Transport) -> None:
        self.flush()
        for data in library.data_to_send():
            if transport.is_closing():
                return
            if data:
                transport.write(data)
            else:
                transport.close()
                self._cut_after(self._listener.timings.close)  # a peer that never reads would hold the transport open

    # ------------------------------------------------------------ the handler's calls

    @property
    def peer(self) -> str:
        """The address of the other end, without its port."""
        name = self._transport.get_extra_info("peername") if self._transport is not None else None
        return str(name[0]) if isinstance(name, tuple) and name else "local"

    @property
    def unsent(self) -> int:
        """Bytes that were written and wait in the transport: at most `WRITE_HIGH_WATER` and what made it pass that."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def send(self, frame: bytes) -> None:
        """Write a binary frame, with the others of this turn. Nothing happens once the connection is closing."""
        if not self._open:
            return
        corked, header = self._corked, frames.header(frames.BINARY, len(frame))
        if not corked:
            self._corked_size = 0
            self._listener.cork.hold(self)
        corked += (header, frame)
        self._corked_size += len(header) + len(frame)
        self._listener.counts.frames_out += 1
        if self._corked_size > MOST_CORKED:
            self._write_corked()  # worth a call by itself, and it shows whether the peer is slow

    def flush(self) -> None:
        """Write what was held back."""
        if self._corked:
            self._write_corked()

    def _write_corked(self) -> None:
        data = b"".join(self._corked)
        self._corked.clear()
        if self._transport is not None and not self._transport.is_closing():
            self._listener.counts.bytes_out += len(data)
            self._transport.write(data)

    def ping(self) -> None:
        """Ask the peer to show that it is there; a slow one shows it by taking what was written."""
        if not self.slow:
            if self._open and self._transport is not None and not self._transport.is_closing():
                self._transport.write(frames.header(frames.PING, 0))
        elif self.unsent < self._unsent:
            self._unsent = self.unsent
            self.heard_at = self._listener.loop.time()

    def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Close in the websocket's manner; the transport is cut if the peer doesn't answer in time.

        `reason` takes at most 123 bytes. Nothing more is handed to the handler but `closed`.
        """
        transport = self._transport
        if transport is None or self._silenced:
            return
        self._silenced = True
        self._open = False
        if self._handshake is not None:
            transport.abort()
            return
        library = self._use_library()
        if library.state is websocket.OPEN:
            library.send_close(code, reason)
        self._send_pending(library, transport)
        self._cut_after(self._listener.timings.close)

    def abort(self) -> None:
        """Cut the transport now."""
        if self._transport is not None:
            self._silenced = True
            self._open = False
            self._transport.abort()

    def _cut_after(self, seconds: float) -> None:
        if self._deadline is None and self._transport is not None:
            self._deadline = self._listener.loop.call_later(seconds, self.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
