"""`gathertui mic|camera|deafen` as a key of tmux or of the desktop calls them, on a client of this process."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gathertui.client.events import OfficeEvent
from gathertui.client.media.control import controlled
from gathertui.client.media.nomedia import NoMedia
from gathertui.client.media.state import Switch
from gathertui.testing.media import ScriptedMedia


@pytest.fixture(autouse=True)
def short_runtime_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="gt") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield


async def gathertui(*arguments: str) -> subprocess.CompletedProcess[str]:
    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gathertui", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return await asyncio.to_thread(run)


async def test_the_state_is_changed_and_printed() -> None:
    media = ScriptedMedia()
    async with controlled(lambda: media):
        done = await gathertui("mic", "toggle")
        assert (done.returncode, done.stdout, done.stderr) == (0, "on\n", "")
        assert media.own.microphone is Switch.ON
        done = await gathertui("camera", "--json")
        assert (done.returncode, done.stdout) == (0, '{"state": "off"}\n')
        assert media.own.camera is Switch.OFF
        assert (await gathertui("deafen", "on")).stdout == "on\n"


async def test_without_a_client_it_says_so() -> None:
    done = await gathertui("mic", "on")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No gathertui is running" in done.stderr


async def test_a_client_without_sound_says_why() -> None:
    class Wire:
        def tell(self, event: OfficeEvent) -> None:
            pass

    media = NoMedia(Wire(), "There is no sound over ssh.")  # type: ignore[arg-type]  # it needs no more of a wire
    async with controlled(lambda: media):
        done = await gathertui("camera", "on")
    assert done.returncode == 1
    assert "There is no sound over ssh." in done.stderr


async def test_nonsense_is_refused() -> None:
    done = await gathertui("mic", "louder")
    assert done.returncode == 2
    assert "louder" in done.stderr


def test_commands_and_clients_load_no_heavy_library(tmp_path: Path) -> None:
    heavy = {"numpy", "av", "aiortc", "aioice", "cv2", "sounddevice", "textual"}
    script = (
        "import sys, gathertui.cli.main, gathertui.cli.livemedia, gathertui.client.office, "
        "gathertui.client.media.control, gathertui.testing.media\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True, env=environment
    )
    assert done.stdout == "[]\n"


def test_what_keys_are_bound_to_goes_by_without_the_command_line_s_parser() -> None:
    script = (
        "import sys\nsys.argv = ['gathertui', 'mic', 'on']\nfrom gathertui.cli.start import run\n"
        "try:\n    run()\nfinally:\n    print(sorted({'typer', 'click', 'rich'} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (1, "[]\n")
