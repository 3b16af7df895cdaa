from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gathertui.media.audio.opus import BITS_PER_SECOND, PACKET, OpusEncoder
from gathertui.media.ports import Sound
from gathertui.testing.listening import frequency_of, opus_decoded, strength_of
from gathertui.testing.speech import SyntheticSpeech


def encoded(sound: Sound) -> list[bytes]:
    encoder = OpusEncoder()
    return [encoder.encode(sound[at : at + PACKET]) for at in range(0, len(sound), PACKET)]


@pytest.mark.parametrize("frequency", [220, 1000, 3000])
def test_a_tone_keeps_its_frequency_and_height(tone: Callable[..., Sound], frequency: float) -> None:
    heard = opus_decoded(encoded(tone(frequency, 1.0)))[4800:]
    assert frequency_of(heard) == pytest.approx(frequency, rel=0.01)
    assert strength_of(heard, frequency) == pytest.approx(0.3, rel=0.25)


def test_every_twenty_milliseconds_give_one_packet_at_once_and_speech_keeps_to_the_bit_rate() -> None:
    packets = encoded(SyntheticSpeech(1).samples(0, 96_000 * 5))
    assert all(packets)
    assert len(packets) == 500
    assert sum(map(len, packets)) * 8 / 10 < BITS_PER_SECOND * 1.2


def test_what_is_decoded_is_as_long_as_what_was_said() -> None:
    assert len(opus_decoded(encoded(np.zeros(PACKET * 10, np.float32)))) == PACKET * 10


def test_a_packet_says_it_is_mono_and_of_twenty_milliseconds() -> None:
    for packet in encoded(SyntheticSpeech(2).samples(20_000, PACKET * 50)):
        # RFC 6716, 3.1: bit 2 is stereo, bits 0-1 the number of frames less one; the configuration is above them.
        assert packet[0] & 0b100 == 0
        assert packet[0] & 0b11 == 0
        configuration = packet[0] >> 3
        assert configuration in {1, 5, 9, 13, 15, 19, 23, 27, 31}
