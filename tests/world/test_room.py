import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gathertui.world.geometry import Direction, Point
from gathertui.world.mapfile import load_map
from gathertui.world.movement import CHECKER_BURST
from gathertui.world.room import (
    ID_REST,
    LINGER,
    Appeared,
    Attach,
    Blocked,
    BlockReason,
    Changed,
    Detach,
    Expelled,
    Expire,
    Full,
    Left,
    Moved,
    Person,
    Room,
    Step,
)

MAP = load_map(b"""
title = "Test"
grid = '''
#######
#@@   #
#  T  #
#######
'''
[legend]
"#" = "wall"
" " = "floor"
"T" = "table"
[spawns.door]
marker = "@"
""")


def person(account: str, name: str = "") -> Person:
    return Person(account, name or account, account[:2].upper(), 0)


def enter(room: Room, view: int, account: str, now: float = 0.0):
    return room.apply(Attach(view, person(account)), now)


def test_people_appear_spread_over_the_spawns():
    room = Room(MAP)
    events = [event for view, account in enumerate(("ada", "bob", "cy")) for event in enter(room, view, account)]
    assert [type(event) for event in events] == [Appeared] * 3
    assert [avatar.id for avatar in room.avatars.values()] == [1, 2, 3]
    assert [avatar.position for avatar in room.avatars.values()] == [(1, 1), (2, 1), (1, 1)]


def test_an_account_has_one_avatar_whatever_its_views():
    room = Room(MAP)
    enter(room, 1, "ada")
    assert enter(room, 2, "ada") == []
    assert room.avatar_of(1) == room.avatar_of(2) == room.avatars[1]
    assert room.apply(Detach(1, goodbye=True), 1.0) == []
    assert room.avatar_of(1) is None
    assert room.apply(Detach(2, goodbye=True), 1.0) == [Left(1, "ada")]
    assert dict(room.avatars) == {}


def test_attaching_again_brings_a_new_name():
    room = Room(MAP)
    enter(room, 1, "ada")
    [changed] = room.apply(Attach(1, person("ada", "Ada L")), 1.0)
    assert isinstance(changed, Changed)
    assert changed.avatar.person.name == "Ada L"


def test_a_view_that_changes_hands_leaves_first():
    room = Room(MAP)
    enter(room, 1, "ada")
    events = enter(room, 1, "bob", 1.0)
    assert [type(event) for event in events] == [Left, Appeared]
    assert room.avatar_of(1).person.account == "bob"


def test_a_lost_view_leaves_the_avatar_away_for_a_minute():
    room = Room(MAP)
    enter(room, 1, "ada")
    [changed] = room.apply(Detach(1, goodbye=False), 10.0)
    assert isinstance(changed, Changed)
    assert changed.avatar.away
    assert room.next_deadline() == 10.0 + LINGER
    assert room.apply(Expire(), 10.0 + LINGER - 0.01) == []
    assert room.apply(Expire(), 10.0 + LINGER) == [Left(1, "ada")]
    assert room.next_deadline() is None


def test_coming_back_in_time_ends_being_away():
    room = Room(MAP)
    enter(room, 1, "ada")
    room.apply(Detach(1, goodbye=False), 10.0)
    [changed] = enter(room, 2, "ada", 60.0)
    assert isinstance(changed, Changed)
    assert not changed.avatar.away
    assert room.next_deadline() is None
    assert room.apply(Expire(), 1000.0) == []


def test_a_good_step_moves_and_names_its_view():
    room = Room(MAP)
    enter(room, 7, "ada")
    [moved] = room.apply(Step(7, 41, Direction.SOUTH), 1.0)
    assert isinstance(moved, Moved)
    assert (moved.view, moved.seq, moved.avatar.position) == (7, 41, (1, 2))
    assert room.avatars[1] == moved.avatar


def test_a_bump_turns_for_everybody_and_is_refused():
    room = Room(MAP)
    enter(room, 7, "ada")
    moved, blocked = room.apply(Step(7, 1, Direction.WEST), 1.0)
    assert isinstance(moved, Moved)
    assert (moved.avatar.position, moved.avatar.facing) == ((1, 1), Direction.WEST)
    assert blocked == Blocked(7, 1, Point(1, 1), Direction.WEST, BlockReason.OBSTACLE)
    assert room.apply(Step(7, 2, Direction.WEST), 1.0) == [blocked._replace(seq=2)]


def test_two_views_share_one_step_budget():
    room = Room(MAP)
    enter(room, 1, "ada")
    enter(room, 2, "ada")
    reasons = [
        event.reason
        for seq in range(20)
        for event in room.apply(Step(1 + seq % 2, seq, Direction.NORTH), 1.0)
        if isinstance(event, Blocked)
    ]
    assert reasons.count(BlockReason.TOO_FAST) == 14


def test_steps_and_goodbyes_of_unknown_views_are_ignored():
    room = Room(MAP)
    assert room.apply(Step(9, 1, Direction.NORTH), 0.0) == []
    assert room.apply(Detach(9, goodbye=True), 0.0) == []


def test_a_full_room_says_so_but_takes_its_own_people_back():
    room = Room(MAP, capacity=1)
    enter(room, 1, "ada")
    assert enter(room, 2, "bob") == [Full(2)]
    assert room.avatar_of(2) is None
    assert enter(room, 3, "ada") == []


def test_you_come_back_where_you_left():
    room = Room(MAP)
    enter(room, 1, "ada")
    room.apply(Step(1, 1, Direction.SOUTH), 1.0)
    assert room.places() == {"ada": (1, 2)}
    room.apply(Detach(1, goodbye=True), 2.0)
    restored = Room(MAP, places=room.places())
    [appeared] = enter(restored, 5, "ada")
    assert appeared.avatar.position == (1, 2)


def test_a_place_that_is_closed_now_is_passed_over():
    room = Room(MAP, places={"ada": Point(3, 2), "bob": Point(99, 99)})
    assert enter(room, 1, "ada")[0].avatar.position == (1, 1)
    assert enter(room, 2, "bob")[0].avatar.position == (2, 1)


def test_an_id_rests_before_it_is_used_again():
    room = Room(MAP)
    enter(room, 1, "ada")
    room.apply(Detach(1, goodbye=True), 10.0)
    assert enter(room, 2, "bob", 10.0 + ID_REST - 1)[0].avatar.id == 2
    assert enter(room, 3, "cy", 10.0 + ID_REST)[0].avatar.id == 1


def test_somebody_who_comes_back_uses_up_no_id():
    room = Room(MAP)
    for view in range(1, 100):
        [appeared] = enter(room, view, "ada")
        assert appeared.avatar.id == 1
        room.apply(Detach(view, goodbye=True), 0.0)


def test_a_room_without_a_spawn_is_refused():
    from gathertui.world.tilemap import TileMap

    bare = TileMap(size=MAP.size, kinds=MAP.kinds, kind_numbers=MAP.kind_numbers)
    with pytest.raises(ValueError, match="spawn"):
        Room(bare)


def test_the_avatars_cannot_be_written_to():
    room = Room(MAP)
    with pytest.raises(TypeError):
        room.avatars[1] = None


class RoomMachine(RuleBasedStateMachine):
    """Any sequence of commands, against a replica that knows nothing but the events."""

    accounts = st.sampled_from(["ada", "bob", "cy", "dee"])
    views = st.integers(1, 6)

    def __init__(self):
        super().__init__()
        self.room = Room(MAP, capacity=3)
        self.now = 0.0
        self.replica = {}
        self.views_of = {}
        self.left_at = {}

    def apply(self, command):
        events = self.room.apply(command, self.now)
        for event in events:
            match event:
                case Appeared(avatar):
                    assert avatar.id not in self.replica
                    at, whose = self.left_at.get(avatar.id, (-ID_REST, ""))
                    assert whose == avatar.person.account or self.now - at >= ID_REST
                    self.replica[avatar.id] = avatar
                case Changed(avatar) | Moved(avatar, _, _):
                    assert avatar.id in self.replica
                    self.replica[avatar.id] = avatar
                case Left(avatar_id, account):
                    assert self.replica.pop(avatar_id).person.account == account
                    self.left_at[avatar_id] = (self.now, account)
        return events

    @rule(view=views, account=accounts, name=st.sampled_from(["x", "y"]))
    def attach(self, view, account, name):
        events = self.apply(Attach(view, person(account, name)))
        if Full(view) in events:
            self.views_of.pop(view, None)
        else:
            self.views_of[view] = account

    @rule(view=views, goodbye=st.booleans())
    def detach(self, view, goodbye):
        self.apply(Detach(view, goodbye))
        self.views_of.pop(view, None)

    @rule(view=views, direction=st.sampled_from(Direction), seq=st.integers(0, 9))
    def step(self, view, direction, seq):
        events = self.apply(Step(view, seq, direction))
        answers = [event for event in events if isinstance(event, Moved | Blocked)]
        assert bool(answers) == (view in self.views_of)
        assert all((answer.view, answer.seq) == (view, seq) for answer in answers)
        if answers and isinstance(answers[-1], Blocked):
            truth = self.room.avatar_of(view)
            assert (answers[-1].position, answers[-1].facing) == (truth.position, truth.facing)

    @rule(seconds=st.sampled_from([0.05, 1.0, 59.0, 61.0, 121.0]))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def expire(self):
        self.apply(Expire())
        deadline = self.room.next_deadline()
        assert deadline is None or deadline > self.now

    @precondition(lambda self: self.room.next_deadline() is not None)
    @rule()
    def wait_for_the_deadline(self):
        self.now = max(self.now, self.room.next_deadline())
        before = len(self.replica)
        self.apply(Expire())
        assert len(self.replica) < before

    @invariant()
    def the_events_tell_everything(self):
        assert self.replica == dict(self.room.avatars)

    @invariant()
    def everybody_stands_on_an_open_tile(self):
        assert all(MAP.is_open(avatar.position) for avatar in self.replica.values())

    @invariant()
    def one_avatar_an_account(self):
        accounts = [avatar.person.account for avatar in self.replica.values()]
        assert len(accounts) == len(set(accounts)) <= 3
        assert set(self.views_of.values()) <= set(accounts)

    @invariant()
    def views_steer_their_own_avatar_and_away_means_no_view(self):
        for view in range(1, 7):
            avatar = self.room.avatar_of(view)
            assert (avatar.person.account if avatar else None) == self.views_of.get(view)
        for avatar in self.replica.values():
            assert avatar.away == (avatar.person.account not in self.views_of.values())
        assert (self.room.next_deadline() is None) == (not any(avatar.away for avatar in self.replica.values()))


RoomMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestRoomMachine = RoomMachine.TestCase


def expelled(room: Room, direction: Direction, seconds: float, rate: float) -> bool:
    """Whether somebody who steps that often is expelled."""
    steps = int(seconds * rate)
    events = [event for number in range(steps) for event in room.apply(Step(1, number + 1, direction), number / rate)]
    return any(isinstance(event, Expelled) for event in events)


def test_running_into_a_wall_again_and_again_ends_in_being_expelled():
    room = Room(MAP)
    enter(room, 1, "ada")
    assert expelled(room, Direction.NORTH, 15, 10)


def test_steps_far_too_fast_end_in_being_expelled():
    room = Room(MAP)
    enter(room, 1, "ada")
    assert expelled(room, Direction.SOUTH, 10, 30)


def test_turning_against_walls_is_what_people_do():
    room = Room(MAP)
    enter(room, 1, "ada")
    directions = [Direction.NORTH, Direction.WEST]
    events = [
        event
        for number in range(600)
        for event in room.apply(Step(1, number + 1, directions[number % 2]), number * 0.1)
    ]
    assert not any(isinstance(event, Expelled) for event in events)


def test_a_line_that_stalls_two_seconds_in_five_is_put_up_with():
    hall = load_map(
        b'title = "Hall"\ngrid = """\n' + b"\n".join([b"." * 60] * 30 + [b"." * 30 + b"@" + b"." * 29] * 1) + b"\n"
        b'"""\n[legend]\n"." = "floor"\n[spawns.door]\nmarker = "@"\n'
    )
    room = Room(hall)
    enter(room, 1, "ada")
    events = []
    way = [Direction.NORTH] * 12 + [Direction.EAST] * 12 + [Direction.SOUTH] * 12 + [Direction.WEST] * 12
    for number in range(3000):
        sent = number * 0.1
        into = sent % 5.0
        arrives = sent if into < 3.0 else sent - into + 5.0
        events += room.apply(Step(1, number + 1, way[number % len(way)]), arrives)
    assert not any(isinstance(event, Expelled) for event in events)
    assert any(isinstance(event, Blocked) and event.reason is BlockReason.TOO_FAST for event in events)


def test_going_out_and_coming_in_makes_nobody_faster_nor_more_patient():
    room = Room(MAP)
    enter(room, 1, "ada")
    moved = 0
    gone = []
    for number in range(1, 400):
        events = room.apply(Step(1, number, [Direction.EAST, Direction.WEST][number % 2]), 1.0)
        moved += any(isinstance(event, Moved) for event in events)
        gone += [event for event in events if isinstance(event, Expelled)]
        room.apply(Detach(1, goodbye=True), 1.0)
        enter(room, 1, "ada", 1.0)
    assert moved <= CHECKER_BURST
    assert gone


def test_a_stay_lasts_a_minute_and_an_id_rests_for_two():
    assert (LINGER, ID_REST) == (60.0, 120.0)  # what clients are promised
