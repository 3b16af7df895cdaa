"""The mirror: yourself as the others would have you, through the real encoder, without an office."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
import pytest
from textual import events
from textual.pilot import Pilot

from gathertui.client.media.devices import NONE, DeviceMaker, Twins
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.mirror import Mirror
from gathertui.client.media.state import CAMERA, MEDIA, MICROPHONE, SPEAKER
from gathertui.errors import DeviceError
from gathertui.media.devices import DeviceList
from gathertui.media.ports import Picture
from gathertui.protocol.media import LARGE_PICTURES, MEDIUM_PICTURES
from gathertui.terminal.tmuxpane import PaneState, TmuxPane
from gathertui.testing.media import ScriptedMedia
from gathertui.testing.sounddevices import SyntheticMicrophone
from gathertui.testing.speech import SyntheticSpeech
from gathertui.ui.keys import command_named
from gathertui.ui.mirrorapp import MirrorApp
from gathertui.ui.screens.mirror import MirrorScreen
from gathertui.ui.screens.office import OfficeScreen
from gathertui.ui.settings import Settings
from gathertui.ui.widgets.picture import PictureView
from tests.ui.conftest import until

if TYPE_CHECKING:
    from tests.ui.conftest import Visit, Visits

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


class SlowToClose(RedAtTheLeft):
    """A camera whose driver takes its time."""

    def close(self) -> None:
        time.sleep(0.4)
        super().close()


class Detached:
    """A pane of tmux that nobody is attached to any more."""

    async def state(self, patience: float = 0.9) -> PaneState:
        return PaneState(attached=False, seen=False)


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


async def test_what_is_missing_is_said_whole_at_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remedy = "Plug one in, or name a film or a picture instead, or join the group that owns the camera, and sign in."

    def refuse(self: Absent, width: int, height: int, rate: float) -> None:
        raise DeviceError(f"No camera was found. {remedy}")

    monkeypatch.setattr(Absent, "open", refuse)
    async with looking(tmp_path, monkeypatch, twins(Absent), size=(80, 24)) as (mirror, app, pilot):
        await until(pilot, lambda: CAMERA in mirror.problems and mirror.sent is not None)
        await until(pilot, lambda: remedy in " ".join(shown(app).split()))
        assert "As others see you" not in shown(app) and "…" not in shown(app)
        mirror.problems.pop(SPEAKER)
        mirror.names.pop(SPEAKER, None)
        mirror.changed()
        await until(pilot, lambda: "Loudspeaker: none found" in shown(app))
        await until(pilot, lambda: app.screen.query_one(PictureView).size.height > 10)


async def test_without_the_libraries_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("no module named av")

    monkeypatch.setattr("gathertui.client.media.mirror._load", missing)
    async with looking(tmp_path, monkeypatch, twins()) as (mirror, app, pilot):
        await until(pilot, lambda: MEDIA in mirror.problems and "no module named av" in shown(app))
        await pilot.press("h", "2", "q")
        await until(pilot, lambda: not app.is_running)


# ---------------------------------------------------------------- nobody is there any more


def mirror_with(camera: Callable[[], RedAtTheLeft]) -> Mirror:
    return Mirror(DeviceMaker(twins(camera)), MediaMemory(None), environment=TWINS)


@contextlib.asynccontextmanager
async def in_the_office(visits: Visits, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visit]:
    """Look into the mirror from the office, until it shows something."""
    monkeypatch.setattr("gathertui.media.devices.list_devices", lambda: DeviceList((), (), (), ()))
    mirror = mirror_with(SlowToClose)
    token = visits.office.add_account("ada")
    async with visits.open(token=token, media=ScriptedMedia().join) as visit:
        visit.app._make_mirror = lambda: mirror
        visit.screen.perform(command_named("mirror"))
        await visit.until(lambda: isinstance(visit.app.screen, MirrorScreen))
        await visit.until(lambda: mirror.picture is not None)
        assert any(camera.is_open for camera in SlowToClose.opened)
        yield visit


async def test_suspending_the_office_closes_the_mirror_and_its_devices_first(
    visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    SlowToClose.opened.clear()
    async with in_the_office(visits, monkeypatch) as visit:
        await visit.app.guard.suspend()
        assert not any(camera.is_open for camera in SlowToClose.opened)
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        await visit.until(lambda: "the office was suspended" in visit.shown())


async def test_who_is_stopped_without_being_asked_turns_the_mirror_off(
    visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with in_the_office(visits, monkeypatch) as visit:
        screen = visit.app.screen
        assert isinstance(screen, MirrorScreen) and screen.is_on
        visit.app.app_suspend_signal.publish(visit.app)
        assert not screen.is_on, "at once: the next that happens is that we are stopped"
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))


async def test_a_detach_closes_the_mirror_of_the_office(visits: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    SlowToClose.opened.clear()
    async with in_the_office(visits, monkeypatch) as visit:
        visit.app.guard._pane = Detached()
        visit.app.on_app_blur()
        visit.app._keep_guard()
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        await visit.until(lambda: "nobody is attached to tmux" in visit.shown())
        await visit.until(lambda: not any(camera.is_open for camera in SlowToClose.opened))


async def test_a_detach_ends_the_mirror_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gathertui.media.devices.list_devices", lambda: DeviceList((), (), (), ()))
    SlowToClose.opened.clear()
    pane = cast(TmuxPane, Detached())
    app = MirrorApp(mirror_with(SlowToClose), Settings(tmp_path), pane=pane)
    async with app.run_test() as pilot:
        await until(pilot, lambda: not app.is_running)
    assert not any(camera.is_open for camera in SlowToClose.opened)


async def test_a_mirror_that_is_turned_off_while_it_opens_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    SlowToClose.opened.clear()
    mirror = mirror_with(SlowToClose)

    def find() -> DeviceList:
        mirror.turn_off()
        return DeviceList((), (), (), ())

    monkeypatch.setattr("gathertui.media.devices.list_devices", find)
    await mirror.open()
    await mirror.close()
    assert SlowToClose.opened == []


@pytest.mark.parametrize("act", ["key", "click", "paste"])
async def test_whoever_presses_clicks_or_pastes_is_there(tmp_path: Path, act: str) -> None:
    app = MirrorApp(mirror_with(RedAtTheLeft), Settings(tmp_path))
    acts: list[str] = []
    app.guard.acted = lambda: acts.append(act)  # type: ignore[method-assign]
    async with app.run_test() as pilot:
        await pilot.pause()
        acts.clear()
        match act:
            case "key":
                await pilot.press("1")
            case "click":
                await pilot.click()
            case "paste":
                app.post_message(events.Paste("words"))
        await until(pilot, lambda: bool(acts))
