"""Real sound through a real sound server: what is played on its null sink comes back by its monitor."""

from __future__ import annotations

import ctypes.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gathertui.testing.soundserver import SoundServer

pytestmark = pytest.mark.slow
CHILD = Path(__file__).with_name("sound_child.py")
SECONDS = 60


@pytest.fixture
def sound_server(require_program: Callable[..., str]) -> Iterator[SoundServer]:
    require_program("pulseaudio")
    require_program("pactl", "pulseaudio-utils")
    if ctypes.util.find_library("portaudio") is None:
        require_program("libportaudio.so.2", "libportaudio2")
    if not any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        require_program("libasound_module_pcm_pulse.so", "libasound2-plugins")
    # In a folder with a short name: a socket's path has to be short.
    with tempfile.TemporaryDirectory(prefix="snd", ignore_cleanup_errors=True) as folder:
        server = SoundServer(Path(folder))
        server.start()
        yield server
        server.stop()


class Child:
    def __init__(self, what: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, CHILD, what],
            env={**environment, "PYTHONPATH": ":".join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        if not text:
            _, errors = self.process.communicate(timeout=SECONDS)
            pytest.fail(f"the child ended: {errors}")
        value: dict[str, Any] = json.loads(text)
        return value

    def end(self) -> str:
        """What it wrote besides."""
        out, errors = self.process.communicate("\n", timeout=SECONDS)
        assert self.process.returncode == 0, errors
        return out + errors


@pytest.fixture
def run(sound_server: SoundServer) -> Iterator[Callable[[str], Child]]:
    children: list[Child] = []

    def start(what: str) -> Child:
        children.append(Child(what, sound_server.environment))
        return children[-1]

    yield start
    for child in children:
        child.process.kill()
        child.process.communicate()


def test_a_tone_goes_out_and_comes_back_in_also_after_the_list_of_devices_was_renewed(
    run: Callable[[str], Child],
) -> None:
    child = run("tone")
    first = child.line()
    assert first["frequency"] == pytest.approx(1000, abs=2)
    assert first["height"] == pytest.approx(0.3, rel=0.05)
    listed = child.line()
    assert "ALSA: default" in listed["microphones"]
    assert listed["default"][0] is True
    assert sum(listed["default"]) == 1
    assert child.line()["frequency"] == pytest.approx(1000, abs=2)
    told = child.line()["told"]
    assert set(told) == {"Ada's headset is not there: default hears you instead."}
    assert child.end() == ""


def test_an_engines_voice_is_anothers_and_muting_ends_it(run: Callable[[str], Child]) -> None:
    child = run("engine")
    result = child.line()
    assert result["frequency"] == pytest.approx(1000, abs=20)  # what comes unevenly is stretched
    assert result["after_muting"] == 0
    assert [why for _, why in result["problems"] if why] == []
    assert child.end() == ""


def test_a_sound_server_that_dies_is_told_in_sentences_and_nothing_is_written_into_the_screen(
    sound_server: SoundServer, run: Callable[[str], Child]
) -> None:
    child = run("gone")
    assert child.line() == {"playing": True}
    sound_server.stop()
    told = child.line()["told"]
    assert told == [
        "microphone: There is no microphone on this machine. Plug one in and turn it on again.",
        "speaker: There is no loudspeaker on this machine. Plug one in.",
    ]
    sound_server.start()
    assert child.process.stdin is not None
    child.process.stdin.write("\n")
    child.process.stdin.flush()
    # The microphone was opened again; the loudspeaker came back with it.
    assert child.line()["frequency"] == pytest.approx(1000, abs=2)
    assert child.end() == ""


def test_without_any_device_each_is_said_to_be_missing(sound_server: SoundServer, run: Callable[[str], Child]) -> None:
    sound_server.stop()
    child = run("nothing")
    listed = child.line()
    assert (listed["microphones"], listed["speakers"]) == (0, 0)
    assert any("microphone" in problem for problem in listed["problems"])
    assert any("loudspeaker" in problem for problem in listed["problems"])
    assert "no microphone" in child.line()["error"]
    assert "no loudspeaker" in child.line()["error"]
    assert child.end() == ""


def test_a_sound_server_that_comes_later_is_found_without_a_word(
    sound_server: SoundServer, run: Callable[[str], Child]
) -> None:
    sound_server.stop()
    child = run("later")
    assert child.line() == {"problems": ["microphone", "speaker"]}
    sound_server.start()
    assert child.line()["frequency"] == pytest.approx(1000, abs=20)
    assert child.end() == ""
