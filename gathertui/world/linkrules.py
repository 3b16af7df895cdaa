"""What decides whether two avatars may exchange sound and picture.

Rules are asked in order, the first that decides wins: silent area, do not
disturb and consent, lock, private area, stage, quiet, walking distance. Each is
a `Rule` of its own that knows nothing of the others.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from enum import Enum, IntEnum, IntFlag
from typing import NamedTuple, Protocol

from gathertui.world.geometry import Point
from gathertui.world.hearing import FULL_VOLUME_REACH, HELD_REACH, REACH


class Flow(IntFlag):
    """What one end of a link may do. Never empty: that would be no link."""

    SEND = 1
    RECEIVE = 2
    BOTH = SEND | RECEIVE

    @property
    def mirrored(self) -> Flow:
        """The same as the other end sees it: what one sends the other receives."""
        return _MIRRORED[self]


_MIRRORED = {Flow.SEND: Flow.RECEIVE, Flow.RECEIVE: Flow.SEND, Flow.BOTH: Flow.BOTH}


class Volume(IntEnum):
    """How loud the two hear each other: `FADING` falls with their walking distance."""

    FADING = 1
    FULL = 2


class Grant(NamedTuple):
    """A rule's yes. `flow` is what the pair's first may do; the second may do the mirrored."""

    flow: Flow
    volume: Volume


class Verdict(Enum):
    """What a rule says that does not grant a link."""

    REFUSE = "refuse"
    """No link, whatever the rules after this one think."""
    NEXT = "next"
    """Not this rule's business: ask the next one."""


class Rule(Protocol):
    """One thing that can allow or forbid a link. Rules are written by subclassing this.

    A rule may keep a state: from `moved`, and from methods of its own by which
    a status, a lock or a consent reaches it. It says whom a change of that
    state concerns, from `moved` by returning them, else by having its caller
    hand them to `LinkEngine.reconsider`; nobody else is decided about again.
    """

    name: str
    """What made a link, for those who show it: "walking distance", "stage"."""

    def moved(self, avatar: int, position: Point | None) -> Iterable[int]:
        """Take note that an avatar is somewhere else now, or gone (None).

        Returns the other avatars that must be decided about again; the one
        that moved always is. All moves of a tick are told before any decision.
        """
        return ()

    def partners(self, avatar: int) -> Iterable[int]:
        """Who else in the room this rule may link the avatar with, however far they are.

        It must be mutual. Those whom sound reaches need not be named.
        """
        return ()

    @abstractmethod
    def decide(self, first: int, second: int, distance: int | None, held: Grant | None) -> Grant | Verdict:
        """Grant two avatars a link, refuse it, or leave it to the next rule.

        `first` is the lower id. `distance` is how far sound walks from one to
        the other in tiles, None where that is more than `HELD_REACH`. `held` is
        what this very rule granted the pair the last time, None when it didn't
        or when another rule decided. With the same state, distance and its own
        answer as `held`, a rule must give that answer again.
        """


class DistanceRule(Rule):
    """A rule to which it is all the same who the two are: their distance decides.

    It has no state and is not asked about every pair. Where no rule but such
    ones is left to ask, their answers are worked out once and looked up.
    """

    @abstractmethod
    def decide_at(self, distance: int | None, held: Grant | None) -> Grant | Verdict:
        """Decide about any two who are this far from each other, as `decide` does."""

    def decide(self, first: int, second: int, distance: int | None, held: Grant | None) -> Grant | Verdict:
        """Grant two avatars a link, refuse it, or leave it to the next rule."""
        return self.decide_at(distance, held)


class WalkingDistance(DistanceRule):
    """Who is near hears each other: from `REACH` tiles on, until they are more than `HELD_REACH` apart."""

    name = "walking distance"

    _FULL = Grant(Flow.BOTH, Volume.FULL)
    _FADING = Grant(Flow.BOTH, Volume.FADING)

    def decide_at(self, distance: int | None, held: Grant | None) -> Grant | Verdict:
        """Grant a link to those in earshot."""
        if distance is None or distance > (REACH if held is None else HELD_REACH):
            return Verdict.NEXT
        return self._FULL if distance <= FULL_VOLUME_REACH else self._FADING
