"""Who looks where, so that the bytes of a tick are put together once for all who see the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Generic, Protocol, TypeVar

from gathertui.protocol.positions import Cell, Viewport


class Onlooker(Protocol):
    """Whoever has a viewport."""

    id: int


V = TypeVar("V", bound=Onlooker)

_CROWDS_A_CELL = 10  # from so many on, asking every crowd is less work than finding those concerned


class Crowd(Generic[V]):
    """Those who look at the same cells."""

    __slots__ = ("onlookers", "viewport")

    def __init__(self, viewport: Viewport) -> None:
        self.viewport = viewport
        self.onlookers: dict[int, V] = {}


class Sight(Generic[V]):
    """Everybody's viewport, and who sees a cell."""

    def __init__(self) -> None:
        self._of: dict[int, Crowd[V]] = {}
        self._crowds: dict[Viewport, Crowd[V]] = {}
        self._watching: dict[tuple[int, int], set[Viewport]] = {}

    def look(self, onlooker: V, viewport: Viewport) -> list[Cell]:
        """Let it look there; return the cells that it did not see before."""
        before = self._of.get(onlooker.id)
        if before is not None and before.viewport == viewport:
            return []
        self.close_eyes(onlooker)
        crowd = self._crowds.get(viewport)
        if crowd is None:
            crowd = self._crowds[viewport] = Crowd(viewport)
            for cell in viewport.cells():
                self._watching.setdefault(cell, set()).add(viewport)
        crowd.onlookers[onlooker.id] = onlooker
        self._of[onlooker.id] = crowd
        return [cell for cell in viewport.cells() if before is None or not before.viewport.sees(cell)]

    def close_eyes(self, onlooker: V) -> None:
        """Let it look nowhere."""
        crowd = self._of.pop(onlooker.id, None)
        if crowd is None:
            return
        del crowd.onlookers[onlooker.id]
        if not crowd.onlookers:
            del self._crowds[crowd.viewport]
            for cell in crowd.viewport.cells():
                watching = self._watching[cell]
                watching.discard(crowd.viewport)
                if not watching:
                    del self._watching[cell]

    def viewport(self, onlooker: V) -> Viewport | None:
        """Return where it looks."""
        crowd = self._of.get(onlooker.id)
        return crowd.viewport if crowd is not None else None

    def watching(self, cells: Collection[tuple[int, int]]) -> Iterable[Crowd[V]]:
        """Return the crowds that see one of these cells, and perhaps others."""
        if len(cells) * _CROWDS_A_CELL > len(self._crowds):
            return self._crowds.values()
        viewports = {viewport for cell in cells for viewport in self._watching.get(cell, ())}
        return [self._crowds[viewport] for viewport in viewports]
