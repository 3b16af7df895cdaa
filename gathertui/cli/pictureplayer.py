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
from gathertui.cli.pictureframes import Drawing, PixelDrawing, Purse
from gathertui.render.encode import END_SYNCHRONIZED

Write = Callable[[bytes], object]

_HIDE_CURSOR: Final = b"\x1b[?25l"
_SHOW_CURSOR: Final = b"\x1b[?25h"
_CLEAR: Final = b"\x1b[2J"


class Stage:
    """The lines above a terminal's last one, on which the film is played.

    `size` says how many columns and lines the terminal has.
    """

    def __init__(self, drawing: Drawing | PixelDrawing, write: Write, size: Callable[[], tuple[int, int]]) -> None:
        self._columns, self._rows = drawing.columns, drawing.rows
        self._write = write
        self._size = size
        self._width, self._lines = size()
        self._rested = 0.0
        self.bytes_sent = 0
        """By the frames that were shown."""
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

    def show(self, film: Film, budget: int | None) -> int | None:
        """Show the film's next picture in at most `budget` bytes; how many it took, None when there is no picture."""
        picture = film.read()
        if picture is None:
            return None
        size = self._size()
        if size != (self._width, self._lines):
            # What the terminal made of its lines is its own affair.
            self._width, self._lines = size
            self._write(_CLEAR)
            self._animator.move(self._top)
            if not self._fits:
                words = f"Make the terminal larger: the picture needs {self._columns}x{self._rows + 1}."
                self._write(words[: self._width].encode() + self._below)
        if not self._fits:
            return 0
        below = self._below
        frame = self._animator.frame(picture, None if budget is None else max(0, budget - len(below)))
        if not frame.cells_changed:
            return 0
        self._write(frame.data + below)
        self.bytes_sent += len(frame.data) + len(below)
        return len(frame.data) + len(below)

    def rest(self, seconds: float) -> None:
        """The film stood still for so long, since the terminal was somebody else's."""
        self._rested += seconds

    def take_rest(self) -> float:
        """Return the seconds of rest since this was called last."""
        rested, self._rested = self._rested, 0.0
        return rested

    @property
    def _fits(self) -> bool:
        return self._width >= self._columns and self._lines > self._rows

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
    due = clock()
    last = due - step
    purse = Purse(kilobytes if film.moving else None)
    for _ in iter(int, 1) if frames is None else range(frames):
        rested = stage.take_rest()
        due += rested
        while clock() - due > step:
            if not film.skip():
                return
            due += step
        if (early := due - clock()) > 0:
            sleep(early)
        now = clock()
        sent = stage.show(film, purse.budget(now - last - rested))
        last = now
        if sent is None:
            return
        purse.spend(sent)
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
        began = time.monotonic()
        os.kill(os.getpid(), number)  # returns when the shell says so
        stage.rest(time.monotonic() - began)
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
