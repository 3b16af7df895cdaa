"""VP8 there and back."""

from __future__ import annotations

import av
import numpy as np
import pytest
from aiortc.codecs.vpx import Vp8Encoder as Packetizer
from aiortc.codecs.vpx import vp8_depayload

from gathertui.media.video.encoder import TIME_BASE, Vp8Encoder
from gathertui.media.video.rungs import RUNGS, Rung
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.timecode import read_time, write_time

rungs = pytest.mark.parametrize("rung", RUNGS.values(), ids=lambda rung: f"{rung.width}x{rung.height}")


def is_key(data: bytes) -> bool:
    """Whether a VP8 frame is a key frame (RFC 6386, 9.1)."""
    return not data[0] & 1


def film(rung: Rung, seconds: float) -> list[tuple[int, np.ndarray]]:
    camera = SyntheticCamera(1, rung.width, rung.height)
    return [(round(n * 90_000 / rung.rate), camera.frame(n / rung.rate)) for n in range(round(seconds * rung.rate))]


@rungs
def test_what_is_encoded_looks_alike_when_decoded(rung: Rung, decoder) -> None:
    encoder = Vp8Encoder(rung)
    for pts, picture in film(rung, 1):
        seen = decoder.decode(encoder.encode(picture, pts))
    error = float(((seen.astype(float) - picture) ** 2).mean())
    assert 10 * np.log10(255**2 / error) > 30  # decibels, with the camera's own noise at 40


@rungs
def test_a_time_survives(rung: Rung, decoder) -> None:
    encoder = Vp8Encoder(rung)
    for pts, picture in film(rung, 1):
        write_time(picture, 4e5 + pts / 90_000)
        seen = decoder.decode(encoder.encode(picture, pts))
        assert read_time(seen) == pytest.approx(4e5 + pts / 90_000, abs=0.0011)


@rungs
def test_key_frames_come_first_and_on_demand_alone(rung: Rung, decoder) -> None:
    encoder = Vp8Encoder(rung)
    frames = [encoder.encode(picture, pts, key=number == 8) for number, (pts, picture) in enumerate(film(rung, 1))]
    assert [number for number, data in enumerate(frames) if is_key(data)] == [0, 8]
    # Who comes later begins with the one that was asked for.
    for data in frames[8:]:
        assert decoder.decode(data).shape == (rung.height, rung.width, 3)


@rungs
def test_the_stream_keeps_to_its_bitrate_and_key_frames_are_small(rung: Rung) -> None:
    encoder = Vp8Encoder(rung)
    chance = np.random.default_rng(1)
    sizes = []
    for number, (pts, picture) in enumerate(film(rung, 2)):
        # More detail than fits: the encoder has to choose.
        detail = chance.integers(0, 120, picture.shape, np.uint8)
        sizes.append(len(encoder.encode(picture // 2 + detail, pts, key=number == rung.rate)))
    assert sum(sizes) * 8 / 2 < 1.35 * rung.bitrate
    assert sizes[rung.rate] < 12 * rung.bitrate / rung.rate / 8


def test_frames_go_through_the_packets_of_webrtc(decoder) -> None:
    rung = RUNGS[3]
    encoder, packetizer = Vp8Encoder(rung), Packetizer()
    for pts, picture in film(rung, 0.25):
        data = encoder.encode(picture, pts)
        packet = av.Packet(data)
        packet.pts, packet.time_base = pts, TIME_BASE
        payloads, timestamp = packetizer.pack(packet)
        assert timestamp == pts
        assert b"".join(map(vp8_depayload, payloads)) == data


def test_a_picture_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="240, 320"):
        Vp8Encoder(RUNGS[2]).encode(np.zeros((120, 160, 3), np.uint8), 0)
