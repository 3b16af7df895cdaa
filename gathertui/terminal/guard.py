"""Keeps the picture whole: while a full-screen program runs, nobody else writes to its terminal.

Libraries below Python (ALSA, libav, OpenCV) write warnings straight to file
descriptors 1 and 2. So those go to the debug log, and the screen's driver, which
takes `sys.__stdout__` and `sys.__stderr__`, gets a descriptor of its own.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Final, TextIO

from gathertui.errors import UsageError
from gathertui.terminal.hangup import Hangup, Screen, watched_for_hangup

LOG_NAME: Final = "tui.log"
MAX_LOG_BYTES: Final = 1_000_000
"""A log that is longer is begun anew."""


@contextlib.contextmanager
def guarded_terminal(log_folder: Path, hangup: Hangup) -> Iterator[TextIO]:
    """Have the terminal for the screen alone. Gives the debug log, which all other output goes to.

    `hangup` is told when the terminal goes away.

    Everything is as before when it ends, whatever happened in between. The
    process has one such terminal, so this is for programs that show one screen.
    Raises `UsageError` where there is no terminal.
    """
    terminal = _terminal_descriptor()
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(_open_log(log_folder))
        screen = stack.enter_context(Screen(os.dup(terminal), hangup))
        stack.enter_context(watched_for_hangup(screen.fileno(), hangup))
        for descriptor in (1, 2):
            stack.callback(_put_back, os.dup(descriptor), descriptor)
            os.dup2(log.fileno(), descriptor)
        stack.enter_context(_real_size())
        stack.callback(_set_streams, sys.__stdout__, sys.__stderr__)
        _set_streams(screen, screen)
        try:
            yield log
        finally:
            # What was printed belongs to the log, and must not come out when the terminal is back.
            sys.stdout.flush()
            sys.stderr.flush()


@contextlib.contextmanager
def _real_size() -> Iterator[None]:
    """Have the terminal itself asked for its size: exported `COLUMNS` and `LINES` would hide every resize."""
    exported = {name: os.environ.pop(name) for name in ("COLUMNS", "LINES") if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(exported)


def _terminal_descriptor() -> int:
    if not sys.stdin.isatty():
        raise UsageError("The office needs a terminal to read keys from.", "Start it in a terminal window.")
    for descriptor in (1, 2):
        if os.isatty(descriptor):
            return descriptor
    raise UsageError("The office needs a terminal to draw on.", "Start it without sending its output elsewhere.")


def _open_log(folder: Path) -> TextIO:
    """The log, readable by its owner alone; where it can't be written, a hole."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / LOG_NAME
        is_long = path.exists() and path.stat().st_size > MAX_LOG_BYTES
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if is_long else 0)
        return os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", errors="replace")
    except OSError:
        return Path(os.devnull).open("w", encoding="utf-8")


def _put_back(saved: int, descriptor: int) -> None:
    os.dup2(saved, descriptor)
    os.close(saved)


def _set_streams(stdout: TextIOWrapper | None, stderr: TextIOWrapper | None) -> None:
    sys.__stdout__ = stdout  # type: ignore[misc]  # final for the interpreter's users, and the driver's only source
    sys.__stderr__ = stderr  # type: ignore[misc]
