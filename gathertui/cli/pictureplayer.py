"""Plays a film on the last lines of a terminal, at the film's own pace."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

from gathertui.cli.picturefile import Film
from gathertui.cli.pictureframes import Drawing, PixelDrawing
from gathertui.render.encode import END_SYNCHRONIZED

Write = Callable[[bytes], object]

_HIDE_CURSOR: Final = b"\x1b[?25l"
_SHOW_CURSOR: Final = b"\x1b[?25h"
_CLEAR: Final = b"\x1b[2J"

_LONGEST_PAUSE: Final = 0.5
"""Seconds of silence that a budget makes up for; after a longer one no burst follows."""


class Stage:
    """The lines above a terminal's last one, on which the film is played.

    `height` says how many lines the terminal has.
    """

    def __init__(self, drawing: Drawing | PixelDrawing, write: Write, height: Callable[[], int]) -> None:
        self._rows = drawing.rows
        self._write = write
        self._height = height
        self._lines = height()
        self._animator = drawing.animator()
        self._animator.move(self._top)

    @property
    def _top(self) -> int:
        return max(0, self._lines - 1 - self._rows)

    def enter(self) -> None:
        """Make room. What was on the screen moves up."""
        self._write(_HIDE_CURSOR + b"\n" * self._rows)
        self._animator.move(self._top)

    def leave(self) -> None:
        """Put the cursor below the picture, and make the terminal as it was."""
        self._write(END_SYNCHRONIZED + b"\x1b[0m" + self._below + _SHOW_CURSOR)

    def show(self, film: Film, budget: int | None) -> bool:
        """Show the film's next picture; False when there is none."""
        picture = film.read()
        if picture is None:
            return False
        lines = self._height()
        if lines != self._lines:
            # What the terminal made of its lines is its own affair.
            self._lines = lines
            self._write(_CLEAR)
            self._animator.move(self._top)
        if lines > self._rows:
            frame = self._animator.frame(picture, budget)
            self._write(frame.data + self._below)
        return True

    @property
    def _below(self) -> bytes:
        return b"\x1b[%d;1H" % self._lines


def play(
    film: Film,
    stage: Stage,
    *,
    frames: int | None,
    kilobytes: float | None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Show the film's pictures when they are due, `frames` of them at most (None: all).

    Where drawing or the terminal is too slow, pictures are left out. `kilobytes`
    a second is the most that is sent.
    """
    step = 1 / film.rate
    started = clock()
    last = started - step
    due = started
    for _ in iter(int, 1) if frames is None else range(frames):
        while clock() - due > step:
            if not film.skip():
                return
            due += step
        if (early := due - clock()) > 0:
            sleep(early)
        now = clock()
        budget = None if kilobytes is None else int(min(now - last, _LONGEST_PAUSE) * kilobytes * 1000)
        last = now
        if not stage.show(film, budget):
            return
        due += step


@contextlib.contextmanager
def on_stage(stage: Stage) -> Iterator[None]:
    """Hold the terminal's last lines, and give the terminal back however this ends, or while it is stopped."""

    def leave_and_end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    def leave_and_stop(number: int, _frame: FrameType | None) -> None:
        echo.restore()
        stage.leave()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # returns when the shell says so
        signal.signal(number, leave_and_stop)
        echo.turn_off()
        stage.enter()

    echo = _Echo()
    handlers = {signal.SIGTERM: leave_and_end, signal.SIGHUP: leave_and_end, signal.SIGTSTP: leave_and_stop}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        echo.turn_off()
        stage.enter()
        yield
    finally:
        echo.restore()
        stage.leave()
        for number, handler in before.items():
            signal.signal(number, handler)


class _Echo:
    """Whether the terminal shows what is typed: an Enter would push the picture up."""

    def __init__(self) -> None:
        self._kept: list[Any] | None = None

    def turn_off(self) -> None:
        import termios

        with contextlib.suppress(termios.error, OSError, ValueError):
            attributes = termios.tcgetattr(sys.stdin.fileno())
            self._kept = list(attributes)
            attributes[3] &= ~termios.ECHO
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, attributes)

    def restore(self) -> None:
        import termios

        if self._kept is not None:
            with contextlib.suppress(termios.error, OSError, ValueError):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._kept)
            self._kept = None
