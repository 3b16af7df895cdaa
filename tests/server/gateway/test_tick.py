"""Frames made by hand are those that the codec makes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gathertui.protocol import codec
from gathertui.protocol.positions import Viewport, pack_positions
from gathertui.protocol.presence import Tick
from gathertui_server.gateway.frames import BINARY, header
from gathertui_server.gateway.tick import TickFrames

lengths = st.one_of(st.integers(0, 600), st.integers(65_530, 65_540))


@given(st.integers(0, 2**32 - 1), lengths.map(bytes))
def test_a_tick_frame_is_what_the_codec_encodes(ack: int, cells: bytes) -> None:
    assert TickFrames(cells).frame(ack) == codec.encode(Tick(ack, cells))
    assert TickFrames(cells).frame(ack, [b"some", b"blocks"]) == codec.encode(Tick(ack, cells, b"someblocks"))


def test_who_is_followed_and_in_view_is_left_out() -> None:
    near, far = pack_positions([(1, 20, 20, 0)]), pack_positions([(2, 200, 20, 0)])
    assert TickFrames(b"", Viewport(0, 0, 8, 8)).frame(3, [near, far]) == codec.encode(Tick(3, b"", far))
    assert TickFrames(b"", Viewport(0, 0, 8, 8)).frame(3, [near]) == codec.encode(Tick(3, b""))
    assert TickFrames(b"").frame(3, [near, far]) == codec.encode(Tick(3, b"", near + far))


def test_frame_headers_are_those_of_the_rfc() -> None:
    assert header(BINARY, 0) == b"\x82\x00"
    assert header(BINARY, 125) == b"\x82\x7d"
    assert header(BINARY, 126) == b"\x82\x7e\x00\x7e"
    assert header(BINARY, 65_535) == b"\x82\x7e\xff\xff"
    assert header(BINARY, 65_536) == b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"
