"""The terminal while the office is on it, and when that ends badly. On a real pseudo-terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gathertui.errors import UsageError
from gathertui.terminal.guard import guarded_terminal
from gathertui.terminal.hangup import Hangup

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")

NOISE = """
import os, sys
from pathlib import Path
from gathertui.terminal.guard import guarded_terminal
from gathertui.terminal.hangup import Hangup
sys.__stderr__.write("before\\n")
try:
    with guarded_terminal(Path(sys.argv[1]), Hangup()):
        os.write(1, b"noise-1 "); os.write(2, b"noise-2 "); print("noise-3")
        sys.__stderr__.write("picture\\n"); sys.__stderr__.flush()
        raise RuntimeError("boom")
except RuntimeError:
    os.write(2, b"after\\n")
print("end")
"""

CRASH = """
import sys
from gathertui.ui.app import OfficeApp
from gathertui.ui.program import run_app
def fail(self):
    secret = "hunter2"
    raise RuntimeError("boom")
OfficeApp.on_mount = fail
sys.exit(run_app("localhost:1"))
"""


def run_on_terminal(script: str, *arguments: str) -> tuple[int, str]:
    """Run Python code on a pseudo-terminal; return its exit code and all that the terminal got."""
    import pty

    near, far = pty.openpty()
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=far,
        stdout=far,
        stderr=far,
        env={**os.environ, "PYTHONPATH": root, "TERM": "xterm-256color"},
    )
    os.close(far)
    seen: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(near, 65536):
                seen.append(data)
        except OSError:
            pass  # Linux's way to say that the other end is closed

    reader = threading.Thread(target=read)
    reader.start()
    code = process.wait(timeout=30)
    reader.join(timeout=30)
    os.close(near)
    return code, b"".join(seen).decode()


def test_only_the_screen_writes_to_the_terminal(tmp_path: Path) -> None:
    code, seen = run_on_terminal(NOISE, str(tmp_path))
    assert code == 0
    assert seen.split() == ["before", "picture", "after", "end"]
    log = (tmp_path / "tui.log").read_text()
    assert all(noise in log for noise in ("noise-1", "noise-2", "noise-3"))
    assert (tmp_path / "tui.log").stat().st_mode & 0o077 == 0


def test_a_crash_leaves_one_sentence_and_a_usable_terminal() -> None:
    code, seen = run_on_terminal(CRASH)
    log = Path(os.environ["GATHERTUI_LOG_DIR"], "tui.log").read_text()
    assert code == 1
    assert "Traceback" not in seen and "boom" not in seen
    assert seen.rstrip().endswith("tui.log.")
    # The alternate screen was left, and the cursor is back.
    assert seen.rfind("\x1b[?1049l") > seen.rfind("\x1b[?1049h") >= 0
    assert seen.rfind("\x1b[?25h") > seen.rfind("\x1b[?25l")
    assert "RuntimeError: boom" in log and "hunter2" not in log


def test_without_a_terminal_nothing_is_touched(tmp_path: Path) -> None:
    with pytest.raises(UsageError), guarded_terminal(tmp_path, Hangup()):
        pytest.fail("there is no terminal here")
    assert not list(tmp_path.iterdir())


def test_a_window_that_is_closed_ends_the_office_even_if_no_signal_comes(tmp_path: Path) -> None:
    import pty

    near, far = pty.openpty()
    script = "import sys; from gathertui.ui.program import run_app; sys.exit(run_app('localhost:1'))"
    # A session of its own without a controlling terminal: nobody sends it SIGHUP.
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=far,
        stdout=far,
        stderr=far,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm-256color"},
    )
    os.close(far)
    seen = b""
    while b"Log in" not in seen:
        seen += os.read(near, 65536)
    os.close(near)
    assert process.wait(30) == 0
