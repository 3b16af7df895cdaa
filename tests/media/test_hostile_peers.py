"""A peer that sends what no program of ours would: it costs itself its call, and nobody else anything."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest
from aiortc import RTCRtpReceiver, RTCRtpSender
from aiortc.rtp import (
    RTCP_RTPFB_NACK,
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    RtpPacket,
    is_rtcp,
)

from gathertui.media import peer as peer_module
from gathertui.media.feeds import Kind
from gathertui.media.intake import MAX_ASKED_AGAIN, MAX_KEYFRAMES_ASKED, MAX_PACKETS, MAX_SOURCES
from gathertui.media.mesh import PeerTerms
from gathertui.media.patches import MAX_RESENT, streams_received
from gathertui.media.peer import Peer
from gathertui.protocol.presence import RECEIVE
from gathertui.testing.conference import Attendee, Conference

NO_SOUND = b"\xf8\xff\xfe"
NO_PICTURE = b"\x10" + b"x" * 20


@pytest.fixture
async def conference() -> AsyncIterator[Conference]:
    async with Conference() as conference:
        yield conference


def sender_of(peer: Peer, kind: Kind) -> RTCRtpSender:
    return peer._transceivers[kind].sender


def receiver_of(peer: Peer, kind: Kind) -> RTCRtpReceiver:
    return peer._transceivers[kind].receiver


class Mallory:
    """Sends packets of its own making to Ada, who is connected with it."""

    def __init__(self, ada: Attendee, mallory: Attendee) -> None:
        self.ada, self.mallory = ada, mallory
        self.peer, self.victim = mallory.peers[-1], ada.peers[-1]

    async def send(self, kind: Kind, number: int, *, source: int = 0, stamp: int = 0, data: bytes = b"") -> None:
        sender = sender_of(self.peer, kind)
        codecs = receiver_of(self.victim, kind)._RTCRtpReceiver__codecs.values()
        payload_type = next(one.payloadType for one in codecs if one.mimeType.lower() in ("audio/opus", "video/vp8"))
        packet = RtpPacket(
            payload_type=payload_type, sequence_number=number & 0xFFFF, timestamp=stamp & 0xFFFFFFFF, marker=1
        )
        packet.ssrc = source or sender._ssrc
        packet.payload = data or (NO_SOUND if kind == "audio" else NO_PICTURE)
        await sender.transport._send_rtp(packet.serialize(sender._RTCRtpSender__rtp_header_extensions_map))

    async def demand(self, kind: Kind, numbers: list[int]) -> None:
        """Say that these packets were lost."""
        packet = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=sender_of(self.victim, kind)._ssrc)
        packet.lost = numbers
        await sender_of(self.peer, kind).transport._send_rtp(bytes(packet))

    def received(self, kind: Kind) -> int:
        """How many packets Ada took."""
        return sum(each.packets_received for each in streams_received(receiver_of(self.victim, kind)).values())


@pytest.fixture
async def mallory(conference: Conference) -> Mallory:
    ada, mallory = conference.join("Ada"), conference.join("Mallory")
    conference.link(ada, mallory)
    await conference.connected(ada, mallory)
    return Mallory(ada, mallory)


async def flood(mallory: Mallory, kind: Kind, count: int, *, source: int = 0) -> None:
    """Send so many packets, each of another source, or all of one."""
    for number in range(count):
        await mallory.send(kind, number, source=source or number * 2_654_435_761 % 2**32 or 1)
        if number % 20 == 19:
            await asyncio.sleep(0.001)


async def until(condition: object) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_peer_of_three_hundred_sources_is_left_within_a_second(
    conference: Conference, mallory: Mallory
) -> None:
    ada = mallory.ada
    mallory.mallory.show()
    await conference.until(lambda: ada.pictures_of(mallory.mallory) > 0)
    await flood(mallory, "audio", 300)
    receiver = receiver_of(mallory.victim, "audio")
    await until(lambda: len(streams_received(receiver)) == MAX_SOURCES)
    assert len(receiver._RTCRtpReceiver__active_ssrc) == MAX_SOURCES
    assert len(receiver.transport._rtp_router.ssrc_table) < 20
    # Until the next report, which must have room for all that was heard of.
    await asyncio.sleep(1.6)
    assert not receiver._RTCRtpReceiver__rtcp_task.done()
    began, seen = time.monotonic(), ada.pictures_of(mallory.mallory)
    ada.link(mallory.mallory.avatar, None)
    await until(lambda: mallory.victim.is_closed)
    assert time.monotonic() - began < 1
    assert ada.pictures_of(mallory.mallory) == seen


async def test_time_stamps_that_no_report_can_tell_of_do_not_hinder_the_end(
    conference: Conference, mallory: Mallory
) -> None:
    receiver = receiver_of(mallory.victim, "audio")
    for _ in range(4):
        for number in range(50):
            await mallory.send("audio", number, stamp=0xFFFFFFFF * (number % 2))
        await asyncio.sleep(0)
    for each in streams_received(receiver).values():
        each._jitter_q4 = 1 << 40
    await until(lambda: receiver._RTCRtpReceiver__rtcp_task.done() or not streams_received(receiver))
    began = time.monotonic()
    mallory.ada.link(mallory.mallory.avatar, None)
    await until(lambda: mallory.victim.is_closed)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_of_a_flood_so_much_is_taken_and_no_more(mallory: Mallory, kind: Kind) -> None:
    began = time.monotonic()
    await flood(mallory, kind, 3 * MAX_PACKETS[kind], source=77)
    await asyncio.sleep(0.1)
    at_most = MAX_PACKETS[kind] * (1 + time.monotonic() - began)
    assert MAX_PACKETS[kind] <= mallory.received(kind) <= at_most
    assert mallory.received(kind) < 3 * MAX_PACKETS[kind]


async def test_leaps_cost_no_more_than_steps(mallory: Mallory) -> None:
    receiver = receiver_of(mallory.victim, "video")
    for number in range(50):
        await mallory.send("video", number * 30_000, stamp=number * 3000)
    await until(lambda: mallory.received("video") == 50)
    assert receiver._RTCRtpReceiver__nack_generator.missing == set()


@pytest.mark.parametrize(
    ("step", "kind", "rate"), [(2, RtcpRtpfbPacket, MAX_ASKED_AGAIN), (600, RtcpPsfbPacket, MAX_KEYFRAMES_ASKED)]
)
async def test_what_is_missing_is_asked_for_so_often_and_no_more(
    mallory: Mallory, step: int, kind: type, rate: int
) -> None:
    transport = receiver_of(mallory.victim, "video").transport
    send, asked = transport._send_rtp, 0

    async def noted(data: bytes) -> None:
        nonlocal asked
        if is_rtcp(data):
            asked += sum(isinstance(packet, kind) for packet in RtcpPacket.parse(data))
        await send(data)

    transport._send_rtp = noted
    began = time.monotonic()
    for number in range(500):
        await mallory.send("video", number * step, stamp=number * 3000)
        if number % 20 == 19:
            await asyncio.sleep(0.001)
    await until(lambda: mallory.received("video") == 500)
    assert rate <= asked <= rate * (1 + time.monotonic() - began)


async def test_nothing_is_sent_again_to_whom_nothing_may_go(conference: Conference, mallory: Mallory) -> None:
    ada = mallory.ada
    ada.speak(440)
    ada.show()
    await conference.until(lambda: mallory.mallory.pictures_of(ada) > 3 and mallory.mallory.seconds_of(ada) > 0.3)
    kinds: tuple[Kind, ...] = ("audio", "video")
    numbers = {kind: sent_numbers(mallory.victim, kind) for kind in kinds}
    assert all(numbers.values())
    ada.link(mallory.mallory.avatar, PeerTerms(RECEIVE, carried=True))
    assert await resent(mallory, numbers) == 0


@pytest.mark.parametrize("muted", ["audio", "video"])
async def test_nothing_is_sent_again_that_was_said_or_shown_before_it_was_switched_off(
    conference: Conference, mallory: Mallory, muted: Kind
) -> None:
    ada = mallory.ada
    voice, camera = ada.speak(440), ada.show()
    await conference.until(lambda: mallory.mallory.pictures_of(ada) > 3 and mallory.mallory.seconds_of(ada) > 0.3)
    numbers = {muted: sent_numbers(mallory.victim, muted)}
    assert numbers[muted]
    for task in (voice, camera):
        task.cancel()
    await asyncio.gather(voice, camera, return_exceptions=True)
    await asyncio.sleep(0.05)
    (ada.voice if muted == "audio" else ada.cameras[1]).silence()
    assert await resent(mallory, numbers) == 0


def sent_numbers(peer: Peer, kind: Kind) -> list[int]:
    history = sender_of(peer, kind)._RTCRtpSender__rtp_history
    return sorted(packet.sequence_number for packet in history.values())


async def resent(mallory: Mallory, numbers: dict[Kind, list[int]]) -> int:
    """How many packets of sound and pictures leave Ada when Mallory says that it lost these."""
    transport = sender_of(mallory.victim, "video").transport
    send, left = transport._send_rtp, []

    async def noted(data: bytes) -> None:
        if not is_rtcp(data):
            left.append(data)
        await send(data)

    transport._send_rtp = noted
    heard = transport._handle_rtcp_data
    came = 0

    async def hear(data: bytes) -> None:
        nonlocal came
        await heard(data)
        came += any(isinstance(packet, RtcpRtpfbPacket) for packet in RtcpPacket.parse(data))

    transport._handle_rtcp_data = hear
    for kind, each in numbers.items():
        await mallory.demand(kind, each)
    await until(lambda: came == len(numbers))
    return len(left)


async def test_what_is_lost_is_sent_again_but_not_as_often_as_a_peer_likes(
    conference: Conference, mallory: Mallory
) -> None:
    ada = mallory.ada
    ada.show()
    await conference.until(lambda: mallory.mallory.pictures_of(ada) > 3)
    sender = sender_of(mallory.victim, "video")
    number = sent_numbers(mallory.victim, "video")[-1]
    sent: list[bytes] = []
    transport = sender.transport
    send = transport._send_rtp

    async def noted(data: bytes) -> None:
        if not is_rtcp(data) and int.from_bytes(data[8:12], "big") == sender._rtx_ssrc:
            sent.append(data)
        await send(data)

    transport._send_rtp = noted
    began = time.monotonic()
    for _ in range(20):
        for _ in range(30):
            await mallory.demand("video", [number])
        await asyncio.sleep(0)
    await until(lambda: len(sent) > 10)
    await asyncio.sleep(0.1)
    assert len(sent) <= MAX_RESENT * (1 + time.monotonic() - began)


async def test_a_peer_that_says_goodbye_with_work_left_for_us_does_not_stop_the_loop(
    conference: Conference, mallory: Mallory
) -> None:
    ada = mallory.ada
    mallory.mallory.show()
    await conference.until(lambda: ada.pictures_of(mallory.mallory) > 0)
    decoder, may_go_on, begun = mallory.victim._seeing, threading.Event(), threading.Event()
    decode = decoder._decode

    def slowly(codec: object, unit: bytes, timestamp: int) -> None:
        begun.set()
        may_go_on.wait(10)
        decode(codec, unit, timestamp)

    decoder._decode = slowly
    await conference.until(begun.is_set)
    transport = sender_of(mallory.peer, "video").transport
    began = time.monotonic()
    await transport._send_rtp(bytes(RtcpByePacket(sources=[sender_of(mallory.peer, "video")._ssrc])))
    await until(lambda: receiver_of(mallory.victim, "video")._RTCRtpReceiver__decoder_thread is None)
    assert time.monotonic() - began < 5, "it goes on while the picture is still in hand"
    may_go_on.set()


@pytest.mark.parametrize("stuck", [RTCRtpReceiver, RTCRtpSender])
async def test_a_connection_that_does_not_come_to_its_end_is_closed_all_the_same(
    conference: Conference, mallory: Mallory, monkeypatch: pytest.MonkeyPatch, stuck: type
) -> None:
    monkeypatch.setattr(peer_module, "CLOSING", 0.3)
    monkeypatch.setattr(peer_module, "FORCING", 0.05)
    ada, other = mallory.ada, mallory.mallory
    other.show()
    other.speak(440)
    await conference.until(lambda: ada.pictures_of(other) > 0 and ada.seconds_of(other) > 0)

    async def never(end: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(stuck, "stop", never)
        ada.link(other.avatar, None)
        seen, heard = ada.pictures_of(other), ada.seconds_of(other)
        await until(lambda: mallory.victim.is_closed)
        await conference.leave(other)
    assert mallory.victim.transport.state == "closed"
    assert (ada.pictures_of(other), ada.seconds_of(other)) == (seen, heard)
    assert not [thread for thread in threading.enumerate() if thread.name == "pictures"]
    for end in (mallory.victim, mallory.peer):  # aiortc's tasks go on otherwise, for what ends them was never called
        for transceiver in end._transceivers.values():
            await transceiver.receiver.stop()
            await transceiver.sender.stop()
