"""Stopped and continued: Ctrl-Z and `fg` in a shell, and signals at any moment."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="whether a process is stopped is read from /proc"
)

PATIENCE = 60.0
STOPS = 200


HELP = "Walk west"
"""Among the keys that `?` shows."""


def shows_prompt(lines: list[str]) -> bool:
    """Whether the last line is the shell's, with nothing typed in it. Those above it may be old ones."""
    shown = [line.rstrip() for line in lines if line.strip()]
    return bool(shown) and shown[-1] == "shell>"


class Office:
    """`canvas_child.py` in a window, alone or as a job of a shell."""

    def __init__(self, terminal, tmp_path: Path, *, shell: list[str] | None = None) -> None:
        script = Path(__file__).with_name("canvas_child.py")
        environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "tmux-256color", "PS1": "shell> "}
        environment |= {"GATHERTUI_CONFIG_DIR": str(tmp_path), "GATHERTUI_LOG_DIR": str(tmp_path)}
        environment |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        command = [sys.executable, str(script), str(tmp_path / "talk"), "1"]
        # Something else of the same job, such as the server of a demonstration.
        other, own = tmp_path / "other", tmp_path / "office"
        job = f"sleep 1000 & echo $! > {other}; echo $$ > {own}; exec {shlex.join(command)}"
        self._files = tmp_path
        if shell is None:
            self.window = terminal(["sh", "-c", job], environment)
        else:
            self.window = terminal(shell, environment)
            self.wait_for_prompt()
            (tmp_path / "job").write_text(job)
            self.window.send("-l", f"sh {tmp_path / 'job'}")
            self.window.send("Enter")
        self.window.wait_for(self.is_shown)

    @staticmethod
    def is_shown(lines: list[str]) -> bool:
        """Whether the window shows the office, and nothing over it."""
        text = "".join(lines)
        return "Grace" in text and HELP not in text and any("leave" in line for line in lines[-2:])

    def wait_for_prompt(self) -> None:
        """Wait until the shell reads: what is typed before that is shown before its prompt."""
        self.window.wait_for(shows_prompt)

    def process(self, name: str) -> int:
        return int((self._files / name).read_text())

    def state(self, name: str) -> str:
        """Linux's letter for what a process does."""
        return Path(f"/proc/{self.process(name)}/stat").read_text().rsplit(")", 1)[1].split()[0]

    def end_other(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # it may have gone with its terminal
            os.kill(self.process("other"), signal.SIGKILL)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.window.text()
            time.sleep(0.005)


@pytest.mark.parametrize(
    "shell",
    [
        pytest.param(
            ["bash", "--norc", "--noprofile", "-i"],
            id="bash",
            marks=pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash"),
        ),
        pytest.param(["sh", "-i"], id="sh"),
    ],
)
def test_ctrl_z_goes_to_the_shell_and_fg_comes_back(terminal, tmp_path: Path, shell) -> None:
    office = Office(terminal, tmp_path, shell=shell)
    window = office.window
    for number in range(2):
        window.press("C-z")
        office.wait_until(lambda: office.state("office") == office.state("other") == "T")
        office.wait_for_prompt()
        window.type(f"echo $((40 + {number}))")
        window.wait_for(f"shell> echo $((40 + {number}))")
        window.press("Enter")
        office.wait_for_prompt()
        assert str(40 + number) in [line.strip() for line in window.lines()]
        window.type("fg")
        window.press("Enter")
        window.wait_for(office.is_shown)
        assert not any("shell>" in line for line in window.lines())
        office.wait_until(lambda: office.state("other") == "S")
        window.press("?")
        window.wait_for(HELP)
        window.press("Escape")
        window.wait_for(office.is_shown)
    window.press("C-q")
    office.wait_for_prompt()
    office.end_other()
    window.type("exit")
    window.press("Enter")


def test_in_the_background_it_waits_for_the_terminal(terminal, tmp_path: Path) -> None:
    office = Office(terminal, tmp_path, shell=["sh", "-i"])
    window = office.window
    window.press("C-z")
    office.wait_until(lambda: office.state("office") == "T")
    office.wait_for_prompt()
    window.type("bg")
    window.press("Enter")
    window.type("echo $((40 + 2))")
    window.press("Enter")
    window.wait_for(lambda lines: "42" in [line.strip() for line in lines])
    office.wait_until(lambda: office.state("office") == "T")
    assert not office.is_shown(window.lines())
    window.type("fg")
    window.press("Enter")
    window.wait_for(office.is_shown)
    window.press("C-q")
    office.wait_for_prompt()
    office.end_other()


def test_without_a_shell_ctrl_z_says_so(terminal, tmp_path: Path) -> None:
    office = Office(terminal, tmp_path)
    office.window.press("C-z")
    office.window.wait_for("There is no shell to go back to.")
    assert office.state("office") != "T"
    office.window.press("C-q")
    assert office.window.exit_code() == 0
    office.end_other()


@pytest.mark.slow
def test_stopped_at_any_moment_it_goes_on(terminal, tmp_path: Path) -> None:
    office = Office(terminal, tmp_path)
    for _ in range(STOPS):
        os.kill(office.process("office"), signal.SIGTSTP)
        office.wait_until(lambda: office.state("office") == "T")
        os.kill(office.process("office"), signal.SIGCONT)
    os.kill(office.process("office"), signal.SIGSTOP)
    office.wait_until(lambda: office.state("office") == "T")
    os.kill(office.process("office"), signal.SIGCONT)
    office.window.wait_for(office.is_shown)
    office.window.press("?")
    office.window.wait_for(HELP)
    office.window.press("C-q")
    assert office.window.exit_code() == 0
    office.end_other()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_and_to_go_on_it_ends(terminal, tmp_path: Path, end: signal.Signals) -> None:
    office = Office(terminal, tmp_path)
    os.kill(office.process("office"), end)
    os.kill(office.process("office"), signal.SIGCONT)
    assert office.window.exit_code() == 0
    office.end_other()


def test_a_stopped_job_that_is_killed_ends_and_leaves_the_shell_alone(terminal, tmp_path: Path) -> None:
    office = Office(terminal, tmp_path, shell=["sh", "-i"])
    window, process = office.window, office.process("office")
    window.press("C-z")
    office.wait_until(lambda: office.state("office") == "T")
    office.wait_for_prompt()
    os.kill(process, signal.SIGTERM)
    os.kill(process, signal.SIGCONT)
    office.wait_until(lambda: not Path(f"/proc/{process}").exists() or office.state("office") == "Z")
    window.type("echo $((40 + 2))")
    window.press("Enter")
    window.wait_for(lambda lines: "42" in [line.strip() for line in lines])
    office.end_other()
