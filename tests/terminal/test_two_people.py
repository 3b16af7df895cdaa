"""Two people in two real terminals, on one real server."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

import pytest

pytestmark = pytest.mark.slow

CELLS_A_TILE = 2
MAP_COLUMNS = 78
"""Of a window of 120 columns; the side pane is right of them."""


def open_office(terminal, person, **size: int):
    window = terminal([sys.executable, "-m", "gathertui"], person.environment, **size)
    window.wait_for(is_office)
    return window


def write(window, text: str) -> None:
    """Write to everybody. An Enter that came together with letters would be one of a paste, which sends nothing."""
    window.press("i")
    window.wait_for("Enter send")
    window.type(text)
    window.wait_for(text)
    window.press("Enter")


def is_office(lines: list[str]) -> bool:
    """Whether the last line that shows anything names the keys of the map."""
    shown = [line for line in lines if line.strip()]
    return bool(shown) and "walk" in shown[-1]


def place_of(initials: str, lines: list[str]) -> tuple[int, int] | None:
    """Column and row of an avatar on the map."""
    for row, line in enumerate(lines[1:-2], start=1):
        column = line[:MAP_COLUMNS].find(initials)
        if column >= 0:
            return column, row
    return None


def test_two_people_see_each_other_walk_and_read_each_others_words(office_process, terminal) -> None:
    quinn, xavier = office_process.member("quinn"), office_process.member("xavier")
    hers = open_office(terminal, quinn)
    his = open_office(terminal, xavier)

    before = place_of("QU", his.wait_for(lambda lines: place_of("QU", lines) is not None))
    assert before is not None
    for steps, key in enumerate(("Left", "h", "Left"), start=1):
        hers.press(key)
        there = (before[0] - steps * CELLS_A_TILE, before[1])
        his.wait_for(lambda lines, there=there: place_of("QU", lines) == there)

    write(hers, "hello?")
    his.wait_for("hello?")
    write(his, "[b]yes[/]")
    hers.wait_for("[b]yes[/]")

    hers.press("Escape", "C-q")
    assert hers.exit_code() == 0
    his.wait_for(lambda lines: place_of("QU", lines) is None)
    his.press("Escape", "C-q")
    assert his.exit_code() == 0


def test_a_restart_of_the_server_is_said_and_everybody_is_back(server_process, somebody, terminal) -> None:
    server = server_process()
    server.start()
    ada = somebody(server.url)
    port = server.url.rpartition(":")[2]
    arguments = ("--server", server.url, "--username", "ada", "--password-stdin", "--invite", server.owner_code())
    assert ada.run("signup", *arguments, stdin="a long password\n").returncode == 0
    window = open_office(terminal, ada)
    assert server.stop() == 0
    window.wait_for(lambda lines: any("again" in line or "reconnect" in line.lower() for line in lines))
    # What is written meanwhile waits, and is sent once.
    write(window, "written while away")
    server.options = ("--port", port)
    server.start()
    stored = (ada.run("history", "general").stdout for _ in range(60))
    assert next(text for text in stored if "written" in text).count("written while away") == 1
    window.wait_for(lambda lines: not any("again" in line for line in lines))


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (80, 24), (200, 60)])
def test_the_office_fits_every_window(office_process, terminal, columns: int, rows: int) -> None:
    person = office_process.member(f"sized{columns}")
    window = open_office(terminal, person, columns=columns, rows=rows)
    lines = window.lines()
    assert all(len(line) <= columns for line in lines)
    assert "walk" in lines[rows - 1]
    window.press("?")
    window.wait_for("figure marked")
    window.press("Escape", "C-q")
    assert window.exit_code() == 0


def test_a_newcomer_is_asked_to_sign_in_and_can_leave(office_process, somebody, terminal) -> None:
    newcomer = somebody(office_process.url)
    window = terminal([sys.executable, "-m", "gathertui", "--server", office_process.url], newcomer.environment)
    window.wait_for("Log in")
    assert "Traceback" not in window.text()
    window.press("C-q")
    assert window.exit_code() == 0


def test_the_screen_needs_a_terminal(office_process) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gathertui"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env=office_process.owner.environment,
        check=False,
    )
    assert done.returncode == 2
    assert "terminal" in done.stderr


def test_the_demo_opens_moves_and_leaves_nothing_behind(terminal, tmp_path) -> None:
    home = tmp_path / "home"
    environment = {"GATHERTUI_CONFIG_DIR": str(home), "GATHERTUI_LOG_DIR": str(home)}
    window = terminal([sys.executable, "-m", "gathertui", "demo", "--data-dir", str(tmp_path / "demo")], environment)
    first = window.wait_for(lambda lines: "7 here" in lines[0])
    window.wait_for(lambda lines: _map_of(lines) != _map_of(first))
    window.press("C-q")
    assert window.exit_code() == 0
    left = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True, check=False).stdout.split()
    commands = [
        subprocess.run(["ps", "-o", "args=", "-p", pid], capture_output=True, text=True, check=False).stdout
        for pid in left
    ]
    ours = [command for command in commands if "tmux" not in command.split(" ")[0]]  # tmux has our words in its own
    assert [command for command in ours if "gathertui" in command or "secantus" in command] == []


def test_the_demo_leaves_nothing_behind_where_its_terminal_goes_away(tmp_path) -> None:
    home = tmp_path / "home"
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 40, 120, 0, 0))
    demo = ["-m", "gathertui", "demo", "--data-dir", str(tmp_path / "demo")]
    in_terminal = "import os, sys; os.login_tty(0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    folders = {"GATHERTUI_CONFIG_DIR": str(home), "GATHERTUI_LOG_DIR": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-c", in_terminal, *demo],
        stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | {"TERM": "xterm-256color"} | folders,
    )  # fmt: skip
    os.close(theirs)
    shown, deadline = b"", time.monotonic() + 60.0
    while b"7 here" not in shown:
        assert time.monotonic() < deadline and process.poll() is None, shown[-2000:]
        if select.select([ours], [], [], 1.0)[0]:
            with contextlib.suppress(OSError):  # it has ended
                shown += os.read(ours, 65536)
    os.close(ours)
    process.wait(60.0)
    left = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True, check=False).stdout.split()
    assert left == []
    assert not (home / "debug.log").exists()


def _map_of(lines: list[str]) -> list[str]:
    return [line[:MAP_COLUMNS] for line in lines[1:-2]]
