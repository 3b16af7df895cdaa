"""A peer understands programs that are not ours: plain aiortc here, a browser in the integration tests."""

from __future__ import annotations

import asyncio
import gc
import re
import socket
from collections.abc import AsyncIterator, Callable
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from gathertui.media import peer
from gathertui.media.audio.opus import PACKET, OpusEncoder
from gathertui.media.feeds import PacketFeed
from gathertui.media.ice import IceConfig, Patience
from gathertui.media.peer import Ears, Peer, Unfit
from gathertui.media.ports import Picture, Sound
from gathertui.media.video.encoder import Vp8Encoder
from gathertui.media.video.rungs import RUNGS
from gathertui.protocol.media import Candidate

SMALL = RUNGS[1]
LOOPBACK = IceConfig(loopback=True)


class Grey(MediaStreamTrack):
    """Pictures that aiortc encodes itself."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(0.03)
        self.count += 1
        frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 90, np.uint8), format="rgb24")
        frame.pts, frame.time_base = self.count * 3000, Fraction(1, 90_000)
        return frame


class End:
    """Our end, and what it hears and sees."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.sounds: list[Sound] = []
        self.pictures: list[Picture] = []
        self.peer = Peer(
            LOOPBACK, Ears(self.sounds.append, self.pictures.append, self.states.append), patience=Patience()
        )


class Other:
    """The other end, which knows nothing of ours."""

    def __init__(self, codec: str) -> None:
        self.connection = RTCPeerConnection(LOOPBACK.configuration())
        self.frames: dict[str, int] = {}
        self.readers: list[asyncio.Task[None]] = []
        self.connection.addTransceiver("audio")
        video = self.connection.addTransceiver(Grey())
        known = RTCRtpSender.getCapabilities("video").codecs
        video.setCodecPreferences([one for one in known if one.mimeType == f"video/{codec}"])
        self.connection.on("track", self._read)
        # It has no way over loopback of its own, and learns ours.
        from gathertui.media import patches

        patches.find_ways(patches.ice_connection(video.receiver), LOOPBACK, Patience())

    def _read(self, track: MediaStreamTrack) -> None:
        self.readers.append(asyncio.create_task(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        while True:
            await track.recv()
            self.frames[track.kind] = self.frames.get(track.kind, 0) + 1

    async def answer(self, offer: bytes) -> bytes:
        await self.connection.setRemoteDescription(RTCSessionDescription(offer.decode(), "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp.encode()

    async def close(self) -> None:
        for reader in self.readers:
            reader.cancel()
        await asyncio.gather(*self.readers, return_exceptions=True)
        await self.connection.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def end() -> AsyncIterator[End]:
    end = End()
    yield end
    await end.peer.close()


async def meet(end: End, codec: str) -> Other:
    other = Other(codec)
    await end.peer.take_answer(await other.answer(await end.peer.offer()))
    await until(lambda: "connected" in end.states)
    return other


async def test_a_program_that_knows_nothing_of_ours_sees_and_hears_us(end: End) -> None:
    other = await meet(end, "VP8")
    voice, camera = PacketFeed("audio"), PacketFeed("video")
    end.peer.follow("audio", voice)
    end.peer.follow("video", camera)
    assert end.peer.takes_pictures
    opus, vp8 = OpusEncoder(), Vp8Encoder(SMALL)
    picture = np.full((SMALL.height, SMALL.width, 3), 120, np.uint8)
    number = 0
    while other.frames.get("video", 0) < 3 or other.frames.get("audio", 0) < 3:
        voice.put(opus.encode(np.zeros(PACKET, np.float32)), number * PACKET)
        camera.put(vp8.encode(picture, number * 6000, key=number % 5 == 0), number * 6000)
        number += 1
        assert number < 500
        await asyncio.sleep(0.02)
    await until(lambda: len(end.pictures) > 2)
    assert end.pictures[-1].mean() == pytest.approx(90, abs=8)
    await other.close()
    await until(lambda: "closed" in end.states)


async def test_who_takes_only_h264_is_seen_and_known_not_to_see(end: End) -> None:
    other = await meet(end, "H264")
    assert not end.peer.takes_pictures
    await until(lambda: len(end.pictures) > 2)
    assert end.pictures[-1].mean() == pytest.approx(90, abs=8)
    await other.close()


async def test_candidates_may_come_after_the_answer(end: End) -> None:
    other = Other("VP8")
    answer = (await other.answer(await end.peer.offer())).decode()
    lines = answer.split("\r\n")
    ways = [line for line in lines if line.startswith("a=candidate")]
    await end.peer.take_answer(
        "\r\n".join(line for line in lines if not line.startswith(("a=candidate", "a=end-of"))).encode()
    )
    await end.peer.take_candidate(Candidate(b"no candidate at all", b"0", 0))
    await end.peer.take_candidate(Candidate(b"\xff", b"\xff", 200))
    for way in ways:
        await end.peer.take_candidate(Candidate(way.removeprefix("a=").encode(), b"0", 0))
    await until(lambda: "connected" in end.states)
    await other.close()


async def test_an_answer_that_is_none_is_unfit(end: End) -> None:
    await end.peer.offer()
    with pytest.raises(Unfit):
        await end.peer.take_answer(b"m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n")


@pytest.fixture
async def unseen() -> AsyncIterator[list[str]]:
    """What the loop was told of failures that nobody took care of."""
    loop = asyncio.get_running_loop()
    unseen: list[str] = []
    loop.set_exception_handler(lambda loop, context: unseen.append(str(context)))
    yield unseen
    loop.set_exception_handler(None)


async def test_what_fails_within_while_connecting_is_a_failure_of_the_call(
    end: End, unseen: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    async def start(parameters: object) -> None:
        raise asyncio.InvalidStateError("within")

    other = Other("VP8")
    answer = await other.answer(await end.peer.offer())
    end.peer.transport.start = start
    await end.peer.take_answer(answer)
    await until(lambda: "failed" in end.states)
    assert "InvalidStateError: within" in capsys.readouterr().err
    await other.close()
    gc.collect()
    assert unseen == []


async def test_what_fails_within_while_we_close_is_no_failure(
    end: End, unseen: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    begun = asyncio.Event()

    async def start(parameters: object) -> None:
        begun.set()
        while "closed" not in end.states:
            await asyncio.sleep(0)
        raise asyncio.InvalidStateError("within")

    other = Other("VP8")
    answer = await other.answer(await end.peer.offer())
    end.peer.transport.start = start
    await end.peer.take_answer(answer)
    await begun.wait()
    await end.peer.close()
    await other.close()
    await asyncio.sleep(0)
    gc.collect()
    assert unseen == []
    assert "failed" not in end.states
    assert capsys.readouterr().err == ""


async def test_closing_that_fails_is_closed_all_the_same(
    unseen: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    end = End()
    close = RTCPeerConnection.close

    async def fail(connection: RTCPeerConnection) -> None:
        await close(connection)
        raise OSError("within")

    monkeypatch.setattr(RTCPeerConnection, "close", fail)
    await end.peer.close()
    assert end.peer.is_closed
    assert "OSError: within" in capsys.readouterr().err
    gc.collect()
    assert unseen == []


async def test_closing_that_hangs_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "CLOSING", 0.05)
    end = End()
    close = RTCPeerConnection.close

    async def hang(connection: RTCPeerConnection) -> None:
        await close(connection)
        await asyncio.Event().wait()

    monkeypatch.setattr(RTCPeerConnection, "close", hang)
    async with asyncio.timeout(10):
        await end.peer.close()
    assert end.peer.is_closed


async def described(end: End) -> str:
    offer = (await end.peer.offer()).decode()
    await end.peer.close()
    return offer


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r"a=fingerprint[^\r\n]*\r\n", ""),
        (r"a=sendrecv\r\n", ""),
        (r"a=mid:1", "a=mid:0"),
        (r"a=mid:0", "a=mid:1"),
        (r"a=mid:\d\r\n", ""),
        (r"(?s)m=video.*", ""),
        (r"a=setup:\w+\r\n", ""),
        (r"a=ice-ufrag[^\r\n]*\r\n", ""),
    ],
)
async def test_an_offer_that_lacks_something_is_unfit_and_nothing_fails_unseen(
    end: End, unseen: list[str], capsys: pytest.CaptureFixture[str], pattern: str, instead: str
) -> None:
    offer = re.sub(pattern, instead, await described(end))
    answering = End()
    with pytest.raises(Unfit):
        await answering.peer.answer(offer.encode())
    await asyncio.sleep(0.1)
    await answering.peer.close()
    gc.collect()
    await asyncio.sleep(0)
    assert unseen == []
    assert capsys.readouterr().err == ""


def test_nothing_is_ever_sent_to_this_very_machine_because_a_peer_says_so() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as private:
        private.bind(("127.0.0.1", 0))
        private.setblocking(False)
        port = private.getsockname()[1]
        asyncio.run(mislead(port))
        with pytest.raises(BlockingIOError):
            private.recv(2000)


async def mislead(port: int) -> None:
    """Have one end told in both ways that the other is at this port."""
    end = End()
    offer = re.sub(r"a=candidate[^\r\n]*\r\n|a=end-of-candidates\r\n", "", await described(end))
    way = f"candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host"
    one = Peer(IceConfig(), Ears(end.sounds.append, end.pictures.append, end.states.append), patience=Patience())
    await one.answer(offer.replace("a=setup", f"a={way}\r\na=setup").encode())
    await one.take_candidate(Candidate(way.encode(), b"0", 0))
    await asyncio.sleep(0.5)  # its first checks are sent in the first tenth
    await one.close()
