"""What is said to the person for a while, instead of all else that the context line says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gathertui.ui.walker import Alarm

NOTICE_SECONDS: Final = 6.0


class Notices:
    """Keeps `text`, empty where there is nothing to say, and calls `changed` when it is another.

    `is_wrong` where it says what went wrong. `set_timer` calls a function after some
    seconds, once.
    """

    def __init__(self, set_timer: Callable[[float, Callable[[], None]], Alarm], changed: Callable[[], None]) -> None:
        self.text = ""
        self.is_wrong = False
        self._set_timer = set_timer
        self._changed = changed
        self._alarm: Alarm | None = None

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Say this from now on, for a while."""
        self._end_alarm()
        self.text, self.is_wrong = text, wrong
        self._alarm = self._set_timer(NOTICE_SECONDS, self._end)
        self._changed()

    def end_hint(self) -> None:
        """Take the notice back, unless it says what went wrong: that comes unasked for, at any time."""
        if not self.is_wrong:
            self._end_alarm()
            self.text = ""

    def _end(self) -> None:
        self._end_alarm()
        self.text, self.is_wrong = "", False
        self._changed()

    def _end_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.stop()
            self._alarm = None
