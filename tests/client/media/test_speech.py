"""Whether you speak, by the measure of the server: a second of voice begins it, five of silence end it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.client.media.speech import ENOUGH_SECONDS, SILENCE_SECONDS, WINDOW_SECONDS, Speech, SpeechWatch
from gathertui.testing.clock import VirtualClock, settle


def played(speech: Speech, *times: float) -> Speech:
    """A voice that begins and ends by turns at these times, looked at whenever something is due."""
    voice = False
    for now in times:
        let_pass(speech, now)
        voice = not voice
        speech.hear(voice, now)
    return speech


def let_pass(speech: Speech, now: float) -> None:
    while speech.due is not None and speech.due <= now:
        speech.update(speech.due)


def test_a_second_of_voice_is_speech_as_soon_as_it_has_passed() -> None:
    speech = played(Speech(), 10.0)
    assert speech.due == pytest.approx(11.0)
    let_pass(speech, 10.99)
    assert not speech.is_on
    let_pass(speech, 11.0)
    assert speech.is_on


@pytest.mark.parametrize(
    "times", [(10.0, 10.9), (10.0, 10.5, 12.1, 13.0), (10.0, 10.75, 12.0, 12.5), (10.0, 10.4, 12.0, 12.4, 14.0, 14.4)]
)
def test_a_cough_is_none(times: tuple[float, ...]) -> None:
    speech = played(Speech(), *times)
    assert not speech.is_on
    assert speech.due is None


def test_words_with_pauses_add_up() -> None:
    assert not played(Speech(), 10.0, 10.4, 10.8, 11.3).is_on
    assert played(Speech(), 10.0, 10.4, 10.8, 11.4).is_on


def test_it_ends_after_five_seconds_of_silence() -> None:
    speech = played(Speech(), 10.0, 12.0)
    assert speech.due == 12.0 + SILENCE_SECONDS
    let_pass(speech, 16.9)
    assert speech.is_on
    let_pass(speech, 17.0)
    assert not speech.is_on
    assert speech.due is None


def test_a_word_now_and_then_keeps_it() -> None:
    speech = played(Speech(), 10.0, 12.0, 16.0, 16.1, 21.0, 21.1)
    assert speech.is_on
    let_pass(speech, 26.2)
    assert not speech.is_on


def test_a_microphone_that_goes_off_ends_it_and_nothing_is_left() -> None:
    speech = played(Speech(), 10.0, 10.9, 11.0)
    speech.end()
    assert not speech.is_on
    assert speech.due is None
    played(speech, 11.1, 12.0)
    assert not speech.is_on


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(0, 80))
def test_any_speech_is_what_a_tape_of_it_says(lengths: list[int], rest: int) -> None:
    """There is a voice by turns, for so many eighths of a second each; the tape has a mark for each of them."""
    speech, changes = Speech(), [0.0]
    tape: list[bool] = []
    voice = on = False
    for length in [*lengths, rest]:
        speech.hear(voice, len(tape) / 8)
        for _ in range(length):
            tape.append(voice)
            let_pass(speech, len(tape) / 8)
            lately = sum(tape[-round(WINDOW_SECONDS * 8) :])
            enough = lately - round(ENOUGH_SECONDS * 8)
            silent = not any(tape[-round(SILENCE_SECONDS * 8) :])
            if enough > 0 or silent:
                assert speech.is_on == (enough > 0)
            elif enough < 0:
                assert speech.is_on == on, "nothing begins or ends it"
            if speech.is_on != on:
                on = speech.is_on
                changes.append(len(tape) / 8)
        voice = not voice
    assert all(later - earlier >= ENOUGH_SECONDS for earlier, later in pairwise(changes))


class Told:
    """What a watch told, and when."""

    def __init__(self, clock: VirtualClock) -> None:
        self.sleeps = 0
        self.changes: list[tuple[float, bool]] = []
        self.clock = clock
        self.watch = SpeechWatch(clock=clock, sleep=self._sleep, changed=self._note)
        self.began = clock()

    async def _sleep(self, seconds: float) -> None:
        self.sleeps += 1
        await self.clock.sleep(seconds)

    def _note(self) -> None:
        self.changes.append((round(self.clock() - self.began, 3), self.watch.is_on))


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    told = Told(VirtualClock())
    running = asyncio.create_task(told.watch.run())
    await settle()
    yield told
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_watch_tells_both_ends_by_itself(told: Told) -> None:
    told.watch.hear(True)
    await told.clock.advance(3.0)
    told.watch.hear(False)
    await told.clock.advance(10.0)
    assert told.changes == [(1.0, True), (8.0, False)]


async def test_a_watch_sleeps_while_there_is_nothing_to_watch(told: Told) -> None:
    await told.clock.advance(60.0)
    assert told.sleeps == 0
    told.watch.hear(True)
    await told.clock.advance(1.0)
    told.watch.end()
    await told.clock.advance(2.0)
    sleeps = told.sleeps
    await told.clock.advance(60.0)
    assert told.sleeps == sleeps
    told.watch.hear(True)
    await told.clock.advance(1.0)
    assert told.watch.is_on


async def test_a_watch_is_no_later_after_the_microphone_was_off_for_a_moment(told: Told) -> None:
    told.watch.hear(True)
    await told.clock.advance(1.5)
    told.watch.hear(False)
    await told.clock.advance(0.1)
    told.watch.end()
    told.watch.hear(True)
    await told.clock.advance(2.0)
    assert told.watch.is_on
