"""Which view is told of which avatar wherever it goes."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

_NOBODY: frozenset[int] = frozenset()


class Followers:
    """Views and the avatars they follow, because they said so or because of their conversation."""

    def __init__(self) -> None:
        self._chosen: dict[int, frozenset[int]] = {}
        self._conversations: dict[int, frozenset[int]] = {}
        self._followers: dict[int, set[int]] = {}

    def follow(self, view: int, avatars: Iterable[int]) -> None:
        """The view chose exactly these."""
        self._replace(self._chosen, view, frozenset(avatars))

    def converse(self, view: int, avatars: Iterable[int]) -> None:
        """The view's avatar is in a conversation with exactly these."""
        self._replace(self._conversations, view, frozenset(avatars))

    def forget(self, view: int) -> None:
        """The view follows nobody."""
        self.follow(view, ())
        self.converse(view, ())

    def of(self, avatar: int) -> AbstractSet[int]:
        """Return the views that follow an avatar: a live view."""
        return self._followers.get(avatar, _NOBODY)

    def _replace(self, layer: dict[int, frozenset[int]], view: int, after: frozenset[int]) -> None:
        other = self._conversations if layer is self._chosen else self._chosen
        kept = other.get(view, _NOBODY)
        before = layer.pop(view, _NOBODY)
        if after:
            layer[view] = after
        for avatar in before - after - kept:
            followers = self._followers[avatar]
            followers.discard(view)
            if not followers:
                del self._followers[avatar]
        for avatar in after - before - kept:
            self._followers.setdefault(avatar, set()).add(view)
