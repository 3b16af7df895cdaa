"""How long one person's step takes to the other's screen: two real programs on pseudo-terminals, one real server.

Prints one JSON line a figure. The time runs from writing the key to one terminal
until the other's emulated screen (pyte) shows the avatar's label elsewhere, and
includes the emulation. The keys are arrows: letters wait 30 ms more, to be told
from a paste.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import selectors
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyte

STEPS = 60
PAUSE_SECONDS = 0.3
COLUMNS, ROWS = 120, 40
MAP_COLUMNS = 78


class Window:
    """A program on a pseudo-terminal, and what its screen shows."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)

    def read(self) -> None:
        self.stream.feed(os.read(self.descriptor, 65536))

    def place(self, label: str) -> tuple[int, int] | None:
        for row, line in enumerate(self.screen.display):
            column = line[:MAP_COLUMNS].find(label)
            if column >= 0:
                return column, row
        return None

    def press(self, key: str) -> None:
        os.write(self.descriptor, key.encode())


def run(command: list[str], environment: dict[str, str], stdin: str = "") -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, check=True, timeout=60)
    return done.stdout


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str]]:
    ready, code = folder / "ready", folder / "code"
    command = [sys.executable, "-m", "gathertui", "serve", "--port", "0", "--data-dir", str(folder / "data")]
    command += ["--ready-file", str(ready), "--owner-code-file", str(code), "--stop-with-stdin"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
    while not ready.exists():
        if process.poll() is not None:
            raise SystemExit((folder / "log").read_text())
        time.sleep(0.05)
    try:
        yield json.loads(ready.read_text())["url"], code.read_text().strip()
    finally:
        process.terminate()
        process.wait()


def person(folder: Path, name: str, url: str, invite: str) -> dict[str, str]:
    environment = os.environ | {
        "GATHERTUI_CONFIG_DIR": str(folder / name),
        "GATHERTUI_LOG_DIR": str(folder / name),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }
    gathertui = [sys.executable, "-m", "gathertui"]
    arguments = ["signup", "--server", url, "--username", name, "--password-stdin", "--invite", invite]
    run([*gathertui, *arguments], environment, stdin="a long password\n")
    return environment


def pump_once(selector: selectors.BaseSelector, seconds: float = 0.5) -> None:
    """Read what has come for either screen, or wait for it."""
    for key, _ in selector.select(seconds):
        key.data.read()


def pump(selector: selectors.BaseSelector, seconds: float) -> None:
    """Read both screens for some seconds."""
    deadline = time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0:
        pump_once(selector, left)


def measure(walker: Window, watcher: Window, selector: selectors.BaseSelector) -> dict[str, list[float]]:
    """Step to and fro; return the seconds until either screen showed each step."""
    times: dict[str, list[float]] = {"own screen": [], "other screen": []}
    for number in range(STEPS):
        pump(selector, PAUSE_SECONDS)
        waiting = {"own screen": (walker, "you"), "other screen": (watcher, "walker")}
        before = {name: window.place(label) for name, (window, label) in waiting.items()}
        start = time.perf_counter()
        walker.press(("\x1b[A", "\x1b[B")[number % 2])
        deadline = start + 5.0
        while waiting and time.perf_counter() < deadline:
            pump_once(selector)
            for name, (window, label) in list(waiting.items()):
                if window.place(label) != before[name]:
                    times[name].append(time.perf_counter() - start)
                    del waiting[name]
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        url, owner_code = stack.enter_context(server(folder))
        gathertui = [sys.executable, "-m", "gathertui"]
        walkers = person(folder, "walker", url, owner_code)
        made = json.loads(run([*gathertui, "invite", "create", "--json"], walkers))
        watchers = person(folder, "watcher", url, made["code"])
        windows = [Window(gathertui, environment) for environment in (walkers, watchers)]
        selector = stack.enter_context(selectors.DefaultSelector())
        for window in windows:
            selector.register(window.descriptor, selectors.EVENT_READ, window)
        walker, watcher = windows
        deadline = time.monotonic() + 20
        while not (walker.place("you") and watcher.place("walker")):
            pump_once(selector)
            if time.monotonic() > deadline:
                raise SystemExit("The two did not see each other:\n" + "\n".join(watcher.screen.display))
        times = measure(walker, watcher, selector)
        for name, seconds in times.items():
            ordered = sorted(seconds)
            for figure, value in (
                ("p50", statistics.median(ordered)),
                ("p99", ordered[int(len(ordered) * 0.99) - 1]),
                ("max", ordered[-1]),
            ):
                line = {
                    "bench": "two_terminals",
                    "figure": f"key to {name} {figure}",
                    "value": round(value * 1000, 1),
                    "unit": "ms",
                }
                print(json.dumps(line | {"steps": len(ordered), "columns": COLUMNS, "rows": ROWS}), flush=True)
        for window in windows:
            window.press("\x11")
            os.waitpid(window.pid, 0)


if __name__ == "__main__":
    main()
