"""What we touch of aiortc's insides is still there and still does what we take it to do.

When one of these fails after an update of aiortc or aioice, look at `gathertui.media.patches`.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from fractions import Fraction

import aioice
import aiortc
import av
import pytest
from aioice.ice import StunProtocol, relayed_candidate, server_reflexive_candidate
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpSender
from aiortc.codecs import get_encoder
from aiortc.codecs.opus import OpusEncoder
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtcrtpreceiver import decoder_worker
from aiortc.rtp import RtpPacket

from gathertui.media import patches
from gathertui.media.ice import IceConfig, Patience
from gathertui.media.peer import Ears, Peer
from gathertui.media.tracks import PacketTrack


def test_the_versions_are_those_that_we_know() -> None:
    assert aiortc.__version__.startswith("1.16.")
    assert aioice.__version__.split(".")[:2] == ["0", "11"] or hasattr(aioice.Connection, "get_component_candidates")


@pytest.fixture
async def connection() -> AsyncIterator[RTCPeerConnection]:
    connection = RTCPeerConnection(IceConfig().configuration())
    connection.addTransceiver(PacketTrack("audio"))
    connection.addTransceiver(PacketTrack("video"))
    yield connection
    await connection.close()


def receivers(connection: RTCPeerConnection) -> list[RTCRtpReceiver]:
    return [transceiver.receiver for transceiver in connection.getTransceivers()]


async def test_receivers_have_what_we_replace(connection: RTCPeerConnection) -> None:
    for receiver in receivers(connection):
        assert isinstance(receiver._RTCRtpReceiver__jitter_buffer, JitterBuffer)
        assert hasattr(receiver._RTCRtpReceiver__decoder_queue, "put")
        assert isinstance(receiver._RTCRtpReceiver__decoder_error, threading.Event)
        assert hasattr(receiver, "_RTCRtpReceiver__remote_bitrate_estimator")
        assert receiver._enabled is True
        assert patches.streams_received(receiver) == {}
    assert connection.getTransceivers()[1].receiver.transport is connection.getTransceivers()[0].receiver.transport


async def test_something_that_is_gone_is_noticed(connection: RTCPeerConnection) -> None:
    receiver = receivers(connection)[0]
    del receiver._RTCRtpReceiver__jitter_buffer
    with pytest.raises(AttributeError, match="aiortc has changed"):
        patches.receive_sound(receiver, lambda sound: None)


def test_aiortcs_own_buffer_still_holds_back_the_newest_picture() -> None:
    """Why we have our own: with this mended it may not be needed."""
    buffer = JitterBuffer(capacity=512, is_video=True)
    packet = RtpPacket(sequence_number=1, timestamp=1, marker=1)
    packet._data = b"all of a picture"
    assert buffer.add(packet) == (False, None)
    following = RtpPacket(sequence_number=2, timestamp=2, marker=1)
    following._data = b"the next"
    released = buffer.add(following)[1]
    assert released is not None
    assert released.data == b"all of a picture"


def test_aiortcs_own_buffer_still_lags_after_a_loss() -> None:
    buffer = JitterBuffer(capacity=16, prefetch=4)
    came: list[int] = []
    for number in [*range(10), *range(11, 60)]:
        packet = RtpPacket(sequence_number=number, timestamp=960 * number, marker=1)
        packet._data = b"%d" % number
        released = buffer.add(packet)[1]
        if released is not None:
            came.append(number - int(released.data))
    assert came[-1] >= 14, "packets behind the newest"


async def test_the_decoder_thread_asks_its_queue_and_ends_with_none() -> None:
    class Queue:
        asked = 0

        def get(self) -> None:
            self.asked += 1

    queue, out = Queue(), asyncio.Queue()
    thread = threading.Thread(target=decoder_worker, args=(asyncio.get_running_loop(), queue, out, threading.Event()))
    thread.start()
    async with asyncio.timeout(10):
        assert await out.get() is None
    thread.join()
    assert queue.asked == 1


@dataclass
class Wire:
    """A transport that keeps what is sent by it."""

    state: str = "connected"
    sent: list[bytes] = field(default_factory=list)

    async def _send_rtp(self, data: bytes) -> None:
        self.sent.append(data)

    def _register_rtp_sender(self, sender: object, parameters: object) -> None: ...

    def _unregister_rtp_sender(self, sender: object) -> None: ...


def parameters(mime_type: str, rate: int) -> object:
    parameters = aiortc.rtcrtpparameters.RTCRtpSendParameters(
        codecs=[RTCRtpCodecParameters(mimeType=mime_type, clockRate=rate, channels=2, payloadType=96)], muxId="0"
    )
    parameters.rtcp.cname = "us"
    return parameters


async def test_packets_are_sent_as_they_are_with_their_time_and_nothing_else_is() -> None:
    wire, track = Wire(), PacketTrack("audio")
    sender = RTCRtpSender(track, wire)  # type: ignore[arg-type]
    from gathertui.media.feeds import PacketFeed

    feed = PacketFeed("audio")
    track.follow(feed)
    await sender.send(parameters("audio/opus", 48000))  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    assert wire.sent == []
    for number in range(3):
        feed.put(b"packet %d" % number, 960 * number)
        await asyncio.sleep(0.01)
    packets = [RtpPacket.parse(data) for data in wire.sent if data[1] & 0x7F == 96]
    assert [packet.payload for packet in packets] == [b"packet 0", b"packet 1", b"packet 2"]
    assert [packet.timestamp - packets[0].timestamp & 0xFFFFFFFF for packet in packets] == [0, 960, 1920]
    assert {packet.ssrc for packet in packets} == {patches.sources(sender)[0]}
    await sender.stop()
    assert feed.subscribers == 0, "a sender that stops lets go of its track"


async def test_a_wish_for_a_key_frame_reaches_us(connection: RTCPeerConnection) -> None:
    from aiortc.rtp import RTCP_PSFB_FIR, RTCP_PSFB_PLI, RtcpPsfbPacket

    wishes: list[int] = []
    sender = connection.getTransceivers()[1].sender
    patches.route_keyframe_wishes(sender, lambda: wishes.append(1))
    for kind in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
        await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=kind, ssrc=1, media_ssrc=sender._ssrc))
    assert wishes == [1, 1]


def test_vp8_frames_are_packed_and_unpacked_unchanged() -> None:
    encoder = get_encoder(RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90000, payloadType=97))
    packet = av.Packet(bytes(range(256)) * 10)
    packet.pts, packet.time_base = 1234, Fraction(1, 90000)
    payloads, timestamp = encoder.pack(packet)
    assert timestamp == 1234
    assert len(payloads) == 2
    assert b"".join(aiortc.codecs.vp8_depayload(payload) for payload in payloads) == bytes(packet)


def test_opus_packets_are_passed_on() -> None:
    packet = av.Packet(b"opus")
    packet.pts, packet.time_base = 960, Fraction(1, 48000)
    assert OpusEncoder().pack(packet) == ([b"opus"], 960)


def test_aioice_gathers_as_we_take_it_to() -> None:
    assert list(inspect.signature(aioice.Connection.get_component_candidates).parameters) == [
        "self",
        "component",
        "addresses",
        "timeout",
    ]
    assert set(inspect.signature(relayed_candidate).parameters) == {
        "component",
        "hide_related_address",
        "protocol_factory",
        "turn_server",
        "turn_username",
        "turn_password",
        "turn_ssl",
        "turn_transport",
    }
    assert list(inspect.signature(server_reflexive_candidate).parameters) == ["protocol", "stun_server"]
    assert list(inspect.signature(StunProtocol).parameters) == ["receiver"]


async def test_no_server_is_asked_that_the_office_did_not_name(connection: RTCPeerConnection) -> None:
    ice = patches.ice_connection(receivers(connection)[0])
    assert ice.stun_server is None
    assert ice.turn_server is None
    assert aiortc.rtcicetransport.RTCIceGatherer.getDefaultIceServers(), "left out, it would be a public one"


async def test_a_datagram_goes_through_what_a_test_puts_there() -> None:
    peer = Peer(IceConfig(), Ears(lambda sound: None, lambda picture: None, lambda state: None), patience=Patience())
    assert inspect.iscoroutinefunction(peer.transport._send)
    assert set(peer.sources().values()) == {"audio", "video"}
    await peer.close()


async def test_nothing_but_our_own_objects_is_changed() -> None:
    before = dict(vars(aiortc.rtcrtpreceiver))
    peer = Peer(IceConfig(), Ears(lambda sound: None, lambda picture: None, lambda state: None), patience=Patience())
    await peer.close()
    assert vars(aiortc.rtcrtpreceiver) == before
    other = RTCPeerConnection(IceConfig().configuration())
    receiver = other.addTransceiver("video").receiver
    assert isinstance(receiver._RTCRtpReceiver__jitter_buffer, JitterBuffer)
    await other.close()


def test_aioice_watches_a_way_as_we_take_it_to() -> None:
    source = inspect.getsource(aioice.Connection.connect)
    assert "create_task(self.query_consent())" in source
    assert list(inspect.signature(aioice.Connection.build_request).parameters) == ["self", "pair", "nominate"]
    assert "retransmissions" in inspect.signature(StunProtocol.request).parameters
