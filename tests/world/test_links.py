"""Who may hear whom, checked against a model that works everything out anew each time."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.world.geometry import Direction, Point, Rect, Size
from gathertui.world.linkrules import DistanceRule, Flow, Grant, Rule, Verdict, Volume, WalkingDistance
from gathertui.world.links import Change, Counts, Link, LinkEngine
from gathertui.world.looks import STANDARD_KINDS
from gathertui.world.mesh import MARGIN
from gathertui.world.priority import Priority
from gathertui.world.tilemap import TileMap

WIDTH, HEIGHT = 12, 7
TILES = tuple(Rect(0, 0, WIDTH, HEIGHT).points())
ON_MAP = frozenset(TILES)
PEOPLE = range(1, 9)


def floor(width=WIDTH, height=HEIGHT, walls=frozenset()):
    return TileMap(
        size=Size(width, height),
        kinds=[STANDARD_KINDS["floor"], STANDARD_KINDS["wall"]],
        kind_numbers=bytes(tile in walls for tile in Rect(0, 0, width, height).points()),
    )


def walking(tilemap=None, **options):
    return LinkEngine(tilemap or floor(40, 1), [WalkingDistance()], **options)


def near(*, connected=True):
    return Link(Flow.BOTH, Volume.FULL, "walking distance", connected)


def far(*, connected=True):
    return Link(Flow.BOTH, Volume.FADING, "walking distance", connected)


def walk(walls, start):
    """Walking distances of sound from a tile to all others, found in the plainest way."""
    distances = {} if start in walls else {start: 0}
    for here in (queue := list(distances)):
        for direction in Direction:
            there = here.neighbour(direction)
            if there in ON_MAP and there not in walls and there not in distances:
                distances[there] = distances[here] + 1
                queue.append(there)
    return distances


class Model:
    """The rules in words: linked up to 5 tiles, lost beyond 6, full volume within 2; those who speak come first."""

    def __init__(self, walls):
        self.walls = set(walls)
        self.positions = {}
        self.distances = {}
        self.volumes = {}
        self.priorities = {}

    def comes_before(self, pair, other):
        """Whether the pair takes the other's place: it is worth more, or as much and quite a bit nearer."""
        worth, others_worth = self.worth(pair), self.worth(other)
        return worth > others_worth or (
            worth == others_worth and self.distances[other] - self.distances[pair] >= MARGIN
        )

    def worth(self, pair):
        priorities = [self.priorities.get(avatar, Priority.NONE) for avatar in pair]
        return 0 if Priority.NONE in priorities else sum(priorities)

    def follow(self):
        """Decide about everybody again."""
        walks = {avatar: walk(self.walls, position) for avatar, position in self.positions.items()}
        before, self.volumes, self.distances = self.volumes, {}, {}
        for first, second in combinations(sorted(self.positions), 2):
            distance = walks[first].get(self.positions[second], 99)
            if distance <= (6 if (first, second) in before else 5):
                self.distances[first, second] = distance
                self.volumes[first, second] = Volume.FULL if distance <= 2 else Volume.FADING


avatars = st.sampled_from(PEOPLE)
tiles = st.sampled_from(TILES)
moves = st.dictionaries(avatars, tiles | tiles | tiles | st.none(), min_size=1, max_size=4)
doors = st.dictionaries(tiles, st.booleans(), max_size=3)
priorities = st.tuples(avatars, st.sampled_from(Priority))
strolls = st.lists(st.tuples(avatars, st.sampled_from(Direction)), min_size=1, max_size=3)
actions = st.lists(
    st.one_of(
        st.tuples(st.just("move"), moves),
        st.tuples(st.just("stroll"), strolls),
        st.tuples(st.just("doors"), doors),
        st.tuples(st.just("prefer"), priorities),
    ),
    max_size=25,
)
entrance = st.dictionaries(avatars, tiles, min_size=5)


def act(engine, model, action):
    """Let engine and model do the same; returns what the engine says and who moved."""
    kind, what = action
    if kind == "prefer":
        avatar, model.priorities[avatar] = what
        return engine.prefer(*what), set()
    if kind == "doors":
        model.walls = (model.walls | what.keys()) - {tile for tile, passes in what.items() if passes}
        changes = engine.set_passing(what)
    else:
        if kind == "stroll":
            there = {
                avatar: model.positions[avatar].neighbour(way) for avatar, way in what if avatar in model.positions
            }
            what = {avatar: position for avatar, position in there.items() if position in ON_MAP}
        model.positions = {a: p for a, p in {**model.positions, **what}.items() if p is not None}
        changes = engine.move(what)
    model.follow()
    return changes, what.keys()


def all_links(engine):
    return {(a, b): link for a in PEOPLE for b, link in engine.neighbours(a).items() if a < b}


@settings(max_examples=150)
@given(walls=st.sets(tiles, max_size=30), entrance=entrance, actions=actions, connections=st.integers(1, 6))
def test_any_sequence_of_moves_and_doors_leads_to_the_links_of_the_model(walls, entrance, actions, connections):
    engine = walking(floor(walls=walls), connections=connections)
    model = Model(walls)
    replayed = {}
    for action in [("move", entrance), *actions]:
        changes, _ = act(engine, model, action)
        for first, second, before, after in changes:
            assert first < second
            assert before != after
            assert replayed.pop((first, second), None) == before
            if after is not None:
                replayed[first, second] = after
        assert len({change[:2] for change in changes}) == len(changes)

        links = all_links(engine)
        assert links == replayed
        assert {pair: link.volume for pair, link in links.items()} == model.volumes
        check_both_ends(engine, links)
        check_connections(links, model, connections)
        assert engine.reconsider(PEOPLE) == []
        assert engine.move(model.positions) == []


def check_both_ends(engine, links):
    for a in PEOPLE:
        mine = engine.neighbours(a)
        assert mine == {b: engine.link(a, b) for b in PEOPLE if engine.link(a, b) is not None}
        assert engine.connected(a) == {b: link for b, link in mine.items() if link.connected}
        assert engine.counts(a) == (sum(link.connected for link in mine.values()), len(mine))
    for (first, second), link in links.items():
        assert engine.link(first, second) == link
        assert engine.link(second, first) == link.mirrored


def check_connections(links, model, connections):
    """Nobody has too many, and no pair would both rather have each other than what they carry."""
    carried = {avatar: [] for avatar in PEOPLE}
    for pair, link in links.items():
        if link.connected:
            for avatar in pair:
                carried[avatar].append(pair)
    assert all(len(mine) <= connections for mine in carried.values())
    for pair, link in links.items():
        if not link.connected:
            assert any(
                len(carried[avatar]) == connections
                and not any(model.comes_before(pair, other) for other in carried[avatar])
                for avatar in pair
            )


@settings(max_examples=100)
@given(entrance=entrance, actions=actions)
def test_a_move_changes_the_links_of_the_mover_only_and_speech_nobodys(entrance, actions):
    engine = walking(floor(), connections=2)
    model = Model(())
    act(engine, model, ("move", entrance))
    for action in actions:
        changes, moved = act(engine, model, action)
        for first, second, before, after in changes:
            if action[0] != "doors" and not {first, second} & moved:
                assert before._replace(connected=not before.connected) == after


@given(entrance=entrance, actions=actions)
def test_the_same_moves_give_the_same_changes(entrance, actions):
    once, again = ((walking(floor(), connections=2), Model(())) for _ in range(2))
    for action in [("move", entrance), *actions]:
        assert act(*once, action) == act(*again, action)


def test_a_link_comes_at_five_tiles_and_goes_beyond_six():
    engine = walking()
    assert engine.place(1, Point(0, 0)) == []
    assert engine.place(2, Point(6, 0)) == []
    assert engine.place(2, Point(5, 0)) == [Change(1, 2, None, far())]
    assert engine.place(2, Point(6, 0)) == []
    assert engine.place(2, Point(7, 0)) == [Change(1, 2, far(), None)]


def test_stepping_to_and_fro_over_the_edge_changes_a_link_once():
    engine = walking()
    engine.place(1, Point(0, 0))
    changes = [change for x in (5, 6) * 10 for change in engine.place(2, Point(x, 0))]
    assert changes == [Change(1, 2, None, far())]


def test_a_voice_is_full_within_two_tiles_and_that_is_told():
    engine = walking()
    engine.place(1, Point(0, 0))
    assert engine.place(2, Point(2, 0)) == [Change(1, 2, None, near())]
    assert engine.place(2, Point(3, 0)) == [Change(1, 2, near(), far())]
    assert engine.place(2, Point(4, 0)) == []


def test_who_leaves_takes_the_links_along():
    engine = walking()
    engine.move({1: Point(0, 0), 2: Point(1, 0)})
    assert engine.remove(1) == [Change(1, 2, near(), None)]
    assert engine.remove(1) == []
    assert engine.neighbours(2) == {}
    assert engine.link(1, 2) is None
    assert engine.counts(1) == Counts(0, 0)


def test_a_shut_door_ends_a_link_and_an_open_one_brings_it_back():
    engine = walking()
    engine.move({1: Point(3, 0), 2: Point(5, 0), 3: Point(20, 0)})
    assert engine.set_passing({Point(4, 0): False}) == [Change(1, 2, near(), None)]
    assert engine.set_passing({Point(4, 0): True}) == [Change(1, 2, None, near())]


def test_a_wall_stops_sound_and_a_way_round_it_lets_it_through():
    engine = walking(floor(3, 3, walls={Point(1, 0), Point(1, 1)}))
    engine.place(1, Point(0, 0))
    assert engine.place(2, Point(2, 0)) == []
    assert engine.place(2, Point(2, 1)) == [Change(1, 2, None, far())]


def test_a_place_outside_the_map_is_refused_and_nothing_changes():
    engine = walking()
    engine.place(1, Point(0, 0))
    with pytest.raises(IndexError):
        engine.move({1: Point(3, 0), 2: Point(0, 1)})
    assert engine.place(2, Point(2, 0)) == [Change(1, 2, None, near())]


def test_of_fourteen_in_earshot_the_six_nearest_are_heard():
    engine = walking()
    engine.move({avatar: Point(20, 0) for avatar in range(2, 5)})
    engine.move({avatar: Point(21, 0) for avatar in range(5, 8)})
    engine.move({avatar: Point(36 + avatar % 2, 0) for avatar in range(8, 16)})
    engine.place(1, Point(19, 0))
    engine.move({avatar: Point(22 + avatar % 2, 0) for avatar in range(8, 16)})
    assert engine.counts(1) == Counts(6, 14)
    assert {other for other, link in engine.neighbours(1).items() if link.connected} == {2, 3, 4, 5, 6, 7}


def test_a_connection_is_not_given_up_for_somebody_a_little_nearer():
    engine = walking(connections=1)
    engine.move({1: Point(10, 0), 2: Point(14, 0)})
    assert engine.place(3, Point(7, 0)) == [Change(1, 3, None, far(connected=False))]
    assert engine.place(3, Point(8, 0)) == [
        Change(1, 2, far(), far(connected=False)),
        Change(1, 3, far(connected=False), near()),
    ]


@pytest.mark.parametrize(("listener", "leaving", "staying"), [(1, 2, 3), (3, 2, 1)])
def test_a_connection_that_walks_away_gives_its_place_to_somebody_two_tiles_nearer(listener, leaving, staying):
    engine = walking(connections=1)
    engine.move({listener: Point(10, 0), leaving: Point(13, 0)})
    engine.place(staying, Point(8, 0))
    assert engine.link(listener, leaving).connected
    engine.place(leaving, Point(14, 0))
    assert engine.link(listener, staying).connected
    assert not engine.link(listener, leaving).connected


def test_a_connection_that_came_nearer_is_compared_where_it_stands_now():
    engine = walking(connections=1)
    engine.move({1: Point(10, 0), 2: Point(14, 0)})
    engine.place(2, Point(12, 0))
    engine.place(3, Point(9, 0))
    assert engine.link(1, 2).connected
    assert not engine.link(1, 3).connected


def test_a_place_that_comes_free_is_taken_at_once():
    engine = walking(connections=1)
    engine.move({1: Point(0, 0), 2: Point(0, 0)})
    engine.move({3: Point(1, 0)})
    assert engine.counts(3) == Counts(0, 2)
    assert engine.remove(1) == [
        Change(1, 2, near(), None),
        Change(1, 3, near(connected=False), None),
        Change(2, 3, near(connected=False), near()),
    ]


class SilentArea(Rule):
    name = "silent area"

    def __init__(self, tiles):
        self.tiles = tiles
        self.inside = set()

    def moved(self, avatar, position):
        (self.inside.add if position in self.tiles else self.inside.discard)(avatar)
        return ()

    def decide(self, first, second, distance, held):
        return Verdict.REFUSE if self.inside & {first, second} else Verdict.NEXT


class Stage(Rule):
    name = "stage"

    def __init__(self, tiles):
        self.tiles = tiles
        self.everyone, self.speakers = set(), set()

    def moved(self, avatar, position):
        for people, belongs in ((self.everyone, position is not None), (self.speakers, position in self.tiles)):
            (people.add if belongs else people.discard)(avatar)
        return ()

    def partners(self, avatar):
        return self.everyone if avatar in self.speakers else self.speakers

    def decide(self, first, second, distance, held):
        if (first in self.speakers) == (second in self.speakers):
            return Verdict.NEXT
        return Grant(Flow.SEND if first in self.speakers else Flow.RECEIVE, Volume.FULL)


class Quiet(Rule):
    """Takes its state from outside, not from where people are."""

    name = "quiet"

    def __init__(self):
        self.people, self.asked = set(), []

    def set_quiet(self, avatar):
        self.people.add(avatar)
        return [avatar]

    def decide(self, first, second, distance, held):
        self.asked.append((first, second))
        quiet = self.people & {first, second}
        return Verdict.REFUSE if quiet and (distance is None or distance > 1) else Verdict.NEXT


class Lock(Rule):
    """Opens by itself when fewer than two are left inside: that concerns others than the one who left."""

    name = "lock"

    def __init__(self, inside):
        self.inside = inside

    def moved(self, avatar, position):
        if position is None and avatar in self.inside:
            self.inside.discard(avatar)
            if len(self.inside) < 2:
                concerned = set(self.inside)
                self.inside.clear()
                return concerned
        return ()

    def decide(self, first, second, distance, held):
        return Verdict.REFUSE if (first in self.inside) != (second in self.inside) else Verdict.NEXT


STAGE = {Point(0, 0), Point(1, 0)}


def test_a_stage_is_heard_in_the_whole_room_one_way():
    engine = LinkEngine(floor(40, 1), [Stage(STAGE), WalkingDistance()])
    engine.move({2: Point(5, 0), 3: Point(30, 0)})
    assert engine.place(1, Point(0, 0)) == [
        Change(1, 2, None, Link(Flow.SEND, Volume.FULL, "stage", True)),
        Change(1, 3, None, Link(Flow.SEND, Volume.FULL, "stage", True)),
    ]
    assert engine.link(3, 1) == Link(Flow.RECEIVE, Volume.FULL, "stage", True)
    assert engine.counts(1) == Counts(0, 0)
    assert engine.counts(3) == Counts(1, 1)


def test_who_comes_down_from_the_stage_is_heard_by_those_near():
    engine = LinkEngine(floor(40, 1), [Stage(STAGE), WalkingDistance()])
    engine.move({2: Point(4, 0), 3: Point(8, 0), 1: Point(1, 0)})
    by_stage = Link(Flow.SEND, Volume.FULL, "stage", True)
    # Six tiles hold a link that walking made, never one that the stage made.
    assert engine.place(1, Point(2, 0)) == [Change(1, 2, by_stage, near()), Change(1, 3, by_stage, None)]


def test_somebody_who_comes_in_hears_the_stage():
    engine = LinkEngine(floor(40, 1), [Stage(STAGE), WalkingDistance()])
    engine.place(5, Point(0, 0))
    assert engine.place(2, Point(30, 0)) == [Change(2, 5, None, Link(Flow.RECEIVE, Volume.FULL, "stage", True))]


def test_of_those_out_of_earshot_the_nearest_are_connected():
    engine = LinkEngine(floor(40, 1), [Stage(STAGE), WalkingDistance()], connections=1)
    engine.move({1: Point(0, 0), 2: Point(30, 0), 3: Point(20, 0)})
    assert engine.link(1, 3).connected
    assert not engine.link(1, 2).connected


def test_who_comes_nearer_out_of_earshot_takes_the_place_of_one_further_off():
    engine = LinkEngine(floor(40, 1), [Stage(STAGE), WalkingDistance()], connections=1)
    engine.move({1: Point(0, 0), 2: Point(30, 0), 3: Point(20, 0)})
    engine.place(2, Point(10, 0))
    assert engine.link(1, 2).connected
    assert not engine.link(1, 3).connected


def test_an_earlier_rule_wins():
    rules = [SilentArea({Point(5, 0)}), Stage(STAGE), WalkingDistance()]
    engine = LinkEngine(floor(40, 1), rules)
    engine.move({1: Point(0, 0), 2: Point(5, 0), 3: Point(6, 0)})
    assert engine.neighbours(2) == {}
    assert engine.place(2, Point(7, 0)) == [
        Change(1, 2, None, Link(Flow.SEND, Volume.FULL, "stage", True)),
        Change(2, 3, None, near()),
    ]


def test_a_changed_input_of_a_rule_concerns_the_pairs_it_names_and_no_others():
    quiet = Quiet()
    engine = LinkEngine(floor(40, 1), [quiet, WalkingDistance()])
    engine.move({1: Point(0, 0), 2: Point(2, 0), 3: Point(1, 0), 4: Point(3, 0)})
    quiet.asked.clear()
    assert engine.reconsider(quiet.set_quiet(1)) == [Change(1, 2, near(), None), Change(1, 4, far(), None)]
    assert sorted(quiet.asked) == [(1, 2), (1, 3), (1, 4)]


def test_a_move_may_concern_others_than_the_mover():
    engine = LinkEngine(floor(40, 1), [Lock({1, 2}), WalkingDistance()])
    engine.move({1: Point(0, 0), 2: Point(1, 0), 3: Point(2, 0)})
    assert engine.neighbours(1) == {2: near()}
    assert engine.remove(2) == [Change(1, 2, near(), None), Change(1, 3, None, near())]


def test_somebody_who_is_not_in_the_room_is_passed_over():
    assert walking().reconsider([7]) == []


class Whisper(DistanceRule):
    """Who stands on the same tile hears each other one way, and still does a tile further on."""

    name = "whisper"

    def __init__(self):
        self.asked = []

    def decide_at(self, distance, held):
        self.asked.append((distance, held))
        if distance is None or distance > (0 if held is None else 1):
            return Verdict.NEXT
        return Grant(Flow.SEND, Volume.FADING)


class Hidden(DistanceRule):
    """Three tiles apart, and only there, nobody hears anybody."""

    name = "hidden"

    def decide_at(self, distance, held):
        return Verdict.REFUSE if distance == 3 else Verdict.NEXT


class Seeing(Rule):
    """Decides as another rule does, but wants to see every pair."""

    def __init__(self, rule):
        self.name, self.rule = rule.name, rule

    def decide(self, first, second, distance, held):
        return self.rule.decide(first, second, distance, held)


@settings(max_examples=40)
@given(walls=st.sets(tiles, max_size=30), entrance=entrance, actions=actions)
def test_rules_of_distance_decide_as_they_would_if_they_saw_every_pair(walls, entrance, actions):
    rules = Whisper(), Hidden(), WalkingDistance()
    orders = [
        rules,
        [Seeing(rule) for rule in rules],
        [rules[0], Seeing(rules[1]), rules[2]],
        [*rules[:2], Seeing(rules[2])],
    ]
    engines = [(LinkEngine(floor(walls=walls), order, connections=2), Model(walls)) for order in orders]
    for action in [("move", entrance), *actions]:
        changes, *others = (act(engine, model, action)[0] for engine, model in engines)
        assert others == [changes] * len(others)


def test_a_rule_of_distance_is_not_asked_about_every_pair():
    whisper = Whisper()
    engine = LinkEngine(floor(40, 1), [Quiet(), whisper])
    assert len(whisper.asked) == len(set(whisper.asked))
    whisper.asked.clear()
    assert engine.move({1: Point(3, 0), 2: Point(3, 0), 3: Point(9, 0)}) != []
    assert whisper.asked == []


def test_a_rule_of_distance_wins_over_those_after_it():
    quiet = Quiet()
    engine = LinkEngine(floor(40, 1), [Whisper(), quiet, WalkingDistance()])
    quiet.set_quiet(1)
    engine.move({1: Point(3, 0), 2: Point(3, 0), 3: Point(5, 0)})
    assert sorted(quiet.asked) == [(1, 3), (2, 3)]
    assert engine.neighbours(1) == {2: Link(Flow.SEND, Volume.FADING, "whisper", True)}


@settings(max_examples=50)
@given(entrance=entrance, actions=actions)
def test_counts_leave_out_those_who_only_listen(entrance, actions):
    engine = LinkEngine(floor(), [Stage(set(TILES[:30])), Whisper(), WalkingDistance()], connections=2)
    model = Model(())
    for action in [("move", entrance), *actions]:
        act(engine, model, action)
        for avatar in PEOPLE:
            heard = [link for link in engine.neighbours(avatar).values() if link.flow is not Flow.SEND]
            assert engine.counts(avatar) == Counts(sum(link.connected for link in heard), len(heard))
