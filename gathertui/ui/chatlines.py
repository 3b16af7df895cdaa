"""Lays a channel out as lines: times, names in a column, text with a hanging indent, a rule between days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from rich.style import Style

from gathertui.protocol.chat import ChatMessage
from gathertui.render.cells import clip_text, text_width
from gathertui.ui.look import Look, make_style
from gathertui.ui.strips import Line, Span
from gathertui.ui.wrapping import wrap

TIME_WIDTH: Final = 6
MIN_TEXT: Final = 12
MAX_NAME: Final = 12
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}']")


class Unsent(NamedTuple):
    """A message of yours that isn't stored. `failure` says why it never will be."""

    client_id: str
    text: str
    failure: str = ""


class ChatLayout:
    """Makes lines of messages for one width and one look.

    `colour_of` maps an author's account id to their colour number, and `you` is
    your own account id. Lines of a message are kept until the layout changes.
    """

    def __init__(self, look: Look, width: int, you: str, colour_of: Callable[[str], int]) -> None:
        self._look = look
        self._width = width
        self._you = you
        self._colour_of = colour_of
        self._name_width = 0
        self._kept: dict[tuple[str, int], list[Line]] = {}

    def lines(self, messages: Sequence[ChatMessage], unsent: Iterable[Unsent]) -> list[Line]:
        """All lines, oldest first."""
        waiting = list(unsent)
        self._fit_names(messages, bool(waiting))
        lines: list[Line] = []
        day: date | None = None
        for message in messages:
            when = datetime.fromtimestamp(message.at / 1000)
            if when.date() != day:
                day = when.date()
                lines.append(self._day_line(day))
            key = (message.client_id, message.seq)
            kept = self._kept.get(key)
            if kept is None:
                kept = self._kept[key] = self._message_lines(message, when)
            lines += kept
        for message_waiting in waiting:
            lines += self._unsent_lines(message_waiting)
        return lines

    def _fit_names(self, messages: Sequence[ChatMessage], has_unsent: bool) -> None:
        """Give the column of names the width that they need, where that leaves enough for the text."""
        widths = [text_width("you" if m.author == self._you else m.author_name) for m in messages[-200:]]
        widest = max([*widths, 3 if has_unsent else 0], default=0)
        fitting = min(widest, MAX_NAME, max(3, self._width - TIME_WIDTH - 1 - MIN_TEXT))
        if fitting != self._name_width:
            self._name_width = fitting
            self._kept.clear()

    def _day_line(self, day: date) -> Line:
        look = self._look
        title = f" {day:%A} {day.day} {day:%B} "
        sign = look.signs.rule
        left = max(0, (self._width - text_width(title)) // 2)
        right = max(0, self._width - text_width(title) - left)
        rule = look.on_panel(look.palette.rule)
        return [Span(sign * left, rule), Span(title, look.dim), Span(sign * right, rule)]

    def _message_lines(self, message: ChatMessage, when: datetime) -> list[Line]:
        look = self._look
        mine = message.author == self._you
        colour = look.palette.you if mine else look.palette.person(self._colour_of(message.author))
        name = "you" if mine else message.author_name
        text = look.on_panel(look.palette.you) if mine else look.text
        return self._entry(
            Span(f"{when:%H:%M}", look.dim), Span(name, look.on_panel(colour, bold=True)), message.text, text
        )

    def _unsent_lines(self, unsent: Unsent) -> list[Line]:
        look, signs = self._look, self._look.signs
        if not unsent.failure:
            mark = Span(f"  {signs.waiting}  "[:5], look.on_panel(look.palette.amber))
            return self._entry(mark, Span("you", look.dim), unsent.text, look.dim)
        red = look.on_panel(look.palette.red)
        lines = self._entry(Span(f"  {signs.cross}  ", red), Span("you", look.dim), unsent.text, look.dim)
        indent = " " * self._indent
        return lines + [
            [Span(indent, look.dim), Span(part, red)] for part in wrap(f"Not sent: {unsent.failure}", self._text_width)
        ]

    @property
    def _indent(self) -> int:
        return TIME_WIDTH + self._name_width + 1

    @property
    def _text_width(self) -> int:
        return max(2, self._width - self._indent)

    def _entry(self, time: Span, name: Span, text: str, style: Style) -> list[Line]:
        ellipsis = "…" if not self._look.ascii_only else "~"
        shown = clip_text(name.text, self._name_width, ellipsis)
        gap = " " * (self._name_width - text_width(shown) + 1)
        head: Line = [time, Span(" ", style), Span(shown, name.style), Span(gap, style)]
        lines: list[Line] = []
        for part in wrap(text, self._text_width):
            start = head if not lines else [Span(" " * self._indent, style)]
            lines.append([*start, *self._linked(part, style)])
        return lines

    def _linked(self, text: str, style: Style) -> Line:
        """The addresses in a line lead where they say (OSC 8), those that fit into it whole."""
        spans: Line = []
        end = 0
        for match in _ADDRESS.finditer(text):
            accent = make_style(self._look.palette.accent, self._look.palette.panel, False, match.group())
            spans += [Span(text[end : match.start()], style), Span(match.group(), accent)]
            end = match.end()
        spans.append(Span(text[end:], style))
        return [span for span in spans if span.text]
