"""What a camera costs: from its pictures to frames for every rung, and how long a picture is on its way.

Prints a line of JSON a figure. The camera is `SyntheticCamera`'s, at 640 by 480.
Milliseconds of work are of this thread's CPU time, median and least of many
pictures; a rung's share of a core is the mean work times the rung's rate. What the
sender takes as a whole is the CPU time of the process, of all its threads, less
what the synthetic camera takes, over some seconds of real time. On its way is a
picture from when the camera gave it to when the feed has its packet, by the wall's clock.

    python tests/bench/camera.py
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Iterable

import cv2

from gathertui.media.feeds import PacketFeed
from gathertui.media.ports import Picture
from gathertui.media.video.encoder import Vp8Encoder
from gathertui.media.video.pipeline import OWN_RATE, Pipeline
from gathertui.media.video.rungs import RUNGS
from gathertui.media.video.scaling import cut, scaled
from gathertui.media.video.sender import VideoSender
from gathertui.testing.camera import SyntheticCamera

PICTURES = 150
SECONDS = 6.0
WARMING = 1.0
WIDTH, HEIGHT = 640, 480


def say(figure: str, **values: object) -> None:
    """Print one figure."""
    print(json.dumps({"figure": figure, **values}))


def timed(work: Callable[[Picture, int], object], pictures: Iterable[Picture]) -> list[float]:
    """Return the milliseconds of CPU that each picture took."""
    times = []
    for number, picture in enumerate(pictures):
        began = time.thread_time()
        work(picture, number)
        times.append((time.thread_time() - began) * 1000)
    return times


def spread(times: list[float]) -> dict[str, float]:
    """Return what to print of them."""
    return {"median_ms": round(statistics.median(times), 3), "least_ms": round(min(times), 3)}


def film(width: int, height: int, rate: float) -> list[Picture]:
    """Return some seconds of the camera."""
    camera = SyntheticCamera(1, width, height)
    return [camera.frame(number / rate) for number in range(PICTURES)]


def measure_camera() -> None:
    """What the synthetic camera itself takes."""
    for rung in RUNGS.values():
        camera = SyntheticCamera(1, rung.width, rung.height)
        times = timed(lambda _, number, camera=camera: camera.frame(number / 15), film(64, 48, 15))
        say("synthetic camera", size=f"{rung.width}x{rung.height}", **spread(times))


def measure_rungs() -> None:
    """What scaling and encoding take, rung by rung, and one's own picture."""
    for rung in RUNGS.values():
        encoder, sizes = Vp8Encoder(rung), []

        def work(picture: Picture, number: int, encoder=encoder, rung=rung, sizes=sizes) -> None:
            small = scaled(cut(picture), rung.width, rung.height)
            sizes.append(len(encoder.encode(small, round(number * 90_000 / rung.rate))))

        times = timed(work, film(WIDTH, HEIGHT, rung.rate))
        say(
            "scale and encode",
            rung=f"{rung.width}x{rung.height}@{rung.rate}",
            **spread(times),
            core_percent=round(statistics.mean(times) * rung.rate / 10, 2),
            kbit_per_second=round(sum(sizes) * 8 * rung.rate / PICTURES / 1000),
        )
    pipeline = Pipeline()
    times = timed(
        lambda picture, number: pipeline.process(picture, number / OWN_RATE, 0.01, {}, set()), film(WIDTH, HEIGHT, 15)
    )
    say("own picture", **spread(times), core_percent=round(statistics.mean(times) * OWN_RATE / 10, 2))


class Follower:
    """Notes how old a frame is when it comes."""

    def __init__(self) -> None:
        self.ages: list[float] = []

    def packet_came(self, data: bytes, pts: int, keyframe: bool) -> None:
        """Take a frame; its time stamp is of when the camera gave the picture."""
        self.ages.append((time.monotonic() - pts / 90_000) * 1000)

    def silenced(self) -> None:
        """Nothing waits here."""


class MeteredCamera(SyntheticCamera):
    """Knows what it took itself."""

    cpu = 0.0

    def frame(self, seconds: float) -> Picture:
        """Return the frame."""
        began = time.thread_time()
        try:
            return super().frame(seconds)
        finally:
            self.cpu += time.thread_time() - began


async def measure_sender(rungs: frozenset[int]) -> None:
    """What the whole takes: preview alone, or live on some rungs."""
    followers = {number: Follower() for number in RUNGS}
    feeds = {number: PacketFeed("video") for number in RUNGS}
    for number, feed in feeds.items():
        feed.add(followers[number])
    loop = asyncio.get_running_loop()
    sender = VideoSender(feeds, on_picture=lambda _: None, on_problem=lambda _: None, loop=loop)
    camera = MeteredCamera(1, WIDTH, HEIGHT)
    sender.set_rungs(rungs)
    sender.set_live(bool(rungs))
    sender.start(camera)
    await asyncio.sleep(WARMING)
    for follower in followers.values():
        follower.ages.clear()
    spent, began = time.process_time() - camera.cpu, time.monotonic()
    await asyncio.sleep(SECONDS)
    spent, passed = time.process_time() - camera.cpu - spent, time.monotonic() - began
    sender.stop()
    await sender.closed()
    values: dict[str, object] = {"core_percent": round(100 * spent / passed, 2)}
    ages = sorted(age for follower in followers.values() for age in follower.ages)
    if ages:
        values |= {
            "frames_per_second": {
                RUNGS[number].width: round(len(followers[number].ages) / passed, 1) for number in rungs
            },
            "on_its_way_p50_ms": round(statistics.median(ages), 2),
            "on_its_way_p95_ms": round(ages[int(0.95 * len(ages))], 2),
        }
    say("sender", rungs=[RUNGS[number].width for number in sorted(rungs)], **values)


def main() -> None:
    """Measure everything."""
    cv2.setNumThreads(1)
    measure_camera()
    measure_rungs()
    for rungs in ((), (1,), (2,), (3,), (1, 2), (1, 2, 3)):
        asyncio.run(measure_sender(frozenset(rungs)))


if __name__ == "__main__":
    main()
