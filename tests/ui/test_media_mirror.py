"""The mirror: yourself as the others would have you, through the real encoder, without an office."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from textual.pilot import Pilot

from gathertui.client.media.devices import NONE, DeviceMaker, Twins
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.mirror import Mirror
from gathertui.client.media.state import CAMERA, MEDIA, MICROPHONE, SPEAKER
from gathertui.errors import DeviceError
from gathertui.media.devices import DeviceList
from gathertui.media.ports import Picture
from gathertui.protocol.media import LARGE_PICTURES, MEDIUM_PICTURES
from gathertui.testing.sounddevices import SyntheticMicrophone
from gathertui.testing.speech import SyntheticSpeech
from gathertui.ui.mirrorapp import MirrorApp
from gathertui.ui.settings import Settings
from gathertui.ui.widgets.picture import PictureView
from tests.ui.conftest import until

TWINS = {"GATHERTUI_CAMERA": "twin", "GATHERTUI_MICROPHONE": "twin", "GATHERTUI_SPEAKER": NONE}


class RedAtTheLeft:
    """A camera that sees something red at its left, and is open while it is asked."""

    opened: ClassVar[list[RedAtTheLeft]] = []

    def __init__(self) -> None:
        self.is_open = False

    def open(self, width: int, height: int, rate: float) -> None:
        self.is_open = True
        self.opened.append(self)

    def skip(self) -> bool:
        time.sleep(1 / 30)
        return True

    def read(self) -> Picture | None:
        self.skip()
        picture = np.full((480, 640, 3), 60, np.uint8)
        picture[:, :320] = (220, 30, 30)
        picture[::16] = 200  # not blank
        return picture

    def close(self) -> None:
        self.is_open = False


class Absent:
    def open(self, width: int, height: int, rate: float) -> None:
        raise DeviceError("There is no camera [b]here[/b].")

    def skip(self) -> bool:
        return False

    def read(self) -> Picture | None:
        return None

    def close(self) -> None:
        pass


@contextlib.asynccontextmanager
async def looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, twins: Twins, *, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Mirror, MirrorApp, Pilot[int]]]:
    monkeypatch.setattr(
        "gathertui.media.devices.list_devices", lambda: DeviceList((), (), (), ("Nothing is plugged in.",))
    )
    mirror = Mirror(DeviceMaker(twins), MediaMemory(None), environment=TWINS)
    app = MirrorApp(mirror, Settings(tmp_path))
    async with app.run_test(size=size) as pilot:
        yield mirror, app, pilot


def shown(app: MirrorApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def twins(camera: Callable[[], RedAtTheLeft | Absent] = RedAtTheLeft) -> Twins:
    return Twins({"twin": lambda: SyntheticMicrophone(SyntheticSpeech())}, {}, {"twin": camera})


async def test_you_see_yourself_in_every_size_and_the_camera_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    RedAtTheLeft.opened.clear()
    async with looking(tmp_path, monkeypatch, twins()) as (mirror, app, pilot):
        await until(pilot, lambda: mirror.picture is not None and "160×120" in shown(app))
        for key, size, width in (("2", MEDIUM_PICTURES, 320), ("3", LARGE_PICTURES, 640)):
            await pilot.press(key)
            await until(pilot, lambda w=width: mirror.picture is not None and mirror.picture.shape[1] == w)  # type: ignore[misc]
            assert mirror.size == size and f"{width}×" in shown(app)
        assert mirror.picture is not None
        left, right = mirror.picture[:, :160].mean(axis=(0, 1)), mirror.picture[:, -160:].mean(axis=(0, 1))
        assert right[0] > left[0] + 60, "as in a mirror: what is at the camera's left is at your right"
        assert app.screen.query_one(PictureView).moving_cells > 0
        await until(pilot, lambda: mirror.level > 0)
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)
    assert RedAtTheLeft.opened and not any(camera.is_open for camera in RedAtTheLeft.opened)


@pytest.mark.parametrize("size", [(40, 12), (120, 40)])
async def test_what_is_missing_is_said_and_the_rest_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    async with looking(tmp_path, monkeypatch, twins(Absent), size=size) as (mirror, app, pilot):
        await until(pilot, lambda: CAMERA in mirror.problems and "There is no camera" in shown(app))
        if size[0] > 100:
            assert "There is no camera [b]here[/b]." in shown(app)
        await until(pilot, lambda: mirror.level > 0)
        assert SPEAKER in mirror.problems and MICROPHONE not in mirror.problems
        assert app.screen.query_one(PictureView).moving_cells == 0


async def test_without_the_libraries_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("no module named av")

    monkeypatch.setattr("gathertui.client.media.mirror._load", missing)
    async with looking(tmp_path, monkeypatch, twins()) as (mirror, app, pilot):
        await until(pilot, lambda: MEDIA in mirror.problems and "no module named av" in shown(app))
        await pilot.press("h", "2", "q")
        await until(pilot, lambda: not app.is_running)
