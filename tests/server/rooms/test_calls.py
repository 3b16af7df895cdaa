"""Who carries, what is shown of it, and whom a signal reaches: through gateway and room host, tick by tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gathertui.errors import Code
from gathertui.protocol import codec, media
from gathertui.protocol.media import CAMERA, CARRIED, DEAF, MICROPHONE
from gathertui.world.geometry import Direction, Point
from gathertui.world.linkrules import DistanceRule, Flow, Grant, Verdict, Volume
from gathertui.world.links import LinkEngine
from gathertui.world.mapfile import load_map
from gathertui.world.room import Attach, Person, Room
from gathertui_server.bus import messages as bus
from gathertui_server.rooms.calls import Calls
from gathertui_server.rooms.carriers import Carriers
from gathertui_server.rooms.conversations import Conversations
from gathertui_server.rooms.speakers import Speakers
from gathertui_server.rooms.statistics import Counts

OUT_OF_EARSHOT = 8


@pytest.fixture
def world(new_world: Callable[..., Any]) -> Any:
    return new_world(late=False)


def carrying(world: Any, person: int, device: str = "") -> Any:
    """Somebody who has come in and carries their media."""
    client = world.join(person, device)
    world.settle()
    client.carry()
    world.settle()
    assert client.carries
    return client


def walk_away(world: Any, client: Any) -> None:
    for _ in range(2):
        client.walk(Direction.SOUTH, OUT_OF_EARSHOT)
    world.settle()


# ---------------------------------------------------------------- who carries, and what is on


def test_everybody_sees_what_is_on(world: Any) -> None:
    ada, bob = carrying(world, 0), world.join(1)
    world.settle()
    assert bob.media[ada.copy.you] == CARRIED
    for bits in (MICROPHONE, MICROPHONE | CAMERA, DEAF, 0):
        ada.set_media(bits)
        world.settle()
        assert bob.media[ada.copy.you] == CARRIED | bits
    world.check()


def test_who_comes_later_sees_it_at_once(world: Any) -> None:
    ada = carrying(world, 0)
    ada.set_media(CAMERA)
    bob = world.join(1)
    assert bob.media[ada.copy.you] == CARRIED | CAMERA


def test_of_two_views_the_one_that_asked_last_carries(world: Any) -> None:
    laptop = carrying(world, 0)
    laptop.set_media(CAMERA)
    phone = carrying(world, 0)
    assert not laptop.carries
    assert laptop.media[phone.copy.you] == CARRIED
    laptop.say(media.SetMedia(MICROPHONE))
    world.settle()
    assert laptop.refused == [Code.NOT_ALLOWED_NOW]
    assert laptop.media[phone.copy.you] == CARRIED
    world.check()


def test_who_never_asked_to_carry_sets_nothing(world: Any) -> None:
    ada = world.join(0)
    world.settle()
    ada.say(media.SetMedia(MICROPHONE))
    world.settle()
    assert ada.refused == [Code.NOT_ALLOWED_NOW]
    assert ada.media[ada.copy.you] == 0


@pytest.mark.parametrize("leave", ["goodbye", "lose"])
def test_a_view_that_leaves_carries_no_more_though_another_stays(world: Any, leave: str) -> None:
    phone = world.join(0)
    laptop, bob = carrying(world, 0), world.join(1)
    world.settle()
    laptop.set_media(CAMERA)
    getattr(laptop, leave)()
    world.settle()
    assert bob.media[phone.copy.you] == phone.media[phone.copy.you] == 0
    world.check()


def test_a_view_that_is_lost_with_all_others_leaves_nothing_carried(world: Any) -> None:
    ada, bob = carrying(world, 0), world.join(1)
    world.settle()
    ada.lose()
    world.settle()
    assert bob.copy.avatars[ada.copy.you].away
    assert bob.media[ada.copy.you] == 0
    assert world.host.statistics().carried == 0


def test_a_device_that_comes_back_has_to_ask_again(world: Any) -> None:
    old = carrying(world, 0, "laptop")
    new = world.join(0, "laptop")
    world.settle()
    assert old.closed_by == "replaced"
    assert new.media[new.copy.you] == 0
    new.carry()
    world.settle()
    assert new.media[new.copy.you] == CARRIED
    world.check()


def test_a_view_that_comes_in_anew_has_to_ask_again(world: Any) -> None:
    ada = carrying(world, 0)
    ada.enter()
    world.settle()
    assert ada.media[ada.copy.you] == 0
    world.check()


def test_who_signs_out_carries_no_more(world: Any) -> None:
    phone = world.join(0)
    laptop = carrying(world, 0)
    laptop.connection.sign_out()
    laptop.copy.leave()
    laptop.carries = False
    world.settle()
    assert phone.media[phone.copy.you] == 0


def test_a_request_that_was_overtaken_by_the_end_of_the_stay_is_answered(new_world: Callable[..., Any]) -> None:
    world = new_world(late=False)
    world.host.handle(bus.CarryMedia(99, 5))  # of a gateway that has not heard of the end yet
    delivered: list[bus.Direct] = []
    world.bus.join_gateway(delivered.append)
    world.host.handle(bus.CarryMedia(99, 5))
    assert delivered[0].rid == 5
    failure = codec.decode_server(delivered[0].frame)
    assert failure.code is Code.NOT_IN_ROOM


# ---------------------------------------------------------------- signals


def test_a_signal_is_there_before_the_loop_turns(world: Any) -> None:
    ada, bob = carrying(world, 0), carrying(world, 1)
    body = media.Offer(b"v=0\r\n")
    ada.signal(bob.copy.you, 7, body)  # no time passes, and nothing that waits for the loop has its turn
    assert bob.signalled == [media.Signalled(ada.copy.you, 7, body)]
    bob.signal(ada.copy.you, 7, media.Answer(b"v=0\r\n"))
    assert ada.signalled == [media.Signalled(bob.copy.you, 7, media.Answer(b"v=0\r\n"))]
    assert world.host.statistics().signals_total == 2


def test_a_stranger_is_not_reached(world: Any) -> None:
    ada, bob = carrying(world, 0), carrying(world, 1)
    walk_away(world, bob)
    for nobody in (bob.copy.you, ada.copy.you, 999, -1, 2**63):
        ada.signal(nobody)
    assert bob.signalled == ada.signalled == []
    assert ada.refused == [Code.NOT_LINKED] * 5
    assert world.host.statistics().refused_signals_total == 5


def test_who_became_a_stranger_is_not_reached(world: Any) -> None:
    ada, bob = carrying(world, 0), carrying(world, 1)
    ada.signal(bob.copy.you)
    walk_away(world, bob)
    ada.signal(bob.copy.you)
    assert len(bob.signalled) == 1
    assert ada.refused == [Code.NOT_LINKED]


def test_only_the_view_that_carries_signals_and_is_signalled(world: Any) -> None:
    laptop, phone, bob = carrying(world, 0), carrying(world, 0), carrying(world, 1)
    laptop.signal(bob.copy.you)
    assert laptop.refused == [Code.NOT_ALLOWED_NOW]
    bob.signal(phone.copy.you)
    assert (len(laptop.signalled), len(phone.signalled)) == (0, 1)


def test_who_carries_nothing_is_not_reached_and_the_other_is_told(world: Any) -> None:
    ada, bob = carrying(world, 0), world.join(1)
    world.settle()
    ada.signal(bob.copy.you)
    assert bob.signalled == []
    assert ada.refused == [Code.NOT_ALLOWED_NOW]


def test_nobody_is_signalled_by_whom_they_have_not_been_told_of(world: Any) -> None:
    ada, bob = carrying(world, 0), carrying(world, 1)
    phone = world.join(1)  # in at once, and told of its conversation with the next tick
    phone.carry()
    assert not bob.carries
    ada.signal(bob.copy.you)
    assert phone.signalled == []
    assert ada.refused == [Code.NOT_ALLOWED_NOW]
    world.settle()
    ada.signal(bob.copy.you)
    assert len(phone.signalled) == 1


def test_nobody_signals_whom_they_have_not_been_told_of(world: Any) -> None:
    ada, bob = carrying(world, 0), carrying(world, 1)
    phone = world.join(1)
    phone.carry()
    phone.signal(ada.copy.you)
    assert ada.signalled == []
    assert phone.refused == [Code.NOT_LINKED]
    assert bob.copy.you == phone.copy.you


def test_a_link_that_is_decided_and_not_told_is_none_yet(world: Any) -> None:
    ada, bob = carrying(world, 0), carrying(world, 1)
    walk_away(world, bob)
    before = len(bob.signalled)
    decided_untold = 0
    for _ in range(2 * OUT_OF_EARSHOT):
        bob.step(Direction.NORTH)
        for _ in range(20):
            world.loop.advance(0.005)
            if bob.copy.you in world.host._conversations.of(ada.copy.you) and bob.copy.you not in ada.copy.conversation:
                decided_untold += 1
                ada.signal(bob.copy.you)
                assert ada.refused.pop() is Code.NOT_LINKED
    assert decided_untold
    assert len(bob.signalled) == before
    ada.signal(bob.copy.you)
    assert len(bob.signalled) == before + 1


class OneWay(DistanceRule):
    """The lower id speaks, the other listens."""

    name = "one way"

    def decide_at(self, distance: int | None, held: Grant | None) -> Grant | Verdict:
        return Verdict.NEXT if distance is None else Grant(Flow.SEND, Volume.FULL)


TINY = load_map(b"""
title = "Tiny"
grid = '''
####
#@ #
####
'''
[legend]
"#" = "wall"
" " = "floor"
[spawns.door]
marker = "@"
""")


class Deliveries(list[bus.Delivery]):
    """A bus that keeps what is published."""

    def publish(self, delivery: bus.Delivery) -> None:
        self.append(delivery)


def test_a_link_of_one_way_is_signalled_both_ways(world: Any) -> None:
    room, carriers, out, counts = Room(TINY), Carriers(), Deliveries(), Counts()
    talks = Conversations(LinkEngine(TINY, [OneWay()]))
    speakers = Speakers(talks, world.loop, news=lambda: None)
    calls = Calls(room, carriers, talks, speakers, set(), out, counts, lambda _avatar: None)
    avatars = []
    for view in (11, 12):
        room.apply(Attach(view, Person(f"id{view}", "Ada", "AD", 0)), 0.0)
        avatar = room.avatar_of(view)
        assert avatar is not None
        avatars.append(avatar.id)
        talks.move(avatar.id, Point(1, 1))
        calls.handle(bus.CarryMedia(view, 1))
    talks.decide(10)
    talks.drain()
    out.clear()
    calls.handle(bus.Signal(11, avatars[1], 1, media.Ask()))
    calls.handle(bus.Signal(12, avatars[0], 1, media.HangUp()))
    assert out == [
        bus.Direct(12, 0, codec.encode(media.Signalled(avatars[0], 1, media.Ask()))),
        bus.Direct(11, 0, codec.encode(media.Signalled(avatars[1], 1, media.HangUp()))),
    ]
