"""`gathertui devices`, with devices that a test makes up, and `mirror` where there is no terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import gathertui.media.devices
from gathertui.cli import main
from gathertui.client.media.memory import MediaMemory
from gathertui.media.devices import DeviceList
from gathertui.media.ports import Device

FOUND = DeviceList(
    (Device("alsa: Built-in", "Built-in", True), Device("alsa: USB", "USB\x1b[31m microphone")),
    (Device("alsa: Speaker", "Speaker", True),),
    (),
    ("No camera was found. Plug one in.",),
)


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
    assert found["chosen"] == {"microphone": "alsa: USB"}


def test_the_mirror_needs_a_terminal(folder: Path) -> None:
    assert run("mirror").exit_code != 0
