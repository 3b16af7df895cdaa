from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from gathertui.media.audio import devicethread
from gathertui.media.audio.cues import Cue, sound_of
from gathertui.media.audio.engine import MICROPHONE, SPEAKER, VoiceEngine
from gathertui.media.audio.opus import PACKET
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Sound
from gathertui.testing.listening import frequency_of, largest_step, opus_decoded, strength_of
from gathertui.testing.room import SimulatedRoom
from gathertui.testing.sounddevices import CollectingSpeaker, SyntheticMicrophone
from gathertui.testing.speech import Hum, Silence, SyntheticSpeech

Tone = Callable[..., Sound]
SECONDS = 10
"""How long anything may take until it counts as broken."""


class Listeners:
    """Who gets the packets, and what the engine told."""

    def __init__(self) -> None:
        self.packets: list[tuple[bytes, int]] = []
        self.silenced_after: list[int] = []
        self.subscribers = 1
        self.levels: list[tuple[float, bool]] = []
        self.problems: list[tuple[str, str]] = []
        self.heard: list[int] = []
        self.happened = asyncio.Event()

    def put(self, data: bytes, pts: int) -> None:
        self.packets.append((data, pts))
        self.happened.set()

    def silence(self) -> None:
        self.silenced_after.append(len(self.packets))

    def level(self, level: float, speaking: bool) -> None:
        self.levels.append((level, speaking))
        self.happened.set()

    def problem(self, kind: str, why: str) -> None:
        self.problems.append((kind, why))
        self.happened.set()

    def hear(self, avatar: int) -> None:
        self.heard.append(avatar)
        self.happened.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not condition():
                self.happened.clear()
                await self.happened.wait()


@asynccontextmanager
async def running(*, natural: bool = True) -> AsyncIterator[tuple[VoiceEngine, Listeners]]:
    threads = set(threading.enumerate())
    listeners = Listeners()
    engine = VoiceEngine(
        feed=listeners,
        loop=asyncio.get_running_loop(),
        on_level=listeners.level,
        on_problem=listeners.problem,
        on_heard=listeners.hear,
        natural=natural,
    )
    try:
        yield engine, listeners
    finally:
        engine.close()
        async with asyncio.timeout(SECONDS):
            await engine.closed()
        started = set(threading.enumerate()) - threads
        assert not {thread.name for thread in started if thread.name.startswith(("sound", "synthetic"))}


async def opened(device: SyntheticMicrophone | CollectingSpeaker) -> None:
    assert await asyncio.to_thread(device.opened.wait, SECONDS)


async def closed(device: SyntheticMicrophone | CollectingSpeaker) -> None:
    assert await asyncio.to_thread(device.closed.wait, SECONDS)


async def settled() -> None:
    """Let everything that was handed to the loop come about."""
    for _ in range(3):
        await asyncio.sleep(0)


def talk(engine: VoiceEngine, speaker: CollectingSpeaker, avatar: int, sound: Sound) -> None:
    """Somebody talks, in the time that the speaker plays it."""
    for at in range(0, len(sound), PACKET):
        engine.hear(avatar, sound[at : at + PACKET])
        speaker.advance(0.02)


async def test_what_is_said_goes_out_as_packets_and_is_heard_at_the_other_end() -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(SyntheticSpeech(1), real_time=False)
        engine.use_microphone(microphone)
        assert not microphone.opened.is_set()
        engine.set_live(True)
        await opened(microphone)
        microphone.advance(3.0)
        await settled()
        heard = opus_decoded(data for data, _ in listeners.packets)
        assert heard.std() > 0.02
        assert [pts for _, pts in listeners.packets] == sorted({pts for _, pts in listeners.packets})


async def test_while_nobody_listens_nothing_is_encoded_and_your_level_shows_all_the_same() -> None:
    async with running() as (engine, listeners):
        listeners.subscribers = 0
        microphone = SyntheticMicrophone(SyntheticSpeech(1), real_time=False)
        engine.use_microphone(microphone)
        engine.set_live(True)
        await opened(microphone)
        microphone.advance(2.0)
        await listeners.until(lambda: bool(listeners.levels))
        await settled()
        assert listeners.packets == []
        listeners.subscribers = 1
        microphone.advance(2.0)
        await settled()
        assert opus_decoded(data for data, _ in listeners.packets).std() > 0.02


async def test_muting_closes_the_microphone_and_nothing_leaves_not_even_what_was_on_its_way() -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(SyntheticSpeech(1), real_time=False)
        engine.use_microphone(microphone)
        engine.set_live(True)
        await opened(microphone)
        microphone.advance(2.0)
        engine.set_live(False)  # before the loop came to hand any of it to the feed
        await settled()
        assert listeners.packets == []
        await closed(microphone)
        assert listeners.levels[-1:] in ([], [(0.0, False)])


async def test_turning_on_again_at_once_does_not_let_out_what_was_said_before() -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(SyntheticSpeech(1), real_time=False)
        engine.use_microphone(microphone)
        engine.set_live(True)
        await opened(microphone)
        microphone.advance(2.0)
        engine.set_live(False)
        assert listeners.silenced_after == [0]
        engine.set_live(True)
        await settled()
        assert listeners.packets == []
        await opened(microphone)
        microphone.advance(2.0)
        await listeners.until(lambda: bool(listeners.packets))


async def test_what_was_heard_before_a_short_muting_does_not_come_after_it(tone: Tone) -> None:
    sent = []
    for muted in (False, True):
        async with running() as (engine, listeners):
            microphone = SyntheticMicrophone(Silence(), real_time=False)
            engine.use_microphone(microphone)
            engine.set_monitor(True)  # which keeps it open
            engine.set_live(True)
            await opened(microphone)
            microphone.advance(1.0)
            if muted:
                engine.set_live(False)
                engine.set_live(True)
            for block in tone(300, 0.02).reshape(2, BLOCK):
                microphone.hear(block)
            await settled()
            sent.append(len(listeners.packets))
    # Two blocks are one packet: more than that is from before.
    assert sent[0] > 1 >= sent[1]


async def test_the_pause_while_muted_is_a_gap_in_the_times() -> None:
    async with running(natural=False) as (engine, listeners):
        microphone = SyntheticMicrophone(Hum(), real_time=False)
        engine.use_microphone(microphone)
        last = -1
        for _ in range(2):
            engine.set_live(True)
            await opened(microphone)
            microphone.advance(0.1)
            await settled()
            times = [pts for _, pts in listeners.packets]
            assert len(times) == 5
            assert times[0] > last
            assert times == list(range(times[0], times[0] + 5 * PACKET, PACKET))
            last = times[-1]
            listeners.packets.clear()
            engine.set_live(False)
            await closed(microphone)


async def test_your_own_level_and_speaking_are_told_ten_times_a_second_at_most_and_end_with_muting() -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(SyntheticSpeech(1))
        engine.use_microphone(microphone)
        engine.set_live(True)
        began = asyncio.get_running_loop().time()
        await listeners.until(lambda: any(speaking for _, speaking in listeners.levels))
        assert max(level for level, _ in listeners.levels) > 0.4
        await listeners.until(lambda: asyncio.get_running_loop().time() - began > 1.2)
        engine.set_live(False)
        await listeners.until(lambda: listeners.levels[-1] == (0.0, False))
        lasted = asyncio.get_running_loop().time() - began
        assert len(listeners.levels) <= 10 * lasted + 2


async def test_silence_does_not_wake_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (engine, _):
        microphone = SyntheticMicrophone(Silence(), real_time=False)
        engine.use_microphone(microphone)
        engine.set_live(True)
        engine.place(3, 1.0, 0.0)
        await opened(microphone)
        woken: list[object] = []
        wake = asyncio.get_running_loop().call_soon_threadsafe
        monkeypatch.setattr(
            asyncio.get_running_loop(), "call_soon_threadsafe", lambda *what: (woken.append(what), wake(*what))[1]
        )
        microphone.advance(5.0)
        for _ in range(250):
            engine.hear(3, np.zeros(PACKET, np.float32))
        assert len(woken) <= 1
        monkeypatch.undo()


async def test_others_are_heard_at_their_gain_and_from_their_side(tone: Tone) -> None:
    async with running() as (engine, _):
        speaker = CollectingSpeaker(real_time=False)
        engine.use_speaker(speaker)
        engine.place(7, 0.5, 1.0)
        engine.place(8, 1.0, -1.0)
        await opened(speaker)
        for at in range(0, SAMPLE_RATE, PACKET):
            engine.hear(7, tone(500, 0.02, start=at))
            engine.hear(8, tone(900, 0.02, start=at))
            speaker.advance(0.02)
        heard = speaker.played[SAMPLE_RATE // 4 :]
        assert strength_of(heard[:, 1], 500) == pytest.approx(0.15, abs=0.005)
        assert strength_of(heard[:, 0], 900) == pytest.approx(0.3, abs=0.005)
        assert strength_of(heard[:, 0], 500) < 0.005


async def test_what_comes_of_somebody_without_a_place_is_not_heard(tone: Tone) -> None:
    async with running() as (engine, _):
        speaker = CollectingSpeaker(real_time=False)
        engine.use_speaker(speaker)
        engine.place(7, 1.0, 0.0)
        engine.place(3, 1.0, 0.0)
        await opened(speaker)
        engine.forget(3)
        for at in range(10):
            engine.hear(3, tone(500, 0.02, start=at * PACKET))
        assert engine.level(3) == 0
        played = speaker.advance(0.2)
        assert np.abs(played).max() == 0


async def test_who_has_no_place_does_not_open_the_loudspeaker(tone: Tone) -> None:
    async with running() as (engine, _):
        speaker = CollectingSpeaker(real_time=False)
        engine.use_speaker(speaker)
        engine.hear(3, tone(500, 0.02))
        await settled()
        assert not speaker.opened.is_set()


async def test_when_nobody_is_left_the_loudspeaker_closes(tone: Tone) -> None:
    async with running() as (engine, _):
        speaker = CollectingSpeaker()
        engine.use_speaker(speaker)
        engine.place(3, 1.0, 0.0)
        await opened(speaker)
        engine.hear(3, tone(500, 0.02))
        engine.forget(3)
        forgotten = asyncio.get_running_loop().time()
        await closed(speaker)
        assert asyncio.get_running_loop().time() - forgotten > 1  # there is time to fade, and for a sound of leaving


async def test_levels_of_others_rise_and_fall_also_without_a_loudspeaker(tone: Tone) -> None:
    async with running() as (engine, listeners):
        engine.place(3, 1.0, 0.0)
        engine.hear(3, tone(500, 0.02))
        await listeners.until(lambda: engine.is_speaking(3))
        assert engine.level(3) > 0.5
        assert not engine.is_speaking(4)
        assert engine.level(4) == 0
        await listeners.until(lambda: not engine.is_speaking(3) and engine.level(3) == 0)
        assert set(listeners.heard) == {3}


async def test_the_deafened_hear_cues_and_see_who_speaks_but_hear_nobody(tone: Tone) -> None:
    async with running() as (engine, _):
        speaker = CollectingSpeaker(real_time=False)
        engine.use_speaker(speaker)
        engine.place(3, 1.0, 0.0)
        await opened(speaker)
        talk(engine, speaker, 3, tone(500, 0.4))
        engine.set_deafened(True)
        before = len(speaker.played)
        talk(engine, speaker, 3, tone(500, 0.4))
        muted = speaker.played[before - BLOCK :]
        assert largest_step(muted) < 0.03
        assert np.abs(muted[4 * PACKET :]).max() == 0
        assert engine.is_speaking(3)
        engine.play(Cue.KNOCK)
        knock = speaker.advance(0.5)
        assert np.abs(knock).max() == pytest.approx(np.abs(sound_of(Cue.KNOCK)).max())
        engine.set_deafened(False)
        talk(engine, speaker, 3, tone(500, 0.4))
        assert strength_of(speaker.played[-4 * PACKET :, 0], 500) > 0.15


async def test_a_cue_opens_the_loudspeaker_and_a_silenced_one_does_not() -> None:
    async with running() as (engine, _):
        speaker = CollectingSpeaker(real_time=False)
        engine.use_speaker(speaker)
        engine.set_cues(frozenset({Cue.NEAR}))
        engine.play(Cue.NEAR)
        await settled()
        assert not speaker.opened.is_set()
        engine.play(Cue.GONE)
        await opened(speaker)
        heard = speaker.advance(1.0)
        assert np.allclose(heard[: len(sound_of(Cue.GONE)), 0], sound_of(Cue.GONE), atol=1e-6)


async def test_a_device_that_does_not_open_is_told_in_a_sentence_and_the_rest_goes_on(tone: Tone) -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(Silence(), failure="There is no microphone here: plug one in.")
        speaker = CollectingSpeaker(failure="There is no loudspeaker here: plug one in.")
        engine.use_microphone(microphone)
        engine.use_speaker(speaker)
        engine.set_live(True)
        engine.place(3, 1.0, 0.0)
        await listeners.until(lambda: len(listeners.problems) == 2)
        assert dict(listeners.problems) == {MICROPHONE: microphone.failure, SPEAKER: speaker.failure}
        for _ in range(500):
            engine.hear(3, tone(500, 0.02))
        await listeners.until(lambda: engine.is_speaking(3))
        # Once it is there, turning the microphone off and on is enough.
        microphone.failure = ""
        engine.set_live(False)
        engine.set_live(True)
        await opened(microphone)
        await listeners.until(lambda: listeners.problems[-1] == (MICROPHONE, ""))


async def test_a_device_that_goes_while_it_is_used_is_told() -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(Silence())
        engine.use_microphone(microphone)
        engine.set_live(True)
        await opened(microphone)
        microphone.fail("The headset is gone: the built-in microphone hears you now.")
        await listeners.until(lambda: bool(listeners.problems))
        microphone.fail("")
        await listeners.until(lambda: listeners.problems[-1] == (MICROPHONE, ""))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there is looked for all the time."""
    monkeypatch.setattr(devicethread, "RETRY_EVERY", 0.01)


@pytest.mark.usefixtures("impatient")
async def test_a_loudspeaker_that_is_plugged_in_later_plays_without_a_word(tone: Tone) -> None:
    async with running() as (engine, listeners):
        speaker = CollectingSpeaker(failure="There is no loudspeaker here.", real_time=False)
        engine.use_speaker(speaker)
        engine.place(3, 1.0, 0.0)
        await listeners.until(lambda: listeners.problems == [(SPEAKER, "There is no loudspeaker here.")])
        speaker.failure = ""
        await opened(speaker)
        await listeners.until(lambda: listeners.problems[-1] == (SPEAKER, ""))
        talk(engine, speaker, 3, tone(500, 1.0))
        assert frequency_of(speaker.mono()[-SAMPLE_RATE // 2 :]) == pytest.approx(500, rel=0.02)


@pytest.mark.usefixtures("impatient")
async def test_a_microphone_that_is_lost_while_it_is_wanted_is_heard_again_when_it_is_back() -> None:
    async with running(natural=False) as (engine, listeners):
        microphone = SyntheticMicrophone(Hum(300), real_time=False)
        engine.use_microphone(microphone)
        engine.set_live(True)
        await opened(microphone)
        microphone.lose("It was unplugged.")
        tries = microphone.tries
        await listeners.until(lambda: listeners.problems == [(MICROPHONE, "It was unplugged.")])
        async with asyncio.timeout(SECONDS):
            while microphone.tries < tries + 3:
                await asyncio.sleep(0.01)
        assert len(listeners.problems) == 1, "that it is still not there is no news"
        microphone.failure = ""
        await opened(microphone)
        await listeners.until(lambda: listeners.problems[-1] == (MICROPHONE, ""))
        microphone.advance(0.5)
        await settled()
        assert listeners.packets


@pytest.mark.usefixtures("impatient")
async def test_what_nobody_wants_any_more_is_not_looked_for() -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(Silence(), failure="There is no microphone here.")
        engine.use_microphone(microphone)
        engine.set_live(True)
        await listeners.until(lambda: bool(listeners.problems))
        engine.set_live(False)
        await closed(microphone)
        tries = microphone.tries
        await asyncio.sleep(0.1)
        assert microphone.tries == tries


def test_the_pause_between_two_tries_is_three_seconds() -> None:
    assert devicethread.RETRY_EVERY == 3.0


async def test_another_microphone_takes_over_while_live() -> None:
    async with running(natural=False) as (engine, listeners):
        first, second = SyntheticMicrophone(Hum(300), real_time=False), SyntheticMicrophone(Hum(700), real_time=False)
        engine.use_microphone(first)
        engine.set_live(True)
        await opened(first)
        engine.use_microphone(second)
        await opened(second)
        assert first.closed.is_set()
        second.advance(0.5)
        await settled()
        assert frequency_of(opus_decoded(data for data, _ in listeners.packets)) == pytest.approx(700, rel=0.02)


async def test_mirroring_lets_you_hear_yourself_later_and_sends_nothing() -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(SyntheticSpeech(1), real_time=False)
        speaker = CollectingSpeaker(real_time=False)
        engine.use_microphone(microphone)
        engine.use_speaker(speaker)
        engine.set_monitor(True)
        await opened(microphone)
        await opened(speaker)
        for _ in range(300):
            microphone.advance(0.01)
            speaker.advance(0.01)
        await settled()
        heard = np.abs(speaker.mono()) > 0.02
        said = np.abs(SyntheticSpeech(1).samples(0, 3 * SAMPLE_RATE)) > 0.02
        later = (int(np.flatnonzero(heard)[0]) - int(np.flatnonzero(said)[0])) / SAMPLE_RATE
        assert 0.9 < later < 1.2
        assert listeners.packets == []
        assert any(level > 0.3 for level, _ in listeners.levels)
        # What was heard before going live stays here.
        engine.set_live(True)
        await settled()
        assert listeners.packets == []
        engine.set_live(False)
        engine.set_monitor(False)
        await closed(microphone)


async def test_the_echo_of_others_in_the_room_does_not_go_back() -> None:
    async with running() as (engine, listeners):
        room = SimulatedRoom(1)
        microphone = SyntheticMicrophone(Silence(), real_time=False)
        speaker = CollectingSpeaker(real_time=False)
        engine.use_microphone(microphone)
        engine.use_speaker(speaker)
        engine.set_live(True)
        engine.place(3, 1.0, 0.5)
        await opened(microphone)
        await opened(speaker)
        voice = SyntheticSpeech(4).samples(0, 12 * SAMPLE_RATE)
        for at in range(0, len(voice), PACKET):
            engine.hear(3, voice[at : at + PACKET])
            for _ in range(2):
                microphone.hear(room.hear(speaker.advance(0.01).mean(axis=1)))
        await settled()
        begin = listeners.packets[0][1] if listeners.packets else 0
        late = [pts for _, pts in listeners.packets if pts - begin > 4 * SAMPLE_RATE]
        assert len(late) < 0.15 * 8 * 50


@pytest.mark.parametrize("block", [37, 4096])
async def test_a_loudspeaker_that_runs_as_it_likes_breaks_nothing(tone: Tone, block: int) -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(SyntheticSpeech(1), real_time=False)
        speaker = CollectingSpeaker(real_time=False, block=block)
        engine.use_microphone(microphone)
        engine.use_speaker(speaker)
        engine.set_live(True)
        engine.place(3, 1.0, 0.0)
        await opened(microphone)
        await opened(speaker)
        for _ in range(20):
            speaker.advance(0.5)  # as fast as it can
            engine.hear(3, tone(500, 0.02))
            microphone.advance(0.01)
        microphone.advance(5.0)  # and then not at all
        for at in range(200):
            engine.hear(3, tone(500, 0.02, start=at * PACKET))
        heard = speaker.advance(0.5)
        assert np.isfinite(heard).all()
        assert largest_step(heard) < 0.05
        await listeners.until(lambda: bool(listeners.packets))


async def test_after_the_end_nothing_is_sent_opened_or_told() -> None:
    async with running() as (engine, listeners):
        microphone = SyntheticMicrophone(SyntheticSpeech(1))
        speaker = CollectingSpeaker()
        engine.use_microphone(microphone)
        engine.use_speaker(speaker)
        engine.set_live(True)
        engine.place(1, 1.0, 0.0)
        await opened(microphone)
        await opened(speaker)
        engine.close()
        await engine.closed()
        assert microphone.closed.is_set()
        assert speaker.closed.is_set()
        told = len(listeners.packets), len(listeners.levels)
        engine.set_live(True)
        engine.use_microphone(microphone)
        engine.play(Cue.NEAR)
        engine.set_monitor(True)
        engine.hear(1, np.zeros(PACKET, np.float32))
        await settled()
        assert (len(listeners.packets), len(listeners.levels)) == told
        assert not microphone.opened.is_set()
