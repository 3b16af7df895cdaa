"""A full screen that says one thing and waits."""

from __future__ import annotations

from typing import Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from gathertui.ui.keys import Hint
from gathertui.ui.look import Look
from gathertui.ui.statuslines import write_keys
from gathertui.ui.widgets.drawn import Bar, Drawn

_ADVICE: Final = "Press Enter to come back to this window, or q to leave."


class ReplacedScreen(Screen[None]):
    """The office is open somewhere else now."""

    CSS = """
    ReplacedScreen { background: $background; align: center middle; }
    #words { width: 60; max-width: 90%; height: 1fr; content-align: center middle; text-align: center; }
    """

    class ComeBack(Message):
        """The person wants to be here, and not there."""

    class Gone(Message):
        """The person leaves it at that."""

    def __init__(self, look: Look, words: str) -> None:
        super().__init__()
        self._look = look
        self._words = words
        self._keys = Bar(look)

    def compose(self) -> ComposeResult:
        """The words and the key line."""
        yield Static(Text(f"{self._words}\n\n{_ADVICE}"), id="words")
        yield self._keys

    def on_resize(self) -> None:
        """The key line is cut to the width."""
        self._show_keys()

    def set_look(self, look: Look) -> None:
        """Use other colours."""
        self._look = look
        for drawn in self.query(Drawn):
            drawn.look = look
        self._show_keys()

    def on_key(self, event: events.Key) -> None:
        """Come back, or leave."""
        if event.key == "enter":
            self.post_message(self.ComeBack())
        elif event.key in ("q", "escape"):
            self.post_message(self.Gone())

    def _show_keys(self) -> None:
        self._keys.show(write_keys(self._look, [Hint("Enter", "come back here"), Hint("q", "leave")], self.size.width))
