"""Has Textual draw what it moved while it was only asked where something is."""

from __future__ import annotations

from textual._compositor import Compositor, CompositorMap
from textual.screen import Screen


class HeedfulCompositor(Compositor):
    """Marks as to be drawn what changes when the map of all widgets is made anew.

    Textual's own marks that in `reflow` alone, by comparing with the map before.
    Who asks for a widget's place between a change and its reflow has the map made
    early, and then `reflow` finds nothing to draw: a toast that went stays.
    """

    @property
    def full_map(self) -> CompositorMap:
        """All widgets' places."""
        before = self._full_map
        after = super().full_map
        if after is not before and self.size.region not in self._dirty_regions:
            shown = (place.clip.intersection(place.region) for _, place in before.items() ^ after.items())
            self._dirty_regions.update(region for region in shown if region)
        return after


def heed_early_changes(screen: Screen[object]) -> None:
    """Have this screen draw all changes, whoever noticed them first."""
    # Screens make their compositor themselves, and know no other; it has no state that differs.
    if type(getattr(screen, "_compositor", None)) is Compositor:
        screen._compositor.__class__ = HeedfulCompositor
