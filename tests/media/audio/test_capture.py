from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from gathertui.media.audio.activity import HANGOVER
from gathertui.media.audio.capture import PREROLL, Packet, VoiceCapture
from gathertui.media.audio.gain import AutomaticGain
from gathertui.media.audio.limiter import CEILING
from gathertui.media.audio.opus import PACKET
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Sound
from gathertui.testing.listening import opus_decoded
from gathertui.testing.room import SimulatedRoom
from gathertui.testing.speech import SyntheticSpeech

QUIET = np.zeros(BLOCK, np.float32)


def blocks(sound: Sound) -> list[Sound]:
    return [sound[at : at + BLOCK] for at in range(0, len(sound) - BLOCK + 1, BLOCK)]


def noise(seconds: float, height: float, seed: int = 0) -> Sound:
    return (height * np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE))).astype(np.float32)


def captured(capture: VoiceCapture, sound: Sound) -> list[Packet]:
    return [packet for block in blocks(sound) for packet in capture.hear(block, QUIET, send=True)]


@pytest.mark.parametrize("height", [0.0, 0.0003, 0.003, 0.02])
def test_a_room_in_which_nobody_speaks_sends_nothing(height: float) -> None:
    capture = VoiceCapture()
    captured(capture, noise(4.0, height))
    assert captured(capture, noise(4.0, height, seed=1)) == []
    assert not capture.speaking


@pytest.mark.parametrize(("loudness", "height"), [(1.0, 0.0005), (0.1, 0.0005), (1.0, 0.005)])
def test_all_of_the_speech_is_sent_from_its_very_beginning_and_little_else(loudness: float, height: float) -> None:
    speech = SyntheticSpeech(1).samples(0, 12 * SAMPLE_RATE)
    capture = VoiceCapture()
    captured(capture, noise(2.0, height, seed=2))
    packets = captured(capture, loudness * speech + noise(12.0, height))
    sent = np.zeros(14 * SAMPLE_RATE, bool)
    for packet in packets:
        sent[packet.pts : packet.pts + PACKET] = True
    spoken = np.abs(speech) > 0.01
    missed = spoken & ~sent[2 * SAMPLE_RATE :]
    assert missed.sum() <= 0.001 * spoken.sum()
    assert len(packets) * PACKET < 0.8 * len(speech)


def test_times_have_the_pause_as_a_gap_and_the_sound_is_where_they_say() -> None:
    speech = SyntheticSpeech(3).samples(0, 12 * SAMPLE_RATE)
    packets = captured(VoiceCapture(), speech)
    steps = [after.pts - before.pts for before, after in itertools.pairwise(packets)]
    assert all(step >= PACKET and step % BLOCK == 0 for step in steps)
    gaps = [number for number, step in enumerate(steps) if step > PACKET]
    assert gaps
    # Each run begins as long before its first loud sample as is kept, or less.
    for number in gaps:
        start = packets[number + 1].pts
        loud = start + int(np.flatnonzero(np.abs(speech[start:]) > 0.003)[0])
        assert 0 <= loud - start <= (PREROLL + 2) * BLOCK
    # And ends after the pause that may lie within a sentence.
    for number in gaps:
        end = packets[number].pts + PACKET
        last = int(np.flatnonzero(np.abs(speech[:end]) > 0.01)[-1])
        assert 0.3 * SAMPLE_RATE <= end - last <= (HANGOVER + 8) * BLOCK


def test_what_is_not_to_be_sent_is_not_kept_for_later_either() -> None:
    speech = SyntheticSpeech(1).samples(0, 2 * SAMPLE_RATE)
    capture = VoiceCapture()
    for block in blocks(speech[:SAMPLE_RATE]):
        assert capture.hear(block, QUIET, send=False) == []
    later = captured(capture, speech[SAMPLE_RATE:])
    assert later[0].pts >= SAMPLE_RATE


def test_a_moment_of_not_sending_lets_go_of_what_was_kept_before_it(tone: Callable[..., Sound]) -> None:
    sent = []
    for break_ in (False, True):
        capture = VoiceCapture()
        captured(capture, noise(1.0, 0.0003))
        capture.hear(QUIET, QUIET, send=not break_)
        sent.append(len(captured(capture, tone(300, 0.02))))
    # Two blocks are one packet: more than that was kept.
    assert sent[0] > 1 >= sent[1]


def test_somebody_who_talks_without_a_pause_is_sent_to_the_end() -> None:
    speech = SyntheticSpeech(2).samples(0, 12 * SAMPLE_RATE)
    loud = speech.reshape(-1, BLOCK)[np.abs(speech.reshape(-1, BLOCK)).max(axis=1) > 0.03].ravel()
    stream = np.tile(loud, 3)[: 12 * SAMPLE_RATE]
    packets = captured(VoiceCapture(), stream + noise(12.0, 0.0005))
    assert len(packets) * PACKET > 0.98 * len(stream)


def test_after_a_break_times_go_on_from_where_they_are_told_and_never_back() -> None:
    speech = SyntheticSpeech(1).samples(0, 2 * SAMPLE_RATE)
    capture = VoiceCapture(natural=False)
    first = captured(capture, speech)
    capture.restart(5 * SAMPLE_RATE)
    second = captured(capture, speech)
    assert second[0].pts == 5 * SAMPLE_RATE
    capture.restart(0)
    assert captured(capture, speech)[0].pts == second[-1].pts + PACKET > first[-1].pts


def test_quiet_and_loud_people_come_out_alike_and_nobody_is_cut() -> None:
    speech = SyntheticSpeech(4).samples(0, 24 * SAMPLE_RATE)
    heights = []
    for loudness in (0.15, 0.6, 1.5):
        capture = VoiceCapture()
        packets = captured(capture, np.clip(loudness * speech, -1, 1).astype(np.float32))
        heard = opus_decoded(packet.data for packet in packets)[-5 * SAMPLE_RATE :]
        assert np.abs(heard).max() < 1
        loud = np.sort(heard.reshape(-1, BLOCK).std(axis=1))[-200:]
        heights.append(float(loud.mean()))
    assert max(heights) < 1.6 * min(heights)


def test_gain_never_goes_over_the_ceiling_when_a_whisper_turns_into_a_shout() -> None:
    gain = AutomaticGain()
    speech = SyntheticSpeech(4).samples(0, 12 * SAMPLE_RATE)
    for block in blocks(0.05 * speech):
        gain.apply(block, voiced=bool(np.abs(block).max() > 0.001))
    assert gain.gain_db > 12
    shout = [gain.apply(block, voiced=True) for block in blocks(np.clip(4 * speech, -1, 1).astype(np.float32))]
    assert np.abs(np.concatenate(shout)).max() <= CEILING


def test_the_room_noise_is_not_turned_up_while_nobody_speaks() -> None:
    capture = VoiceCapture()
    captured(capture, noise(10.0, 0.002))
    assert capture.decibels < -50


@pytest.mark.parametrize("seed", [1, 5])
def test_the_loudspeakers_echo_is_gone_by_twenty_decibels(seed: int) -> None:
    room, capture = SimulatedRoom(seed), VoiceCapture()
    far = SyntheticSpeech(seed + 10).samples(0, 12 * SAMPLE_RATE)
    heard, cleaned = [], []
    for block in blocks(far):
        near = room.hear(block)
        capture.hear(near, block, send=False)
        heard.append(near)
        cleaned.append(capture.cleaned)
    settled = len(heard) // 3
    echo, rest = np.concatenate(heard[settled:]), np.concatenate(cleaned[settled:])
    assert 10 * np.log10(np.mean(echo**2) / np.mean(rest**2)) >= 20


def test_the_echo_of_others_is_not_sent_back() -> None:
    room, capture = SimulatedRoom(3), VoiceCapture()
    sent = [
        packet.pts
        for block in blocks(SyntheticSpeech(12).samples(0, 12 * SAMPLE_RATE))
        for packet in capture.hear(room.hear(block), block, send=True)
    ]
    assert sum(pts > 4 * SAMPLE_RATE for pts in sent) < 0.2 * 8 * 50


def test_who_speaks_while_others_do_is_still_heard() -> None:
    room, capture = SimulatedRoom(3), VoiceCapture()
    far = SyntheticSpeech(12).samples(0, 12 * SAMPLE_RATE)
    near = SyntheticSpeech(2).samples(0, 12 * SAMPLE_RATE)
    near[: 6 * SAMPLE_RATE] = 0
    packets = [
        packet
        for there, here in zip(blocks(far), blocks(near), strict=True)
        for packet in capture.hear(room.hear(there) + here, there, send=True)
    ]
    sent = np.zeros(13 * SAMPLE_RATE, bool)
    for packet in packets:
        sent[packet.pts : packet.pts + PACKET] = True
    spoken = np.abs(near) > 0.02
    assert (spoken & sent[: len(near)]).sum() > 0.95 * spoken.sum()


def test_music_is_sent_as_it_is_without_a_gap(tone: Callable[..., Sound]) -> None:
    capture = VoiceCapture(natural=False)
    music = np.concatenate((tone(440, 1.0), np.zeros(SAMPLE_RATE, np.float32), tone(440, 1.0)))
    packets = captured(capture, music)
    assert [packet.pts for packet in packets] == list(range(0, 3 * SAMPLE_RATE, PACKET))
    heard = opus_decoded(packet.data for packet in packets)
    assert heard[2000:40_000].std() == pytest.approx(music[2000:40_000].std(), rel=0.1)
