"""Real terminals: each test drives programs in tmux as a person at the keyboard does."""

from __future__ import annotations

import itertools
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TYPING_SECONDS = 0.06
"""Between two keys: a quick typist. Keys that come much faster are taken for a paste, and never act."""

PATIENCE_SECONDS = 60.0
"""Until what doesn't come fails the test."""


class Terminal:
    """A terminal window that shows one program."""

    def __init__(self, tmux: Callable[..., str], name: str, status: Path) -> None:
        self._tmux = tmux
        self._status = status
        self.name = name

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them, at a person's pace."""
        for key in keys:
            self._tmux("send-keys", "-t", self.name, key)
            time.sleep(TYPING_SECONDS)

    def send(self, *keys: str) -> None:
        """Send keys as `tmux send-keys` takes them, all at once."""
        self._tmux("send-keys", "-t", self.name, *keys)

    def type(self, text: str) -> None:
        """Type a text, letter by letter."""
        for letter in text:
            self._tmux("send-keys", "-t", self.name, "-l", letter)
            time.sleep(TYPING_SECONDS)

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size."""
        self._tmux("resize-window", "-t", self.name, "-x", str(columns), "-y", str(rows))

    def lines(self) -> list[str]:
        """What the window shows."""
        return self._tmux("capture-pane", "-p", "-t", self.name).split("\n")

    def text(self) -> str:
        """What the window shows, as one text."""
        return "\n".join(self.lines())

    def styled_text(self) -> str:
        """What the window shows, with the escape sequences for its colours, and with all spaces."""
        return self._tmux("capture-pane", "-e", "-N", "-p", "-t", self.name)

    def wait_for(self, shown: str | Callable[[list[str]], bool], *, seconds: float = PATIENCE_SECONDS) -> list[str]:
        """Wait until the window shows a text, or lines that a function says yes to; return its lines."""
        test = (lambda lines: any(shown in line for line in lines)) if isinstance(shown, str) else shown
        deadline = time.monotonic() + seconds
        while True:
            lines = self.lines()
            if test(lines):
                return lines
            if time.monotonic() > deadline:
                pytest.fail(f"{shown!r} was never shown. The window shows:\n" + "\n".join(lines), pytrace=False)
            time.sleep(0.05)

    def exit_code(self) -> int:
        """Wait for the program's end and return its exit code."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._status.exists() or not self._status.read_text().strip():
            assert time.monotonic() < deadline, "the program did not end:\n" + self.text()
            time.sleep(0.05)
        return int(self._status.read_text())


@pytest.fixture
def terminal(require_program, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Return `open(command, environment, columns=, rows=)`, which shows a program in a window of its own."""
    program = require_program("tmux")
    socket = tmp_path / "tmux"
    numbers = itertools.count()

    def tmux(*arguments: str) -> str:
        done = subprocess.run(
            [program, "-S", str(socket), "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
        return done.stdout

    def open_terminal(
        command: list[str], environment: dict[str, str], *, columns: int = 120, rows: int = 40
    ) -> Terminal:
        name = f"window{next(numbers)}"
        variables = shlex.join(f"{key}={value}" for key, value in environment.items())
        # A shell notes the exit code: tmux itself may hear late of a program's end.
        status = tmp_path / f"{name}.status"
        script = f"env COLORTERM=truecolor {variables} {shlex.join(command)}; echo $? > {shlex.quote(str(status))}"
        tmux("new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows), shlex.join(["sh", "-c", script]),
             ";", "set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g", "status", "off",
             ";", "set-option", "-s", "escape-time", "0")  # fmt: skip
        return Terminal(tmux, name, status)

    yield open_terminal
    subprocess.run([program, "-S", str(socket), "kill-server"], capture_output=True, check=False)
