"""Who came, changed or left since everybody was last told, so that a hundred who come at once are told of at once."""

from __future__ import annotations

from typing import NamedTuple


class RollChanges(NamedTuple):
    """Avatars that left, then avatars that are here anew or otherwise than before; both in the order it happened."""

    left: list[int]
    here: list[int]


class Roll:
    """Collects what changed. An avatar that left may come again; one that came and left is only told to have left."""

    def __init__(self) -> None:
        self._left: dict[int, None] = {}
        self._here: dict[int, None] = {}

    @property
    def has_changes(self) -> bool:
        """Whether `drain` has something to tell."""
        return bool(self._left or self._here)

    def here(self, avatar: int) -> None:
        """The avatar came, or is otherwise than before."""
        self._here[avatar] = None

    def left(self, avatar: int) -> None:
        """The avatar left. Told even where it came just now: who entered meanwhile may know it."""
        self._here.pop(avatar, None)
        self._left[avatar] = None

    def drain(self) -> RollChanges:
        """Return what changed since the last time."""
        changes = RollChanges(list(self._left), list(self._here))
        self._left.clear()
        self._here.clear()
        return changes
