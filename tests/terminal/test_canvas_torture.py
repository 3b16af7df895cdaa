"""Any sequence of keys, overlays, sizes and suspends in a real terminal, and it shows exactly what it should."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gathertui.render.cells import cell_width
from gathertui.testing.expectedscreen import Difference, ShownCell, differences

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("GATHERTUI_TORTURE_SECONDS", "20"))
PATIENCE = 60.0
"""Seconds for what the child does at last, however busy the machine is."""
DRAWN_SECONDS = 10.0
"""Within these everything that changed is drawn."""
SETTLING_SECONDS = 0.35
"""Longer than anything that is drawn once more after a while, toasts but for one kind of them included."""

SGR = re.compile(r"\x1b\[([0-9;:]*)m")
NOT_SHOWN = re.compile("\x1b\\][^\x1b]*\x1b\\\\|[\x0e\x0f]")


class Child:
    """`canvas_child.py` in a window."""

    def __init__(self, terminal, tmp_path: Path, seed: int, **environment: str) -> None:
        self._path = tmp_path / "talk"
        script = Path(__file__).with_name("canvas_child.py")
        root = str(Path(__file__).parents[2])
        variables = {"PYTHONPATH": root, "TERM": "tmux-256color", "GATHERTUI_CONFIG_DIR": str(tmp_path)}
        variables |= {"GATHERTUI_LOG_DIR": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        command = [sys.executable, str(script), str(self._path), str(seed)]
        self.window = terminal(command, variables | environment, columns=132, rows=43)
        deadline = time.monotonic() + PATIENCE
        while not self._path.exists():
            assert time.monotonic() < deadline, self.window.text()
            time.sleep(0.05)
        self._talk = socket.socket(socket.AF_UNIX)
        self._talk.connect(str(self._path))
        self._talk.settimeout(PATIENCE)
        self._lines = self._talk.makefile("rb")
        self.pid = self.tell("process")
        self.tell("stay")

    def tell(self, name: str, number: int = 0) -> Any:
        answer = b""
        with contextlib.suppress(ConnectionError):
            self._talk.sendall(f"{name} {number}\n".encode())
            answer = self._lines.readline()
        assert answer, self._why_ended()
        return json.loads(answer)

    def _why_ended(self) -> str:
        crash = self._path.with_name("crash.log")
        deadline = time.monotonic() + DRAWN_SECONDS
        while not crash.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        words = crash.read_text() if crash.exists() else self.window.text()
        return f"the child has ended:\n{words}"

    def expected(self) -> list[list[ShownCell]]:
        rows = []
        for row in self.tell("screen"):
            cells: list[ShownCell] = []
            for text, ink, ground, bold in row:
                cells += with_tail(ShownCell(text, ink, ground, bold))
            rows.append(cells)
        return rows

    def wrong(self) -> tuple[list[Difference], int]:
        """The cells that are wrong once nothing moves, and how many there are at all."""
        self.tell("stand-still")
        deadline = time.monotonic() + DRAWN_SECONDS
        while True:
            time.sleep(SETTLING_SECONDS)
            before = self.expected()
            if not before and time.monotonic() < deadline:
                continue  # a screen that came this moment has no size yet
            shown = parse(self.window.styled_text(), len(before[0]))
            found = differences(before, shown[: len(before)])
            is_settled = self.expected() == before  # else a toast went meanwhile
            if is_settled and not found and not self.tell("stale"):
                break
            if time.monotonic() > deadline:
                assert is_settled and not self.tell("stale"), "it never stands still"
                break
        self.tell("move")
        return found, len(before) * len(before[0])

    def close(self) -> None:
        self.tell("leave")
        self._lines.close()
        self._talk.close()


def with_tail(cell: ShownCell) -> list[ShownCell]:
    return [cell, cell._replace(text="")] if cell_width(cell.text) == 2 else [cell]


def parse(text: str, columns: int) -> list[list[ShownCell]]:
    """What `capture-pane -e` gave, as cells. It never says again what holds from the line before."""
    ink: int | None = None
    ground: int | None = None
    bold = reverse = False
    rows = []
    for line in NOT_SHOWN.sub("", text).split("\n"):
        row: list[ShownCell] = []
        pieces = SGR.split(line)
        for number, piece in enumerate(pieces):
            if number % 2:
                ink, ground, bold, reverse = pen(piece, ink, ground, bold, reverse)
                continue
            for character in piece:
                row += with_tail(ShownCell(character, *((ground, ink) if reverse else (ink, ground)), bold))
        rows.append(row + [ShownCell(" ", None, None, False)] * (columns - len(row)))
    return rows


def pen(
    codes: str, ink: int | None, ground: int | None, bold: bool, reverse: bool
) -> tuple[int | None, int | None, bool, bool]:
    numbers = [int(code or 0) for code in re.split("[;:]", codes)]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            ink = ground = None
            bold = reverse = False
        elif code in (1, 22):
            bold = code == 1
        elif code in (7, 27):
            reverse = code == 7
        elif code == 39:
            ink = None
        elif code == 49:
            ground = None
        elif code in (38, 48):
            if numbers.pop(0) == 2:
                colour = numbers.pop(0) << 16 | numbers.pop(0) << 8 | numbers.pop(0)
            else:
                colour = indexed(numbers.pop(0))
            ink, ground = (colour, ground) if code == 38 else (ink, colour)
    return ink, ground, bold, reverse


def indexed(number: int) -> int:
    assert number >= 16, "a colour that people change in their terminals"
    if number >= 232:
        return (8 + 10 * (number - 232)) * 0x010101
    steps = (0, 95, 135, 175, 215, 255)
    red, green, blue = (number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6
    return steps[red] << 16 | steps[green] << 8 | steps[blue]


class Torturer:
    """Does things to the child at random."""

    def __init__(self, child: Child, random: Random) -> None:
        self._child = child
        self._random = random
        self._acts: list[Callable[[], None]] = [
            *[self.press] * 3, *[self.write] * 2, *[self.escape] * 4, self.help, self.palette, self.toast, self.toast,
            self.theme, self.resize, self.resize, self.bounce, self.too_small, self.stack, self.suspend, self.stop,
            self.mouse, self.mouse,
        ]  # fmt: skip

    def act(self) -> str:
        act = self._random.choice(self._acts)
        act()
        time.sleep(self._random.random() * 0.1)
        return act.__name__

    def press(self) -> None:
        self._child.window.send(self._random.choice(["Up", "Down", "Left", "Right", "n", "Tab", "p", "]", "PageUp"]))

    def write(self) -> None:
        self._child.window.send("i")
        self._child.window.send("-l", self._random.choice(["hello there", "x", "Ωλ é", "会议 at five"]))
        if self._random.random() < 0.3:
            self._child.window.send("Enter")

    def escape(self) -> None:
        self._child.window.send("Escape")

    def help(self) -> None:
        self._child.window.send("?")

    def palette(self) -> None:
        self._child.window.send("C-p")
        self._child.window.send("-l", self._random.choice(["th", "wa"]))

    def toast(self) -> None:
        self._child.tell("toast", self._random.randint(0, 7))

    def theme(self) -> None:
        self._child.tell("theme", self._random.randint(0, 1))

    def stack(self) -> None:
        self._child.tell("help")

    def suspend(self) -> None:
        self._child.tell("suspend")

    def stop(self) -> None:
        """What Ctrl-Z does, and `fg`."""
        os.kill(self._child.pid, signal.SIGTSTP)
        deadline = time.monotonic() + PATIENCE
        while Path(f"/proc/{self._child.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(self._child.pid, signal.SIGCONT)

    def resize(self) -> None:
        self._child.window.resize(self._random.randint(60, 150), self._random.randint(24, 50))

    def bounce(self) -> None:
        for size in ((100, 35), (132, 43), (64, 20), (120, 40)):
            self._child.window.resize(*size)

    def too_small(self) -> None:
        self._child.window.resize(self._random.choice([15, 40]), self._random.choice([4, 12]))

    def mouse(self) -> None:
        column, row = self._random.randint(1, 60), self._random.randint(1, 20)
        for report in (f"\x1b[<35;{column};{row}M", f"\x1b[<0;{column};{row}M", f"\x1b[<0;{column};{row}m"):
            self._child.window.send("-l", report)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="whether a process is stopped is read from /proc")
@pytest.mark.parametrize(("seed", "colours"), [(1, "truecolor"), (2, "")], ids=["truecolor", "256 colours"])
def test_every_cell_is_right_whatever_happens(terminal, tmp_path: Path, seed: int, colours: str) -> None:
    random = Random(seed)
    child = Child(terminal, tmp_path, seed, COLORTERM=colours)
    torturer = Torturer(child, random)
    compared = actions = checks = 0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        done = [torturer.act() for _ in range(random.randint(1, 7))]
        wrong, cells = child.wrong()
        assert wrong == [], (seed, done, len(wrong), wrong[:4], child.window.text())
        compared, actions, checks = compared + cells, actions + len(done), checks + 1
    child.close()
    assert child.window.exit_code() == 0
    print(f"{actions} actions, {checks} checks, {compared} cells compared, 0 wrong")
