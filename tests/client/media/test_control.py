"""The socket of a running client: what commands get to do, and who gets in."""

import asyncio
import contextlib
import math
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from gathertui.client.events import OfficeEvent
from gathertui.client.media import control, remote
from gathertui.client.media.control import NOT_INSIDE, TOO_LATE, controlled, obey
from gathertui.client.media.nomedia import NoMedia
from gathertui.client.media.remote import Answer, Command, Part, To, ask, control_folder
from gathertui.client.media.state import Switch
from gathertui.errors import DeviceError
from gathertui.testing.media import ScriptedMedia

PICTURE = np.zeros((2, 2, 3), np.uint8)
MIC_ON = Command("mic", "on", math.inf)
CAMERA_ON = Command("camera", "on", math.inf)


@pytest.fixture(autouse=True)
def short_runtime_folder(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    # A socket's path may be no longer than some hundred bytes, which pytest's own folders nearly are.
    with tempfile.TemporaryDirectory(prefix="gt") as folder:
        Path(folder).chmod(0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield


@pytest.mark.parametrize(
    ("before", "part", "to", "after"),
    [
        ("off", "mic", "on", "on"),
        ("on", "mic", "on", "on"),
        ("on", "mic", "off", "off"),
        ("off", "mic", "toggle", "on"),
        ("on", "mic", "toggle", "off"),
        ("on", "mic", "", "on"),
        ("off", "camera", "on", "on"),
        ("preview", "camera", "toggle", "on"),
        ("preview", "camera", "", "preview"),
        ("off", "deafen", "toggle", "on"),
        ("on", "deafen", "off", "off"),
    ],
)
async def test_a_command_turns_a_part_on_or_off(before: str, part: Part, to: To, after: str) -> None:
    media = ScriptedMedia()
    media.own_picture = PICTURE
    match part:
        case "mic":
            media.set_own(microphone=Switch(before))
        case "camera":
            media.set_own(camera=Switch(before))
        case "deafen":
            media.set_own(deafened=before == "on")
    assert await obey(media, Command(part, to, math.inf)) == Answer(ok=True, state=after)
    assert await obey(media, Command(part, "", math.inf)) == Answer(ok=True, state=after)


async def test_why_a_command_can_not_be_obeyed() -> None:
    class Wire:
        def tell(self, event: OfficeEvent) -> None:
            pass

    assert await obey(None, MIC_ON) == Answer(ok=False, why=NOT_INSIDE)
    without = NoMedia(Wire(), "There is no sound here.")  # type: ignore[arg-type]  # it needs no more of a wire
    assert await obey(without, MIC_ON) == Answer(ok=False, state="off", why="There is no sound here.")

    class Broken(ScriptedMedia):
        def set_camera(self, switch: Switch) -> None:
            self.fail("camera", "The camera is in use.")

    assert await obey(Broken(), CAMERA_ON) == Answer(ok=False, state="off", why="The camera is in use.")


async def test_a_camera_is_on_at_once_and_the_answer_comes_with_its_first_picture() -> None:
    media = ScriptedMedia()
    obeyed = asyncio.create_task(obey(media, CAMERA_ON, patience=60.0))
    await asyncio.sleep(0)
    assert media.own.camera is Switch.ON and not obeyed.done()
    media.show(None, PICTURE)
    assert await obeyed == Answer(ok=True, state="on")


async def test_a_camera_that_turns_out_not_to_work_is_no_success() -> None:
    media = ScriptedMedia()
    media.fail("camera", "An older trouble.")
    obeyed = asyncio.create_task(obey(media, CAMERA_ON, patience=60.0))
    await asyncio.sleep(0)
    assert not obeyed.done(), "what was wrong before may be right now"
    media.set_own(camera=Switch.OFF)
    media.fail("camera", "The file is no film.")
    assert await obeyed == Answer(ok=False, state="off", why="The file is no film.")


async def test_a_microphone_that_turns_out_not_to_work_is_no_success() -> None:
    media = ScriptedMedia()
    media.set_own(carried=False)
    media.quiet.clear()
    obeyed = asyncio.create_task(obey(media, MIC_ON, patience=60.0))
    await asyncio.sleep(0)
    assert media.own.microphone is Switch.ON and not obeyed.done()
    media.set_own(microphone=Switch.OFF)
    media.fail("microphone", "There is no microphone.")
    media.quiet.set()
    assert await obeyed == Answer(ok=False, state="off", why="There is no microphone.")


async def test_an_answer_does_not_wait_for_ever_for_a_dark_camera() -> None:
    assert await obey(ScriptedMedia(), CAMERA_ON, patience=0.01) == Answer(ok=True, state="on")


async def test_what_came_too_late_is_not_obeyed() -> None:
    media = ScriptedMedia()
    async with controlled(lambda: media):
        (path,) = control_folder().glob("*.sock")
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(msgspec.json.encode(Command("mic", "on", time.monotonic() - 0.1)) + b"\n")
        answer = msgspec.json.decode(await reader.readline(), type=Answer)
        writer.close()
        await writer.wait_closed()
    assert answer == Answer(ok=False, why=TOO_LATE)
    assert media.asked == []


async def test_whoever_has_hung_up_is_not_obeyed() -> None:
    media = ScriptedMedia()
    async with controlled(lambda: media):
        (path,) = control_folder().glob("*.sock")
        with socket.socket(socket.AF_UNIX) as line:  # all of it while the client does something else
            line.connect(os.fspath(path))
            line.sendall(msgspec.json.encode(Command("mic", "on", time.monotonic() + 60.0)) + b"\n")
        assert (await asyncio.to_thread(ask, "mic")).state == "off"
    assert media.asked == []


def test_a_client_that_is_stopped_is_told_from_none_and_does_not_obey_later(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "\n".join([
        "import asyncio, sys",
        "from gathertui.client.media.control import controlled",
        "from gathertui.testing.media import ScriptedMedia",
        "async def run():",
        "    media = ScriptedMedia()",
        "    async with controlled(lambda: media):",
        "        print('here', flush=True)",
        "        await asyncio.to_thread(sys.stdin.read)",
        "    print(media.asked)",
        "asyncio.run(run())",
    ])  # fmt: skip
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    client = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert client.stdin is not None and client.stdout is not None
    try:
        assert client.stdout.readline() == "here\n"
        client.send_signal(signal.SIGSTOP)
        with monkeypatch.context() as hasty:
            hasty.setattr(remote, "ANSWER_SECONDS", 0.1)
            with pytest.raises(DeviceError, match=r"does not answer: it is stopped, perhaps by Ctrl-Z\."):
                ask("mic", "on")
        client.send_signal(signal.SIGCONT)
        assert ask("mic").state == "off"
        said, _ = client.communicate(timeout=60)
    finally:
        client.kill()
        client.wait(60)
    assert said == "[]\n"


async def test_commands_reach_the_client_that_runs() -> None:
    media = ScriptedMedia()
    async with controlled(lambda: media):
        assert await asyncio.to_thread(ask, "mic", "toggle") == Answer(ok=True, state="on")
        assert media.own.microphone is Switch.ON
        assert await asyncio.to_thread(ask, "mic") == Answer(ok=True, state="on")
    with pytest.raises(DeviceError):
        ask("mic")
    assert not any(Path(os.environ["XDG_RUNTIME_DIR"]).rglob("*.sock"))


async def test_the_socket_is_for_this_user_alone() -> None:
    async with controlled(ScriptedMedia):
        (path,) = control_folder().glob("*.sock")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_the_newest_client_obeys_and_dead_ones_are_swept_away() -> None:
    folder = control_folder()
    dead = folder / "1.sock"
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(os.fspath(dead))
    older = folder / "2.sock"
    with socket.socket(socket.AF_UNIX) as another:
        another.bind(os.fspath(older))
        another.listen()
        os.utime(older, (1, 1))
        media = ScriptedMedia()
        async with controlled(lambda: media):
            async with asyncio.timeout(5):
                while dead.exists():
                    await asyncio.sleep(0.001)
            assert older.exists()
            await asyncio.to_thread(ask, "deafen", "on")
    assert media.own.deafened


async def test_nobody_waits_for_clients_that_are_slow_to_say_that_they_live(monkeypatch: pytest.MonkeyPatch) -> None:
    is_up, waited_for = threading.Event(), []

    def probe(folder: Path) -> list[Path]:
        waited_for.append(is_up.wait(5))
        return []

    monkeypatch.setattr(control, "sockets_in", probe)
    media = ScriptedMedia()
    async with controlled(lambda: media):
        is_up.set()
        async with asyncio.timeout(5):
            while not waited_for:
                await asyncio.sleep(0.001)
    assert waited_for == [True]


def test_a_client_that_takes_no_more_lines_is_stopped_too() -> None:
    path = control_folder() / "1.sock"
    with socket.socket(socket.AF_UNIX) as stopped, contextlib.ExitStack() as waiting:
        stopped.bind(os.fspath(path))
        stopped.listen(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                line = waiting.enter_context(socket.socket(socket.AF_UNIX))
                line.setblocking(False)
                line.connect(os.fspath(path))
        with pytest.raises(DeviceError, match="it is stopped"):
            ask("mic", "on")
        assert path.exists()


async def test_another_config_folder_is_another_person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with controlled(ScriptedMedia):
        monkeypatch.setenv("GATHERTUI_CONFIG_DIR", str(tmp_path / "other"))
        with pytest.raises(DeviceError):
            ask("mic")


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\n",
        b"{}\n",
        b'{"door": ' + b"[" * 4000 + b"\n",
        b'{"part": "mic", "to": "on"}\n',
        b'{"part": "mic", "to": "up", "until": 1e9}\n',
    ],
)
async def test_nonsense_is_answered_and_does_no_harm(line: bytes) -> None:
    media = ScriptedMedia()
    async with controlled(lambda: media):
        (path,) = control_folder().glob("*.sock")
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(line + b'{"part": "mic", "to": "on", "until": 1e99}\n')
        assert b'"ok":false' in await reader.readline()
        assert b'"state":"on"' in await reader.readline()
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "line", [b"x" * 100_000, b'{"part": "mic", "door": ' + b"[" * 200_000 + b"\n", b" " * 5000 + b"{}\n"]
)
async def test_too_long_a_line_is_hung_up_on(line: bytes) -> None:
    async with controlled(ScriptedMedia):
        (path,) = control_folder().glob("*.sock")
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(line)
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()


def test_a_folder_that_others_can_enter_is_not_used() -> None:
    folder = control_folder()
    folder.chmod(0o755)
    with pytest.raises(DeviceError, match="open to others"):
        control_folder()


async def test_the_client_runs_without_a_socket_where_none_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    control_folder().chmod(0o755)
    async with controlled(ScriptedMedia):
        pass
