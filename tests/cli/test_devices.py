"""`gathertui devices`, with devices that a test makes up, and `mirror` where there is no terminal."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

import gathertui.media.devices
from gathertui.cli import main
from gathertui.client.media.memory import MediaMemory
from gathertui.errors import UsageError
from gathertui.media.devices import NO_MICROPHONE, NO_SPEAKER, DeviceList
from gathertui.media.ports import Device
from gathertui.media.video.cameras import NO_CAMERA

FOUND = DeviceList(
    (Device("alsa: Built-in", "Built-in", True), Device("alsa: USB", "USB\x1b[31m microphone")),
    (Device("alsa: Speaker", "Speaker", True),),
    (),
    ("No camera was found. Plug one in.",),
)
NOTHING = DeviceList((), (), (), (NO_MICROPHONE, NO_SPEAKER, NO_CAMERA))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATHERTUI_CONFIG_DIR", str(tmp_path))
    for kind in ("MICROPHONE", "SPEAKER", "CAMERA"):
        monkeypatch.delenv(f"GATHERTUI_{kind}", raising=False)
    monkeypatch.setattr(gathertui.media.devices, "list_devices", lambda: FOUND)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main.create_app(), list(arguments))


def test_devices_are_listed_for_people(folder: Path) -> None:
    MediaMemory(folder).choose("microphone", "alsa: USB")
    MediaMemory(folder).choose("camera", "usb-gone")
    done = run("devices")
    assert done.exit_code == 0
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert "Built-in (the system's choice)" in lines and "USB microphone (chosen)" in lines
    assert lines[lines.index("Cameras:") + 1] == "none found"
    assert "chosen, but not here now: usb-gone" in lines and "No camera was found. Plug one in." in lines
    assert "\x1b" not in done.stdout


def test_devices_are_listed_for_scripts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATHERTUI_MICROPHONE", "alsa: USB")
    found = json.loads(run("devices", "--json").stdout)
    assert [device["chosen"] for device in found["microphones"]] == [False, True]
    assert found["speakers"] == [{"id": "alsa: Speaker", "name": "Speaker", "default": True, "chosen": False}]
    assert found["cameras"] == [] and found["problems"] == ["No camera was found. Plug one in."]
    assert found["chosen"] == {"microphone": "alsa: USB"} and found["set_by"] == {"microphone": "GATHERTUI_MICROPHONE"}


def draw(path: Path) -> Path:
    assert cv2.imwrite(str(path), np.zeros((120, 160, 3), np.uint8))
    return path


@pytest.fixture
def bare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any devices."""
    monkeypatch.setattr(gathertui.media.devices, "list_devices", lambda: NOTHING)
    return folder


def test_values_that_need_no_device_are_shown_as_chosen(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = f"file:{draw(bare / 'me.png')}"
    monkeypatch.setenv("GATHERTUI_MICROPHONE", "synthetic")
    monkeypatch.setenv("GATHERTUI_SPEAKER", "none")
    monkeypatch.setenv("GATHERTUI_CAMERA", film)
    done = run("devices")
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines == [
        "Microphones:",
        "synthetic: set by GATHERTUI_MICROPHONE",
        "Loudspeakers:",
        "none: set by GATHERTUI_SPEAKER",
        "Cameras:",
        f"{film}: set by GATHERTUI_CAMERA",
    ]
    found = json.loads(run("devices", "--json").stdout)
    assert found["chosen"] == {"microphone": "synthetic", "speaker": "none", "camera": film}
    assert found["problems"] == []


def test_what_is_missing_is_still_told_of_the_other_kinds(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATHERTUI_CAMERA", "synthetic")
    assert json.loads(run("devices", "--json").stdout)["problems"] == [NO_MICROPHONE, NO_SPEAKER]


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("GATHERTUI_MICROPHONE", "nosuch", "no such microphone: nosuch"),
        ("GATHERTUI_SPEAKER", "sythetic", "no such loudspeaker: sythetic"),
        ("GATHERTUI_CAMERA", "nosuch", "no such camera: nosuch"),
        ("GATHERTUI_CAMERA", "file:/nowhere/me.mp4", "There is no file /nowhere/me.mp4."),
        ("GATHERTUI_CAMERA", f"file:{__file__}", f"{__file__} can't be read as a picture or a film."),
        ("GATHERTUI_CAMERA", "file:/dev/null", "/dev/null is no film and no picture."),
    ],
)
def test_a_value_that_can_not_be_used_is_told_from_a_good_one(
    bare: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    told = f"{sentence} (set by {variable})"
    assert told in [line.strip() for line in run("devices").stdout.splitlines()]
    assert told in json.loads(run("devices", "--json").stdout)["problems"]


def test_devices_are_chosen_for_this_machine(folder: Path) -> None:
    film = draw(folder / "me.png")
    done = run("devices", "--microphone", "alsa: USB", "--speaker", "alsa: Speaker", "--camera", f"file:{film}")
    assert done.exit_code == 0
    assert "USB microphone (chosen)" in done.stdout and f"file:{film}: chosen" in done.stdout
    assert MediaMemory(folder).chosen == {
        "microphone": "alsa: USB",
        "speaker": "alsa: Speaker",
        "camera": f"file:{film}",
    }
    assert run("devices", "--microphone", "", "--camera", "none").exit_code == 0
    assert MediaMemory(folder).chosen == {"speaker": "alsa: Speaker", "camera": "none"}


def test_a_film_is_found_again_from_another_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(folder / "me.png")
    monkeypatch.chdir(folder)
    run("devices", "--camera", "file:me.png")
    assert MediaMemory(folder).chosen == {"camera": f"file:{folder / 'me.png'}"}


def test_an_unknown_device_is_not_chosen_and_the_known_ones_are_named(folder: Path) -> None:
    with pytest.raises(UsageError, match="no such microphone: nosuch") as refused:
        main.create_app()(["devices", "--speaker", "none", "--microphone", "nosuch"], standalone_mode=False)
    assert refused.value.hint == "There are: alsa: Built-in, alsa: USB, synthetic, none"
    assert MediaMemory(folder).chosen == {}
    assert main.main(["devices", "--camera", "file:nowhere.png"]) == 2


def test_the_mirror_needs_a_terminal(folder: Path) -> None:
    assert run("mirror").exit_code != 0
