"""Who is in whose conversation, and what of it those concerned have not been told yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from gathertui.world.geometry import Point
from gathertui.world.links import Change, Link, LinkEngine
from gathertui.world.priority import Priority


class ConversationChange(NamedTuple):
    """What is different for one avatar.

    `over` are those it is connected with no more, then `linked` the new and changed links by the
    other's id, `joined` those of them who are new. Who went and came back is in `over` and `joined`.
    `in_earshot` is how many it would hear if all could be carried.
    """

    over: list[int]
    linked: dict[int, Link]
    joined: list[int]
    in_earshot: int


class Conversations:
    """Feeds the moves of a room to the engine of links, and collects what those concerned are to be told.

    Only links that are carried are told of; of the others everybody is told the number.
    """

    def __init__(self, engine: LinkEngine) -> None:
        self._engine = engine
        self._moves: dict[int, Point] = {}
        self._changes: dict[int, ConversationChange] = {}
        self._told: dict[int, int] = {}  # in earshot, where that isn't nobody

    @property
    def waiting(self) -> int:
        """How many moves `decide` has yet to decide about."""
        return len(self._moves)

    @property
    def has_news(self) -> bool:
        """Whether `drain` has something to tell."""
        return bool(self._changes)

    def move(self, avatar: int, position: Point) -> None:
        """The avatar stands there now."""
        self._moves[avatar] = position

    def leave(self, avatar: int) -> None:
        """The avatar can hear nobody any more, from now on. Whoever shows it next knows of no conversation."""
        self._moves.pop(avatar, None)
        self._told.pop(avatar, None)
        self._note(self._engine.remove(avatar))
        self._changes.pop(avatar, None)

    def prefer(self, avatar: int, priority: Priority) -> None:
        """Carry the avatar's links before others, or no longer, from now on."""
        self._note(self._engine.prefer(avatar, priority))

    def of(self, avatar: int) -> Mapping[int, Link]:
        """With whom the avatar is connected, as last decided."""
        return self._engine.connected(avatar)

    def have_told(self, avatar: int, other: int) -> bool:
        """Whether they are connected, and that is not among the news that `drain` has yet to tell."""
        news = self._changes.get(avatar)
        return other in self.of(avatar) and (news is None or other not in news.joined)

    def whole(self, avatar: int) -> ConversationChange | None:
        """Return all that there is to tell whoever knows nothing of the avatar's conversation; None for nothing."""
        linked, in_earshot = dict(self.of(avatar)), self.in_earshot(avatar)
        return ConversationChange([], linked, list(linked), in_earshot) if linked or in_earshot else None

    def in_earshot(self, avatar: int) -> int:
        """How many the avatar would hear if all could be carried, as last decided."""
        return self._engine.counts(avatar).in_earshot

    def decide(self, most: int) -> None:
        """Decide about the moves that wait longest, `most` of them."""
        if len(self._moves) <= most:
            taken, self._moves = self._moves, {}
        else:
            taken = {avatar: self._moves.pop(avatar) for avatar in list(islice(self._moves, most))}
        self._note(self._engine.move(taken))

    def drain(self) -> dict[int, ConversationChange]:
        """Return what is different since the last time, by avatar."""
        changes, self._changes = self._changes, {}
        return {
            avatar: changed._replace(in_earshot=self._told.get(avatar, 0))
            for avatar, changed in changes.items()
            if self._count(avatar) or changed.over or changed.linked
        }

    def _count(self, avatar: int) -> bool:
        """Count who is in the avatar's earshot; say whether that is another number than was told."""
        before, count = self._told.pop(avatar, 0), self.in_earshot(avatar)
        if count:
            self._told[avatar] = count
        return count != before

    def _note(self, changes: Iterable[Change]) -> None:
        for change in changes:
            _note(change, self._changes)


def _note(change: Change, changes: dict[int, ConversationChange]) -> None:
    """Add what a pair's change means to its two ends, where the link is or was carried."""
    before = change.before if change.before is not None and change.before.connected else None
    after = change.after if change.after is not None and change.after.connected else None
    for avatar, other, link in (
        (change.first, change.second, after),
        (change.second, change.first, None if after is None else after.mirrored),
    ):
        changed = changes.get(avatar)
        if changed is None:
            changed = changes[avatar] = ConversationChange([], {}, [], 0)
        if link is not None:
            changed.linked[other] = link
            if before is None:
                changed.joined.append(other)
        elif before is not None:
            changed.linked.pop(other, None)
            if other in changed.joined:
                changed.joined.remove(other)
            else:
                changed.over.append(other)
