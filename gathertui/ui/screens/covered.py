"""A screen that knows how much of it lies under another one."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.geometry import Region
from textual.screen import Screen

LAYOUT_SECONDS: Final = 0.1
"""A screen that has just come is laid out by then, mostly; if not, it is waited for again."""


class CoveredScreen(Screen[None]):
    """Calls `cover_changed` when another screen comes over it, or has another size, or is gone."""

    def cover_changed(self, cover: Region | None) -> None:
        """This much lies under something that isn't transparent; None: nothing does."""
        raise NotImplementedError

    def on_screen_suspend(self) -> None:
        """Another screen lies over this one."""
        self.call_after_refresh(self._find_cover)

    def on_screen_resume(self) -> None:
        """Nothing does any more."""
        self._find_cover()

    def on_resize(self, event: events.Resize) -> None:
        """What lies over it has another size, too."""
        self.call_after_refresh(self._find_cover)

    def _find_cover(self) -> None:
        top = self.app.screen
        if top is self:
            self.cover_changed(None)
            return
        # An overlay is transparent but for its card.
        region = next((card.region for card in top.query("#card")), top.region)
        if region.area:
            self.cover_changed(region)
        else:
            self.set_timer(LAYOUT_SECONDS, self._find_cover)
