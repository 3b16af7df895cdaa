"""The keyboard of a terminal, from the first question to the terminal until the screen has it."""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TextIO

from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.probe import Probe
from gathertui.terminal.replies import ReplySieve

if sys.platform != "win32":
    import fcntl
    import struct
    import termios

PATIENCE_SECONDS: Final = 0.2
"""How long a terminal on this machine may take for its answers."""
REMOTE_PATIENCE_SECONDS: Final = 1.0
"""And one at the far end of a line."""

LATE_SECONDS: Final = 10.0
"""For so long late answers are told from reports that others ask for."""

_CHUNK: Final = 4096


class Keyboard:
    """One terminal's input: in raw mode, with the terminal's answers taken out.

    `ask` asks the terminal what it can do; whoever reads afterwards takes `typed`
    first, puts what comes through `decode` and `sieve`, hands the answers that were
    in it to `heard`, and calls `release` when it sets the terminal's modes itself.
    """

    def __init__(self, descriptor: int, *, escape_delay: float) -> None:
        self.descriptor = descriptor
        self.sieve = ReplySieve(escape_delay=escape_delay)
        self._escape_delay = escape_delay
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._typed = ""
        self._modes: list[Any] | None = None
        self._listener: Callable[[Capabilities], None] | None = None
        self._probe: Probe | None = None
        self._unicode = True

    def ask(self, screen: TextIO, environment: Mapping[str, str], *, unicode: bool) -> Capabilities:
        """Ask the terminal what it can do, and take what it answers soon enough.

        What a person types meanwhile is kept for `typed`. The terminal stays in raw
        mode, so that nothing that comes now is shown.
        """
        until = time.monotonic() + LATE_SECONDS
        probe = Probe(environment, until=until, escape_delay=self._escape_delay)
        self.sieve = probe.sieve
        if probe.queries():
            self._make_raw()
            screen.write(probe.queries())
            screen.flush()
            remote = "SSH_TTY" in environment or "SSH_CONNECTION" in environment
            self._listen(probe, time.monotonic() + (REMOTE_PATIENCE_SECONDS if remote else PATIENCE_SECONDS))
        self._unicode = unicode
        if not probe.finished:
            self._probe = probe
        return self._capabilities(probe)

    def listen(self, listener: Callable[[Capabilities], None]) -> None:
        """Have `listener` called if the answers come after all, once, in the thread that reads then."""
        self._listener = listener

    def heard(self, answers: Iterable[str]) -> None:
        """Take answers that came later."""
        probe = self._probe
        if probe is None:
            return
        probe.take(answers)
        if probe.finished:
            self._probe = None
            if self._listener is not None:
                self._listener(self._capabilities(probe))

    def typed(self) -> str:
        """Return what was typed and not yet read, once."""
        typed, self._typed = self._typed, ""
        return typed

    def decode(self, data: bytes) -> str:
        """The text of the next bytes; a character may be cut anywhere."""
        return self._decoder.decode(data)

    def release(self) -> None:
        """Give the terminal back the modes that it had."""
        modes, self._modes = self._modes, None
        if modes is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.descriptor, termios.TCSANOW, modes)

    def _capabilities(self, probe: Probe) -> Capabilities:
        return probe.capabilities(unicode=self._unicode, cell_pixels=cell_pixels(self.descriptor))

    def _make_raw(self) -> None:
        with contextlib.suppress(termios.error):
            modes = termios.tcgetattr(self.descriptor)
            self._modes = [*modes[:6], list(modes[6])]
            modes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
            modes[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
            modes[6][termios.VMIN] = 1
            modes[6][termios.VTIME] = 0
            termios.tcsetattr(self.descriptor, termios.TCSANOW, modes)

    def _listen(self, probe: Probe, deadline: float) -> None:
        while not probe.finished:
            now = time.monotonic()
            self._typed += self.sieve.expire(now)
            if now >= deadline:
                return
            wake = min(deadline, self.sieve.deadline or deadline)
            if not select.select([self.descriptor], [], [], max(0.0, wake - now))[0]:
                continue
            try:
                data = os.read(self.descriptor, _CHUNK)
            except OSError:
                return
            if not data:
                return
            self._typed += probe.feed(self.decode(data), time.monotonic())


def cell_pixels(descriptor: int) -> tuple[int, int] | None:
    """Width and height of a cell in pixels, as far as the system knows them."""
    try:
        size = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return None
    rows, columns, width, height = struct.unpack("HHHH", size)
    return (width // columns, height // rows) if rows and columns and width >= columns and height >= rows else None
