"""Terminals that answer at once, late, in pieces, wrongly or never: what comes of it is never a key.

Each test plays the terminal at the other end of a real pseudo-terminal.
"""

from __future__ import annotations

import os
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from gathertui.terminal.keyparser import KeyReader, PatientParser

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")

PATIENCE = 60.0
"""Seconds until a condition that doesn't come true fails the test."""

ROOT = Path(__file__).parents[2]

QUESTIONS_END = "\x1b[c"
NAME, REST = (
    "\x1bP>|foot(1.20.0)\x1b\\",
    (
        "\x1b[6;17;8t\x1b[?2026;2$y\x1b_Gi=1;OK\x1b\\\x1bP1+r524742=38\x1b\\"
        "\x1bP1$r0;48:2::1:2:3m\x1b\\\x1b[3;1R\x1b[?62;4;22c"
    ),
)
ANSWERS = NAME + REST

WAITS_FOR_ANSWERS = """
from gathertui.terminal import keyboard
keyboard.PATIENCE_SECONDS = 60.0
"""
"""Before a program whose terminal answers in time, however busy the machine is."""

WAITS_FOR_FAR_ANSWERS = """
from gathertui.terminal import keyboard
keyboard.REMOTE_PATIENCE_SECONDS = 60.0
"""

WAITS_FOR_THE_REST = """
from gathertui.terminal import replies
replies.BROKEN_SECONDS = 60.0
"""
"""Before a program that is sent the rest of an answer in time."""

IN_PIECES = {"ESCDELAY": "5000"}
"""Milliseconds from an Escape to the character after it that make two keys of them: pieces may come slowly."""

KEY_LOGGER = """
import os, sys
from textual.app import App
from gathertui.terminal.meeting import met_terminal

class Logger(App):
    def on_key(self, event):
        log.write(event.key + "\\n"); log.flush()
        if event.key == "q":
            self.exit()

log = open(sys.argv[1], "a")
with met_terminal(os.environ, unicode=True) as met:
    app = Logger()
    app.driver_class = met.driver_class
    log.write(f"met {met.capabilities.name!r} {met.capabilities.depth.value} {met.capabilities.best_mode.value}\\n")
    log.flush()
    met.listen(lambda found: (log.write(f"late {found.name!r} {found.best_mode.value}\\n"), log.flush()))
    app.run()
"""

ODD = [
    "\x1b[119;1:3u",
    "\x1b[99999999999u",
    "\x1b[48;0;0;0;0t\x1b[<35;3;3M",
    "\x1b[48;24;80;0;0t\x1b[<35;3;3M",
]
"""At these Textual's parser fails."""

OFFICE = "import sys; from gathertui.ui.program import run_app; sys.exit(run_app('localhost:1'))"


class FakeTerminal:
    """The other end: keeps what it gets, and sends what the test says."""

    def __init__(self, script: str, *arguments: str, **environment: str) -> None:
        import pty

        self._near, self._far = pty.openpty()
        termios.tcsetwinsize(self._far, (24, 80))
        self.modes_before = self.modes()
        self._lock = threading.Condition()
        self._seen = ""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SSH_", "TMUX"))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            stdin=self._far,
            stdout=self._far,
            stderr=self._far,
            env={**inherited, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environment},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while data := os.read(self._near, 65536):
                with self._lock:
                    self._seen += data.decode("utf-8", "replace")
                    self._lock.notify_all()
        except OSError:
            pass  # Linux's way to say that the other end is closed

    def modes(self) -> list:
        return termios.tcgetattr(self._far)

    def send(self, text: str) -> None:
        os.write(self._near, text.encode())

    def send_in_pieces(self, text: str) -> None:
        for character in text:
            self.send(character)
            time.sleep(0.002)

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        with self._lock:
            while text not in self._seen:
                assert self._lock.wait(deadline - time.monotonic()), f"{text!r} never came, but {self._seen!r}"

    def started(self) -> None:
        self.wait_for("\x1b[?1049h")

    def shown(self) -> str:
        """What the alternate screen shows."""
        screen = pyte.Screen(80, 24)
        pyte.Stream(screen).feed(self._seen[self._seen.index("\x1b[?1049h") :].replace("$p", ""))
        return "\n".join(screen.display)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.02)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._far)
        self._reader.join(PATIENCE)
        os.close(self._near)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[..., FakeTerminal]]:
    """Return `play(script, **environment)`, which runs a program before a played terminal."""
    terminals: list[FakeTerminal] = []

    def start(script: str = KEY_LOGGER, **environment: str) -> FakeTerminal:
        terminals.append(FakeTerminal(script, str(tmp_path / "keys"), **environment))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def keys(tmp_path: Path) -> Callable[[], list[str]]:
    """Return `keys()`: what the program was told, line by line; the first line is of the terminal."""
    path = tmp_path / "keys"
    return lambda: path.read_text().splitlines() if path.exists() else []


def finish(terminal: FakeTerminal) -> None:
    terminal.send("q")
    assert terminal.process.wait(PATIENCE) == 0


def test_answers_at_once_and_what_is_typed_before_and_after_is_kept(play, keys) -> None:
    terminal = play(WAITS_FOR_ANSWERS + KEY_LOGGER)
    terminal.wait_for(QUESTIONS_END)
    terminal.send("hé" + NAME + "y\x1b[A\x03" + REST + "漢")
    terminal.started()
    finish(terminal)
    assert keys() == ["met 'foot(1.20.0)' truecolor octant", "h", "é", "y", "up", "ctrl+c", "漢", "q"]


def test_a_quick_terminal_is_known_and_no_key_is_lost(play, keys) -> None:
    terminal = play(WAITS_FOR_ANSWERS + KEY_LOGGER)
    terminal.send("ab")  # long before anybody reads
    terminal.wait_for(QUESTIONS_END)
    terminal.send("c" + ANSWERS + "d")
    terminal.started()
    finish(terminal)
    assert keys() == ["met 'foot(1.20.0)' truecolor octant", "a", "b", "c", "d", "q"]


def test_answers_that_come_late_and_in_pieces_are_no_keys(play, keys) -> None:
    terminal = play(WAITS_FOR_THE_REST + KEY_LOGGER, **IN_PIECES)
    terminal.started()
    terminal.send("a")
    terminal.send_in_pieces(ANSWERS)
    terminal.send("b")
    finish(terminal)
    told = keys()
    assert told.pop(0) == "met 'xterm-256color' 256 quad"
    # They are of use, though.
    told.remove("late 'foot(1.20.0)' octant")
    assert told == ["a", "b", "q"]


def test_answers_that_come_while_the_app_starts_are_no_keys(play, keys) -> None:
    terminal = play(WAITS_FOR_THE_REST + KEY_LOGGER, **IN_PIECES)
    terminal.wait_for(QUESTIONS_END)
    terminal.send_in_pieces(ANSWERS[:43])
    terminal.started()
    terminal.send_in_pieces(ANSWERS[43:])
    finish(terminal)
    assert [key for key in keys()[1:] if not key.startswith("late")] == ["q"]


def test_a_terminal_that_never_answers_holds_nothing_up(play, keys) -> None:
    terminal = play()
    terminal.wait_for(QUESTIONS_END)
    terminal.send("a")
    terminal.started()
    terminal.send("b")
    finish(terminal)
    assert keys() == ["met 'xterm-256color' 256 quad", "a", "b", "q"]


def test_an_answer_that_breaks_off_costs_no_key_after_it(play, keys) -> None:
    terminal = play()
    terminal.started()
    terminal.send("\x1bP>|foo")
    terminal.send("\x1b[B")
    terminal.wait_until(lambda: "down" in keys())
    finish(terminal)
    assert keys()[1:] == ["down", "q"]


def test_escape_is_a_key_and_needs_no_other_after_it(play, keys) -> None:
    terminal = play()
    terminal.wait_for(QUESTIONS_END)
    terminal.send("\x1b")  # between question and answer
    terminal.started()
    terminal.wait_until(lambda: keys().count("escape") == 1)
    terminal.send("\x1b")
    terminal.wait_until(lambda: keys().count("escape") == 2)
    finish(terminal)
    assert keys()[1:] == ["escape", "escape", "q"]


def test_the_terminal_has_its_modes_back_at_the_end(play) -> None:
    terminal = play()
    terminal.started()
    terminal.wait_until(lambda: terminal.modes() != terminal.modes_before)
    finish(terminal)
    assert terminal.modes() == terminal.modes_before


def test_a_program_that_fails_gives_the_modes_back(play) -> None:
    terminal = play(KEY_LOGGER.replace("app.run()", "raise SystemExit(3)"))
    assert terminal.process.wait(PATIENCE) == 3
    assert terminal.modes() == terminal.modes_before


def test_a_dumb_terminal_is_asked_nothing(play, keys) -> None:
    terminal = play(TERM="dumb")
    terminal.wait_until(lambda: bool(keys()))
    assert "\x1b" not in terminal._seen.partition("\x1b[?1049h")[0]
    terminal.started()
    finish(terminal)


def test_far_away_answers_are_waited_for(play, keys) -> None:
    terminal = play(WAITS_FOR_FAR_ANSWERS + KEY_LOGGER, SSH_TTY="/dev/pts/9")
    terminal.wait_for(QUESTIONS_END)
    time.sleep(0.5)  # longer than a terminal on this machine may take
    terminal.send(ANSWERS)
    terminal.started()
    finish(terminal)
    assert keys() == ["met 'foot(1.20.0)' truecolor octant", "q"]


def test_no_answer_lands_in_a_field_of_the_office(play) -> None:
    terminal = play(WAITS_FOR_THE_REST + OFFICE, **IN_PIECES)
    terminal.wait_for(QUESTIONS_END)
    terminal.send_in_pieces(ANSWERS[:30])
    terminal.started()
    terminal.send_in_pieces(ANSWERS[30:])
    terminal.wait_for("Log in")
    terminal.send_in_pieces("zoe")
    terminal.wait_until(lambda: "zoe" in terminal.shown())
    shown = terminal.shown()
    assert "zoe" in shown
    assert not any(rest in shown for rest in ("foot", "524742", "48:2", "62;4", "Gi=1"))
    terminal.send("\x11")
    assert terminal.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("odd", ODD)
def test_a_sequence_that_nobody_understands_costs_no_key_round_it(play, keys, odd: str) -> None:
    terminal = play()
    terminal.started()
    terminal.send(f"a{odd}b")
    terminal.wait_until(lambda: "b" in keys())
    terminal.send(f"c{odd}")
    finish(terminal)
    assert keys()[1:] == ["a", "b", "c", "q"]


def test_odd_sequences_do_not_end_the_office_and_are_in_its_log(play, tmp_path: Path) -> None:
    terminal = play(OFFICE, GATHERTUI_LOG_DIR=str(tmp_path), GATHERTUI_CONFIG_DIR=str(tmp_path))
    terminal.started()
    terminal.wait_for("Log in")
    for odd in ODD:
        terminal.send(odd)
    terminal.send_in_pieces("zoe")
    terminal.wait_until(lambda: "zoe" in terminal.shown())
    terminal.send("\x11")
    assert terminal.process.wait(PATIENCE) == 0
    log = (tmp_path / "tui.log").read_text()
    assert log.count("was not understood") >= len(ODD) - 1
    assert "ValueError" in log and "OverflowError" in log and "ZeroDivisionError" in log


def test_after_a_failure_the_mouse_is_where_it_was() -> None:
    reader = KeyReader()
    list(reader.feed("\x1b[48;24;80;480;800t"))
    list(reader.feed("\x1b[99999999999u"))
    (move,) = reader.feed("\x1b[<35;101;41M")
    assert isinstance(move, events.MouseMove) and (move.x, move.y) == (10, 2)


@pytest.mark.parametrize("size", ["0;0", "0;80", "24;0", "99999;99999"])
def test_a_size_that_no_terminal_has_is_none(size: str) -> None:
    failures: list[Exception] = []
    reader = KeyReader(failures.append)
    assert list(reader.feed(f"\x1b[48;{size};0;0t")) == []
    assert [event.key for event in reader.feed("x\x1b[<35;3;3Mx") if isinstance(event, events.Key)] == ["x", "x"]
    (move,) = reader.feed("\x1b[<35;3;4M")
    assert isinstance(move, events.MouseMove) and (move.x, move.y) == (2, 3)


def test_an_escape_that_has_waited_waits_no_second_time() -> None:
    parser = PatientParser(False)
    assert [event.key for event in parser.feed_waited("\x1b") if isinstance(event, events.Key)] == ["escape"]
    assert not parser.is_waiting
    assert [event.key for event in parser.feed_waited("ab") if isinstance(event, events.Key)] == ["a", "b"]


def test_textual_has_the_names_that_the_driver_needs() -> None:
    """They are not public, so another version of Textual may have others."""
    parser = XTermParser(False)
    assert parser._timeout_time is None
    assert list(parser.feed("\x1b")) == []
    assert parser._timeout_time is not None
    parser._timeout_time = 0.0
    assert [event.key for event in parser.tick() if isinstance(event, events.Key)] == ["escape"]
    for name in ("start_application_mode", "run_input_thread", "process_message", "_run_input_thread"):
        assert callable(getattr(LinuxDriver, name))
    assert callable(LinuxDriver.suspend_application_mode) and callable(LinuxDriver.resume_application_mode)
    used = {"exit_event", "fileno", "_writer_thread", "_must_signal_resume"}
    assert used <= set(LinuxDriver.__init__.__code__.co_names)
    assert "_auto_restart" in Driver.__init__.__code__.co_names
