"""Any frame from anybody: it is answered or the connection closed with a word, and nothing ever breaks."""

from __future__ import annotations

import asyncio
import logging

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from gathertui.errors import BadFrame
from gathertui.protocol import codec, presence
from gathertui.protocol.base import Closing, ConnectionKind, Failure, Reply, Request
from gathertui.protocol.handshake import Hello, Welcome

NESTED = b"\x92\xa7goodbye" + b"\x91" * 5000
NOT_UTF8 = b"\x95\xa3say\x01\xa1g\xa1\xff\xa1i"

numbers = st.one_of(st.integers(-(2**63), 2**64 - 1), st.floats())
scalars = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=20), st.binary(max_size=20))
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=10,
)
small = st.integers(0, 3)
words = st.one_of(st.text(max_size=8), st.sampled_from(["general", "1", True, None]))
likely = st.one_of(small, words, st.lists(small, max_size=4))
tags = st.sampled_from(sorted(codec.CLIENT_TAGS))
blobs = st.one_of(st.binary(max_size=20), st.sampled_from([b"v=0\r\n", b"\x1b[31m", b"\xff", b"x" * 20_000]))
bodies = st.builds(
    lambda tag, fields: [tag, *fields],
    st.sampled_from(["ask", "offer", "answer", "candidate", "want", "hang_up", "sing"]),
    st.lists(st.one_of(blobs, small, anything), max_size=4),
)
packed = st.one_of(
    anything,
    st.builds(lambda avatar, call, body: ["signal", avatar, call, body], small, st.one_of(small, numbers), bodies),
    st.builds(lambda tag, fields: [tag, *fields], tags, st.lists(likely, max_size=6)),
    st.builds(lambda tag, fields: [tag, *fields], tags, st.lists(anything, max_size=6)),
    st.builds(lambda rid, fields: ["teapot", rid, *fields], small, st.lists(anything, max_size=3)),
).map(msgspec.msgpack.encode)
broken = st.one_of(
    st.binary(max_size=60),
    st.builds(lambda frame, end: frame[:end], packed, st.integers(0, 20)),
    st.sampled_from([NESTED, NOT_UTF8, b"\x91" * 5000, b"\xdd\xff\xff\xff\xff", b"\xc1", b""]),
)


def wants_answer(frame: bytes) -> bool:
    """Whether a frame must be answered, whatever the answer: all that fails, and every request."""
    try:
        return isinstance(codec.decode_client(frame), Request | Hello)
    except BadFrame:
        return True


async def answered_or_closed(peer, frames: list[bytes]) -> bool:
    """Send frames and wait for their answers; return whether the connection lives. Fails where it ends unexplained."""
    explained = False
    try:
        for frame in frames:
            await peer.socket.send(frame)
            while wants_answer(frame):
                message = await peer.receive()
                explained = explained or isinstance(message, Closing)
                if isinstance(message, Reply | Failure | Welcome | Closing):
                    break
        return True
    except ConnectionClosed:
        while peer.unread or not explained:
            explained = explained or isinstance(await peer.receive(), Closing)
        return False


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    opening=st.sampled_from(["nothing", "hello", "signed in", "in the room", "tool"]),
    frames=st.lists(st.one_of(packed, packed, broken), min_size=1, max_size=9),
)
async def test_every_frame_is_answered_or_ends_the_connection_with_a_word(
    office, caplog, opening: str, frames: list[bytes]
) -> None:
    broke: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: broke.append(context))
    peer = await office.dial()
    token = await office.token()
    if opening != "nothing":
        kind = ConnectionKind.TOOL if opening == "tool" else ConnectionKind.VIEW
        await peer.hello(kind=kind, token="" if opening == "hello" else token)
    if opening == "in the room":
        await peer.ask(presence.Enter)
    await answered_or_closed(peer, frames)
    await peer.socket.close()
    assert broke == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    # The office is as it was for everybody else.
    other = await office.dial()
    assert isinstance(await other.hello(), Welcome)
    await other.socket.close()
