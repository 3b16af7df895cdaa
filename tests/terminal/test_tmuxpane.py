"""Whether anybody sees a pane, asked of a real tmux."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gathertui.terminal.tmuxpane import SHOWN, PaneState, TmuxPane, read_state

HIDDEN = PaneState(attached=True, seen=False)

PATIENCE = 60.0
"""Seconds until a tmux that doesn't answer fails the test."""


class Server:
    """A tmux server with one session, and terminals that are attached to it."""

    def __init__(self, program: str, socket: Path) -> None:
        self.program, self.socket = program, str(socket)
        self.clients: list[tuple[subprocess.Popen[bytes], int]] = []
        self("-f", "/dev/null", "new-session", "-d", "-s", "here", "-x", "80", "-y", "24", "sleep 100")

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.program, "-S", self.socket, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=True
        )
        return done.stdout.strip()

    def attach(self) -> None:
        """Open a terminal that shows the session, and wait until it does."""
        self("set-hook", "-g", "client-attached", "wait-for -S attached")
        ours, theirs = pty.openpty()
        client = subprocess.Popen(
            [self.program, "-S", self.socket, "attach", "-t", "here"],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color"},
        )  # fmt: skip
        os.close(theirs)
        self.clients.append((client, ours))
        self("wait-for", "attached")

    def close(self) -> None:
        subprocess.run(
            [self.program, "-S", self.socket, "kill-server"], capture_output=True, check=False, timeout=PATIENCE
        )
        for client, terminal in self.clients:
            os.close(terminal)
            client.wait(PATIENCE)


@pytest.fixture
def server(require_program: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr("gathertui.terminal.tmuxpane.ANSWER_SECONDS", PATIENCE)  # on a busy machine, too
    server = Server(require_program("tmux"), tmp_path / "tmux")
    yield server
    server.close()


def first_pane(server: Server) -> TmuxPane:
    pane = server("display-message", "-p", "-t", "here:0.0", "#{pane_id}")
    return TmuxPane(server.socket, pane, program=server.program)


async def test_a_pane_is_seen_while_its_window_is_in_front(server: Server) -> None:
    pane = first_pane(server)
    assert await pane.state() == PaneState(attached=False, seen=False)
    server.attach()
    assert await pane.state() == SHOWN
    server("new-window", "-t", "here", "sleep 100")
    assert await pane.state() == HIDDEN
    server("select-window", "-t", "here:0")
    assert await pane.state() == SHOWN
    server("set-hook", "-g", "client-detached", "wait-for -S detached")
    server("detach-client", "-s", "here")
    server("wait-for", "detached")
    assert (await pane.state()).attached is False


async def test_a_pane_beside_another_is_seen_until_that_is_zoomed(server: Server) -> None:
    pane = first_pane(server)
    server.attach()
    server("split-window", "-h", "-t", "here:0", "sleep 100")
    assert await pane.state() == SHOWN
    server("resize-pane", "-Z", "-t", "here:0.1")
    assert await pane.state() == HIDDEN
    server("resize-pane", "-Z", "-t", "here:0.1")
    assert await pane.state() == SHOWN


async def test_where_tmux_is_silent_the_pane_counts_as_shown(tmp_path: Path) -> None:
    assert await TmuxPane(str(tmp_path / "none"), "%0", program="false").state() == SHOWN
    assert await TmuxPane(str(tmp_path / "none"), "%0", program=str(tmp_path / "missing")).state() == SHOWN


@pytest.mark.parametrize("answer", ["", "\n", "what", "1 2", "x 0 0 0"])
def test_an_answer_that_makes_no_sense_counts_as_shown(answer: str) -> None:
    assert read_state(answer) == SHOWN


def test_a_tmux_that_does_not_count_clients_is_taken_at_its_sessions_word() -> None:
    assert read_state("1  0 1\n") == SHOWN
    assert read_state("0  0 1\n") == PaneState(attached=False, seen=False)


def test_the_environment_says_which_pane() -> None:
    assert TmuxPane.from_environment({"TMUX": "/tmp/tmux-1/default,7,0", "TMUX_PANE": "%3"}) is not None
    assert TmuxPane.from_environment({"TMUX": "", "TMUX_PANE": "%3"}) is None
    assert TmuxPane.from_environment({}) is None
