"""What lies over a screen and goes away with Esc."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.screen import ModalScreen, ScreenResultType
from textual.strip import Strip

from gathertui.ui.keys import Hint
from gathertui.ui.look import Look
from gathertui.ui.statuslines import write_keys
from gathertui.ui.strips import Line, strip_of_line
from gathertui.ui.widgets.drawn import Bar, Drawn, ScrolledLines


class Page(ScrolledLines):
    """Lines from the top down, scrolled with keys."""

    DEFAULT_CSS = """
    Page { background: $panel; width: 1fr; height: 1fr; padding: 0 1; }
    """

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._top = 0

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines from now on."""
        width, look = self.size.width, self.look
        self.set_strips([strip_of_line(line, width, look.text, ellipsis=look.signs.ellipsis) for line in lines])

    def scroll_lines(self, lines: int) -> None:
        """Move down by so many lines, or up."""
        before = self.visible_strips()
        self._top = max(0, min(self._top + lines, len(self._strips) - self.size.height))
        self.repaint_changed(before)

    def visible_strips(self) -> list[Strip]:
        """The lines from where the page is scrolled to."""
        width, height = self.size
        shown = self._strips[self._top : self._top + height]
        return shown + [Strip.blank(width, self.look.text)] * (height - len(shown))

    def on_key(self, event: events.Key) -> None:
        """Scroll."""
        page = max(1, self.size.height - 1)
        jumps = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -page, "pagedown": page, "space": page}
        jumps |= {"home": -(10**6), "end": 10**6}
        if event.key in jumps:
            event.stop()
            self.scroll_lines(jumps[event.key])


class Overlay(ModalScreen[ScreenResultType]):
    """A card in the middle with a title, something in it, and a key line. Esc dismisses it with None."""

    DEFAULT_CSS = """
    Overlay { align: center middle; background: $veil; }
    Overlay > #card { width: 72; max-width: 100%; height: 80%; min-height: 10; max-height: 100%;
        background: $panel; border: round $rule; border-title-color: $foreground; padding: 0; }
    Overlay.-ascii > #card { border: ascii $rule; }
    """

    title_words = ""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._keys = Bar(look)
        self.set_class(look.ascii_only, "-ascii")

    def compose(self) -> ComposeResult:
        """The card."""
        with Vertical(id="card") as card:
            card.border_title = self.title_words
            yield from self.compose_card()
            yield self._keys

    def compose_card(self) -> ComposeResult:
        """What is in the card."""
        raise NotImplementedError

    def hints(self) -> list[Hint]:
        """The keys that do something here."""
        return [Hint("Esc", "back")]

    def on_resize(self) -> None:
        """The key line is cut to the width."""
        self.call_after_refresh(self._show_keys)

    def _show_keys(self) -> None:
        self._keys.show(write_keys(self._look, self.hints(), self._keys.size.width))

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw it anew, and what shines through it from below."""
        if self.is_attached and self.app.screen is self:
            for screen in self.app.screen_stack[:-1]:
                if isinstance(screen, Overlay):
                    # Textual has the top screen drawn anew for one far below, but not those between them.
                    screen._set_dirty(*regions)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def set_look(self, look: Look) -> None:
        """Use other colours."""
        self._look = look
        for drawn in self.query(Drawn):
            drawn.look = look
        self._show_keys()

    def on_key(self, event: events.Key) -> None:
        """Close."""
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
