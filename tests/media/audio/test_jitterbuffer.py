from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from gathertui.media.audio.jitterbuffer import BEGIN, CAPACITY, LEAST, MOST, JitterBuffer
from gathertui.media.ports import SAMPLE_RATE, Sound
from gathertui.testing.listening import frequency_of, largest_step

Tone = Callable[..., Sound]
PACKET, PULL = 960, 480


def played(buffer: JitterBuffer, packets: Iterable[tuple[float, Sound]], seconds: float, pull: int = PULL) -> Sound:
    """What is pulled, while packets come at their times (seconds)."""
    waiting = sorted(packets, key=lambda packet: packet[0])
    parts, at = [], 0
    while at < seconds * SAMPLE_RATE:
        while waiting and round(waiting[0][0] * SAMPLE_RATE) <= at:
            buffer.push(waiting.pop(0)[1])
        sound = buffer.pull(pull)
        parts.append(np.zeros(pull, np.float32) if sound is None else sound)
        assert len(parts[-1]) == pull
        at += pull
    return np.concatenate(parts)


def packets_of(sound: Sound, late: Callable[[int], float] = lambda number: 0.0) -> list[tuple[float, Sound]]:
    parts = [sound[at : at + PACKET] for at in range(0, len(sound), PACKET)]
    return [(number * PACKET / SAMPLE_RATE + late(number), part) for number, part in enumerate(parts)]


def test_what_comes_evenly_is_played_as_it_was_after_a_short_wait(tone: Tone) -> None:
    sound = tone(440, 1.0)
    heard = played(JitterBuffer(), packets_of(sound), 1.2)
    begin = int(np.flatnonzero(heard)[0])
    assert begin <= BEGIN
    # Behind the fading in it is the same, sample by sample.
    begin -= 1
    assert np.array_equal(heard[begin + 480 : begin + 40_000], sound[480:40_000])


def test_silence_is_nothing_at_all() -> None:
    buffer = JitterBuffer()
    assert buffer.pull(480) is None


def test_a_lone_packet_is_played_though_more_should_come_first(tone: Tone) -> None:
    heard = played(JitterBuffer(), packets_of(tone(440, 0.02)), 0.5)
    assert np.abs(heard).max() > 0.2


@pytest.mark.parametrize("pull", [64, 256, 480, 512, 1024, 4096])
def test_nothing_clicks_when_packets_are_lost_and_the_voice_ends(tone: Tone, pull: int) -> None:
    sound = tone(440, 2.0)
    packets = [packet for number, packet in enumerate(packets_of(sound)) if number % 13 not in {5, 6, 7, 8}]
    heard = played(JitterBuffer(), packets, 2.5, pull)
    # What is lost is cut out: a packet starts where its predecessor's phase did not end, as with any lost packet.
    lost = max(abs(float(b[0]) - float(a[-1])) for (_, a), (_, b) in itertools.pairwise(packets))
    assert largest_step(heard) <= max(lost, largest_step(sound)) * 1.3
    assert np.abs(heard[-4800:]).max() == 0


def test_an_end_in_full_swing_fades(tone: Tone) -> None:
    sound = tone(440, 0.5 + 1 / 1760)
    heard = played(JitterBuffer(), packets_of(sound), 1.0)
    assert largest_step(heard) <= largest_step(sound) * 1.2


def test_packets_that_are_late_make_it_keep_more_and_then_all_is_whole(tone: Tone) -> None:
    buffer = JitterBuffer()
    chance = np.random.default_rng(1)
    # In order, as RTP's receiver hands them on: who is late makes those behind late as well.
    arrivals = np.maximum.accumulate(np.arange(500) * 0.02 + chance.uniform(0, 0.07, 500))
    heard = played(buffer, packets_of(tone(440, 10.0), lambda number: float(arrivals[number] - number * 0.02)), 10.0)
    assert BEGIN <= buffer.target <= MOST
    late = heard[5 * SAMPLE_RATE : 9 * SAMPLE_RATE]
    assert frequency_of(late) == pytest.approx(440, rel=0.012)
    quiet = np.abs(late).reshape(-1, 480).max(axis=1) < 0.05
    assert not quiet.any()


def test_after_one_gap_it_begins_with_more_at_once_but_not_after_a_pause(tone: Tone) -> None:
    for gap, target in ((0.08, BEGIN + PACKET), (0.5, BEGIN)):
        buffer = JitterBuffer()
        packets = packets_of(tone(440, 1.0), lambda number, gap=gap: gap if number >= 25 else 0.0)
        played(buffer, packets, 1.5)
        assert buffer.target == target


def test_where_all_comes_evenly_it_keeps_less_with_time(tone: Tone) -> None:
    buffer = JitterBuffer()
    # The first second comes 60 ms earlier than the rest would make one think.
    packets = packets_of(tone(440, 30.0), lambda number: 0.0 if number < 50 else -0.06)
    heard = played(buffer, packets, 29.0)
    assert buffer.target == LEAST
    assert buffer.depth <= LEAST + PACKET
    assert not (np.abs(heard[SAMPLE_RATE:]).reshape(-1, 480).max(axis=1) < 0.05).any()


@pytest.mark.parametrize("drift", [-0.002, 0.002])
def test_a_clock_that_is_two_thousandths_off_costs_neither_gaps_nor_delay(tone: Tone, drift: float) -> None:
    buffer = JitterBuffer()
    sound = tone(440, 60.0)
    packets = [(when * (1 + drift), part) for when, part in packets_of(sound)]
    heard = played(buffer, packets, 59.0)
    assert buffer.depth < BEGIN + 2 * PACKET
    quiet = np.abs(heard[SAMPLE_RATE:]).reshape(-1, 480).max(axis=1) < 0.05
    assert quiet.sum() == 0
    assert largest_step(heard) <= largest_step(sound) * 1.5


def test_a_burst_is_cut_back_without_a_click(tone: Tone) -> None:
    buffer = JitterBuffer()
    sound = tone(480, 2.0)
    # Nothing for 0.3 s, then all of it at once, as after a network's hiccup.
    packets = packets_of(sound, lambda number: 0.3 - (number - 25) * 0.02 if 25 <= number < 40 else 0.0)
    heard = played(buffer, packets, 1.9)
    assert buffer.depth <= MOST + 2 * PACKET
    assert largest_step(heard) <= largest_step(sound) * 1.6


def test_who_never_pulls_gets_no_more_than_so_much_behind(tone: Tone) -> None:
    buffer = JitterBuffer()
    taken = [buffer.push(part) for _, part in packets_of(tone(440, 5.0))]
    assert taken[0] and not taken[-1]
    assert buffer.depth <= CAPACITY
    buffer.pull(480)
    assert buffer.depth <= MOST + 2 * PACKET
