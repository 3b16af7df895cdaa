"""Nobody at the terminal means muted: seen by somebody else in the office, with the office open in a real tmux."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from gathertui.client.credentials import Credentials
from gathertui.client.office import OfficeClient
from gathertui.client.profile import Profile
from gathertui.protocol.base import ConnectionKind
from gathertui.protocol.media import CAMERA, CARRIED, MICROPHONE

pytestmark = pytest.mark.slow

PATIENCE = 30.0
TMUX_SECONDS = 6.0
"""Within which a detach mutes."""

SUSPEND_SECONDS = 3.0
"""Within which the others know that a suspended program is muted."""

DEVICES = {
    "GATHERTUI_MICROPHONE": "synthetic",
    "GATHERTUI_CAMERA": "synthetic",
    "GATHERTUI_SPEAKER": "none",
}


class Observer:
    """Somebody else in the office."""

    def __init__(self, url: str, token: str) -> None:
        self.client = OfficeClient(url, kind=ConnectionKind.VIEW, device="observer", token=token)
        self.running: asyncio.Task[None] | None = None

    async def come(self) -> None:
        await self.client.connect()
        await self.client.enter()
        self.running = asyncio.create_task(self.client.run())

    async def leave(self) -> None:
        await self.client.close()
        if self.running is not None:
            await asyncio.gather(self.running, return_exceptions=True)

    def media_of(self, name: str) -> int:
        """What this person has on."""
        return next((each.media for each in self.client.model.avatars.values() if each.account.name == name), 0)

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> float:
        """Wait until it is so; return after how many seconds."""
        since = time.monotonic()
        while not condition():
            assert time.monotonic() - since < seconds
            await asyncio.sleep(0.02)
        return time.monotonic() - since


class Tmux:
    """The server of tmux that the terminal's fixture made, and a terminal attached to it."""

    def __init__(self, program: str, socket: Path) -> None:
        self.program, self.socket = program, str(socket)
        self._clients: list[tuple[subprocess.Popen[bytes], int]] = []

    def __call__(self, *arguments: str) -> None:
        subprocess.run([self.program, "-S", self.socket, *arguments], check=True, timeout=20, capture_output=True)

    def attach(self, session: str) -> None:
        """Show a session in a terminal, and wait until it is."""
        self("set-option", "-g", "focus-events", "on")
        self("set-hook", "-g", "client-attached", "wait-for -S attached")
        ours, theirs = pty.openpty()
        client = subprocess.Popen(
            [self.program, "-S", self.socket, "attach", "-t", session],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(theirs)
        os.set_blocking(ours, False)
        self._clients.append((client, ours))
        self("wait-for", "attached")

    def read_on(self) -> None:
        """Take what the attached terminals show, so that tmux is not held up."""
        for _, terminal in self._clients:
            try:
                while os.read(terminal, 65536):
                    pass
            except OSError:
                continue

    def close(self) -> None:
        for client, terminal in self._clients:
            client.kill()
            client.wait(20)
            os.close(terminal)


@pytest.fixture
def tmux(require_program: Callable[[str], str], tmp_path: Path) -> Iterator[Tmux]:
    tmux = Tmux(require_program("tmux"), tmp_path / "tmux")
    yield tmux
    tmux.close()


@pytest.fixture
async def observer(office_process, request: pytest.FixtureRequest) -> AsyncIterator[Observer]:
    name = f"observer{abs(hash(request.node.name)) % 10_000}"
    person = await asyncio.to_thread(office_process.member, name)
    token = await Credentials(Profile(person.folder)).load(office_process.url)
    observer = Observer(office_process.url, token)
    await observer.come()
    yield observer
    await observer.leave()


def is_office(lines: list[str]) -> bool:
    shown = [line for line in lines if line.strip()]
    return bool(shown) and "walk" in shown[-1]


async def test_a_detach_mutes_and_another_window_does_not(office_process, terminal, tmux: Tmux, observer) -> None:
    person = await asyncio.to_thread(office_process.member, "dora")
    window = terminal([sys.executable, "-m", "gathertui"], person.environment | DEVICES)
    tmux.attach(window.name)
    window.wait_for(is_office)
    await observer.until(lambda: bool(observer.media_of("dora") & CARRIED))
    assert not observer.media_of("dora") & MICROPHONE
    window.press("m")
    await observer.until(lambda: bool(observer.media_of("dora") & MICROPHONE))
    said = await asyncio.to_thread(person.run, "camera", "on")
    assert said.returncode == 0, said.stderr
    await observer.until(lambda: bool(observer.media_of("dora") & CAMERA))

    tmux("new-window", "-t", window.name, "sleep 60")
    since = time.monotonic()
    while time.monotonic() - since < TMUX_SECONDS + 1.0:
        tmux.read_on()
        await asyncio.sleep(0.1)
    assert observer.media_of("dora") & (MICROPHONE | CAMERA) == MICROPHONE | CAMERA
    assert (await asyncio.to_thread(person.run, "mic")).stdout == "on\n"

    tmux("detach-client", "-s", window.name)
    await observer.until(lambda: not observer.media_of("dora") & (MICROPHONE | CAMERA), TMUX_SECONDS + 2.0)
    assert (await asyncio.to_thread(person.run, "mic")).stdout == "off\n"
    assert observer.media_of("dora") & CARRIED, "muted, and still there to listen when it is attached again"


async def test_ctrl_z_mutes(office_process, terminal, tmux: Tmux, observer) -> None:
    person = await asyncio.to_thread(office_process.member, "emil")
    window = terminal(["sh", "-i"], person.environment | DEVICES | {"PS1": "shell> "})
    tmux.attach(window.name)
    window.wait_for("shell>")
    window.send("-l", f"{sys.executable} -m gathertui")
    window.send("Enter")
    window.wait_for(is_office)
    await observer.until(lambda: bool(observer.media_of("emil") & CARRIED))
    window.press("m")
    await observer.until(lambda: bool(observer.media_of("emil") & MICROPHONE))
    window.press("C-z")
    await observer.until(lambda: not observer.media_of("emil") & MICROPHONE, SUSPEND_SECONDS)
    window.wait_for("shell>")
    window.send("-l", "fg")
    window.send("Enter")
    window.wait_for(is_office)
    assert (await asyncio.to_thread(person.run, "mic")).stdout == "off\n"


async def test_a_window_that_is_closed_mutes(office_process, terminal, tmux: Tmux, observer) -> None:
    person = await asyncio.to_thread(office_process.member, "fred")
    window = terminal([sys.executable, "-m", "gathertui"], person.environment | DEVICES)
    tmux.attach(window.name)
    window.wait_for(is_office)
    await observer.until(lambda: bool(observer.media_of("fred") & CARRIED))
    window.press("m")
    await observer.until(lambda: bool(observer.media_of("fred") & MICROPHONE))
    tmux("kill-session", "-t", window.name)
    await observer.until(lambda: not observer.media_of("fred"))
