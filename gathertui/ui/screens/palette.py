"""Everything that can be done, found by typing a part of its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.strip import Strip
from textual.widgets import Input

from gathertui.ui.keys import SCROLL_KEYS, Hint
from gathertui.ui.look import Look, make_style
from gathertui.ui.screens.overlay import Overlay
from gathertui.ui.screens.signin import Field
from gathertui.ui.strips import Span, spread
from gathertui.ui.widgets.drawn import ScrolledLines


class Choice(NamedTuple):
    """Something to choose: `name` is what the caller gets, `keys` what would do the same."""

    name: str
    title: str
    keys: str = ""
    alias: str = ""


def matches(query: str, choices: Sequence[Choice]) -> list[Choice]:
    """Return the choices that the words of `query` fit, the best first."""
    wanted = query.casefold().split()
    if not wanted:
        return list(choices)
    ranked = [(rank, number, choice) for number, choice in enumerate(choices) if (rank := _rank(wanted, choice)) >= 0]
    return [choice for _, _, choice in sorted(ranked, key=lambda entry: entry[:2])]


def _rank(wanted: list[str], choice: Choice) -> int:
    title = choice.title.casefold()
    if choice.alias and wanted == [choice.alias]:
        return 0
    if title.startswith(" ".join(wanted)):
        return 1
    words = title.replace("#", " ").replace(":", " ").split()
    if all(any(word.startswith(part) for word in words) for part in wanted):
        return 2
    return 3 if all(part in title for part in wanted) else -1


class ChoiceList(ScrolledLines):
    """The choices that fit, one of them marked."""

    DEFAULT_CSS = """
    ChoiceList { background: $panel; width: 100%; height: 1fr; padding: 0 1; }
    """

    can_focus = False

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._choices: Sequence[Choice] = ()
        self._marked = 0

    @property
    def marked(self) -> Choice | None:
        """The one that Enter would take."""
        return self._choices[self._marked] if self._choices else None

    def show(self, choices: Sequence[Choice]) -> None:
        """Show these, with the first one marked."""
        before = self.visible_strips()
        self._choices, self._marked = choices, 0
        self.repaint_changed(before)

    def move(self, by: int) -> None:
        """Mark another one."""
        before = self.visible_strips()
        self._marked = max(0, min(self._marked + by, len(self._choices) - 1))
        self.repaint_changed(before)

    def visible_strips(self) -> list[Strip]:
        """The choices round the marked one."""
        width, height = self.size
        look = self.look
        if not self._choices:
            nothing = spread([Span("Nothing is called that.", look.dim)], [], width, look.text)
            return [nothing, *[Strip.blank(width, look.text)] * (height - 1)][:height]
        top = max(0, min(self._marked - height // 2, len(self._choices) - height))
        strips = [
            self._strip(choice, width, marked=top + row == self._marked)
            for row, choice in enumerate(self._choices[top : top + height])
        ]
        return strips + [Strip.blank(width, look.text)] * (height - len(strips))

    def _strip(self, choice: Choice, width: int, *, marked: bool) -> Strip:
        look, palette = self.look, self.look.palette
        ground = look.field if marked else palette.panel
        text = make_style(palette.text, ground, marked)
        keys = [Span(f"{choice.keys} ", make_style(palette.accent, ground, True))] if choice.keys else []
        pointer = Span("> " if marked else "  ", make_style(palette.accent, ground, True))
        return spread([pointer, Span(choice.title, text)], keys, width, text, ellipsis=look.signs.ellipsis)


class PaletteScreen(Overlay[str]):
    """Dismisses itself with the name of what was chosen, or None."""

    title_words = " What do you want to do? "

    CSS = """
    PaletteScreen > #card { height: 18; }
    PaletteScreen #query, PaletteScreen #query:focus {
        background: $field; background-tint: transparent; margin: 0 1; padding: 0 1 !important;
    }
    """

    def __init__(self, look: Look, choices: Sequence[Choice], *, title: str = "") -> None:
        super().__init__(look)
        if title:
            self.title_words = f" {title} "
        self._choices = choices
        self._list = ChoiceList(look)

    def compose_card(self) -> ComposeResult:
        """A line to type in, over what fits."""
        yield Field("query", "a part of its name")
        yield self._list

    def on_mount(self) -> None:
        """Everything fits as long as nothing is typed."""
        self.set_focus(self.query_one("#query", Field))
        self._list.show(self._choices)

    def hints(self) -> list[Hint]:
        """The keys that do something here."""
        return [Hint("Enter", "do it"), Hint(SCROLL_KEYS, "choose"), Hint("Esc", "back")]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits now."""
        event.stop()
        self._list.show(matches(event.value, self._choices))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the marked one."""
        event.stop()
        if self._list.marked is not None:
            self.dismiss(self._list.marked.name)

    def on_key(self, event: events.Key) -> None:
        """Mark another one. Textual calls the base class's, which closes, by itself."""
        page = max(1, self._list.size.height - 1)
        moves = {"up": -1, "ctrl+k": -1, "down": 1, "ctrl+j": 1, "pageup": -page, "pagedown": page}
        if event.key in moves:
            event.stop()
            self._list.move(moves[event.key])
