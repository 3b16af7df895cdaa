"""`gathertui mic|camera` on an office that is open in a real terminal."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.slow

DEVICES = {"GATHERTUI_MICROPHONE": "synthetic", "GATHERTUI_CAMERA": f"file:{__file__}", "GATHERTUI_SPEAKER": "none"}


def is_office(lines: list[str]) -> bool:
    shown = [line for line in lines if line.strip()]
    return bool(shown) and "walk" in shown[-1]


def until(ask: Callable[[], subprocess.CompletedProcess[str]], code: int) -> subprocess.CompletedProcess[str]:
    """Ask again until it ends like that: sound and picture are loaded a moment after the office is shown."""
    deadline = time.monotonic() + 30.0
    while (done := ask()).returncode != code:
        assert time.monotonic() < deadline, done
    return done


def test_what_is_answered_is_so(office_process, terminal) -> None:
    person = office_process.member("greta")
    window = terminal(["sh", "-i"], person.environment | DEVICES | {"PS1": "shell> "})
    window.wait_for("shell>")
    window.send("-l", f"{sys.executable} -m gathertui")
    window.send("Enter")
    window.wait_for(is_office)

    assert until(lambda: person.run("mic", "on"), 0).stdout == "on\n"
    done = until(lambda: person.run("camera", "on"), 1)
    assert (done.stdout, "can't be read as a picture or a film" in done.stderr) == ("", True)
    assert person.run("camera").stdout == "off\n"

    window.press("C-z")
    window.wait_for(lambda lines: any(line.startswith("shell>") for line in lines))
    done = person.run("mic", "on")
    assert (done.returncode, "is stopped, perhaps by Ctrl-Z" in done.stderr) == (1, True)
    window.send("-l", "fg")
    window.send("Enter")
    window.wait_for(is_office)
    assert person.run("mic").stdout == "off\n", "nobody is heard for a command that failed long ago"
    window.press("C-q")
