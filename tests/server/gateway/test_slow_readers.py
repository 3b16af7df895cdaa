"""Peers that read slowly, late or never, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from gathertui.errors import Code
from gathertui.protocol import chat, codec, limits, presence
from gathertui.protocol.base import Closing
from gathertui.protocol.positions import unpack_cells
from gathertui_server.bus.messages import ChatPosted
from gathertui_server.gateway.outbox import MAX_WAITING_BYTES, Outbox
from gathertui_server.gateway.wire import WRITE_HIGH_WATER, Listener, Wire

EAST, WEST = 1, 3


def posted(seq: int) -> ChatPosted:
    message = chat.ChatMessage("general", seq, "a", "ada", "x" * 16_000, 0, str(seq))
    return ChatPosted(codec.encode(chat.Posted(message)))


async def test_a_reader_that_stalls_gets_every_message_and_the_cells_whole(office) -> None:
    walker, reader = await office.member("walker"), await office.member("reader")
    await walker.enter()
    start = await reader.enter()
    at = {avatar.id: (avatar.x, avatar.y) for avatar in start.avatars}
    await reader.listen()
    reader.freeze()
    seq = 0
    while office.gateway.statistics().slow_connections == 0:
        seq += 1
        office.gateway.deliver(posted(seq))
    for step, facing in enumerate([EAST, EAST, WEST, EAST], 1):
        await walker.send(presence.Step(step, facing))
        while (await walker.expect(presence.Tick)).ack < step:
            pass
        seq += 1
        office.gateway.deliver(posted(seq))
    statistics = office.gateway.statistics()
    assert statistics.skipped_ticks_total > 0
    assert 0 < statistics.waiting_bytes <= MAX_WAITING_BYTES

    reader.thaw()
    for expected in range(1, seq + 1):
        assert (await reader.expect(chat.Posted)).message.seq == expected
    (truth,) = [
        (avatar.x, avatar.y)
        for avatar in (await (await office.member("witness")).enter()).avatars
        if avatar.account.name == "walker"
    ]
    (you,) = [avatar.id for avatar in start.avatars if avatar.account.name == "walker"]
    whole = False
    while at[you] != truth or not whole:
        for block in unpack_cells((await reader.expect(presence.Tick)).cells):
            whole = whole or block.whole
            at.update({position.avatar: (position.x, position.y) for position in block.here})
    assert office.gateway.statistics().waiting_bytes == 0


async def test_a_reader_that_never_reads_is_dropped_and_delays_nobody(office) -> None:
    walker, onlooker, stuck = [await office.member(name) for name in ("walker", "onlooker", "stuck")]
    await walker.enter()
    await onlooker.enter()
    await stuck.enter()
    await stuck.listen()
    stuck.freeze()
    seq = step = 0
    while not office.gateway.statistics().closings_total.get(Code.TOO_SLOW):
        for _ in range(100):
            seq += 1
            office.gateway.deliver(posted(seq))
            assert office.gateway.statistics().waiting_bytes <= MAX_WAITING_BYTES
        step += 1
        await walker.send(presence.Step(step, EAST if step % 2 else WEST))
        assert unpack_cells((await onlooker.expect(presence.Tick)).cells)
    assert office.gateway.statistics().waiting_bytes == 0
    # What it finds when it looks at last: some messages in order, and why there are no more.
    stuck.thaw()
    messages = []
    while not messages or not isinstance(messages[-1], Closing):
        messages.append(await stuck.receive())
    assert messages[-1].code is Code.TOO_SLOW
    got = [message.message.seq for message in messages if isinstance(message, chat.Posted)]
    assert got == list(range(1, len(got) + 1))
    assert len(got) < seq


# ------------------------------------------------------------ the wire and its outbox alone, on both loops


def loops() -> list[Callable[[], asyncio.AbstractEventLoop]]:
    try:
        import uvloop
    except ImportError:  # Windows
        return [asyncio.new_event_loop]
    return [asyncio.new_event_loop, uvloop.new_event_loop]


class Sender:
    """The server's end: sends frames that must arrive, as fast as it can."""

    def __init__(self, wire: Wire, limit: int) -> None:
        self.wire = wire
        self.outbox = Outbox(wire, self, limit=limit)
        self.overflows = 0
        self.gone = asyncio.Event()

    def opened(self) -> None: ...

    def frame_received(self, frame: bytes) -> None: ...

    def flooded(self) -> None: ...

    def writing_resumed(self) -> None:
        self.outbox.drain()

    def closed(self) -> None:
        self.gone.set()

    def caught_up(self, missed: set[tuple[int, int]]) -> None: ...

    def overflowed(self) -> None:
        self.overflows += 1
        self.wire.close()

    def send(self, count: int, size: int) -> int:
        """Send numbered frames until one is too many; return how many were taken."""
        for number in range(count):
            if self.overflows:
                return number
            self.outbox.send(b"%08d" % number + bytes(size))
            assert self.wire.unsent <= WRITE_HIGH_WATER + size + 100
            assert self.outbox.waiting <= MAX_WAITING_BYTES
        return count


class Reader:
    """The client's end, on a bare socket."""

    def __init__(self, port: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setblocking(False)
        self._websocket = ClientProtocol(parse_uri("ws://127.0.0.1/"), subprotocols=[Subprotocol(limits.SUBPROTOCOL)])
        self._websocket.send_request(self._websocket.connect())
        self._socket.sendall(b"".join(self._websocket.data_to_send()))

    async def read(self, most: int) -> list[Frame]:
        """Read once, up to `most` bytes; [] at the end too."""
        data = await self._loop.sock_recv(self._socket, most)
        if data:
            self._websocket.receive_data(data)
        self.ended = not data
        return [event for event in self._websocket.events_received() if isinstance(event, Frame)]

    def close(self) -> None:
        self._socket.close()


async def meet(limit: int = MAX_WAITING_BYTES) -> tuple[asyncio.Server, Sender, Reader]:
    loop = asyncio.get_running_loop()
    met: asyncio.Future[Sender] = loop.create_future()

    def make_handler(wire: Wire) -> Sender:
        met.set_result(Sender(wire, limit))
        return met.result()

    server = await loop.create_server(Listener(make_handler, loop, may_open=lambda: True).make_wire, "127.0.0.1", 0)
    reader = Reader(server.sockets[0].getsockname()[1])
    return server, await met, reader


@pytest.mark.parametrize("new_loop", loops())
def test_a_reader_in_bursts_gets_everything_in_order(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        server, sender, reader = await meet()
        numbers: list[int] = []
        sent = 0
        for burst in range(8):
            while sender.outbox.waiting < 100_000 * burst:
                sent += 1
                sender.outbox.send(b"%08d" % (sent - 1) + bytes(10_000))
                assert sender.wire.unsent <= WRITE_HIGH_WATER + 20_000
            while len(numbers) < sent * burst // 8 or (burst == 7 and len(numbers) < sent):
                numbers += [int(f.data[:8]) for f in await reader.read(1 << 18) if f.opcode is Opcode.BINARY]
        assert numbers == list(range(sent))
        assert sender.overflows == sender.outbox.waiting == 0
        reader.close()
        await sender.gone.wait()
        server.close()
        await server.wait_closed()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


@pytest.mark.parametrize("new_loop", loops())
def test_a_reader_that_never_reads_costs_a_bounded_amount(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def main() -> None:
        server, sender, reader = await meet()
        taken = sender.send(100_000, 10_000)
        assert sender.overflows == 1
        assert sender.outbox.waiting == 0
        assert sender.wire.unsent <= WRITE_HIGH_WATER + 20_000
        # What was written before it is all there, then the closing.
        frames: list[Frame] = []
        while not frames or frames[-1].opcode is not Opcode.CLOSE:
            frames += await reader.read(1 << 18)
        assert [int(frame.data[:8]) for frame in frames[:-1]] == list(range(len(frames) - 1))
        assert len(frames) - 1 < taken
        reader.close()
        await sender.gone.wait()
        server.close()
        await server.wait_closed()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
