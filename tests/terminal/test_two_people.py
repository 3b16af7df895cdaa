"""Two people in two real terminals, on one real server."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def open_office(terminal, person, **size: int):
    window = terminal([sys.executable, "-m", "gathertui"], person.environment, **size)
    window.wait_for("here")
    return window


def place_of(name: str, lines: list[str], width: int = 78) -> tuple[int, int] | None:
    """Column and row of a name's label on the map, which is left of the side pane."""
    for row, line in enumerate(lines[1:-2], start=1):
        column = line[:width].find(name)
        if column >= 0:
            return column, row
    return None


def test_two_people_see_each_other_walk_and_read_each_others_words(office_process, terminal) -> None:
    quinn, xavier = office_process.member("quinn"), office_process.member("xavier")
    hers = open_office(terminal, quinn)
    his = open_office(terminal, xavier)

    before = place_of("quinn", his.wait_for(lambda lines: place_of("quinn", lines) is not None))
    assert before is not None
    hers.press("Up", "Up", "Up", "Left", "Left", "Left", "Left")
    his.wait_for(lambda lines: _moved_up(before, place_of("quinn", lines)))

    hers.press("i")
    hers.wait_for("Enter send")
    hers.type("is this thing on?")
    hers.press("Enter")
    his.wait_for("is this thing on?")
    his.press("i")
    his.wait_for("Enter send")
    his.type("loud [red]and[/] clear")
    his.press("Enter")
    hers.wait_for("loud [red]and[/] clear")

    hers.press("Escape", "C-q")
    assert hers.exit_code() == 0
    his.wait_for(lambda lines: place_of("quinn", lines) is None)
    his.press("Escape", "C-q")
    assert his.exit_code() == 0


def _moved_up(before: tuple[int, int], after: tuple[int, int] | None) -> bool:
    return after is not None and after[1] <= before[1] - 2 and after[0] < before[0]


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
    window.press("i")
    window.type("written while away")
    window.press("Enter")
    server.options = ("--port", port)
    server.start()
    window.wait_for(lambda lines: "here" in lines[0])
    deadline_history = ada.run("history", "general")
    for _ in range(60):
        if "written while away" in deadline_history.stdout:
            break
        deadline_history = ada.run("history", "general")
    assert deadline_history.stdout.count("written while away") == 1


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (80, 24), (200, 60)])
def test_the_office_fits_every_window(office_process, terminal, columns: int, rows: int) -> None:
    person = office_process.member(f"sized{columns}")
    window = open_office(terminal, person, columns=columns, rows=rows)
    lines = window.lines()
    assert all(len(line) <= columns for line in lines)
    assert "walk" in lines[rows - 1] or "help" in lines[rows - 1]
    window.press("?")
    window.wait_for(lambda lines: any("walk" in line.lower() for line in lines))
    window.press("Escape", "C-q")
    assert window.exit_code() == 0


def test_a_newcomer_signs_up_on_the_screen(office_process, somebody, terminal) -> None:
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
    window = terminal(
        [sys.executable, "-m", "gathertui", "demo", "--data-dir", str(tmp_path / "demo")], environment
    )
    first = window.wait_for(lambda lines: "7 here" in lines[0])
    window.wait_for(lambda lines: _map_of(lines) != _map_of(first))
    window.press("C-q")
    assert window.exit_code() == 0
    left = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True, check=False).stdout.split()
    commands = [subprocess.run(["ps", "-o", "args=", "-p", pid], capture_output=True, text=True, check=False).stdout for pid in left]
    assert [command for command in commands if "gathertui" in command or "secantus" in command] == []


def _map_of(lines: list[str]) -> list[str]:
    return [line[:78] for line in lines[1:-2]]
