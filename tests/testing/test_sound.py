"""The synthetic voices, rooms and sound devices that other tests trust."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from gathertui.errors import DeviceError
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Stereo
from gathertui.testing.listening import frequency_of, largest_step, strength_of
from gathertui.testing.room import FIRST_ECHO, LAST_ECHO, SimulatedRoom
from gathertui.testing.sounddevices import CollectingSpeaker, SyntheticMicrophone
from gathertui.testing.speech import LOUDNESS, Hum, Silence, Source, SyntheticSpeech

SECONDS = 10


def test_somebody_talks_the_same_each_time_and_no_other_talks_like_that() -> None:
    first = SyntheticSpeech(1).samples(0, 12 * SAMPLE_RATE)
    assert np.array_equal(first, SyntheticSpeech(1).samples(0, 12 * SAMPLE_RATE))
    other = SyntheticSpeech(2).samples(0, 12 * SAMPLE_RATE)
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.2


@pytest.mark.parametrize("source", [SyntheticSpeech(3), Hum(), Silence()])
def test_samples_are_the_same_in_whatever_pieces_they_are_asked_for(source: Source) -> None:
    whole = source.samples(1000, 4800)
    pieces = [source.samples(1000 + at, 480) for at in range(0, 4800, 480)]
    assert np.allclose(np.concatenate(pieces), whole)
    assert whole.dtype == np.float32


@pytest.mark.parametrize("seed", range(5))
def test_speech_is_as_loud_as_speech_and_has_pauses(seed: int) -> None:
    speech = SyntheticSpeech(seed).samples(0, 12 * SAMPLE_RATE)
    assert np.abs(speech).max() <= 0.9
    loud = np.abs(speech.reshape(-1, BLOCK)).max(axis=1) > 0.003
    assert 0.3 < loud.mean() < 0.8
    assert speech[np.abs(speech) > 0.001].std() == pytest.approx(LOUDNESS, rel=0.25)
    longest = max(len(run) for run in "".join("#" if each else "." for each in loud).split("#"))
    assert longest > 40  # blocks of 10 ms: a pause between sentences
    assert not loud[:25].any()


def test_a_hum_has_its_pitch_also_hours_later() -> None:
    assert frequency_of(Hum(330).samples(0, SAMPLE_RATE)) == pytest.approx(330, abs=2)
    assert frequency_of(Hum(330).samples(10 * 3600 * SAMPLE_RATE, SAMPLE_RATE)) == pytest.approx(330, abs=2)


def test_a_room_answers_between_its_first_and_its_last_echo() -> None:
    room = SimulatedRoom(1)
    click = np.zeros(BLOCK, np.float32)
    click[0] = 1.0
    heard = np.concatenate([room.hear(click), *(room.hear(np.zeros(BLOCK, np.float32)) for _ in range(20))])
    loud = np.flatnonzero(np.abs(heard) > 0.01) / SAMPLE_RATE
    assert loud[0] == pytest.approx(FIRST_ECHO, abs=0.001)
    assert loud[-1] < LAST_ECHO + 0.001


def test_a_microphone_hears_by_itself_as_time_goes_by_and_nothing_after_it_is_closed() -> None:
    microphone = SyntheticMicrophone(Hum())
    heard, enough = [], threading.Event()

    def deliver(block: np.ndarray) -> None:
        heard.append(block)
        if len(heard) == 20:
            enough.set()

    microphone.open(deliver, lambda why: None)
    assert enough.wait(SECONDS)
    microphone.close()
    count = len(heard)
    microphone.advance(1.0)
    assert len(heard) == count
    assert largest_step(np.concatenate(heard)) < 0.02  # nothing was left out between the blocks


def test_a_speaker_keeps_what_it_played() -> None:
    speaker, hum, at = CollectingSpeaker(real_time=False, block=128), Hum(500), [0]

    def fill(out: Stereo) -> None:
        out[:] = hum.samples(at[0], len(out))[:, np.newaxis]
        at[0] += len(out)

    assert not speaker.advance(0.1).any()
    speaker.open(fill, lambda why: None)
    speaker.advance(1.0)
    assert strength_of(speaker.mono(), 500) == pytest.approx(0.085, abs=0.01)
    speaker.close()
    assert not speaker.advance(0.1).any()


def test_devices_that_fail_say_why() -> None:
    for device in (SyntheticMicrophone(Silence(), failure="It is broken."), CollectingSpeaker(failure="It is broken.")):
        with pytest.raises(DeviceError, match="It is broken"):
            device.open(lambda samples: None, lambda why: None)
