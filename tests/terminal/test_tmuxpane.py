"""Whether anybody sees a pane, asked of a real tmux."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gathertui.terminal.tmuxpane import ANSWER_SECONDS, SHOWN, PaneState, TmuxPane, read_state

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
def server(require_program: Callable[[str], str], tmp_path: Path) -> Iterator[Server]:
    server = Server(require_program("tmux"), tmp_path / "tmux")
    yield server
    server.close()


def first_pane(server: Server) -> TmuxPane:
    pane = server("display-message", "-p", "-t", "here:0.0", "#{pane_id}")
    return TmuxPane(server.socket, pane, program=server.program)


async def shown(pane: TmuxPane) -> tuple[bool, bool]:
    """Return whether it is attached, and seen."""
    state = await pane.state(PATIENCE)  # on a busy machine, too
    assert state.answered
    return state.attached, state.seen


async def test_a_pane_is_seen_while_its_window_is_in_front(server: Server) -> None:
    pane = first_pane(server)
    assert await shown(pane) == (False, False)
    server.attach()
    assert await shown(pane) == (True, True)
    server("new-window", "-t", "here", "sleep 100")
    assert await shown(pane) == (True, False)
    server("select-window", "-t", "here:0")
    assert await shown(pane) == (True, True)
    server("set-hook", "-g", "client-detached", "wait-for -S detached")
    server("detach-client", "-s", "here")
    server("wait-for", "detached")
    assert await shown(pane) == (False, False)


async def test_a_pane_beside_another_is_seen_until_that_is_zoomed(server: Server) -> None:
    pane = first_pane(server)
    server.attach()
    server("split-window", "-h", "-t", "here:0", "sleep 100")
    assert await shown(pane) == (True, True)
    server("resize-pane", "-Z", "-t", "here:0.1")
    assert await shown(pane) == (True, False)
    server("resize-pane", "-Z", "-t", "here:0.1")
    assert await shown(pane) == (True, True)


async def test_a_key_in_another_window_is_noted_and_what_is_shown_is_not(server: Server) -> None:
    pane = first_pane(server)
    assert (await pane.state(PATIENCE)).active_at is None, "nobody is attached"
    server.attach()
    server("new-window", "-t", "here", "cat")
    before = (await pane.state(PATIENCE)).active_at
    assert before is not None and abs(before - time.time()) < PATIENCE
    while time.time() < before + 2.0:  # tmux counts in seconds
        await asyncio.sleep(0.05)
    server("send-keys", "-t", "here:1", "a program's own keys", "Enter")
    assert (await pane.state(PATIENCE)).active_at == before
    _, terminal = server.clients[0]
    os.write(terminal, b"x")
    async with asyncio.timeout(PATIENCE):
        while (await pane.state(PATIENCE)).active_at == before:
            await asyncio.sleep(0.05)
    assert await shown(pane) == (True, False)


async def test_where_tmux_is_silent_the_pane_counts_as_shown(tmp_path: Path) -> None:
    assert await TmuxPane(str(tmp_path / "none"), "%0", program="false").state() == SHOWN
    assert await TmuxPane(str(tmp_path / "none"), "%0", program=str(tmp_path / "missing")).state() == SHOWN


@pytest.mark.parametrize("answer", ["", "\n", "what", "1 2", "x 0 0 0"])
def test_an_answer_that_makes_no_sense_counts_as_shown(answer: str) -> None:
    assert read_state(answer) == SHOWN


def test_a_tmux_that_does_not_count_clients_is_taken_at_its_sessions_word() -> None:
    assert read_state("1  0 1\n") == PaneState(attached=True, seen=True)
    assert read_state("0  0 1\n") == PaneState(attached=False, seen=False)


def test_of_several_terminals_the_one_that_was_used_last_counts() -> None:
    assert read_state("2 1 0 1\n1700000000\n1700000090\n1700000030\n").active_at == 1_700_000_090.0
    assert read_state("2 1 0 1\n\nwhat\n").active_at is None


async def test_a_tmux_that_hangs_is_given_up_within_a_second(tmp_path: Path) -> None:
    tmux = tmp_path / "tmux"
    tmux.write_text("#!/bin/sh\nexec sleep 60\n")
    tmux.chmod(0o700)
    assert ANSWER_SECONDS <= 0.9, "with five seconds between two questions, six are promised"
    async with asyncio.timeout(PATIENCE / 2):
        assert await TmuxPane(str(tmp_path / "none"), "%0", program=str(tmux)).state() == SHOWN


def test_the_environment_says_which_pane() -> None:
    assert TmuxPane.from_environment({"TMUX": "/tmp/tmux-1/default,7,0", "TMUX_PANE": "%3"}) is not None
    assert TmuxPane.from_environment({"TMUX": "", "TMUX_PANE": "%3"}) is None
    assert TmuxPane.from_environment({}) is None
