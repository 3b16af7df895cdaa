"""Which of the linked pairs are really connected.

Everybody can carry only so many connections, so the nearest come first. Seen as
a graph, with avatars as nodes and links as edges, this is a stable b-matching in
which both ends of an edge rank it alike: by distance, then by id. It is kept
stable by serving blocking edges, those that both ends would rather have than
the worst they carry, until there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from math import inf
from operator import attrgetter
from types import MappingProxyType
from typing import Generic, TypeVar

CONNECTIONS = 6
"""Connections that one avatar carries at most."""

MARGIN = 2
"""Tiles that somebody must be nearer by to take the place of one who is connected."""

# Between 1 and 2: one tile nearer is too little, two are enough, and there are no ties with the connected.
_HOLD = MARGIN - 0.5

# What orders edges alike for both ends: distance, then ids.
_Ranked = tuple[int, int, int]
_rank: Callable[[Edge], _Ranked] = attrgetter("distance", "first", "second")


class Edge:
    """A linked pair; `first` has the lower id. `distance` in tiles is what ranks it."""

    __slots__ = ("connected", "distance", "first", "second")

    def __init__(self, first: int, second: int, distance: int) -> None:
        self.first = first
        self.second = second
        self.distance = distance
        self.connected = False

    def other(self, avatar: int) -> int:
        """The end that `avatar` is not."""
        return self.second if avatar == self.first else self.first


EdgeT = TypeVar("EdgeT", bound=Edge)


class Mesh(Generic[EdgeT]):
    """The edges of one room and the choice of those that are connected.

    Change edges as a tick demands, then call `settle` once. After that nobody
    has more than `connections` (1 or more), and no edge that is not connected has at both
    ends a free place or one taken by somebody `MARGIN` or more further away.
    """

    def __init__(self, connections: int = CONNECTIONS) -> None:
        self._connections = connections
        self._edges: dict[int, dict[int, EdgeT]] = {}
        self._no_edges: Mapping[int, EdgeT] = MappingProxyType({})
        self._carried: dict[int, dict[int, EdgeT]] = {}
        # The distance that an edge must be below for the avatar to want it; missing while a place is free.
        self._bars: dict[int, float] = {}
        self._touched: set[int] = set()
        self._candidates: list[EdgeT] = []

    def edges_of(self, avatar: int) -> Mapping[int, EdgeT]:
        """The avatar's edges by who is at the other end: a live view."""
        return self._edges.get(avatar, self._no_edges)

    def add(self, edge: EdgeT) -> None:
        """Take in a new edge."""
        self._edges.setdefault(edge.first, {})[edge.second] = edge
        self._edges.setdefault(edge.second, {})[edge.first] = edge
        self._candidates.append(edge)

    def drop(self, edge: EdgeT) -> None:
        """Forget an edge and free the places that it took."""
        for avatar in (edge.first, edge.second):
            edges = self._edges[avatar]
            del edges[edge.other(avatar)]
            if not edges:
                del self._edges[avatar]
        if edge.connected:
            self._disconnect(edge)
            self._touched.update((edge.first, edge.second))

    def set_distance(self, edge: EdgeT, distance: int) -> None:
        """Take note that the ends of an edge are nearer or further now."""
        before = edge.distance
        edge.distance = distance
        if edge.connected:
            # A bar is set by the furthest connection: what was and stays nearer than that cannot move it.
            furthest = max(before, distance) - _HOLD
            if furthest >= self._bars.get(edge.first, inf):
                self._touched.add(edge.first)
            if furthest >= self._bars.get(edge.second, inf):
                self._touched.add(edge.second)
        elif distance < before:
            self._candidates.append(edge)

    def settle(self) -> set[EdgeT]:
        """Connect and disconnect what must be, and return the edges concerned.

        Those that were connected and given up again on the way are among them.
        """
        blocking: list[_Ranked] = []
        for avatar in self._raise_bars():
            self._offer_edges_of(avatar, blocking)
        for edge in self._candidates:
            if self._is_blocking(edge):
                heappush(blocking, _rank(edge))
        self._candidates.clear()
        concerned: set[EdgeT] = set()
        while blocking:
            _, first, second = heappop(blocking)
            edge = self._edges[first][second]
            if not self._is_blocking(edge):
                continue
            self._connect(edge)
            concerned.add(edge)
            for avatar in (first, second):
                given_up = self._make_room(avatar)
                if given_up is not None:
                    concerned.add(given_up)
                    self._offer_edges_of(given_up.other(avatar), blocking)
        return concerned

    def _raise_bars(self) -> list[int]:
        """Bring the bars of those touched up to date, and return those who want more than they did."""
        risen: list[int] = []
        for avatar in self._touched:
            before = self._bars.get(avatar, inf)
            if self._set_bar(avatar) > before:
                risen.append(avatar)
        self._touched.clear()
        return risen

    def _set_bar(self, avatar: int) -> float:
        carried = self._carried.get(avatar)
        if carried is None or len(carried) < self._connections:
            self._bars.pop(avatar, None)
            return inf
        bar = self._bars[avatar] = max([edge.distance for edge in carried.values()]) - _HOLD
        return bar

    def _is_blocking(self, edge: EdgeT) -> bool:
        """Whether this is a blocking edge: one that both ends would rather have than what they carry."""
        bars, distance = self._bars, edge.distance
        return not edge.connected and distance < bars.get(edge.first, inf) and distance < bars.get(edge.second, inf)

    def _offer_edges_of(self, avatar: int, blocking: list[_Ranked]) -> None:
        """Put those of an avatar's edges on the heap that both ends want and don't have."""
        bars, bar = self._bars, self._bars.get(avatar, inf)
        for other, edge in self.edges_of(avatar).items():
            distance = edge.distance
            if distance < bar and not edge.connected and distance < bars.get(other, inf):
                heappush(blocking, (distance, edge.first, edge.second))

    def _make_room(self, avatar: int) -> EdgeT | None:
        """Give up the avatar's worst connection if it has one too many; it is returned."""
        carried = self._carried[avatar]
        if len(carried) < self._connections:
            return None
        ranked = sorted(carried.values(), key=_rank)
        worst = None
        if len(ranked) > self._connections:
            worst = ranked.pop()
            self._disconnect(worst)
            self._bars.pop(worst.other(avatar), None)
        self._bars[avatar] = ranked[-1].distance - _HOLD
        return worst

    def _connect(self, edge: EdgeT) -> None:
        edge.connected = True
        self._carried.setdefault(edge.first, {})[edge.second] = edge
        self._carried.setdefault(edge.second, {})[edge.first] = edge

    def _disconnect(self, edge: EdgeT) -> None:
        edge.connected = False
        for avatar in (edge.first, edge.second):
            carried = self._carried[avatar]
            del carried[edge.other(avatar)]
            if not carried:
                del self._carried[avatar]
