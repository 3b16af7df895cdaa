"""Packets are put in order, given out at once, and after a loss nothing stays late."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.media.jitter import (
    MAX_MISORDER,
    PATIENCE,
    PICTURE_CAPACITY,
    REMINDER,
    SOUND_WAIT,
    PictureBuffer,
    SoundBuffer,
    begins_keyframe,
)

KEY = b"\x10\x00\x00\x9d\x01\x2a"
DELTA = b"\x11\x00\x00\x00\x00\x00"


@dataclass
class Packet:
    sequence_number: int
    timestamp: int
    marker: int
    _data: bytes


def sound(number: int) -> Packet:
    return Packet(number & 0xFFFF, 960 * number & 0xFFFFFFFF, 1, b"%d" % number)


def heard(buffer: SoundBuffer, *numbers: int) -> list[tuple[list[bytes], int]]:
    given = [buffer.add(sound(number))[1] for number in numbers]
    return [(burst.units, burst.lost) for burst in given if burst is not None]


# ---------------------------------------------------------------- sound


def test_sound_in_order_is_given_out_at_once_over_the_wrap_too() -> None:
    buffer = SoundBuffer()
    numbers = range(0xFFFE, 0x10004)
    assert heard(buffer, *numbers) == [([b"%d" % number], 0) for number in numbers]


def test_sound_that_comes_late_is_put_in_order() -> None:
    assert heard(SoundBuffer(), 0, 2, 1, 3) == [([b"0"], 0), ([b"1", b"2"], 0), ([b"3"], 0)]


def test_lost_sound_is_waited_for_a_little_and_then_nothing_is_late() -> None:
    buffer = SoundBuffer()
    waited = list(range(2, 2 + SOUND_WAIT + 1))
    assert heard(buffer, 0, *waited) == [([b"0"], 0), ([b"%d" % number for number in waited], 1)]
    assert heard(buffer, waited[-1] + 1) == [([b"%d" % (waited[-1] + 1)], 0)], "at once again"
    assert heard(buffer, 1) == [], "too late"


def test_sound_that_begins_elsewhere_begins_anew() -> None:
    buffer = SoundBuffer()
    heard(buffer, 0, 1)
    assert heard(buffer, 30_000, 30_001) == [([b"30000"], 0), ([b"30001"], 0)]


@given(st.lists(st.integers(0, 60), unique=True, min_size=1), st.integers(0, 0xFFFF))
def test_whatever_the_network_does_to_sound_it_comes_out_in_order_and_once(numbers: list[int], start: int) -> None:
    buffer = SoundBuffer()
    out = [int(unit) for units, _ in heard(buffer, *[start + number for number in numbers]) for unit in units]
    assert out == sorted(set(out))
    assert set(out) <= {start + number for number in numbers}


# ---------------------------------------------------------------- pictures


class Film:
    """Pictures of some packets each, as a sender makes them."""

    def __init__(self, *sizes: int, keys: frozenset[int] = frozenset({0}), start: int = 0, step: int = 6000) -> None:
        self.packets: list[Packet] = []
        for picture, size in enumerate(sizes):
            for part in range(size):
                head = (KEY if picture in keys else DELTA) if part == 0 else b""
                data = head + b"<%d.%d>" % (picture, part)
                number = (start + len(self.packets)) & 0xFFFF
                self.packets.append(Packet(number, 1000 + picture * step, int(part == size - 1), data))

    def picture(self, number: int) -> bytes:
        stamps = sorted({packet.timestamp for packet in self.packets})
        return b"".join(packet._data for packet in self.packets if packet.timestamp == stamps[number])


def play(buffer: PictureBuffer, packets: list[Packet]) -> tuple[list[bytes], int]:
    """What was shown, and how often a key frame was asked for."""
    shown: list[bytes] = []
    asked = 0
    for packet in packets:
        asks, burst = buffer.add(packet)
        asked += asks
        shown += burst.units if burst is not None else []
    return shown, asked


def test_a_picture_is_there_with_its_last_packet() -> None:
    film = Film(3, 1, 2, start=0xFFFE)
    buffer = PictureBuffer()
    given = [buffer.add(packet)[1] for packet in film.packets]
    assert [burst is not None for burst in given] == [False, False, True, True, False, True]
    assert [unit for burst in given if burst for unit in burst.units] == [film.picture(n) for n in range(3)]


def test_what_waited_for_a_late_packet_is_given_out_all_at_once() -> None:
    film = Film(2, 1, 1)
    late = [film.packets[n] for n in (0, 2, 3, 1)]
    buffer = PictureBuffer()
    assert play(buffer, late) == ([film.picture(0), film.picture(1), film.picture(2)], 0)


def test_a_packet_that_comes_twice_is_shown_once() -> None:
    film = Film(2, 1)
    assert play(PictureBuffer(), [film.packets[n] for n in (0, 0, 1, 1, 2, 1)])[0] == [film.picture(0), film.picture(1)]


def test_packets_that_only_fill_up_are_not_shown() -> None:
    film = Film(1, 1)
    padding = Packet(1, 1000, 0, b"")
    film.packets[1].sequence_number = 2
    assert play(PictureBuffer(), [film.packets[0], padding, film.packets[1]])[0] == [film.picture(0), film.picture(1)]


def test_after_a_gap_that_lasts_a_key_frame_is_wanted_once_and_where_it_comes_it_goes_on() -> None:
    film = Film(*[2] * 12, keys=frozenset({0, 8}))
    del film.packets[2]  # the first half of picture 1
    shown, asked = play(PictureBuffer(), film.packets)
    assert shown == [film.picture(0)] + [film.picture(n) for n in range(8, 12)]
    assert asked == 1


def test_a_key_frame_is_wanted_again_if_none_comes() -> None:
    pictures = 1 + (PATIENCE + 2 * REMINDER) // 6000 + 3
    film = Film(*[1] * pictures)
    del film.packets[1]
    shown, asked = play(PictureBuffer(), film.packets)
    assert shown == [film.picture(0)]
    assert asked == 3


def test_a_key_frame_that_lacks_a_packet_does_not_count() -> None:
    film = Film(*[2] * 12, keys=frozenset({0, 6}))
    del film.packets[13], film.packets[2]  # the end of the key frame too
    shown, asked = play(PictureBuffer(), film.packets)
    assert (shown, asked) == ([film.picture(0)], 1)


def test_a_pause_is_no_gap() -> None:
    film = Film(2, 2, step=90_000 * 60)
    shown, asked = play(PictureBuffer(), film.packets)
    assert (len(shown), asked) == (2, 0)


@pytest.mark.parametrize("jump", [PICTURE_CAPACITY + 5, -MAX_MISORDER - 5])
def test_pictures_that_begin_elsewhere_begin_anew_with_a_key_frame_wanted(jump: int) -> None:
    buffer = PictureBuffer()
    first, later = Film(1, 1, start=2000), Film(1, 1, start=2000 + jump)
    play(buffer, first.packets)
    shown, asked = play(buffer, later.packets)
    assert (shown, asked) == ([later.picture(0), later.picture(1)], 1)


@given(st.permutations(range(16)), st.sets(st.integers(0, 15)))
def test_whatever_the_network_does_pictures_are_whole_and_in_order(order: list[int], lost: set[int]) -> None:
    film = Film(1, 3, 2, 4, 1, 3, 2, keys=frozenset({0, 2, 5}))
    shown, _ = play(PictureBuffer(), [film.packets[n] for n in order if n not in lost])
    pictures = [film.picture(n) for n in range(7)]
    # Where the first to come is in the middle of a picture, nobody can tell that its beginning is missing.
    numbers = [pictures.index(picture) for picture in shown if picture in pictures]
    assert numbers == sorted(set(numbers))
    assert all(picture in pictures or picture == shown[0] for picture in shown)


def test_key_frames_are_told_by_their_first_bytes() -> None:
    assert begins_keyframe(KEY)
    assert begins_keyframe(b"\x00\x00\x00\x01\x65")
    assert not begins_keyframe(DELTA)
    assert not begins_keyframe(b"\x11\x00\x00\x9d\x01\x2a")
    assert not begins_keyframe(b"")
