"""A terminal that goes away: its window was closed, or the line to it broke.

Nobody may be told of that by a signal: a program between us and the terminal can
keep SIGHUP for itself. So it is also seen from a write that fails, and, where the
system can wait for it, at once.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from typing import Any


class Hangup:
    """Whether the terminal is gone, and who wants to know. May be told from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._happened = False
        self._listener: Callable[[], None] | None = None

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` when it happens, at once if it has; in whatever thread finds out."""
        with self._lock:
            self._listener = listener
            happened = self._happened
        if happened:
            listener()

    def happen(self) -> None:
        """The terminal is gone."""
        with self._lock:
            if self._happened:
                return
            self._happened = True
            listener = self._listener
        if listener is not None:
            listener()


class Screen(TextIOWrapper):
    """A terminal to draw on. When it is gone, what is drawn is lost without an error."""

    def __init__(self, descriptor: int, hangup: Hangup) -> None:
        super().__init__(os.fdopen(descriptor, "wb"), encoding="utf-8", errors="replace", newline="")
        self._hangup = hangup

    def write(self, text: str, /) -> int:
        """Write a text; its length."""
        try:
            return super().write(text)
        except OSError:
            self._hangup.happen()
            return len(text)

    def flush(self) -> None:
        """Hand what was written to the terminal."""
        try:
            super().flush()
        except OSError:
            self._hangup.happen()

    def close(self) -> None:
        """Let the terminal go."""
        with contextlib.suppress(OSError):
            super().close()


@contextlib.contextmanager
def watched_for_hangup(terminal: int, hangup: Hangup) -> Iterator[None]:
    """Tell `hangup` when the terminal goes away, while the block runs; it costs nothing until then."""
    if not hasattr(select, "poll"):
        yield
        return
    wake_read, wake_write = os.pipe()
    poll: Any = select.poll()
    poll.register(terminal, 0)  # nothing but hang-ups and errors, which can't be masked
    poll.register(wake_read, select.POLLIN)

    def wait() -> None:
        if any(descriptor == terminal for descriptor, _ in poll.poll()):
            hangup.happen()

    watcher = threading.Thread(target=wait, name="hangup-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        os.write(wake_write, b".")
        watcher.join()
        os.close(wake_read)
        os.close(wake_write)
