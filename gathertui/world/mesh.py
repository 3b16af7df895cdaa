"""Which of the linked pairs are really connected.

Everybody can carry only so many connections, so the nearest come first, but for
those that count as nearer than they are. Seen as a graph, with avatars as nodes
and links as edges, this is a stable b-matching in which both ends of an edge rank
it alike: by distance less bonus, then by id. It is kept stable by serving
blocking edges, those that both ends would rather have than the worst they carry,
until there are none.
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

# What orders edges alike for both ends: rank, then ids.
_Ordered = tuple[int, int, int]
_order: Callable[[Edge], _Ordered] = attrgetter("rank", "first", "second")
_rank: Callable[[Edge], int] = attrgetter("rank")


class Edge:
    """A linked pair; `first` has the lower id. `rank`, distance less bonus in tiles, orders them: the lowest first."""

    __slots__ = ("bonus", "connected", "first", "rank", "second")

    def __init__(self, first: int, second: int, distance: int, bonus: int = 0) -> None:
        self.first = first
        self.second = second
        self.rank = distance - bonus
        self.bonus = bonus
        self.connected = False

    def other(self, avatar: int) -> int:
        """The end that `avatar` is not."""
        return self.second if avatar == self.first else self.first


EdgeT = TypeVar("EdgeT", bound=Edge)


class Mesh(Generic[EdgeT]):
    """The edges of one room and the choice of those that are connected.

    Change edges as a tick demands, then call `settle` once. After that nobody
    has more than `connections` (1 or more), and no edge that is not connected has at both
    ends a free place or one taken by somebody who ranks `MARGIN` or more behind.
    """

    def __init__(self, connections: int = CONNECTIONS) -> None:
        self._connections = connections
        self._edges: dict[int, dict[int, EdgeT]] = {}
        self._no_edges: Mapping[int, EdgeT] = MappingProxyType({})
        self._carried: dict[int, dict[int, EdgeT]] = {}
        # The rank that an edge must be below for the avatar to want it; missing while a place is free.
        self._bars: dict[int, float] = {}
        self._touched: set[int] = set()
        self._candidates: list[EdgeT] = []

    def edges_of(self, avatar: int) -> Mapping[int, EdgeT]:
        """The avatar's edges by who is at the other end: a live view."""
        return self._edges.get(avatar, self._no_edges)

    def carried_by(self, avatar: int) -> Mapping[int, EdgeT]:
        """Those of the avatar's edges that are connected, by who is at the other end: a live view."""
        return self._carried.get(avatar, self._no_edges)

    def add(self, edge: EdgeT) -> None:
        """Take in a new edge."""
        self._edges.setdefault(edge.first, {})[edge.second] = edge
        self._edges.setdefault(edge.second, {})[edge.first] = edge
        self._candidates.append(edge)

    def drop(self, edge: EdgeT) -> None:
        """Forget an edge and free the places that it took."""
        _take_out(self._edges, edge.first, edge.second)
        _take_out(self._edges, edge.second, edge.first)
        if edge.connected:
            self._disconnect(edge)
            self._touched.update((edge.first, edge.second))

    def set_distances(self, avatar: int, distances: Mapping[int, int]) -> None:
        """Take note of how far from an avatar those at the other ends of its edges are; who isn't named stays."""
        bars, touched, bar = self._bars, self._touched, self._bars.get(avatar, inf)
        for other, edge in self.edges_of(avatar).items():
            distance = distances.get(other)
            if distance is None:
                continue
            before, rank = edge.rank, distance - edge.bonus
            if rank == before:
                continue
            edge.rank = rank
            their_bar = bars.get(other, inf)
            if edge.connected:
                # A bar is set by the worst connection: what was and stays better than that cannot move it.
                worst = (rank if rank > before else before) - _HOLD
                if worst >= bar:
                    touched.add(avatar)
                if worst >= their_bar:
                    touched.add(other)
            elif rank < bar and rank < their_bar:
                # Where a bar has yet to rise, `settle` offers the edge.
                self._candidates.append(edge)

    def set_bonuses(self, avatar: int, bonuses: Mapping[int, int]) -> None:
        """Let an avatar's edges count as nearer by so many tiles, by who is at the other end; who isn't named stays."""
        distances: dict[int, int] = {}
        for other, edge in self.edges_of(avatar).items():
            if other in bonuses:
                distances[other] = edge.rank + edge.bonus
                edge.bonus = bonuses[other]
        self.set_distances(avatar, distances)

    def settle(self) -> set[EdgeT]:
        """Connect and disconnect what must be, and return the edges concerned.

        Those that were connected and given up again on the way are among them.
        """
        blocking: list[_Ordered] = []
        for avatar, before in self._raise_bars():
            self._offer_edges_of(avatar, before, blocking)
        for edge in self._candidates:
            if self._is_blocking(edge):
                heappush(blocking, _order(edge))
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
                    freed = given_up.other(avatar)
                    self._offer_edges_of(freed, self._bars.pop(freed, inf), blocking)
        return concerned

    def _raise_bars(self) -> list[tuple[int, float]]:
        """Bring the bars of those touched up to date; return who wants more than it did, with the bar it had."""
        risen: list[tuple[int, float]] = []
        for avatar in self._touched:
            before = self._bars.get(avatar, inf)
            if self._set_bar(avatar) > before:
                risen.append((avatar, before))
        self._touched.clear()
        return risen

    def _set_bar(self, avatar: int) -> float:
        carried = self._carried.get(avatar)
        if carried is None or len(carried) < self._connections:
            self._bars.pop(avatar, None)
            return inf
        bar = self._bars[avatar] = max(map(_rank, carried.values())) - _HOLD
        return bar

    def _is_blocking(self, edge: EdgeT) -> bool:
        """Whether this is a blocking edge: one that both ends would rather have than what they carry."""
        bars, rank = self._bars, edge.rank
        return not edge.connected and rank < bars.get(edge.first, inf) and rank < bars.get(edge.second, inf)

    def _offer_edges_of(self, avatar: int, before: float, blocking: list[_Ordered]) -> None:
        """Put on the heap those of an avatar's edges that it didn't want with the bar `before` and both ends want now.

        Those that it wanted already have been offered when the other end came to want them, if ever.
        """
        edges = self.edges_of(avatar)
        if len(edges) == len(self.carried_by(avatar)):
            return
        bars, bar = self._bars, self._bars.get(avatar, inf)
        for other, edge in edges.items():
            rank = edge.rank
            if before <= rank < bar and not edge.connected and rank < bars.get(other, inf):
                heappush(blocking, (rank, edge.first, edge.second))

    def _make_room(self, avatar: int) -> EdgeT | None:
        """Give up the avatar's worst connection if it has one too many; it is returned."""
        carried = self._carried[avatar]
        worst = None
        if len(carried) > self._connections:
            worst = max(carried.values(), key=_order)
            self._disconnect(worst)
        self._set_bar(avatar)
        return worst

    def _connect(self, edge: EdgeT) -> None:
        edge.connected = True
        self._carried.setdefault(edge.first, {})[edge.second] = edge
        self._carried.setdefault(edge.second, {})[edge.first] = edge

    def _disconnect(self, edge: EdgeT) -> None:
        edge.connected = False
        _take_out(self._carried, edge.first, edge.second)
        _take_out(self._carried, edge.second, edge.first)


def _take_out(edges: dict[int, dict[int, EdgeT]], avatar: int, other: int) -> None:
    """Take an edge from those of an avatar; who has none left is forgotten."""
    mine = edges[avatar]
    del mine[other]
    if not mine:
        del edges[avatar]
