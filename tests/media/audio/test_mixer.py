from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gathertui.media.audio.cues import PEAK, Cue, sound_of
from gathertui.media.audio.limiter import CEILING, Limiter
from gathertui.media.audio.mixer import Mixer, Voice
from gathertui.media.audio.panning import gain_at, pan_towards, sides
from gathertui.media.ports import SAMPLE_RATE, Sound, Stereo
from gathertui.testing.listening import frequency_of, largest_step, strength_of

Tone = Callable[..., Sound]


class Table:
    """People who talk without a pause, and the loudspeaker."""

    def __init__(self, tone: Tone, block: int = 480) -> None:
        self.mixer, self._tone, self._block = Mixer(), tone, block
        self._talking: list[tuple[Voice, float, float]] = []
        self._at = self._said = 0

    def sit_down(self, frequency: float, gain: float = 1.0, pan: float = 0.0, height: float = 0.3) -> Voice:
        voice = Voice(gain, pan)
        self._talking.append((voice, frequency, height))
        self.mixer.voices = (*self.mixer.voices, voice)
        return voice

    def listen(self, seconds: float) -> Stereo:
        parts = []
        for _ in range(round(seconds * SAMPLE_RATE / self._block)):
            while self._said <= self._at:
                for voice, frequency, height in self._talking:
                    voice.buffer.push(self._tone(frequency, 0.02, height, self._said))
                self._said += 960
            self._at += self._block
            out = np.full((self._block, 2), 7.0, np.float32)
            self.mixer.fill(out)
            parts.append(out)
        return np.concatenate(parts)


@pytest.mark.parametrize(("gain", "pan"), [(1.0, 0.0), (0.5, 0.0), (0.15, 0.8), (1.0, -0.8), (1.0, 1.0)])
def test_gain_and_pan_are_what_is_measured_and_power_is_the_same_from_all_sides(
    tone: Tone, gain: float, pan: float
) -> None:
    table = Table(tone)
    table.sit_down(500, gain, pan)
    heard = table.listen(1.0)[9600:]
    left, right = strength_of(heard[:, 0], 500), strength_of(heard[:, 1], 500)
    assert (left, right) == pytest.approx([0.3 * side for side in sides(gain, pan)], abs=0.003)
    assert math.hypot(left, right) == pytest.approx(0.3 * gain, abs=0.003)


def test_several_people_are_heard_at_once_each_from_their_side(tone: Tone) -> None:
    table = Table(tone)
    table.sit_down(400, 0.8, -1.0, 0.2)
    table.sit_down(700, 0.8, 1.0, 0.2)
    table.sit_down(1100, 0.4, 0.0, 0.2)
    heard = table.listen(1.0)[9600:]
    assert strength_of(heard[:, 0], 400) == pytest.approx(0.16, abs=0.005)
    assert strength_of(heard[:, 1], 400) < 0.005
    assert strength_of(heard[:, 1], 700) == pytest.approx(0.16, abs=0.005)
    assert strength_of(heard[:, 0], 1100) == pytest.approx(0.08 * math.sqrt(0.5), abs=0.005)


@pytest.mark.parametrize("block", [6, 64, 480, 1024])
def test_nothing_clicks_when_somebody_moves_leaves_or_is_not_to_be_heard(tone: Tone, block: int) -> None:
    table = Table(tone, block)
    voice = table.sit_down(300)
    table.listen(0.5)
    quietest = largest_step(table.listen(0.2))
    steps = []
    voice.wanted = sides(0.2, 0.8)
    steps.append(table.listen(0.2))
    voice.wanted = sides(1.0, -0.8)
    steps.append(table.listen(0.2))
    table.mixer.deafened = True
    steps.append(table.listen(0.2))
    assert np.abs(steps[-1][-1000:]).max() == 0
    table.mixer.deafened = False
    steps.append(table.listen(0.2))
    voice.leaving = True
    steps.append(table.listen(0.2))
    assert voice.gone
    assert largest_step(np.concatenate(steps)) < quietest * 1.6


def test_a_crowd_that_shouts_stays_below_the_ceiling_and_its_tones_stay(tone: Tone) -> None:
    table = Table(tone)
    for number in range(8):
        table.sit_down(300 + 97 * number, height=0.9)
    heard = table.listen(2.0)
    assert np.abs(heard).max() <= CEILING
    settled = heard[SAMPLE_RATE:, 0]
    heights = [strength_of(settled, 300 + 97 * number) for number in range(8)]
    # It is turned down, not cut: every tone is there, and what lies between them isn't.
    assert min(heights) > 0.05
    assert strength_of(settled, 345) < min(heights) / 8


def test_the_limiter_leaves_alone_what_is_not_too_loud_and_recovers(tone: Tone) -> None:
    limiter = Limiter()
    quiet = tone(500, 0.01)
    same = quiet.copy()
    limiter.limit(same)
    assert np.array_equal(same, quiet)
    loud = tone(500, 0.1, 4.0)
    limiter.limit(loud)
    assert np.abs(loud).max() <= CEILING
    for _ in range(40):
        after = quiet.copy()
        limiter.limit(after)
    assert np.array_equal(after, quiet)


def test_cues_are_quiet_short_and_none_like_another() -> None:
    sounds = {cue: sound_of(cue) for cue in Cue}
    for sound in sounds.values():
        assert np.abs(sound).max() == pytest.approx(PEAK, rel=0.01)
        assert 0.1 < len(sound) / SAMPLE_RATE <= 0.5
        assert abs(sound[0]) < 0.001 and abs(sound[-1]) < 0.001
    halves = {
        cue: tuple(round(frequency_of(half) / 20) for half in np.array_split(sound, 2)) for cue, sound in sounds.items()
    }
    assert len(set(halves.values())) == len(Cue)


def test_a_cue_sounds_once_over_the_voices_also_for_the_deafened(tone: Tone) -> None:
    table = Table(tone)
    table.sit_down(300)
    table.mixer.deafened = True
    table.listen(0.2)
    table.mixer.play(sound_of(Cue.KNOCK))
    heard = table.listen(1.0)
    knock = sound_of(Cue.KNOCK)
    assert np.allclose(heard[: len(knock), 0], knock, atol=1e-6)
    assert np.abs(heard[len(knock) :]).max() == 0


def test_people_are_loud_within_two_tiles_and_fade_to_the_edge() -> None:
    assert gain_at(0) == gain_at(2) == 1.0
    assert gain_at(3) > gain_at(4) > gain_at(5) == pytest.approx(0.15)
    assert gain_at(9, full=True) == 1.0


def test_people_are_heard_from_where_they_stand() -> None:
    assert pan_towards(0, 5) == pan_towards(0, 0) == 0
    assert -0.8 <= pan_towards(-5, 0) < pan_towards(-1, 0) < 0 < pan_towards(1, 3) < pan_towards(1, 0)
