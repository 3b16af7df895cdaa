"""Whose pictures show where not all of them fit: who speaks comes before who is silent, and nothing hops about."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

SPOKEN_SECONDS: Final = 1.0
"""Who has spoken for so long gets the place of somebody ..."""

SILENT_SECONDS: Final = 5.0
"""... who has been silent for so long."""


class TileChoice:
    """Keeps who shows. Times are in seconds, of one monotonic clock."""

    def __init__(self) -> None:
        self._shown: list[int] = []
        self._speaking_since: dict[int, float] = {}
        self._silent_since: dict[int, float] = {}

    def choose(self, candidates: Sequence[int], speaking: Set[int], places: int, now: float) -> tuple[int, ...]:
        """Return who shows, place by place; at most `places` of the candidates, who come in the order of preference."""
        self._listen(candidates, speaking, now)
        shown = [avatar for avatar in self._shown if avatar in candidates]
        waiting = sorted(
            (avatar for avatar in candidates if avatar not in shown), key=lambda avatar: avatar not in speaking
        )
        while len(shown) > places:
            shown.remove(min(reversed(shown), key=lambda avatar: self._silent_since.get(avatar, now)))
        while waiting and len(shown) < places:
            shown.append(waiting.pop(0))
        for avatar in waiting:
            self._make_room(shown, avatar, now)
        self._shown = shown
        return tuple(shown)

    def _listen(self, candidates: Sequence[int], speaking: Set[int], now: float) -> None:
        for known in (self._speaking_since, self._silent_since):
            for avatar in [each for each in known if each not in candidates]:
                del known[avatar]
        for avatar in candidates:
            since, other = self._silent_since, self._speaking_since
            if avatar in speaking:
                since, other = other, since
            other.pop(avatar, None)
            since.setdefault(avatar, now)

    def _make_room(self, shown: list[int], avatar: int, now: float) -> None:
        """Give somebody who speaks the place of who has been silent the longest."""
        if now - self._speaking_since.get(avatar, now) < SPOKEN_SECONDS:
            return
        silent = [each for each in shown if now - self._silent_since.get(each, now) >= SILENT_SECONDS]
        if silent:
            longest = min(silent, key=lambda each: self._silent_since[each])
            shown[shown.index(longest)] = avatar
