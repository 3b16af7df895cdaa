"""Who may exchange sound and picture with whom, kept up to date move by move.

A link is the permission; `connected` says that the server wants it carried. The
engine is pure and synchronous. A move costs what the mover's neighbourhood
costs, however many people the room holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from operator import attrgetter
from typing import Final, NamedTuple

from gathertui.world.geometry import Point
from gathertui.world.hearing import SoundMap
from gathertui.world.linkrules import DistanceRule, Flow, Grant, Rule, Verdict, Volume
from gathertui.world.mesh import CONNECTIONS, Edge, Mesh
from gathertui.world.priority import FURTHEST, Priority, bonus
from gathertui.world.tilemap import TileMap
from gathertui.world.whereabouts import Whereabouts

_NONE: Final = Priority.NONE

# Orders edges by their ends.
_ends: Callable[[Edge], tuple[int, int]] = attrgetter("first", "second")


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


class _Terms:
    """What a rule granted, and what that looks like to those who have it.

    Terms that are alike are one object, so they are told apart by identity.
    """

    __slots__ = ("as_first", "as_second", "flow", "grant", "next_at", "rule")

    def __init__(self, rule: Rule, grant: Grant) -> None:
        self.rule = rule
        self.grant = grant
        self.flow = grant.flow
        carried = Link(*grant, rule.name, True)
        waiting = carried._replace(connected=False)
        # The link as each end sees it: not connected, connected.
        self.as_first = waiting, carried
        self.as_second = waiting.mirrored, carried.mirrored
        # The terms that follow these by distance, where no rule sees the pair.
        self.next_at: dict[int | None, _Terms | None] = {}


class _Rulebook:
    """The rules of a room, asked in their order: they lead from a pair's terms, None without a link, to its next."""

    def __init__(self, rules: Sequence[Rule], reach: int) -> None:
        # How many rules there are up to the last that is not one of distance.
        seeing = max((place for place, rule in enumerate(rules, 1) if not isinstance(rule, DistanceRule)), default=0)
        self.seeing = tuple(rules[:seeing])
        """The rules that see every pair."""
        # Those after them, whose answers stand in a table.
        self._tabled = [rule for rule in rules[seeing:] if isinstance(rule, DistanceRule)]
        self._distances = (*range(reach + 1), None)
        self._terms: dict[tuple[int, Grant], _Terms] = {}
        self.first_at = self._table(None)
        """The first terms of a pair by distance, where no rule sees it; `_Terms.next_at` has those after them."""

    def next_terms(self, first: int, second: int, distance: int | None, terms: _Terms | None) -> _Terms | None:
        """The terms of a pair, `first` with the lower id, that had these ones and is this far from each other now."""
        for rule in self.seeing:
            held = terms.grant if terms is not None and rule is terms.rule else None
            decision = rule.decide(first, second, distance, held)
            if decision is not Verdict.NEXT:
                return terms if decision == held else self._terms_for(rule, decision)
        return (self.first_at if terms is None else terms.next_at)[distance]

    def _terms_for(self, rule: Rule, decision: Grant | Verdict) -> _Terms | None:
        """The terms that a rule's decision makes."""
        if not isinstance(decision, Grant):
            return None
        # Not by the rule itself, which need not be hashable.
        key = id(rule), decision
        terms = self._terms.get(key)
        if terms is None:
            terms = self._terms[key] = _Terms(rule, decision)
            terms.next_at.update(self._table(terms))
        return terms

    def _table(self, terms: _Terms | None) -> dict[int | None, _Terms | None]:
        """What the rules that don't see the pair make of these terms, by distance."""
        table: dict[int | None, _Terms | None] = dict.fromkeys(self._distances)
        for distance in self._distances:
            for rule in self._tabled:
                held = terms.grant if terms is not None and rule is terms.rule else None
                decision = rule.decide_at(distance, held)
                if decision is not Verdict.NEXT:
                    table[distance] = self._terms_for(rule, decision)
                    break
        return table


class _LinkEdge(Edge):
    """An edge of the mesh with its terms, and what was last reported of it."""

    __slots__ = ("linked", "reported", "terms")

    def __init__(self, first: int, second: int, distance: int, bonus: int, terms: _Terms) -> None:
        super().__init__(first, second, distance, bonus)
        self.terms = terms
        self.linked = True
        self.reported: Link | None = None

    def link(self, avatar: int) -> Link:
        """The link as `avatar` sees it."""
        return (self.terms.as_first if avatar == self.first else self.terms.as_second)[self.connected]


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
        self._rulebook = _Rulebook(self._rules, self._sound.reach)
        self._whereabouts = Whereabouts(self._sound)
        self._positions = self._whereabouts.positions
        self._mesh: Mesh[_LinkEdge] = Mesh(connections)
        # Of those who have any.
        self._priorities: dict[int, Priority] = {}
        # Edges of which there may be something to report.
        self._touched: set[_LinkEdge] = set()
        # How many links an avatar has on which it sends only; missing without any.
        self._unheard: dict[int, int] = {}

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

    def prefer(self, avatar: int, priority: Priority) -> list[Change]:
        """Let the avatar's links be carried before others, or no longer; until told otherwise, wherever it goes.

        Nobody is linked by that who isn't anyway. At first everybody's priority is `NONE`.
        """
        if priority is self._priorities.get(avatar, _NONE):
            return []
        if priority:
            self._priorities[avatar] = priority
        else:
            del self._priorities[avatar]
        self._mesh.set_bonuses(avatar, {other: self._bonus(avatar, other) for other in self._mesh.edges_of(avatar)})
        return self._settle()

    def link(self, avatar: int, other: int) -> Link | None:
        """What `avatar` has with `other`, None without a link."""
        edge = self._mesh.edges_of(avatar).get(other)
        return None if edge is None else edge.link(avatar)

    def neighbours(self, avatar: int) -> dict[int, Link]:
        """Everybody the avatar is linked with, connected or not."""
        return {other: edge.link(avatar) for other, edge in self._mesh.edges_of(avatar).items()}

    def connected(self, avatar: int) -> dict[int, Link]:
        """Those of the avatar's links that are carried, by who is at the other end: a handful at most."""
        return {other: edge.link(avatar) for other, edge in self._mesh.carried_by(avatar).items()}

    def counts(self, avatar: int) -> Counts:
        """How many the avatar hears and how many it would if all could be carried."""
        linked, carried = len(self._mesh.edges_of(avatar)), self._mesh.carried_by(avatar)
        unheard = self._unheard.get(avatar)
        if unheard is None:
            return Counts(len(carried), linked)
        heard = sum(edge.link(avatar).flow is not Flow.SEND for edge in carried.values())
        return Counts(heard, linked - unheard)

    def _decide_about(self, avatars: set[int]) -> list[Change]:
        """Decide about every pair that one of the avatars is in, and report."""
        decided: set[int] = set()
        for avatar in avatars:
            if avatar in self._positions:
                decided.add(avatar)
                self._decide_all_of(avatar, decided)
        return self._settle()

    def _settle(self) -> list[Change]:
        """Choose the links that are carried, and report."""
        self._touched |= self._mesh.settle()
        return self._report()

    def _decide_all_of(self, avatar: int, decided: set[int]) -> None:
        """Decide about the avatar and each of those that may be or are linked with it, but those `decided`."""
        rulebook, first_at, seeing = self._rulebook, self._rulebook.first_at, bool(self._rulebook.seeing)
        edges = self._mesh.edges_of(avatar)
        near = self._whereabouts.within_reach(avatar)
        further = edges.keys() - near.keys()
        for rule in self._rules:
            further.update([other for other in rule.partners(avatar) if other not in near])
        for other, distance in chain(near.items(), zip(further, repeat(None))):
            # The avatar itself is among the decided.
            if other in decided:
                continue
            edge = edges.get(other)
            before = None if edge is None else edge.terms
            if seeing:
                after = rulebook.next_terms(min(avatar, other), max(avatar, other), distance, before)
            else:
                after = (first_at if before is None else before.next_at)[distance]
            if after is before:
                continue
            if after is None:
                # That is another than before: there was a link.
                self._drop(edges[other])
            elif edge is None:
                tiles = self._distance_afar(avatar, other) if distance is None else distance
                nearer = self._bonus(avatar, other)
                self._add(_LinkEdge(min(avatar, other), max(avatar, other), tiles, nearer, after))
            else:
                self._change(edge, after)
        for other in further & self._mesh.edges_of(avatar).keys():
            near[other] = self._distance_afar(avatar, other)
        self._mesh.set_distances(avatar, near)

    def _distance_afar(self, first: int, second: int) -> int:
        """What stands for the distance in tiles of those whom sound does not reach: always more than of any it does."""
        here, there = self._positions[first], self._positions[second]
        return max(self._sound.reach + 1, min(abs(here.x - there.x) + abs(here.y - there.y), FURTHEST))

    def _bonus(self, first: int, second: int) -> int:
        """By how many tiles the two count as nearer than they are."""
        return bonus(self._priorities.get(first, _NONE), self._priorities.get(second, _NONE))

    def _add(self, edge: _LinkEdge) -> None:
        self._touched.add(edge)
        self._mesh.add(edge)
        self._count_one_way(edge, 1)

    def _change(self, edge: _LinkEdge, terms: _Terms) -> None:
        self._touched.add(edge)
        if terms.flow is edge.terms.flow:
            edge.terms = terms
            return
        self._count_one_way(edge, -1)
        edge.terms = terms
        self._count_one_way(edge, 1)

    def _drop(self, edge: _LinkEdge) -> None:
        self._touched.add(edge)
        self._mesh.drop(edge)
        self._count_one_way(edge, -1)
        edge.linked = False

    def _count_one_way(self, edge: _LinkEdge, links: int) -> None:
        """Count a link for the end that only sends, if one does, or with -1 count it off."""
        flow = edge.terms.flow
        if flow is not Flow.BOTH:
            sender = edge.first if flow is Flow.SEND else edge.second
            self._unheard[sender] = self._unheard.get(sender, 0) + links
            if not self._unheard[sender]:
                del self._unheard[sender]

    def _report(self) -> list[Change]:
        """What has changed of the touched edges since the last report."""
        changes: list[Change] = []
        for edge in sorted(self._touched, key=_ends):
            before = edge.reported
            after = edge.terms.as_first[edge.connected] if edge.linked else None
            if after != before:
                changes.append(Change(edge.first, edge.second, before, after))
                edge.reported = after
        self._touched.clear()
        return changes
