"""The wire against the websocket library by itself: whatever comes, cut wherever, both read the same."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import CLIENT, OPEN
from websockets.protocol import Protocol as Library
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from gathertui.protocol import limits
from gathertui_server.gateway.wire import MOST_CORKED, MOST_RECEIVED, WRITE_HIGH_WATER, Listener, Wire

REQUEST = (
    b"GET / HTTP/1.1\r\nHost: office.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: gathertui.1\r\n"
)
HANDSHAKE = REQUEST + b"\r\n"
MASK = b"\x01\x82\x33\xf4"


# ------------------------------------------------------------ doubles


class MemoryTransport(asyncio.Transport):
    """A transport whose peer reads what it is told to; it is as strict as asyncio's and uvloop's together."""

    def __init__(self, protocol: Wire, *, stalled: bool = False) -> None:
        super().__init__()
        self.protocol = protocol
        self.stalled = stalled
        self.sent = bytearray()
        self.waiting = 0
        self.most_waiting = 0
        self.reading = True
        self.closing = False
        self.lost = False
        self._high = 0
        self._paused = False
        protocol.connection_made(self)

    def write(self, data: bytes) -> None:
        assert data
        assert not self.closing, "written after it was closed"
        self.sent += data
        if self.stalled:
            self.waiting += len(data)
            self.most_waiting = max(self.most_waiting, self.waiting)
            if self.waiting > self._high and not self._paused:
                self._paused = True
                self.protocol.pause_writing()

    def unstall(self) -> None:
        """The peer reads everything."""
        self.stalled = False
        self.waiting = 0
        if self._paused:
            self._paused = False
            self.protocol.resume_writing()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert high is not None
        self._high = high

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("192.0.2.1", 40_000) if name == "peername" else default

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = True

    def lose(self) -> None:
        """What the loop does soon after a transport was closed or its peer went away."""
        self.closing = True
        if not self.lost:
            self.lost = True
            self.protocol.connection_lost(None)


class Recorder:
    """A handler that writes down what it is told, and answers a frame with what a test tells it to do."""

    def __init__(self, wire: Wire, react: Callable[[Wire, int], None] = lambda wire, count: None) -> None:
        self.wire = wire
        self.react = react
        self.frames: list[bytes] = []
        self.told: list[str] = []

    def opened(self) -> None:
        self.told.append("opened")

    def frame_received(self, frame: bytes) -> None:
        assert self.told[-1] != "closed"
        assert type(frame) is bytes
        self.frames.append(frame)
        self.react(self.wire, len(self.frames))

    def writing_resumed(self) -> None:
        self.told.append("resumed")

    def flooded(self) -> None:
        self.wire.close()

    def closed(self) -> None:
        self.told.append("closed")


class Office:
    """One wire on a transport in memory, and what it told its handler."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        react: Callable[[Wire, int], None] = lambda wire, count: None,
        *,
        may_open: bool = True,
        stalled: bool = False,
    ) -> None:
        self.handlers: list[Recorder] = []

        def make_handler(wire: Wire) -> Recorder:
            self.handlers.append(Recorder(wire, react))
            return self.handlers[-1]

        listener = Listener(make_handler, loop, may_open=lambda: may_open, origins=frozenset({"https://ok.example"}))
        self.wire = listener.make_wire()
        self.transport = MemoryTransport(self.wire, stalled=stalled)

    def feed(self, reads: list[bytes]) -> None:
        """Hand over what the loop reads, as long as it reads."""
        for data in reads:
            if not self.transport.closing and self.transport.reading:
                self.wire.data_received(data)

    @property
    def frames(self) -> list[bytes]:
        return [frame for handler in self.handlers for frame in handler.frames]


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that only has to tell the time and take timers: nothing here does I/O."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def read_by_library(reads: list[bytes]) -> tuple[list[bytes], bytes, bool]:
    """What the library alone makes of it under our rules: the frames, the bytes to send, whether to hang up."""
    library = ServerProtocol(subprotocols=[Subprotocol("gathertui.1")], max_size=limits.MAX_CLIENT_FRAME)
    frames: list[bytes] = []
    sent = b""
    ended = False
    for data in reads:
        library.receive_data(data)
        for event in library.events_received():
            if isinstance(event, Request):
                origins = event.headers.get_all("Origin")
                if set(origins) <= {"https://ok.example"}:
                    library.send_response(library.accept(event))
                else:
                    library.send_response(library.reject(403, "This origin may not connect.\n"))
            elif isinstance(event, Frame) and event.opcode in (Opcode.BINARY, Opcode.TEXT, Opcode.CONT):
                if event.opcode is Opcode.BINARY and event.fin:
                    frames += [] if ended else [bytes(event.data)]
                else:
                    ended = True
                    if library.state is OPEN:
                        library.send_close(CloseCode.UNSUPPORTED_DATA, "whole binary frames only")
        for out in library.data_to_send():
            if not out:
                return frames, sent, True
            sent += out
    return frames, sent, False


def without_dates(sent: bytes) -> bytes:
    """The date of a response is the only thing that may differ."""
    head, blank, rest = sent.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Date:")]
    return b"\r\n".join(lines) + blank + rest


# ------------------------------------------------------------ what may come


def masked(first: int, payload: bytes, *, size_bytes: int | None = None, announced: int | None = None) -> bytes:
    """A client's frame; its size may take more bytes than it needs, and be a lie."""
    size = len(payload) if announced is None else announced
    if size_bytes is None:
        size_bytes = 0 if size < 126 else 2 if size < 0x10000 else 8
    if size_bytes == 0:
        head = bytes((first, 0x80 | min(size, 125)))
    elif size_bytes == 2:
        head = bytes((first, 0xFE)) + struct.pack("!H", min(size, 0xFFFF))
    else:
        head = bytes((first, 0xFF)) + struct.pack("!Q", size)
    return head + MASK + bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload))


short = st.binary(max_size=20)
sizes = st.sampled_from([0, 1, 124, 125, 126, 127, 128, 300])
payloads = st.one_of(short, st.builds(lambda size: b"p" * size, sizes))
# Every opcode there is and some that aren't; not the last of its message; reserved bits.
first_bytes = st.sampled_from(
    [0x80, 0x81, 0x88, 0x83, 0x8B, 0x02, 0x01, 0x00, 0x09, 0xC2, 0xA2, 0x92, 0xC9, 0x82, 0x89]
)
plain = st.builds(lambda payload: masked(0x82, payload), payloads)
pings = st.builds(masked, st.sampled_from([0x89, 0x8A]), st.binary(max_size=125))
long_winded = st.builds(
    lambda first, payload, size_bytes: masked(first, payload, size_bytes=size_bytes),
    st.sampled_from([0x82, 0x82, 0x89]),
    st.one_of(short, st.just(b"p" * 126)),
    st.sampled_from([2, 8]),
)
closings = st.builds(
    lambda code, reason: masked(0x88, struct.pack("!H", code) + reason),
    st.sampled_from([1000, 1001, 1005, 3000]),
    short,
)
odd = st.builds(masked, first_bytes, payloads)
unmasked = st.builds(lambda first, payload: bytes((first, len(payload))) + payload, first_bytes, short)
huge = st.builds(
    lambda size: masked(0x82, b"h" * 50, announced=size, size_bytes=8),
    st.sampled_from([50, 0xFFFF, limits.MAX_CLIENT_FRAME + 1, 2**63, 2**64 - 1]),
)
well_formed = st.one_of(plain, plain, pings, long_winded)
malformed = st.one_of(closings, odd, odd, unmasked, huge, st.binary())


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Frames that are well, one that may not be, and what somebody sends on regardless; cut into reads."""
    pieces = [
        *draw(st.lists(well_formed, max_size=6)),
        *draw(st.lists(malformed, max_size=1)),
        *draw(st.lists(well_formed, max_size=4)),
    ]
    stream = b"".join(pieces)
    how = draw(st.sampled_from(["a read each", "one read", "a byte each", "anywhere"]))
    if how == "a read each":
        return [piece for piece in pieces if piece]
    if how == "one read":
        return cut(stream, [])
    if how == "a byte each":
        return cut(stream, list(range(len(stream))))
    return cut(stream, draw(st.lists(st.integers(0, 2000), max_size=8)))


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """The stream in reads that end at these places, as far as they lie in it."""
    edges = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[start:end] for start, end in pairwise(edges)]


header_lines = st.sampled_from(
    [
        b"Origin: https://ok.example\r\n",
        b"Origin: https://evil.example\r\n",
        b"Connection: close\r\n",
        b"Sec-WebSocket-Extensions: permessage-deflate\r\n",
        b"Sec-WebSocket-Version: 12\r\n",
        b"Content-Length: 3\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"X-Long: " + b"x" * 9000 + b"\r\n",
        b"X: y\r\n" * 130,
        b"no colon\r\n",
        b"bare: newline\n",
        b"\xff: \x00\r\n",
    ]
)
handshakes = st.one_of(
    st.just(HANDSHAKE),
    st.lists(header_lines, max_size=3).map(lambda lines: REQUEST + b"".join(lines) + b"\r\n"),
    st.builds(lambda at, junk: HANDSHAKE[:at] + junk + HANDSHAKE[at:], st.integers(0, len(HANDSHAKE)), st.binary()),
    st.integers(0, len(HANDSHAKE)).map(lambda at: HANDSHAKE[at:]),
    st.binary(),
)


# ------------------------------------------------------------ the properties


@settings(max_examples=500, deadline=None)
@given(streams())
def test_whatever_comes_is_read_as_the_library_reads_it(loop: asyncio.AbstractEventLoop, reads: list[bytes]) -> None:
    check_against_library(loop, [HANDSHAKE, *reads], [HANDSHAKE, *reads])


@pytest.mark.parametrize("size", [0, 5, 126])
def test_every_first_byte_is_read_as_the_library_reads_it(loop: asyncio.AbstractEventLoop, size: int) -> None:
    for first in range(256):
        for frame in (masked(first, b"p" * size), bytes((first, size)) + b"p" * size):
            reads = [HANDSHAKE, masked(0x82, b"before") + frame + masked(0x82, b"after"), masked(0x82, b"later")]
            check_against_library(loop, reads, reads)


@settings(max_examples=300, deadline=None)
@given(handshakes, st.one_of(st.just(b""), well_formed, malformed), st.lists(st.integers(0, 10_000), max_size=8))
def test_handshakes_are_those_of_the_library(
    loop: asyncio.AbstractEventLoop, handshake: bytes, after: bytes, places: list[int]
) -> None:
    stream = handshake + after
    end_of_request = stream.find(b"\r\n\r\n") + 4
    # The library gets the request by itself, as a client that keeps to the RFC would send it.
    by_itself = [place % (len(stream) + 1) for place in places] + [end_of_request] * (end_of_request > 3)
    check_against_library(loop, cut(stream, places), cut(stream, by_itself))


def check_against_library(loop: asyncio.AbstractEventLoop, reads: list[bytes], librarys: list[bytes]) -> None:
    frames, answer, hung_up = read_by_library(librarys)
    office = Office(loop)
    office.feed(reads)
    assert office.frames == frames
    assert without_dates(bytes(office.transport.sent)) == without_dates(answer)
    assert office.transport.closing is hung_up
    office.transport.lose()
    office.transport.lose()
    assert [handler.told for handler in office.handlers] in ([], [["opened", "closed"]])


actions = st.sampled_from(["nothing", "send", "ping", "close", "abort"])


@settings(max_examples=300, deadline=None)
@given(streams(), st.lists(actions, min_size=1, max_size=6))
def test_nothing_is_handed_on_or_written_once_it_is_closed(
    loop: asyncio.AbstractEventLoop, reads: list[bytes], script: list[str]
) -> None:
    ended_at: list[int] = []

    def react(wire: Wire, count: int) -> None:
        assert not ended_at
        action = script[(count - 1) % len(script)]
        if action == "send":
            wire.send(b"answer %d" % count)
        elif action == "ping":
            wire.ping()
        elif action in ("close", "abort"):
            ended_at.append(count)
            wire.close(CloseCode.NORMAL_CLOSURE, "done") if action == "close" else wire.abort()
            wire.send(b"too late")

    office = Office(loop, react)
    office.feed([HANDSHAKE, *reads])
    if office.transport.reading:
        office.wire.eof_received()
    office.wire.close()
    office.transport.lose()
    office.wire.send(b"too late")
    office.wire.ping()
    office.wire.close()
    office.wire.abort()

    # What was written is a websocket's: a client's parser finds no fault and no message after the closing.
    client = Library(CLIENT, max_size=None)
    client.receive_data(bytes(office.transport.sent).partition(b"\r\n\r\n")[2])
    assert not isinstance(client.parser_exc, ProtocolError)
    events = client.events_received()
    closings = [index for index, frame in enumerate(events) if frame.opcode is Opcode.CLOSE]
    assert len(closings) <= 1
    answers = [bytes(frame.data) for frame in events if frame.opcode is Opcode.BINARY]
    expected = [b"answer %d" % count for count in range(1, len(office.frames) + 1)]
    due = [name for name, action in zip(expected, script * 99, strict=False) if action == "send"]
    assert answers == due[: len(answers)]  # the last may come too late: the peer has closed by then


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(pings, plain), min_size=1), st.integers(1, 2000))
def test_answers_do_not_pile_up_for_a_peer_that_never_reads(
    loop: asyncio.AbstractEventLoop, pieces: list[bytes], times: int
) -> None:
    office = Office(loop, lambda wire, count: wire.send(b"a" * 1000), stalled=True)
    read = b"".join(pieces)
    times = min(times, MOST_RECEIVED // len(pieces) - 1)  # more would be a flood
    office.feed([HANDSHAKE, *[read] * times])
    one_read = len(read) + 1004 * len(pieces)
    assert office.transport.most_waiting <= WRITE_HIGH_WATER + MOST_CORKED + one_read
    # Once it reads, it is served as ever.
    office.transport.unstall()
    office.feed([masked(0x89, b"still there?")])
    assert office.transport.sent.endswith(b"\x8a\x0cstill there?")


@pytest.mark.parametrize("after", [b"", masked(0x82, b"early"), b"\x00garbage"])
def test_a_stopping_server_opens_nothing(loop: asyncio.AbstractEventLoop, after: bytes) -> None:
    office = Office(loop, may_open=False)
    office.feed([HANDSHAKE + after])
    assert office.transport.sent.startswith(b"HTTP/1.1 503 ")
    assert office.transport.closing
    assert office.handlers == []


def test_a_frame_sent_with_the_request_is_read_after_the_answer(loop: asyncio.AbstractEventLoop) -> None:
    office = Office(loop)
    office.feed([HANDSHAKE + masked(0x89, b"?") + masked(0x82, b"early")])
    head, _, rest = bytes(office.transport.sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert rest == b"\x8a\x01?"
    assert office.frames == [b"early"]


def test_a_frame_just_before_the_closing_still_counts(loop: asyncio.AbstractEventLoop) -> None:
    office = Office(loop)
    goodbye = masked(0x82, b"g" * 10, size_bytes=2) + masked(0x88, struct.pack("!H", 1000))
    office.feed([HANDSHAKE, goodbye[:5], goodbye[5:]])
    assert office.frames == [b"g" * 10]
    assert office.transport.closing


def test_an_idle_connection_holds_nothing_of_the_library(loop: asyncio.AbstractEventLoop) -> None:
    office = Office(loop)
    frame = masked(0x82, b"x" * 300)
    office.feed([HANDSHAKE, frame, frame[:3], frame[3:200], frame[200:] + frame[:1], frame[1:]])
    assert len(office.frames) == 3
    held = [getattr(office.wire, name) for name in Wire.__slots__]
    assert not any(isinstance(value, Library) for value in held)


def test_a_slow_peer_that_takes_what_was_written_is_alive(loop: asyncio.AbstractEventLoop) -> None:
    office = Office(loop, stalled=True)
    office.feed([HANDSHAKE])
    office.wire.send(b"x" * (WRITE_HIGH_WATER + 1))
    assert office.wire.slow
    office.wire.heard_at = 0.0
    sent = len(office.transport.sent)
    office.wire.ping()
    assert office.wire.heard_at == 0.0
    office.transport.waiting -= 1
    office.wire.ping()
    assert office.wire.heard_at > 0.0
    assert len(office.transport.sent) == sent
