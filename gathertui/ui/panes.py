"""The parts of the office's screen that the keys can go to, and from which widths how many of them show."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

MEDIUM_COLUMNS: Final = 60
WIDE_COLUMNS: Final = 100
HIGH_ROWS: Final = 24

BAR_ROWS: Final = 3
"""Of the lines above and below the panes."""


class Pane(Enum):
    """A part of the screen that the keys can go to."""

    MAP = "map"
    PICTURES = "pictures"
    PEOPLE = "people"
    CHAT = "chat"


_TAB_ORDER: Final = (Pane.MAP, Pane.CHAT, Pane.PEOPLE, Pane.PICTURES)


class View(NamedTuple):
    """Which pane has the keys; with `full` nothing else shows, and of the pictures with `one` just the marked one."""

    pane: Pane = Pane.MAP
    full: bool = False
    one: bool = False

    def next(self, by: int, *, pictures: bool) -> View:
        """Return the view with the next pane, or the one before; `pictures`: whether there are any to go to."""
        panes = [pane for pane in _TAB_ORDER if pane is not Pane.PICTURES or pictures]
        at = panes.index(self.pane) if self.pane in panes else 0
        return View(panes[(at + by) % len(panes)])

    def toggled(self, *, narrow: bool) -> View:
        """Return the view with this pane alone, or with the others again. Of pictures the marked one is alone.

        Where it is `narrow` every pane is alone anyway: pictures have no other place to be seen.
        """
        if self.pane is Pane.PICTURES:
            return View(self.pane, self.full or not self.one, not self.one)
        return View(Pane.PICTURES) if narrow else View(self.pane, not self.full)

    def toggled_grid(self) -> View:
        """Return the view of everybody's picture, or of the map where that shows already."""
        return View() if self == View(Pane.PICTURES, full=True) else View(Pane.PICTURES, full=True)

    def shows_chat(self, columns: int) -> bool:
        """Whether the chat can be seen on a screen of so many columns."""
        return self.pane is Pane.CHAT or (columns >= MEDIUM_COLUMNS and not self.full)
