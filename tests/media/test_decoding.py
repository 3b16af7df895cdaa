"""Opus and VP8 packets become what is heard and seen, and what is broken breaks nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder, h264_depayload
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from gathertui.media import decoding
from gathertui.media.audio.opus import PACKET, OpusEncoder
from gathertui.media.decoding import MAX_BACKLOG, MAX_CONCEALED, REMIND_EVERY, PictureDecoder, SoundDecoder
from gathertui.media.jitter import Burst
from gathertui.media.ports import SAMPLE_RATE, Picture, Sound
from gathertui.media.video.encoder import Vp8Encoder
from gathertui.media.video.rungs import RUNGS

OPUS = RTCRtpCodecParameters(mimeType="audio/opus", clockRate=48000, channels=2, payloadType=96)
H264 = RTCRtpCodecParameters(mimeType="video/H264", clockRate=90000, payloadType=99)
VP8 = RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90000, payloadType=97)
SMALL = RUNGS[1]


def speech(packets: int) -> list[bytes]:
    encoder = OpusEncoder()
    times = np.arange(PACKET * packets) / SAMPLE_RATE
    tone = (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    return [encoder.encode(tone[at : at + PACKET]) for at in range(0, len(tone), PACKET)]


@pytest.fixture
def heard() -> list[Sound]:
    return []


@pytest.fixture
def ear(heard: list[Sound]) -> SoundDecoder:
    return SoundDecoder(heard.append)


def test_opus_becomes_mono_float_sound(ear: SoundDecoder, heard: list[Sound]) -> None:
    for unit in speech(50):
        ear.put((OPUS, Burst([unit], 0)))
    assert [(sound.shape, sound.dtype) for sound in heard] == [((PACKET,), np.float32)] * 50
    sound = np.concatenate(heard)[SAMPLE_RATE // 2 :]
    assert np.abs(sound).max() == pytest.approx(0.3, abs=0.05)
    assert np.argmax(np.abs(np.fft.rfft(sound))) * SAMPLE_RATE / len(sound) == pytest.approx(440, abs=3)


def test_lost_sound_is_bridged_by_what_was_heard_and_fades(ear: SoundDecoder, heard: list[Sound]) -> None:
    packets = speech(12)
    for unit in packets[:10]:
        ear.put((OPUS, Burst([unit], 0)))
    heard.clear()
    ear.put((OPUS, Burst(packets[11:], 0, lost=MAX_CONCEALED + 5)))
    assert [len(sound) for sound in heard] == [PACKET] * (MAX_CONCEALED + 1)
    loudness = [float(np.abs(sound).max()) for sound in heard[:MAX_CONCEALED]]
    assert loudness[0] > 0.2
    assert loudness == sorted(loudness, reverse=True)
    assert abs(heard[0][-1]) < 0.01


@pytest.mark.parametrize("junk", [b"", b"\xff", b"\x00" * 3, bytes(range(200))])
def test_sound_that_is_none_is_left_out(ear: SoundDecoder, heard: list[Sound], junk: bytes) -> None:
    ear.put((OPUS, Burst([junk], 0)))
    heard.clear()
    ear.put((OPUS, Burst([speech(1)[0]], 0)))
    assert len(heard) == 1
    assert np.isfinite(heard[0]).all()


def test_other_codecs_are_not_for_us(ear: SoundDecoder, heard: list[Sound]) -> None:
    ear.put((RTCRtpCodecParameters(mimeType="audio/PCMU", clockRate=8000, channels=1, payloadType=0), Burst([b"x"], 0)))
    ear.put(None)
    assert heard == []
    assert ear.get() is None


class Eye:
    """A decoder with a thread of its own."""

    def __init__(self) -> None:
        self.seen: list[Picture] = []
        self.broken = threading.Event()
        self.came = asyncio.Event()
        self.decoder = PictureDecoder(self._see, asyncio.get_running_loop(), self.broken)

    def _see(self, picture: Picture) -> None:
        self.seen.append(picture)
        self.came.set()

    def put(self, *units: bytes) -> None:
        self.decoder.put((VP8, Burst(list(units), 0)))

    async def next(self) -> Picture:
        async with asyncio.timeout(10):
            await self.came.wait()
        self.came.clear()
        return self.seen[-1]

    async def end(self) -> None:
        self.decoder.put(None)
        async with asyncio.timeout(10):
            await self.decoder.wait_ended()


@pytest.fixture
async def eye() -> AsyncIterator[Eye]:
    eye = Eye()
    yield eye
    await eye.end()


def film(count: int, *, key_at: int = -1) -> list[bytes]:
    encoder = Vp8Encoder(SMALL)
    pictures = [np.full((SMALL.height, SMALL.width, 3), 40 + 10 * number % 160, np.uint8) for number in range(count)]
    return [encoder.encode(one, 7500 * at, key=at == key_at) for at, one in enumerate(pictures)]


async def test_vp8_becomes_rgb_pictures(eye: Eye) -> None:
    eye.decoder.get()
    encoder = Vp8Encoder(SMALL)
    red = np.zeros((SMALL.height, SMALL.width, 3), np.uint8)
    red[..., 0] = 200
    eye.put(encoder.encode(red, 0))
    picture = await eye.next()
    assert (picture.shape, picture.dtype) == (red.shape, np.uint8)
    assert np.abs(picture.astype(int) - red).mean() < 12


async def test_of_many_that_wait_only_the_newest_is_shown(eye: Eye) -> None:
    for unit in film(10):
        eye.put(unit)
    eye.decoder.get()
    await eye.next()
    assert len(eye.seen) == 1
    assert eye.seen[0].mean() == pytest.approx(40 + 90, abs=10)


async def test_without_a_key_frame_nothing_is_shown_and_one_is_wanted_now_and_then(eye: Eye) -> None:
    frames = film(REMIND_EVERY + 3, key_at=REMIND_EVERY + 2)
    eye.put(*frames[1:2])
    eye.decoder.get()
    assert await asyncio.to_thread(eye.broken.wait, 10)
    eye.broken.clear()
    eye.put(*frames[2:-1])
    assert await asyncio.to_thread(eye.broken.wait, 10)
    assert eye.seen == []
    eye.put(frames[-1])
    await eye.next()


async def test_a_frame_that_is_broken_makes_a_key_frame_wanted(eye: Eye) -> None:
    eye.decoder.get()
    frames = film(3)
    eye.put(frames[0])
    await eye.next()
    eye.put(frames[0][:10] + b"\xff" * 4)
    assert await asyncio.to_thread(eye.broken.wait, 10)
    eye.put(frames[0])
    await eye.next()


async def test_who_can_not_follow_goes_on_with_the_next_key_frame(eye: Eye) -> None:
    frames = film(MAX_BACKLOG + 10, key_at=MAX_BACKLOG + 8)
    for unit in frames:
        eye.put(unit)
    eye.decoder.get()
    picture = await eye.next()
    assert eye.broken.is_set()
    assert picture.mean() == pytest.approx(40 + 10 * (len(frames) - 1) % 160, abs=12)


async def test_pictures_that_are_too_large_are_not_decoded(eye: Eye) -> None:
    eye.decoder.get()
    frames = film(2)
    huge = frames[0][:6] + (0x3FFF).to_bytes(2, "little") * 2 + frames[0][10:]
    eye.put(frames[0])
    await eye.next()
    eye.put(huge, frames[1])
    assert await asyncio.to_thread(eye.broken.wait, 10)
    eye.put(frames[0])
    await eye.next()
    assert {picture.shape for picture in eye.seen} == {(SMALL.height, SMALL.width, 3)}
    assert len(eye.seen) == 2


async def test_the_limit_holds_for_h264_too(eye: Eye, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = av.VideoFrame.from_ndarray(np.full((SMALL.height, SMALL.width, 3), 90, np.uint8), format="rgb24")
    frame.pts, frame.time_base = 0, Fraction(1, 90_000)
    units = b"".join(h264_depayload(payload) for payload in H264Encoder().encode(frame, force_keyframe=True)[0])
    monkeypatch.setattr(decoding, "MAX_PIXELS", SMALL.width * SMALL.height - 1)
    eye.decoder.put((H264, Burst([units], 0)))
    eye.decoder.put((H264, Burst([units], 3000)))
    eye.decoder.get()
    assert await asyncio.to_thread(eye.broken.wait, 10)
    await eye.end()
    assert eye.seen == []


class Clock:
    """A time that a test makes."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_of_sound_that_comes_far_too_often_the_rest_is_dropped(heard: list[Sound]) -> None:
    clock = Clock()
    ear = SoundDecoder(heard.append, clock=clock)
    packet = speech(1)[0]
    for _ in range(1000):
        ear.put((OPUS, Burst([packet], 0, lost=MAX_CONCEALED)))
    assert len(heard) == 200
    heard.clear()
    clock.now = 0.5
    for _ in range(500):
        ear.put((OPUS, Burst([packet], 0)))
    assert len(heard) == 100


class Slow(PictureDecoder):
    """One that keeps what it is to decode, and takes as long for it as a test says."""

    def __init__(self, broken: threading.Event, clock: Clock) -> None:
        super().__init__(lambda picture: None, asyncio.get_running_loop(), broken, clock=clock)
        self.passed: list[bytes] = []
        self.begun = threading.Event()
        self.may_go_on = threading.Event()

    def _decode(self, codec: RTCRtpCodecParameters, unit: bytes, timestamp: int) -> None:
        self.passed.append(unit)
        self.begun.set()
        self.may_go_on.wait(10)


async def ended(decoder: PictureDecoder) -> None:
    decoder.put(None)
    async with asyncio.timeout(10):
        await decoder.wait_ended()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


async def test_of_pictures_that_come_far_too_often_the_rest_is_dropped_up_to_a_key_frame() -> None:
    clock, broken = Clock(), threading.Event()
    decoder = Slow(broken, clock)
    decoder.may_go_on.set()
    decoder.get()
    frames = film(3, key_at=2)
    for number in range(80):
        decoder.put((VP8, Burst(frames[1:2], 0)))
        await until(lambda number=number: len(decoder.passed) >= min(60, number + 1))
    assert broken.is_set(), "a key frame is wanted"
    clock.now = 0.5
    for unit in (frames[1], frames[2], frames[1]):
        decoder.put((VP8, Burst([unit], 0)))
    await until(lambda: len(decoder.passed) == 62)
    await ended(decoder)
    assert decoder.passed == [frames[1]] * 60 + [frames[2], frames[1]]


H264_KEY = b"\0\0\0\1\x09\x10" + b"\0\0\0\1\x67par" + b"\0\0\0\1\x65key"
H264_NEXT = b"\0\0\0\1\x41next"


@pytest.mark.parametrize("codec", [VP8, H264])
async def test_what_waits_is_bounded_and_too_much_of_it_makes_a_key_frame_wanted(codec: RTCRtpCodecParameters) -> None:
    key, following = film(2) if codec is VP8 else (H264_KEY, H264_NEXT)
    clock, broken = Clock(), threading.Event()
    decoder = Slow(broken, clock)
    decoder.put((codec, Burst([key], 0)))
    decoder.get()
    await until(decoder.begun.is_set)
    for _ in range(500):
        clock.now += 0.04
        decoder.put((codec, Burst([following], 0)))
    assert broken.is_set()
    decoder.put((codec, Burst([key], 0)))
    decoder.may_go_on.set()
    await until(lambda: decoder.passed[-1] == key and len(decoder.passed) > 1)
    await ended(decoder)
    assert decoder.passed == [key, key]


async def test_to_end_does_not_wait_for_what_waits() -> None:
    decoder = Slow(threading.Event(), Clock())
    decoder.get()
    for unit in film(MAX_BACKLOG):
        decoder.put((VP8, Burst([unit], 0)))
    await until(decoder.begun.is_set)
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "pictures"] == [True]
    decoder.put(None)
    ending = asyncio.create_task(decoder.wait_ended())
    await asyncio.sleep(0)
    assert not ending.done(), "one is in hand"
    decoder.may_go_on.set()
    async with asyncio.timeout(10):
        await ending
    assert len(decoder.passed) == 1


async def test_nothing_is_seen_or_heard_after_the_end(eye: Eye, ear: SoundDecoder, heard: list[Sound]) -> None:
    (key,) = film(1)
    handed = threading.Event()
    hand_over = eye.decoder._hand_over

    def noted(picture: Picture) -> None:
        hand_over(picture)
        handed.set()

    eye.decoder._hand_over = noted  # type: ignore[method-assign]
    eye.decoder.get()
    eye.put(key)
    assert handed.wait(10)  # it is on its way to the loop, which is here
    await eye.end()
    eye.put(key)
    ear.put(None)
    ear.put((OPUS, Burst(speech(1), 0)))
    await asyncio.sleep(0.05)
    assert eye.seen == heard == []


async def test_an_end_before_the_beginning_begins_nothing(eye: Eye) -> None:
    eye.decoder.put(None)
    before = threading.active_count()
    eye.decoder.get()
    assert threading.active_count() == before
    await eye.decoder.wait_ended()


async def test_a_picture_that_is_too_large_never_reaches_the_decoder(eye: Eye, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []
    make = decoding.get_decoder

    def noted(codec: RTCRtpCodecParameters) -> object:
        decoder = make(codec)
        decode = decoder.decode
        decoder.decode = lambda frame: decoded.append(frame.data) or decode(frame)
        return decoder

    monkeypatch.setattr(decoding, "get_decoder", noted)
    (key,) = film(1)
    huge = key[:6] + (1921).to_bytes(2, "little") + (1088).to_bytes(2, "little") + key[10:]
    eye.put(huge, key)
    eye.decoder.get()
    await eye.next()
    assert decoded == [key]
