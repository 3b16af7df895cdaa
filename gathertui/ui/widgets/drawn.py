"""Widgets that draw their own lines, so that a change costs a repaint of those lines and no layout."""

from __future__ import annotations

from typing import Self

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from gathertui.ui.look import Look
from gathertui.ui.strips import Line, changed_cells, spread


class Drawn(Widget):
    """A widget whose lines are made from a look. `look` can be set at any time."""

    ALLOW_SELECT = False

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    @property
    def look(self) -> Look:
        """What it is drawn with."""
        return self._look

    @look.setter
    def look(self, look: Look) -> None:
        self._look = look
        self.redraw()

    def redraw(self) -> None:
        """Draw everything anew, in other colours or another size."""
        self.refresh()


class Bar(Drawn):
    """A single line with something at its left end and something at its right. A change costs the cells that change."""

    DEFAULT_CSS = """
    Bar { height: 1; width: 100%; background: $panel; }
    """

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._left: Line = []
        self._right: Line = []

    def show(self, left: Line, right: Line | None = None) -> None:
        """Show this from now on."""
        right = right or []
        if (left, right) != (self._left, self._right):
            before = self._strip()
            self._left, self._right = left, right
            changed = changed_cells(before, self._strip())
            if changed:
                self.refresh(Region(changed.start, 0, len(changed), 1))

    def render_line(self, y: int) -> Strip:
        """Textual's way to ask for a line."""
        return self._strip()

    def _strip(self) -> Strip:
        look = self.look
        return spread(self._left, self._right, self.size.width, look.text, ellipsis=look.signs.ellipsis)


class ScrolledLines(Drawn, can_focus=True):
    """Lines that may be more than fit. It keeps its own offset: setting a virtual size would be a layout."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._strips: list[Strip] = []
        self._shown: list[Strip] | None = None
        self._shown_size = self.size

    def set_strips(self, strips: list[Strip]) -> None:
        """Replace the lines and repaint those that differ."""
        before = self.visible_strips()
        self._strips = strips
        self.repaint_changed(before)

    def repaint_changed(self, before: list[Strip]) -> None:
        """Repaint the lines that are not what they were."""
        self._shown, self._shown_size = None, self.size
        after = self.visible_strips()
        if len(before) != len(after):
            self.refresh()
            return
        width = self.size.width
        changed = [Region(0, y, width, 1) for y, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        if changed:
            self.refresh(*changed)
        self._shown = after

    def visible_strips(self) -> list[Strip]:
        """The lines that show now, one a row of the widget."""
        raise NotImplementedError

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Ask for the lines anew."""
        self._shown = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_line(self, y: int) -> Strip:
        """Textual's way to ask for a line."""
        if self._shown is None or self._shown_size != self.size:
            self._shown, self._shown_size = self.visible_strips(), self.size
        return self._shown[y]
