"""What each is told of who hears whom, against all links as the engine has them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.world.geometry import Point
from gathertui.world.linkrules import Flow, WalkingDistance
from gathertui.world.links import LinkEngine
from gathertui.world.mapfile import load_map
from gathertui_server.rooms.conversations import ConversationChange, Conversations

MAP = load_map(b"""
title = "Two rooms"
grid = '''
###############
#@     #      #
#      #      #
#             #
#      #      #
###############
'''
[legend]
"#" = "wall"
" " = "floor"
[spawns.door]
marker = "@"
""")
FLOOR = [Point(x, y) for y in range(1, 5) for x in range(1, 14) if MAP.is_open(Point(x, y))]
CONNECTIONS = 2
ALL = 1000


def conversations() -> tuple[Conversations, LinkEngine]:
    engine = LinkEngine(MAP, [WalkingDistance()], connections=CONNECTIONS)
    return Conversations(engine), engine


def decided(talks: Conversations, most: int = ALL) -> dict[int, ConversationChange]:
    talks.decide(most)
    return talks.drain()


def test_two_who_meet_are_told_of_each_other_and_again_when_they_part() -> None:
    talks, _ = conversations()
    talks.move(1, Point(1, 1))
    assert decided(talks) == {}
    talks.move(2, Point(3, 1))
    told = decided(talks)
    assert set(told) == {1, 2}
    assert list(told[1].linked) == told[1].joined == [2]
    assert told[1].linked[2].flow is Flow.BOTH
    assert told[1].in_earshot == 1
    assert set(talks.of(2)) == {1}
    talks.move(2, Point(13, 1))
    told = decided(talks)
    assert told[1].over == [2]
    assert told[2].over == [1]
    assert told[1].in_earshot == 0


def test_those_who_cannot_be_carried_are_counted() -> None:
    talks, _ = conversations()
    for avatar in range(1, 6):
        talks.move(avatar, Point(1 + avatar % 2, 1 + avatar % 3))
    told = decided(talks)
    assert {change.in_earshot for change in told.values()} == {4}
    assert all(len(change.linked) <= CONNECTIONS for change in told.values())
    assert talks.in_earshot(3) == 4


def test_the_others_are_told_of_who_is_gone() -> None:
    talks, _ = conversations()
    talks.move(1, Point(1, 1))
    talks.move(2, Point(3, 1))
    decided(talks)
    talks.leave(2)
    told = decided(talks)
    assert told[1].over == [2]
    talks.move(2, Point(3, 1))
    told = decided(talks)
    assert told[2].joined == [1]


def test_who_goes_and_comes_back_at_once_is_met_anew() -> None:
    talks, _ = conversations()
    talks.move(1, Point(1, 1))
    talks.move(2, Point(3, 1))
    decided(talks)
    talks.leave(2)
    talks.move(2, Point(3, 1))
    told = decided(talks)
    assert told[1].over == told[1].joined == [2]
    assert told[2].joined == [1]


actions = st.one_of(
    st.tuples(st.just("move"), st.integers(1, 7), st.sampled_from(FLOOR)),
    st.tuples(st.just("leave"), st.integers(1, 7), st.none()),
    st.tuples(st.just("decide"), st.integers(0, 4), st.none()),
)


class Told:
    """What the views of one avatar know, as they were told."""

    def __init__(self, talks: Conversations, avatar: int) -> None:
        self.linked = dict(talks.of(avatar))  # as a new view is told
        self.count = talks.in_earshot(avatar)

    def take(self, change: ConversationChange) -> None:
        assert change.over or change.linked or self.count != change.in_earshot
        for other in change.over:
            self.linked.pop(other, None)
        assert set(change.joined) == set(change.linked) - set(self.linked)
        self.linked.update(change.linked)
        self.count = change.in_earshot


@settings(max_examples=200)
@given(st.lists(actions, max_size=60))
def test_what_was_told_adds_up_to_the_conversations_there_are(happened: list) -> None:
    talks, engine = conversations()
    here: dict[int, Told] = {}
    for action, number, position in [*happened, ("decide", ALL, None)]:
        if action == "move":
            talks.move(number, position)
            if number not in here:
                here[number] = Told(talks, number)
        elif action == "leave":
            talks.leave(number)
            here.pop(number, None)
        else:
            for avatar, change in decided(talks, number).items():
                if avatar in here:
                    here[avatar].take(change)
            for avatar, told in here.items():
                assert told.linked == engine.connected(avatar) == talks.of(avatar)
                assert told.count == engine.counts(avatar).in_earshot == talks.in_earshot(avatar)
                assert all(avatar in engine.connected(other) and other in here for other in talks.of(avatar))


def test_the_longest_waiting_are_decided_about_first_and_who_is_gone_at_once() -> None:
    talks, engine = conversations()
    for avatar in range(1, 5):
        talks.move(avatar, Point(avatar, 1))
    talks.decide(2)
    assert talks.waiting == 2
    assert set(talks.of(1)) == {2}
    assert talks.of(3) == {}
    talks.leave(1)
    assert talks.of(1) == {}
    talks.decide(1)
    assert talks.of(2).keys() == {3}
    decided(talks)
    assert talks.waiting == 0
    assert engine.connected(4)


def test_who_comes_back_before_anything_was_decided_is_told_how_many_are_in_earshot() -> None:
    talks, _ = conversations()
    for avatar in range(1, 6):
        talks.move(avatar, Point(1, 1))
    assert decided(talks)[5].in_earshot == 4
    talks.leave(5)
    talks.move(5, Point(1, 1))
    assert talks.in_earshot(5) == 0  # what a new view is told at first
    assert decided(talks)[5].in_earshot == 4
