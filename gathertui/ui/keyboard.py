"""From the keys on the map to commands, with counts, and without falling for pasted text."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

from gathertui.ui.burst import BurstFilter
from gathertui.ui.keys import Command, commands_by_key
from gathertui.ui.walker import Alarm

MAX_COUNT: Final = 99

_KEY_OF_CHARACTER: Final = {"?": "question_mark", ":": "colon", "[": "left_square_bracket", "]": "right_square_bracket"}


class Owner(Protocol):
    """Who acts by the keys."""

    def perform(self, command: Command, count: int) -> None:
        """Do it; `count` is at least 1."""

    def write_text(self, text: str) -> None:
        """Put text into the composer, unsent."""

    def text_ended(self) -> None:
        """The text that came in is complete."""

    def count_changed(self) -> None:
        """Another count stands before the next command."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Alarm:
        """Call back once, after `delay` seconds."""


class MapKeyboard:
    """Keys act at once, letters when they have been alone for 30 ms. `count` is what was typed before a command, or 0.

    `clock` is the one of the keys' times, in seconds.
    """

    def __init__(self, owner: Owner, clock: Callable[[], float] = time.monotonic) -> None:
        self._owner = owner
        self._clock = clock
        self._filter = BurstFilter()
        self._commands = commands_by_key()
        self._alarm: Alarm | None = None
        self.count = 0

    @property
    def is_idle(self) -> bool:
        """Whether no key waits to act."""
        return self._alarm is None

    def press(self, key: str, character: str | None, now: float) -> bool:
        """Take a key; False where it means nothing here."""
        if character is not None and character.isprintable():
            self._type(character, now)
            return True
        if self._filter.is_bursting(now):
            if key in ("enter", "ctrl+j"):
                self._type("\n", now)
            return True
        command = self._commands.get(key)
        if command is None:
            return False
        for held in self._filter.release_all():
            self._act(held)
        self._perform(command)
        return True

    def _type(self, character: str, now: float) -> None:
        text = self._filter.press(character, now)
        if text:
            self._set_count(0)
            self._owner.write_text(text)
        self._set_alarm(now)

    def _set_alarm(self, now: float) -> None:
        wait = self._filter.wait(now)
        if self._alarm is None and wait is not None:
            self._alarm = self._owner.set_timer(max(wait, 0.001), self._ring)

    def _ring(self) -> None:
        self._alarm = None
        now = self._clock()
        for character in self._filter.release(now):
            self._act(character)
        if self._filter.wait(now) is not None:
            self._set_alarm(now)
        elif self._filter.end():
            self._owner.text_ended()

    def _act(self, character: str) -> None:
        if character.isdecimal() and character.isascii() and (self.count or character != "0"):
            self._set_count(min(MAX_COUNT, self.count * 10 + int(character)))
            return
        command = self._commands.get(_KEY_OF_CHARACTER.get(character, character))
        if command is not None:
            self._perform(command)
        else:
            self._set_count(0)

    def _perform(self, command: Command) -> None:
        count = max(1, self.count)
        self._set_count(0)
        self._owner.perform(command, count)

    def _set_count(self, count: int) -> None:
        if count != self.count:
            self.count = count
            self._owner.count_changed()
