"""What is said to the person for a while, instead of all else that the context line says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from gathertui.ui.walker import Alarm

NOTICE_SECONDS: Final = 6.0


class Notice(NamedTuple):
    """Something to say. `short` is for lines in which the text doesn't fit, where it is not empty."""

    text: str
    is_wrong: bool = False
    short: str = ""


TOO_FAST: Final = Notice(
    "Typed too fast for keys: it is in your message, unsent. Esc goes back to the map.",
    short="Too fast for keys: text. Esc: the map.",
)


class Notices:
    """Keeps what is to be said, and calls `changed` when it is something else.

    What is said for a while comes first, then what waits for somebody to read it, then
    what holds. `set_timer` calls a function after some seconds, once.
    """

    def __init__(self, set_timer: Callable[[float, Callable[[], None]], Alarm], changed: Callable[[], None]) -> None:
        self._set_timer = set_timer
        self._changed = changed
        self._alarm: Alarm | None = None
        self._said: Notice | None = None
        self._is_hint = False
        self._unread: Notice | None = None
        self._held: Notice | None = None

    @property
    def notice(self) -> Notice | None:
        """What is to be said now, if anything."""
        return self._said or self._unread or self._held

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Say this from now on, for a while. `wrong` where it says what went wrong."""
        self._say(Notice(text, wrong), is_hint=not wrong)

    def leave(self, text: str) -> None:
        """Say this until somebody who `reads` has had a while for it: they may not be there."""
        self._end_alarm()
        self._said, self._unread = None, Notice(text)
        self._changed()

    def reads(self) -> None:
        """Somebody is there to read."""
        if self._unread is not None:
            notice, self._unread = self._unread, None
            self._say(notice, is_hint=False)

    def hold(self, notice: Notice) -> None:
        """Say this until `end_hint`: it tells what is so until then."""
        self._held = notice
        self._changed()

    def end_hint(self) -> None:
        """Take the notice back, unless it came unasked for, as what goes wrong does: that comes at any time."""
        self._held = None
        if self._is_hint:
            self._end_alarm()
            self._said = None

    def _say(self, notice: Notice, *, is_hint: bool) -> None:
        self._end_alarm()
        self._said, self._is_hint = notice, is_hint
        self._alarm = self._set_timer(NOTICE_SECONDS, self._end)
        self._changed()

    def _end(self) -> None:
        self._end_alarm()
        self._said = None
        self._changed()

    def _end_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.stop()
            self._alarm = None
