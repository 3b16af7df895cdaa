"""Textual's driver for Linux and macOS, with an input that the terminal's answers are taken out of."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterable
from typing import Final

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from gathertui.terminal.keyboard import Keyboard

_IDLE_SECONDS: Final = 0.1
"""How often the end is looked for while nothing comes."""
_TICK_SECONDS: Final = 0.02
"""And how often what waits is looked after."""
_CHUNK: Final = 4096


class PatientParser(XTermParser):
    """Textual's parser of keys, for input of which a part has waited already."""

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the rest of something."""
        return self._timeout_time is not None

    def feed_waited(self, text: str) -> Iterable[Message]:
        """Parse what has waited as long as a lone Escape should: it waits no second time."""
        yield from self.feed(text)
        if self.is_waiting:
            self._timeout_time = 0.0
        yield from self.tick()


class SievedDriver(LinuxDriver):
    """The driver of a terminal whose keyboard was in use before. `driver_of` makes one for it."""

    keyboard: Keyboard

    def start_application_mode(self) -> None:
        """Take the terminal over from the keyboard."""
        self.keyboard.release()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it so

    def run_input_thread(self) -> None:
        """Read keys until the driver ends."""
        keyboard, sieve = self.keyboard, self.keyboard.sieve
        parser = PatientParser(self._debug)
        self._parse(parser.feed_waited, keyboard.typed())
        while not self.exit_event.is_set():
            waits = parser.is_waiting or sieve.deadline is not None
            if select.select([self.fileno], [], [], _TICK_SECONDS if waits else _IDLE_SECONDS)[0]:
                try:
                    data = os.read(self.fileno, _CHUNK)
                except OSError:
                    data = b""
                if not data:
                    # The terminal is gone. Others watch for that and end the app.
                    self.exit_event.wait()
                    break
                typed, answers = sieve.feed(keyboard.decode(data), time.monotonic())
                keyboard.heard(answers)
                self._parse(parser.feed, typed)
            self._parse(parser.feed_waited, sieve.expire(time.monotonic()))
            self._post(parser.tick())
        self._post(parser.feed(""))

    def _parse(self, parse: Callable[[str], Iterable[Message]], text: str) -> None:
        if text:  # nothing would mean the end
            self._post(parse(text))

    def _post(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)


def driver_of(keyboard: Keyboard) -> type[LinuxDriver]:
    """Return the class of driver that reads this keyboard."""
    return type("KeyboardDriver", (SievedDriver,), {"keyboard": keyboard})
