"""From the camera to the feeds, as the event loop sees it."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from gathertui.media.feeds import PacketFeed, is_keyframe
from gathertui.media.ports import Picture
from gathertui.media.video import pipeline
from gathertui.media.video.rungs import RUNGS, Rung
from gathertui.media.video.sender import VideoSender
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.timecode import age, read_time


class Followed:
    """A feed with one follower, who keeps what comes."""

    def __init__(self, changed: asyncio.Event) -> None:
        self.feed = PacketFeed("video")
        self.frames: list[tuple[bytes, int]] = []
        self.silenced_after: list[int] = []
        self._changed = changed
        self.feed.add(self)

    def packet_came(self, data: bytes, pts: int, keyframe: bool) -> None:
        assert keyframe == is_keyframe(data)
        self.frames.append((data, pts))
        self._changed.set()

    def silenced(self) -> None:
        self.silenced_after.append(len(self.frames))


class Stage:
    """A sender, and all that it says."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.feeds = {number: Followed(self.changed) for number in RUNGS}
        self.pictures: list[Picture | None] = []
        self.problems: list[str] = []
        self.sender = VideoSender(
            {number: followed.feed for number, followed in self.feeds.items()},
            on_picture=lambda picture: self._note(self.pictures, picture),
            on_problem=lambda why: self._note(self.problems, why),
            loop=asyncio.get_running_loop(),
        )

    def _note(self, notes: list, what: object) -> None:
        notes.append(what)
        self.changed.set()

    def frames(self, number: int) -> list[bytes]:
        return [data for data, _ in self.feeds[number].frames]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    def shown(self) -> int:
        return sum(picture is not None for picture in self.pictures)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    stage.sender.stop()
    await stage.sender.closed()
    assert not [thread for thread in threading.enumerate() if thread.name == "camera"]


class HandCamera:
    """A camera that gives a picture when it is told to, and tells when one is waited for."""

    def __init__(self) -> None:
        self.waiting = threading.Semaphore(0)
        self._pictures: queue.SimpleQueue[Picture | None] = queue.SimpleQueue()
        self.is_open = False

    def give(self, picture: Picture | None) -> None:
        self._pictures.put(picture)

    async def wanted(self) -> None:
        assert await asyncio.to_thread(self.waiting.acquire, timeout=10)

    def open(self, width: int, height: int, rate: float) -> None:
        self.is_open = True

    def read(self) -> Picture | None:
        self.waiting.release()
        with contextlib.suppress(queue.Empty):
            return self._pictures.get(timeout=15)
        return None

    def skip(self) -> bool:
        return self.read() is not None

    def close(self) -> None:
        self.is_open = False


async def test_a_preview_shows_you_yourself_mirrored_and_sends_nothing(stage: Stage) -> None:
    camera = SyntheticCamera(1, with_time=True)
    stage.sender.set_rungs(frozenset({1, 2, 3}))
    stage.sender.start(camera)
    await stage.until(lambda: stage.shown() >= 4)
    picture = stage.pictures[-1]
    assert picture is not None
    assert picture.shape == (240, 320, 3)
    assert read_time(picture) is None
    assert read_time(picture[:, ::-1]) is not None
    assert camera.is_open
    assert not any(stage.frames(number) for number in RUNGS)
    stage.sender.stop()
    await stage.sender.closed()
    assert not camera.is_open
    assert stage.pictures[-1] is None
    assert stage.problems == [""]


async def test_live_it_sends_what_can_be_decoded_on_the_rungs_in_use(stage: Stage, decoder) -> None:
    stage.sender.start(SyntheticCamera(1, with_time=True))
    stage.sender.set_rungs(frozenset({1, 3}))
    stage.sender.set_live(True)
    await stage.until(lambda: len(stage.frames(1)) >= 6 and len(stage.frames(3)) >= 6)
    assert not stage.frames(2)
    for number in (1, 3):
        frames = stage.feeds[number].frames
        assert [is_keyframe(data) for data, _ in frames[:6]] == [True] + [False] * 5
        decoding = type(decoder)()
        now = time.monotonic()
        for data, pts in frames[:6]:
            picture = decoding.decode(data)
            assert picture.shape == (RUNGS[number].height, RUNGS[number].width, 3)
            # The time stamp is of when the picture was there, by the clock that wrote into it.
            taken = age(picture, pts / 90_000)
            assert taken is not None
            assert -0.002 < taken <= age(picture, now)


async def test_what_nobody_follows_any_more_is_not_encoded_and_begins_anew_with_a_key_frame(stage: Stage) -> None:
    stage.sender.set_live(True)
    stage.sender.set_rungs(frozenset({1}))
    stage.sender.start(SyntheticCamera(1))
    await stage.until(lambda: len(stage.frames(1)) >= 3)
    stage.sender.set_rungs(frozenset({2}))
    sent = len(stage.frames(1))
    await stage.until(lambda: len(stage.frames(2)) >= 4)
    assert len(stage.frames(1)) == sent
    stage.sender.set_rungs(frozenset({1, 2}))
    await stage.until(lambda: len(stage.frames(1)) > sent)
    assert is_keyframe(stage.frames(1)[sent])


async def test_a_key_frame_comes_when_a_peer_lacks_one(stage: Stage) -> None:
    stage.sender.set_live(True)
    stage.sender.set_rungs(frozenset({1}))
    stage.sender.start(SyntheticCamera(1))
    await stage.until(lambda: len(stage.frames(1)) >= 3)
    stage.feeds[1].feed.want_keyframe()
    await stage.until(lambda: any(map(is_keyframe, stage.frames(1)[3:])))


async def test_nothing_is_sent_of_what_was_taken_before_or_after_live(stage: Stage) -> None:
    camera = HandCamera()
    scene = SyntheticCamera(1, 160, 120)
    stage.sender.set_rungs(frozenset({1}))
    stage.sender.start(camera)
    await camera.wanted()
    # The camera already waits for this one: whoever went live just now had not begun.
    stage.sender.set_live(True)
    camera.give(scene.frame(0))
    await stage.until(stage.shown)
    assert not stage.frames(1)
    while not stage.frames(1):
        await camera.wanted()
        camera.give(scene.frame(1))
    await camera.wanted()
    sent = len(stage.frames(1))
    # And these come after the end, though the first was waited for before, and is due.
    await asyncio.sleep(0.1)
    stage.sender.set_live(False)
    for _ in range(5):
        camera.give(scene.frame(2))
        await camera.wanted()
    assert len(stage.frames(1)) == sent
    assert stage.feeds[1].silenced_after == [sent], "nor does anything that waits on its way"
    camera.give(None)


async def test_live_never_begins_with_what_was_seen_while_it_was_off(stage: Stage) -> None:
    camera = HandCamera()
    scene = SyntheticCamera(1, 160, 120)
    stage.sender.set_rungs(frozenset({1}))
    stage.sender.set_live(True)
    stage.sender.start(camera)
    for second in range(5):
        # It waits for a picture that is to be sent, and long enough that one is due.
        await camera.wanted()
        await asyncio.sleep(0.1)
        stage.sender.set_live(False)
        camera.give(scene.frame(second))
        stage.sender.set_live(True)
    await camera.wanted()
    assert stage.frames(1) == []
    while not stage.frames(1):
        camera.give(scene.frame(9))
        await camera.wanted()
    assert is_keyframe(stage.frames(1)[0])
    camera.give(None)


async def test_a_loop_that_is_busy_gets_no_backlog(stage: Stage) -> None:
    camera = SyntheticCamera(1)
    stage.sender.set_live(True)
    stage.sender.set_rungs(frozenset({1, 3}))
    stage.sender.start(camera)
    await stage.until(lambda: stage.frames(1))
    sent = len(stage.frames(3))
    went_on = threading.Event()
    # The loop does something else for a dozen pictures.
    taken = camera.pictures_passed
    while camera.pictures_passed < taken + 12:
        went_on.wait(0.02)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(stage.frames(3)) - sent <= 1


async def test_a_covered_lens_shows_nothing_and_sends_nothing(stage: Stage) -> None:
    camera = SyntheticCamera(1)
    stage.sender.set_live(True)
    stage.sender.set_rungs(frozenset({1}))
    stage.sender.start(camera)
    await stage.until(lambda: stage.frames(1))
    camera.cover()
    await stage.until(lambda: stage.sender.is_blank)
    assert stage.pictures[-1] is None
    sent, said = len(stage.frames(1)), len(stage.pictures)
    taken = camera.pictures_passed
    await asyncio.to_thread(_wait_for, lambda: camera.pictures_passed > taken + 6)
    assert (len(stage.frames(1)), len(stage.pictures)) == (sent, said)
    assert stage.feeds[1].silenced_after == [sent]
    camera.cover(False)
    await stage.until(lambda: len(stage.frames(1)) > sent)
    assert stage.pictures[-1] is not None
    assert not stage.sender.is_blank
    assert stage.sender.is_live


async def test_a_camera_that_is_unplugged_ends_being_live(stage: Stage) -> None:
    camera = SyntheticCamera(1)
    stage.sender.set_live(True)
    stage.sender.set_rungs(frozenset({1}))
    stage.sender.start(camera)
    await stage.until(lambda: stage.frames(1))
    camera.unplug()
    await stage.until(lambda: len(stage.problems) == 2)
    assert "gone" in stage.problems[1]
    assert stage.pictures[-1] is None
    assert not stage.sender.is_live
    assert not camera.is_open


async def test_a_camera_that_cannot_be_opened_says_so(stage: Stage) -> None:
    stage.sender.set_live(True)
    stage.sender.start(SyntheticCamera(refusal="The camera is in use."))
    await stage.until(lambda: stage.problems)
    assert stage.problems == ["The camera is in use."]
    assert not stage.sender.is_live


async def test_a_driver_that_fails_in_its_own_way_ends_with_a_sentence(stage: Stage) -> None:
    class Broken(SyntheticCamera):
        def read(self) -> Picture | None:
            raise OSError("bad cable")

    camera = Broken()
    stage.sender.start(camera)
    await stage.until(lambda: stage.problems)
    assert "bad cable" in stage.problems[0]
    assert not camera.is_open


async def test_another_camera_takes_over_when_the_first_is_closed(stage: Stage) -> None:
    first, second = HandCamera(), HandCamera()
    states: list[bool] = []
    opening = second.open

    def open_second(width: int, height: int, rate: float) -> None:
        states.append(first.is_open)
        opening(width, height, rate)

    second.open = open_second  # type: ignore[method-assign]
    stage.sender.set_live(True)
    stage.sender.start(first)
    await first.wanted()
    stage.sender.start(second)
    assert stage.sender.is_live
    first.give(np.zeros((48, 64, 3), np.uint8))
    await second.wanted()
    assert states == [False]
    stage.sender.stop()
    second.give(None)
    await stage.sender.closed()
    assert stage.problems == []


async def test_stopping_before_it_opened_never_opens_it(stage: Stage) -> None:
    first, second = HandCamera(), SyntheticCamera(1)
    stage.sender.start(first)
    await first.wanted()
    stage.sender.start(second)
    stage.sender.stop()
    first.give(np.zeros((48, 64, 3), np.uint8))
    await stage.sender.closed()
    assert second.pictures_passed == 0
    assert stage.problems == []


async def test_a_machine_that_does_not_keep_up_is_late(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowEncoder:
        def __init__(self, rung: Rung) -> None:
            self._pause = 1 / rung.rate

        def encode(self, picture: Picture, pts: int, *, key: bool = False) -> bytes:
            threading.Event().wait(self._pause)
            return b"\x00"

    monkeypatch.setattr(pipeline, "Vp8Encoder", SlowEncoder)
    stage.sender.set_rungs(frozenset({3}))
    stage.sender.start(SyntheticCamera(1))
    assert not stage.sender.is_late
    stage.sender.set_live(True)
    await stage.until(lambda: stage.sender.is_late)
    stage.sender.stop()
    assert not stage.sender.is_late


def test_nothing_heavy_is_loaded_before_a_camera_is_started() -> None:
    load = "import sys; from gathertui.media.video import sender, opening, cameras, ladder, filecamera, camera"
    program = f"{load}; print(*({{'av', 'cv2', 'aiortc'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


async def test_a_loop_that_closed_ends_the_thread() -> None:
    camera = SyntheticCamera(1)

    def run() -> None:
        async def begin() -> None:
            sender = VideoSender({}, on_picture=lambda _: None, on_problem=print, loop=asyncio.get_running_loop())
            sender.start(camera)

        asyncio.run(begin())

    before = set(threading.enumerate())
    await asyncio.to_thread(run)
    await asyncio.to_thread(_wait_for, lambda: not _cameras() - before)
    assert not camera.is_open


def _cameras() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "camera"}


def _wait_for(condition: Callable[[], object]) -> None:
    for _ in range(2000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came")
