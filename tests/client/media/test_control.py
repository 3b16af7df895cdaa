"""The socket of a running client: what commands get to do, and who gets in."""

import asyncio
import contextlib
import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from gathertui.client.events import OfficeEvent
from gathertui.client.media.control import NOT_INSIDE, controlled, obey
from gathertui.client.media.nomedia import NoMedia
from gathertui.client.media.remote import Answer, Command, Part, To, ask, control_folder
from gathertui.client.media.state import Switch
from gathertui.errors import DeviceError
from gathertui.testing.media import ScriptedMedia


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
def test_a_command_turns_a_part_on_or_off(before: str, part: Part, to: To, after: str) -> None:
    media = ScriptedMedia()
    match part:
        case "mic":
            media.set_own(microphone=Switch(before))
        case "camera":
            media.set_own(camera=Switch(before))
        case "deafen":
            media.set_own(deafened=before == "on")
    assert obey(media, Command(part, to)) == Answer(ok=True, state=after)
    assert obey(media, Command(part)) == Answer(ok=True, state=after)


def test_why_a_command_can_not_be_obeyed() -> None:
    class Wire:
        def tell(self, event: OfficeEvent) -> None:
            pass

    assert obey(None, Command("mic", "on")) == Answer(ok=False, why=NOT_INSIDE)
    without = NoMedia(Wire(), "There is no sound here.")  # type: ignore[arg-type]  # it needs no more of a wire
    assert obey(without, Command("mic", "on")) == Answer(ok=False, state="off", why="There is no sound here.")

    class Broken(ScriptedMedia):
        def set_camera(self, switch: Switch) -> None:
            self.fail("camera", "The camera is in use.")

    assert obey(Broken(), Command("camera", "on")) == Answer(ok=False, state="off", why="The camera is in use.")


async def test_commands_reach_the_client_that_runs() -> None:
    media = ScriptedMedia()
    async with controlled(lambda: media):
        assert await asyncio.to_thread(ask, Command("mic", "toggle")) == Answer(ok=True, state="on")
        assert media.own.microphone is Switch.ON
        assert await asyncio.to_thread(ask, Command("mic")) == Answer(ok=True, state="on")
    with pytest.raises(DeviceError):
        ask(Command("mic"))
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
            assert not dead.exists() and older.exists()
            await asyncio.to_thread(ask, Command("deafen", "on"))
    assert media.own.deafened


async def test_another_config_folder_is_another_person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with controlled(ScriptedMedia):
        monkeypatch.setenv("GATHERTUI_CONFIG_DIR", str(tmp_path / "other"))
        with pytest.raises(DeviceError):
            ask(Command("mic"))


@pytest.mark.parametrize("line", [b"\xff\n", b"{}\n", b'{"part": "door"}\n', b'{"part": "mic", "to": "up"}\n'])
async def test_nonsense_is_answered_and_does_no_harm(line: bytes) -> None:
    media = ScriptedMedia()
    async with controlled(lambda: media):
        (path,) = control_folder().glob("*.sock")
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(line + b'{"part": "mic", "to": "on"}\n')
        assert b'"ok":false' in await reader.readline()
        assert b'"state":"on"' in await reader.readline()
        writer.close()
        await writer.wait_closed()


async def test_an_endless_line_is_hung_up_on() -> None:
    async with controlled(ScriptedMedia):
        (path,) = control_folder().glob("*.sock")
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"x" * 100_000)
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
