"""What can be measured."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from load import floorplans

HALL_WIDTH, HALL_HEIGHT = 60, 34


class Kind(enum.StrEnum):
    """Where people are and what they do."""

    CELLS = "cells"
    """Spread over a large map of rooms; everybody walks."""
    ONE_VIEW = "one-view"
    """All in one hall that fits the screen; everybody walks."""
    QUIET = "quiet"
    """The same hall; one person walks, the others watch."""
    IDLE = "idle"
    """Signed in without an avatar and silent but for a ping now and then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One measurement. `view` is the part of the map on each screen, in tiles."""

    kind: Kind
    people: int
    moves: float
    """Steps a second of each who walks."""
    side: int = 200
    """Tiles a side of the map of rooms."""
    view: tuple[int, int] = (70, 40)
    warm_up: float = 3.0
    seconds: float = 8.0
    observers: int
    """Clients, spread over all, that keep a whole copy of the room: by them latency and places are checked."""

    @property
    def walkers(self) -> int:
        """How many walk."""
        return {Kind.QUIET: 1, Kind.IDLE: 0}.get(self.kind, self.people)

    @property
    def has_avatars(self) -> bool:
        """Whether people enter the room."""
        return self.kind is not Kind.IDLE

    def map_source(self) -> str:
        """Return the map's file."""
        if self.kind is Kind.CELLS:
            return floorplans.rooms(self.side, self.people)
        return floorplans.hall(HALL_WIDTH, HALL_HEIGHT, self.people)


_MOST_COPIES = 15_000  # positions a second that observers may take together, so that the crowd's process keeps up


def observers_for(kind: Kind, people: int, moves: float, side: int, view: tuple[int, int]) -> int:
    """Return how many observers a process can bear at this load."""
    if kind is Kind.IDLE:
        return 0
    if kind is Kind.QUIET:
        return min(people - 1, 30)
    # What a view is told of goes a cell beyond its edges, half of that on average.
    seen = people * min(1.0, (view[0] + 16) * (view[1] + 16) / side**2) if kind is Kind.CELLS else people
    most = 12 if kind is Kind.CELLS else 30  # a copy of the large map takes a fifth of a second to make
    return min(people, most, max(3, int(_MOST_COPIES / (seen * max(moves, 0.1)))))


def make(kind: Kind, people: int, *, moves: float = 5.0, side: int = 200, view: tuple[int, int] = (70, 40)) -> Scene:
    """Return a scene with the times and the number of observers that suit it."""
    idle = kind is Kind.IDLE
    return Scene(
        kind=kind,
        people=people,
        moves=0.0 if idle else moves,
        side=side,
        view=view,
        warm_up=2.0 if idle else 3.0,
        seconds=30.0 if idle else 8.0,
        observers=observers_for(kind, people, moves, side, view),
    )


def standard() -> list[Scene]:
    """Return what `make bench` measures: some three minutes."""
    return [
        make(Kind.QUIET, 100, moves=3.0),
        *(make(Kind.CELLS, people) for people in (100, 300, 1_000, 3_000)),
        *(make(Kind.ONE_VIEW, people) for people in (100, 300, 1_000)),
        make(Kind.IDLE, 10_000),
    ]
