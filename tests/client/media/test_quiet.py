"""Waiting until devices are closed: with the real engine and sender, and devices that take their time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from unittest.mock import MagicMock

import numpy as np
import pytest

from gathertui.client.media.parts import Parts
from gathertui.media.ports import Block, Picture

PATIENCE = 20.0


class Slow:
    """A device whose close returns when it may."""

    is_lost = False

    def __init__(self) -> None:
        self.is_open = threading.Event()
        self.may_close = threading.Event()

    def close(self) -> None:
        assert self.may_close.wait(PATIENCE)
        self.is_open.clear()


class SlowCamera(Slow):
    def open(self, width: int, height: int, rate: float) -> None:
        self.is_open.set()

    def skip(self) -> bool:
        time.sleep(1 / 60)
        return True

    def read(self) -> Picture | None:
        self.skip()
        return np.zeros((480, 640, 3), np.uint8)


class SlowMicrophone(Slow):
    def open(self, deliver: Callable[[Block], None], lost: Callable[[str], None]) -> None:
        self.is_open.set()


@pytest.fixture
async def parts() -> AsyncIterator[Parts]:
    parts = Parts(MagicMock())
    yield parts
    await parts.close()


async def is_open(device: Slow) -> None:
    async with asyncio.timeout(PATIENCE):
        await asyncio.to_thread(device.is_open.wait, PATIENCE)


@pytest.mark.parametrize("first", ["camera", "microphone"])
async def test_it_is_quiet_when_camera_and_microphone_are_closed(parts: Parts, first: str) -> None:
    camera, microphone = SlowCamera(), SlowMicrophone()
    parts.voice.use_microphone(microphone)
    parts.voice.set_live(True)
    parts.video.start(camera)
    await is_open(camera)
    await is_open(microphone)
    parts.voice.set_live(False)
    parts.video.stop()
    waiting = asyncio.create_task(parts.quiet())
    for device in (camera, microphone) if first == "camera" else (microphone, camera):
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done, "what the driver takes its time for is open"
        device.may_close.set()
    async with asyncio.timeout(PATIENCE):
        await waiting
    assert not camera.is_open.is_set() and not microphone.is_open.is_set()


async def test_with_nothing_ever_on_it_is_quiet_at_once(parts: Parts) -> None:
    async with asyncio.timeout(PATIENCE):
        await parts.quiet()


async def test_after_the_end_it_is_quiet(parts: Parts) -> None:
    microphone = SlowMicrophone()
    microphone.may_close.set()
    parts.voice.use_microphone(microphone)
    parts.voice.set_live(True)
    await is_open(microphone)
    await parts.close()
    async with asyncio.timeout(PATIENCE):
        await parts.quiet()
    assert not microphone.is_open.is_set()
