"""The help: what the office is, and the live map of its keys."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import ComposeResult

from gathertui.ui.keys import OFFICE_COMMANDS, SCROLL_KEYS, WRITING_KEYS, Group, Hint, command_named, key_name
from gathertui.ui.look import Look
from gathertui.ui.screens.overlay import Overlay, Page
from gathertui.ui.strips import Line, Span
from gathertui.ui.wrapping import wrap

KEY_COLUMN: Final = 16
TEST_CARD: Final = "test-card"
"""The command that is done from here, too: whoever wonders why it looks broken looks here."""

_PROSE: Final = (
    "You are the figure marked “you”. Walk with the arrow keys or with h, j, k and l; "
    "a number first makes it many steps: 5l.",
    "The light round you is how far sound walks: five tiles, stopped by walls and glass. "
    "Who stands in your light is near you, and you are near them.",
    "You come in muted and unseen. m is your microphone, v your camera: it shows you to yourself first, and Enter "
    "goes live. The top line always says how it is.",
    "Press t to write. Everybody in the office can read a channel, wherever they stand. "
    "What you paste is never sent before you press Enter.",
    "Ctrl-Q leaves the office, wherever you are in it. A colon and a name do everything that has no key.",
)
_PROSE_ASCII: Final = str.maketrans("“”", '""')


class HelpScreen(Overlay[str]):
    """Scrolls; any size will do. It is dismissed with the name of a command to do next, or with None."""

    title_words = " Help "

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._page = Page(look)

    def compose_card(self) -> ComposeResult:
        """The text."""
        yield self._page

    def on_mount(self) -> None:
        """Keys scroll."""
        self.set_focus(self._page)

    def hints(self) -> list[Hint]:
        """The keys that do something here."""
        leave = Hint(key_name(command_named("quit").keys[0]), "leave")
        card = Hint(command_named(TEST_CARD).keys[0], "test card")
        return [Hint(SCROLL_KEYS, "scroll"), Hint("Esc", "back"), leave, card]

    def on_resize(self) -> None:
        """Wrap the text to the width. Textual calls the base class's by itself."""
        self.call_after_refresh(self._write)

    def set_look(self, look: Look) -> None:
        """Use other colours."""
        super().set_look(look)
        self._write()

    def on_key(self, event: events.Key) -> None:
        """Close. Textual calls the base class's by itself."""
        if event.key in ("q", "question_mark"):
            event.stop()
            self.dismiss(None)
        elif event.key in command_named(TEST_CARD).keys:
            event.stop()
            self.dismiss(TEST_CARD)

    def _write(self) -> None:
        self._page.show(help_lines(self._look, self._page.size.width))


def help_lines(look: Look, width: int) -> list[Line]:
    """Return the help as lines of at most `width` cells."""
    lines: list[Line] = []
    for paragraph in _PROSE:
        text = paragraph.translate(_PROSE_ASCII) if look.ascii_only else paragraph
        lines += [[Span(part, look.text)] for part in wrap(text, max(2, width))]
        lines.append([])
    for group in Group:
        lines.append([Span(group.value, look.on_panel(look.palette.text, bold=True))])
        for command in OFFICE_COMMANDS:
            if command.group is group:
                names = [key_name(key, ascii_only=look.ascii_only) for key in command.keys]
                if command.alias:
                    names.append(f":{command.alias}")
                lines.append(_entry(look, "  ".join(names), command.title))
        if group is Group.CHAT:
            lines += [_entry(look, keys, title) for keys, title in WRITING_KEYS]
        lines.append([])
    return lines[:-1]


def _entry(look: Look, keys: str, title: str) -> Line:
    keys = keys or ":"
    return [
        Span(f"  {keys:<{KEY_COLUMN}}", look.on_panel(look.palette.accent, bold=True)),
        Span(f" {title}", look.dim),
    ]
