"""Where messages are written."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from gathertui.protocol.text import clean_text
from gathertui.ui.burst import BURST_SECONDS

MAX_ROWS: Final = 5
FAST_KEYS: Final = 2
"""So many keys faster than fingers make what follows at that speed text, and Enter a line's end."""


class Composer(TextArea):
    """Enter sends, Ctrl-J begins a new line, Esc or Enter on nothing goes away.

    A paste never sends: neither one that the terminal marks, nor one that comes
    as keys faster than fingers.
    """

    DEFAULT_CSS = """
    Composer, Composer:focus {
        background: $field; color: $foreground; border: none; padding: 0 1;
        height: 1; width: 1fr; margin: 0 1; scrollbar-size: 0 0;
    }
    Composer > .text-area--cursor-line { background: $field; }
    Composer > .text-area--placeholder { color: $dim; }
    """

    class Sent(Message):
        """Enter was pressed on this text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The writer wants to go back to the map."""

    class Scrolled(Message):
        """The writer wants to see other lines: `direction` 1 for older ones, -1 for newer; a page or a line."""

        def __init__(self, direction: int, *, page: bool) -> None:
            super().__init__()
            self.direction = direction
            self.page = page

    def __init__(self) -> None:
        super().__init__(compact=True, highlight_cursor_line=False, show_line_numbers=False)
        self.cursor_blink = False
        self._last_key = 0.0
        self._fast = 0

    def write_text(self, text: str) -> None:
        """Put text where the cursor is. What would act on the terminal is left out."""
        self.insert(clean_text(text))

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.write_text(event.text)

    async def _on_key(self, event: events.Key) -> None:
        is_fast = event.time - self._last_key < BURST_SECONDS
        self._last_key = event.time
        self._fast = self._fast + 1 if is_fast else 0
        if self._act(event.key):
            event.stop()
            event.prevent_default()
            return
        await super()._on_key(event)

    def _act(self, key: str) -> bool:
        """Do what this key does here; False where it is a matter of editing."""
        row, _ = self.cursor_location
        match key:
            case "enter" if self._fast >= FAST_KEYS:
                self.insert("\n")
            case "enter" if self.text.strip():
                self.post_message(self.Sent(self.text))
            case "enter" | "escape":
                self.post_message(self.Left())
            case "ctrl+j":
                self.insert("\n")
            case "pageup" | "pagedown":
                self.post_message(self.Scrolled(1 if key == "pageup" else -1, page=True))
            case "up" if row == 0:
                self.post_message(self.Scrolled(1, page=False))
            case "down" if row == self.document.line_count - 1:
                self.post_message(self.Scrolled(-1, page=False))
            case _:
                return False
        return True

    def on_text_area_changed(self) -> None:
        """Grow with the text, up to `MAX_ROWS`: a layout only when a line comes or goes."""
        self._fit()

    def on_resize(self) -> None:
        """Lines wrap elsewhere now."""
        self._fit()

    def _fit(self) -> None:
        rows = min(MAX_ROWS, max(1, self.wrapped_document.height))
        if self.styles.height is None or self.styles.height.value != rows:
            self.styles.height = rows
