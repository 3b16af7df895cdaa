"""Microphone to loudspeaker and camera to picture, through all of the real parts between; only devices are doubles."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from gathertui.media.audio import engine
from gathertui.media.audio.engine import VoiceEngine
from gathertui.media.ports import SAMPLE_RATE
from gathertui.media.video.sender import VideoSender
from gathertui.protocol.media import SMALL_PICTURES
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.conference import Attendee, Conference
from gathertui.testing.listening import frequency_of
from gathertui.testing.sounddevices import CollectingSpeaker, SyntheticMicrophone
from gathertui.testing.speech import Hum

ROUNDS = 30
SETTLED = 4
"""Rounds until everything that is made once, and stays, is there."""


class Person:
    """Somebody of a conference with a microphone, a loudspeaker and a camera, all of them on."""

    def __init__(self, attendee: Attendee, pitch: float) -> None:
        loop = asyncio.get_running_loop()
        self.attendee = attendee
        self.microphone, self.speaker = SyntheticMicrophone(Hum(pitch)), CollectingSpeaker()
        self.camera = SyntheticCamera(attendee.avatar, 160, 120)
        self.problems: list[str] = []
        self.voice = VoiceEngine(
            feed=attendee.voice,
            loop=loop,
            on_level=lambda level, speaking: None,
            on_problem=lambda kind, why: self.problems.append(why),
            natural=False,
        )
        self.video = VideoSender(
            attendee.cameras,
            on_picture=lambda picture: None,
            on_problem=self.problems.append,
            loop=loop,
        )
        attendee.on_sound = self.voice.hear
        self.voice.use_microphone(self.microphone)
        self.voice.use_speaker(self.speaker)
        self.voice.set_live(True)
        self.video.set_rungs(frozenset({SMALL_PICTURES}))
        self.video.set_live(True)
        self.video.start(self.camera)

    def meet(self, other: Person) -> None:
        """Be linked with somebody."""
        self.attendee.conference.link(self.attendee, other.attendee)
        for one, another in ((self, other), (other, self)):
            one.voice.place(another.attendee.avatar, 1.0, 0.0)
            one.attendee.mesh.set_rung(another.attendee.avatar, SMALL_PICTURES)

    def part(self, other: Person) -> None:
        """Be linked no more."""
        self.attendee.conference.link(self.attendee, other.attendee, None)
        for one, another in ((self, other), (other, self)):
            one.voice.forget(another.attendee.avatar)

    def hears(self, pitch: float) -> bool:
        """Whether the loudspeaker plays that, in Hz."""
        last = self.speaker.mono()[-SAMPLE_RATE // 10 :]
        return len(last) > SAMPLE_RATE // 20 and np.abs(last).max() > 0.01 and abs(frequency_of(last) - pitch) < 20

    async def leave(self) -> None:
        """Turn off everything and go."""
        self.voice.close()
        self.video.stop()
        await self.video.closed()
        await self.voice.closed()
        await self.attendee.conference.leave(self.attendee)


@pytest.fixture
async def conference() -> AsyncIterator[Conference]:
    async with Conference() as conference:
        yield conference


def left_over() -> tuple[int, list[str], int]:
    gc.collect()
    threads = sorted(thread.name for thread in threading.enumerate() if not thread.name.startswith("asyncio"))
    return len(asyncio.all_tasks()), threads, len(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts what /proc tells")
async def test_thirty_who_come_are_heard_and_seen_and_go_leave_nothing_behind(
    conference: Conference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_LINGER", 0.2)  # seconds that an idle loudspeaker stays open
    ada = Person(conference.join("Ada", avatar=1), 400)
    before = None
    for number in range(ROUNDS):
        bob = Person(conference.join("Bob", avatar=2), 700)
        bob.meet(ada)
        if number % 5 != 1:  # some leave while they are still connecting
            await conference.until(lambda bob=bob: ada.hears(700) and bob.hears(400))
            seen = ada.attendee.pictures_of(bob.attendee)
            await conference.until(
                lambda bob=bob, seen=seen: (
                    ada.attendee.pictures_of(bob.attendee) > seen and bob.attendee.pictures_of(ada.attendee) > 0
                )
            )
        if number % 2:
            bob.part(ada)
            await bob.leave()
        else:
            await bob.leave()
            bob.part(ada)
        assert not bob.microphone.opened.is_set()
        assert not bob.camera.is_open
        peers = list(ada.attendee.peers)
        ada.attendee.peers.clear()
        await conference.until(lambda peers=peers: all(peer.is_closed for peer in peers))
        await conference.until(lambda: not ada.speaker.opened.is_set())
        assert [why for why in (*ada.problems, *bob.problems) if why] == []
        if number == SETTLED:
            before = left_over()
    assert left_over() == before
    await ada.leave()
