"""What was said in a channel."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.message import Message
from textual.strip import Strip

from gathertui.ui.look import Look
from gathertui.ui.strips import Line, Span, strip_of_line
from gathertui.ui.widgets.drawn import ScrolledLines

WHEEL_LINES: Final = 3


class ChatLog(ScrolledLines):
    """Shows lines from the bottom up. Scrolled back, it stays where it is whatever comes in below."""

    DEFAULT_CSS = """
    ChatLog { background: $panel; width: 100%; height: 1fr; min-height: 1; padding: 0 1; }
    """

    can_focus = False

    class TopReached(Message):
        """The oldest line that is known shows."""

    class Resized(Message):
        """The lines must be made anew, for another width."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._lines: list[Line] = []
        self._below = 0
        self._unseen = 0
        self.empty_words = ""
        """What stands there while nothing was said."""

    @property
    def is_at_bottom(self) -> bool:
        """Whether the newest line shows."""
        return self._below == 0

    def replace(self, lines: list[Line]) -> None:
        """Show another channel, or this one laid out anew, from its end."""
        self._below = self._unseen = 0
        self._set_lines(lines)

    def append(self, lines: list[Line], *, added: int) -> None:
        """Show `lines`, which end with `added` new messages; scrolled back, what shows stays in its place."""
        grown = len(lines) - len(self._lines)
        if self._below:
            self._below = max(1, self._below + grown)
            self._unseen += added
        self._set_lines(lines)

    def prepend(self, lines: list[Line]) -> None:
        """Show `lines`, which begin with older ones than before; what shows stays in its place."""
        self._set_lines(lines)

    def _set_lines(self, lines: list[Line]) -> None:
        before = self.visible_strips()
        self._lines = lines
        self.repaint_changed(before)

    def redraw(self) -> None:
        """Draw everything anew, in other colours or another size."""
        self.post_message(self.Resized())

    def on_resize(self, event: events.Resize) -> None:
        """Lines are wrapped to the width."""
        self.redraw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_back(WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_back(-WHEEL_LINES)

    def scroll_page(self, direction: int) -> None:
        """Go a page back (1) or forward (-1)."""
        self.scroll_back(direction * max(1, self.size.height - 2))

    def scroll_back(self, lines: int) -> None:
        """Go back by so many lines, or forward where negative."""
        before = self.visible_strips()
        furthest = max(0, len(self._lines) - self.size.height)
        self._below = max(0, min(self._below + lines, furthest))
        if not self._below:
            self._unseen = 0
        self.repaint_changed(before)
        if lines > 0 and self._below == furthest:
            self.post_message(self.TopReached())

    def visible_strips(self) -> list[Strip]:
        """The lines above the ones that are scrolled away, at the bottom of the widget."""
        width, height = self.size
        look = self.look
        blank = Strip.blank(width, look.text)
        if not self._lines:
            words = strip_of_line([Span(self.empty_words, look.dim)], width, look.text)
            return ([blank] * (height - 1) + [words])[:height]
        end = len(self._lines) - min(self._below, max(0, len(self._lines) - height))
        lines = self._lines[max(0, end - height) : end]
        shown = [strip_of_line(line, width, look.text, ellipsis=look.signs.ellipsis) for line in lines]
        if self._below and shown:
            shown[-1] = self._more_strip(width)
        return [blank] * (height - len(shown)) + shown

    def _more_strip(self, width: int) -> Strip:
        look = self.look
        if self._unseen:
            word = "message" if self._unseen == 1 else "messages"
            text, colour = f"{look.signs.down} {self._unseen} new {word}", look.palette.amber
        else:
            text, colour = f"{look.signs.down} PgDn: newer messages", look.palette.dim
        return strip_of_line([Span(text, look.on_panel(colour))], width, look.text)
