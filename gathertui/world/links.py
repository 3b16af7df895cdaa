"""Who may exchange sound and picture with whom, kept up to date move by move.

A link is the permission; `connected` says that the server wants it carried. The
engine is pure and synchronous. A move costs what the mover's neighbourhood
costs, however many people the room holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import NamedTuple

from gathertui.world.geometry import Point
from gathertui.world.hearing import SoundMap
from gathertui.world.linkrules import Flow, Grant, Rule, Verdict, Volume
from gathertui.world.mesh import CONNECTIONS, Edge, Mesh
from gathertui.world.tilemap import TileMap
from gathertui.world.whereabouts import Whereabouts


class Link(NamedTuple):
    """What one avatar has with another, as that one sees it.

    `flow` is what it may do, `rule` the name of the rule that allows it, and
    `connected` whether the link is among those that are carried.
    """

    flow: Flow
    volume: Volume
    rule: str
    connected: bool

    @property
    def mirrored(self) -> Link:
        """The same link as the other end sees it."""
        return self._replace(flow=self.flow.mirrored)


class Change(NamedTuple):
    """A pair's link is another than before; None stands for no link.

    `first` has the lower id, and both links are as it sees them.
    """

    first: int
    second: int
    before: Link | None
    after: Link | None


class Counts(NamedTuple):
    """How many avatars are really heard, of how many in earshot: "you hear 6 of 14"."""

    heard: int
    in_earshot: int


class _LinkEdge(Edge):
    """An edge of the mesh with what is granted on it, by which rule, and what was last reported of it."""

    __slots__ = ("grant", "reported", "rule")

    def __init__(self, first: int, second: int, distance: int, grant: Grant, rule: Rule) -> None:
        super().__init__(first, second, distance)
        self.grant = grant
        self.rule = rule
        self.reported: Link | None = None

    def flow(self, avatar: int) -> Flow:
        """What `avatar` may do."""
        flow = self.grant.flow
        return flow if avatar == self.first else flow.mirrored

    def link(self, avatar: int) -> Link:
        """The link as `avatar` sees it."""
        flow, volume = self.grant
        return Link(flow if avatar == self.first else flow.mirrored, volume, self.rule.name, self.connected)


class LinkEngine:
    """The links of one room.

    `rules` are asked in their order, and each serves this engine alone; where
    none grants a link there is none. `connections`, 1 or more, is how many links
    of one avatar are carried at most.

    Whatever changes the state returns the changes of all links since the last
    call, each pair once, ordered by ids. Applied in order they rebuild all links.
    """

    def __init__(self, tilemap: TileMap, rules: Sequence[Rule], *, connections: int = CONNECTIONS) -> None:
        self._tilemap = tilemap
        self._rules = tuple(rules)
        self._sound = SoundMap(tilemap)
        self._whereabouts = Whereabouts(self._sound)
        self._positions = self._whereabouts.positions
        self._mesh: Mesh[_LinkEdge] = Mesh(connections)
        # Edges of which there may be something to report.
        self._touched: set[_LinkEdge] = set()

    def place(self, avatar: int, position: Point) -> list[Change]:
        """Put an avatar on a tile, from wherever it was. Raises IndexError outside the map."""
        return self.move({avatar: position})

    def remove(self, avatar: int) -> list[Change]:
        """Take an avatar out of the room; one that isn't there changes nothing."""
        return self.move({avatar: None})

    def move(self, moves: Mapping[int, Point | None]) -> list[Change]:
        """Place and remove (None) avatars as one: links are decided when all of them stand where they go.

        Raises IndexError, and changes nothing, for a place outside the map.
        """
        for position in moves.values():
            if position is not None and not self._tilemap.contains(position):
                raise IndexError(f"{tuple(position)} is outside the map")
        concerned: set[int] = set()
        for avatar, position in moves.items():
            if position is not None:
                self._whereabouts.put(avatar, position)
                concerned.add(avatar)
            else:
                self._whereabouts.take(avatar)
                for edge in list(self._mesh.edges_of(avatar).values()):
                    self._drop(edge)
            for rule in self._rules:
                concerned.update(rule.moved(avatar, position))
        return self._decide_about(concerned)

    def set_passing(self, passing: Mapping[Point, bool]) -> list[Change]:
        """Let sound through tiles or stop it there, as doors do. Raises IndexError outside the map."""
        return self._decide_about(self._whereabouts.standing_on(self._sound.set_passing(passing)))

    def reconsider(self, avatars: Iterable[int]) -> list[Change]:
        """Decide again about all pairs of these avatars, because a rule's state has changed for them."""
        return self._decide_about(set(avatars))

    def link(self, avatar: int, other: int) -> Link | None:
        """What `avatar` has with `other`, None without a link."""
        edge = self._mesh.edges_of(avatar).get(other)
        return None if edge is None else edge.link(avatar)

    def neighbours(self, avatar: int) -> dict[int, Link]:
        """Everybody the avatar is linked with, connected or not."""
        return {other: edge.link(avatar) for other, edge in self._mesh.edges_of(avatar).items()}

    def counts(self, avatar: int) -> Counts:
        """How many the avatar hears and how many it would if all could be carried."""
        heard = in_earshot = 0
        for edge in self._mesh.edges_of(avatar).values():
            if edge.flow(avatar) is not Flow.SEND:
                in_earshot += 1
                heard += edge.connected
        return Counts(heard, in_earshot)

    def _decide_about(self, avatars: set[int]) -> list[Change]:
        """Decide about every pair that one of the avatars is in, and report."""
        decided: set[int] = set()
        for avatar in avatars:
            if avatar in self._positions:
                decided.add(avatar)
                self._decide_all_of(avatar, decided)
        self._touched |= self._mesh.settle()
        return self._report()

    def _decide_all_of(self, avatar: int, decided: set[int]) -> None:
        """Decide about the avatar and each of those that may be or are linked with it, but those `decided`."""
        rules, set_distance, undecided = self._rules, self._mesh.set_distance, Verdict.NEXT
        edges = self._mesh.edges_of(avatar)
        near = self._whereabouts.within_reach(avatar)
        further = edges.keys() - near.keys()
        for rule in rules:
            further.update([other for other in rule.partners(avatar) if other not in near])
        # The avatar itself is among the decided.
        further -= decided
        for other in decided.intersection(near):
            del near[other]
        for other, distance in chain(near.items(), zip(further, repeat(None))):
            first, second = (avatar, other) if avatar < other else (other, avatar)
            edge = edges.get(other)
            holder, held = (None, None) if edge is None else (edge.rule, edge.grant)
            decision: Grant | Verdict = undecided
            for rule in rules:
                decision = rule.decide(first, second, distance, held if rule is holder else None)
                if decision is not undecided:
                    break
            if not isinstance(decision, Grant):
                if edge is not None:
                    self._drop(edge)
                continue
            rank = self._rank_afar(first, second) if distance is None else distance
            if edge is None:
                self._add(_LinkEdge(first, second, rank, decision, rule))
                continue
            if rule is not holder or decision != held:
                edge.grant, edge.rule = decision, rule
                self._touched.add(edge)
            set_distance(edge, rank)

    def _rank_afar(self, first: int, second: int) -> int:
        """What stands for the distance in tiles of those whom sound does not reach: always more than of any it does."""
        here, there = self._positions[first], self._positions[second]
        return max(self._sound.reach + 1, abs(here.x - there.x) + abs(here.y - there.y))

    def _add(self, edge: _LinkEdge) -> None:
        self._touched.add(edge)
        self._mesh.add(edge)

    def _drop(self, edge: _LinkEdge) -> None:
        self._touched.add(edge)
        self._mesh.drop(edge)

    def _report(self) -> list[Change]:
        """What has changed of the touched edges since the last report."""
        changes: list[Change] = []
        for edge in self._touched:
            first, second, before = edge.first, edge.second, edge.reported
            after = self.link(first, second)
            if after != before:
                changes.append(Change(first, second, before, after))
                edge.reported = after
        self._touched.clear()
        changes.sort()
        return changes
