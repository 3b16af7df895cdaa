"""The names of the channels in a line, with how much there is to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.strip import Strip

from gathertui.render.cells import clip_text
from gathertui.ui.look import Look, make_style
from gathertui.ui.strips import Line, Span, line_width, strip_of_line
from gathertui.ui.widgets.drawn import Drawn


class ChannelTabs(Drawn):
    """Shows the current channel marked, and always whole; the others as far as there is room."""

    DEFAULT_CSS = """
    ChannelTabs { height: 1; width: 100%; background: $panel; padding: 0 1; }
    """

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._names: Sequence[str] = ()
        self._current = ""
        self._unread: Mapping[str, int] = {}

    def show(self, names: Sequence[str], current: str, unread: Mapping[str, int]) -> None:
        """Show these from now on. `unread` counts messages by channel."""
        self._names, self._current, self._unread = tuple(names), current, dict(unread)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Textual's way to ask for a line."""
        width = self.size.width
        tabs = [self._tab(name, width) for name in self._names]
        current = self._names.index(self._current) if self._current in self._names else 0
        first = 0
        while first < current and sum(map(line_width, tabs[first : current + 1])) > width:
            first += 1
        line = [span for tab in tabs[first:] for span in tab]
        return strip_of_line(line, width, self.look.text, ellipsis=self.look.signs.ellipsis)

    def _tab(self, name: str, width: int) -> Line:
        look, palette = self.look, self.look.palette
        shown = clip_text(f"#{name}", max(4, width - 8), look.signs.ellipsis)
        if name == self._current:
            tab = [Span(f" {shown} ", make_style(palette.ink, palette.accent, True))]
        else:
            tab = [Span(f" {shown} ", look.dim)]
        count = self._unread.get(name, 0)
        if count:
            mark = "*" if look.ascii_only else "•"
            tab.append(Span(f"{mark}{min(count, 999)} ", look.on_panel(palette.amber, bold=True)))
        return tab
