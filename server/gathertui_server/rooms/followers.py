"""Which view is told of which avatar wherever it goes."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

_NOBODY: AbstractSet[int] = frozenset()


class Followers:
    """Views and the avatars they follow, both ways round."""

    def __init__(self) -> None:
        self._followed: dict[int, frozenset[int]] = {}
        self._followers: dict[int, set[int]] = {}

    def follow(self, view: int, avatars: Iterable[int]) -> None:
        """The view follows exactly these from here on."""
        before = self._followed.pop(view, frozenset())
        after = frozenset(avatars)
        for avatar in before - after:
            followers = self._followers[avatar]
            followers.discard(view)
            if not followers:
                del self._followers[avatar]
        for avatar in after - before:
            self._followers.setdefault(avatar, set()).add(view)
        if after:
            self._followed[view] = after

    def of(self, avatar: int) -> AbstractSet[int]:
        """Return the views that follow an avatar: a live view."""
        return self._followers.get(avatar, _NOBODY)
