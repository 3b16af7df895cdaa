"""Those who speak are connected before the silent: through gateway and room host, and by the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gathertui.protocol.media import CAMERA, CARRIED, MICROPHONE, SPEAKING
from gathertui.world.geometry import Direction, Point, Size
from gathertui.world.linkrules import WalkingDistance
from gathertui.world.links import LinkEngine
from gathertui.world.looks import STANDARD_KINDS
from gathertui.world.mesh import CONNECTIONS
from gathertui.world.tilemap import TileMap
from gathertui_server.bus import messages as bus
from gathertui_server.rooms.conversations import Conversations
from gathertui_server.rooms.speakers import SPOKE_SECONDS, Speakers

TICK = 0.1
VOICE = MICROPHONE | SPEAKING


@pytest.fixture
def world(new_world: Callable[..., Any]) -> Any:
    return new_world(late=False)


@pytest.fixture
def nine(world: Any) -> list[Any]:
    """Nine people in earshot of each other, who all carry; the last stands four tiles from the others."""
    clients = [world.join(person) for person in range(9)]
    world.settle()
    clients[-1].walk(Direction.EAST, 4)
    for client in clients:
        client.carry()
    world.settle()
    return clients


def converse(one: Any, other: Any) -> bool:
    """Whether both have been told that they do."""
    told = other.copy.you in one.copy.conversation
    assert told == (one.copy.you in other.copy.conversation)
    return told


def partners(client: Any, others: list[Any]) -> list[Any]:
    return [other for other in others if other is not client and converse(client, other)]


def test_within_a_tick_who_speaks_is_heard_by_six_and_they_by_no_more(world: Any, nine: list[Any]) -> None:
    speaker, others = nine[-1], nine[:-1]
    assert len(partners(speaker, nine)) < CONNECTIONS
    speaker.set_media(VOICE)
    world.loop.advance(TICK)
    assert len(partners(speaker, nine)) == CONNECTIONS
    assert all(len(partners(other, nine)) <= CONNECTIONS for other in others)
    assert all(client.copy.in_earshot == 8 for client in nine)
    world.settle()
    assert len(partners(speaker, nine)) == CONNECTIONS


def test_nobody_is_told_who_speaks(world: Any, nine: list[Any]) -> None:
    speaker = nine[-1]
    speaker.set_media(MICROPHONE)
    world.settle()
    told: list[bus.Delivery] = []
    world.bus.join_gateway(told.append)
    speaker.set_media(VOICE)
    world.loop.advance(TICK)
    assert told, "they have new conversations"
    assert not any(isinstance(delivery, bus.Broadcast) for delivery in told)
    assert world.host._carriers.media_of(speaker.copy.you) == CARRIED | MICROPHONE


def test_who_comes_later_is_not_told_either(world: Any, nine: list[Any]) -> None:
    nine[-1].set_media(VOICE | CAMERA)
    late = world.join(9)
    world.settle()
    assert late.media[nine[-1].copy.you] == CARRIED | MICROPHONE | CAMERA
    assert all(bits & SPEAKING == 0 for bits in late.media.values())


def test_without_a_microphone_nobody_speaks(world: Any, nine: list[Any]) -> None:
    before = partners(nine[-1], nine)
    nine[-1].set_media(SPEAKING | CAMERA)
    world.settle()
    assert partners(nine[-1], nine) == before


def test_whose_carrier_goes_comes_last(world: Any, nine: list[Any]) -> None:
    phone = world.join(8)  # another view of the one who speaks, which keeps the avatar here
    speaker = nine[-1]
    speaker.set_media(VOICE)
    world.settle()
    assert len(partners(phone, nine[:-1])) == CONNECTIONS
    speaker.lose()
    world.loop.advance(TICK)
    others = nine[:-1]
    assert all(len(partners(other, others)) == CONNECTIONS for other in others if not converse(phone, other))
    assert len(partners(phone, others)) < CONNECTIONS
    assert phone.copy.in_earshot == 8


def test_text_only_people_are_connected_where_there_is_room(world: Any) -> None:
    ada, bob = world.join(0), world.join(1)
    ada.carry()
    world.settle()
    assert converse(ada, bob)


def test_a_room_that_is_closed_lets_no_silence_lapse(world: Any, nine: list[Any]) -> None:
    speaker = nine[-1]
    speaker.set_media(VOICE)
    speaker.set_media(MICROPHONE)
    world.settle()
    world.host.close()
    world.loop.advance(2 * SPOKE_SECONDS)
    assert len(world.host._conversations.of(speaker.copy.you)) == CONNECTIONS


class Clock:
    """A loop of which only time is used."""

    def __init__(self, loop: Any, conversations: Conversations) -> None:
        self.loop = loop
        self.news = 0
        self.speakers = Speakers(conversations, loop, news=self._count)

    def _count(self) -> None:
        self.news += 1

    @property
    def is_waiting(self) -> bool:
        return any(not timer.cancelled for timer in self.loop._timers)


ADA, BOB, CAROL = 1, 2, 3  # Ada has one place; Bob stands two tiles away, Carol four, on the other side


@pytest.fixture
def pair(world: Any) -> tuple[Clock, Conversations]:
    tilemap = TileMap(size=Size(20, 1), kinds=[STANDARD_KINDS["floor"]], kind_numbers=bytes(20))
    talks = Conversations(LinkEngine(tilemap, [WalkingDistance()], connections=1))
    world.host.close()
    clock = Clock(type(world.loop)(), talks)
    for avatar, x in ((ADA, 5), (BOB, 3), (CAROL, 9)):
        talks.move(avatar, Point(x, 0))
        clock.speakers.update(avatar, CARRIED)
    talks.decide(10)
    talks.drain()
    assert set(talks.of(ADA)) == {BOB}
    clock.news = 0
    return clock, talks


def test_who_has_spoken_keeps_the_place_for_a_while(pair: tuple[Clock, Conversations]) -> None:
    clock, talks = pair
    clock.speakers.update(CAROL, CARRIED | VOICE)
    assert set(talks.of(ADA)) == {CAROL}
    assert talks.drain() != {}
    assert clock.news == 1
    assert not clock.is_waiting
    clock.speakers.update(CAROL, CARRIED | MICROPHONE)
    clock.loop.advance(SPOKE_SECONDS - 1)
    assert set(talks.of(ADA)) == {CAROL}
    clock.loop.advance(1)
    assert set(talks.of(ADA)) == {BOB}
    assert clock.news == 2
    assert not clock.is_waiting


def test_who_speaks_again_keeps_it_for_as_long_as_that_lasts(pair: tuple[Clock, Conversations]) -> None:
    clock, talks = pair
    for _ in range(4):
        clock.speakers.update(CAROL, CARRIED | VOICE)
        clock.loop.advance(SPOKE_SECONDS * 0.8)
        clock.speakers.update(CAROL, CARRIED)  # the microphone is off
        clock.loop.advance(SPOKE_SECONDS * 0.8)
        clock.speakers.update(CAROL, CARRIED | CAMERA)  # that doesn't make it longer
        assert set(talks.of(ADA)) == {CAROL}
    clock.loop.advance(SPOKE_SECONDS * 0.2)
    assert set(talks.of(ADA)) == {BOB}


def test_silences_end_one_by_one(pair: tuple[Clock, Conversations]) -> None:
    clock, talks = pair
    for avatar in (CAROL, BOB):
        clock.speakers.update(avatar, CARRIED | VOICE)
    clock.speakers.update(CAROL, CARRIED)
    assert set(talks.of(ADA)) == {BOB}
    clock.loop.advance(10)
    clock.speakers.update(BOB, CARRIED)
    clock.loop.advance(SPOKE_SECONDS - 9)
    assert set(talks.of(ADA)) == {BOB}
    clock.speakers.update(CAROL, CARRIED | VOICE)
    assert set(talks.of(ADA)) == {CAROL}
    clock.loop.advance(10)
    assert not clock.is_waiting


def test_who_carries_nothing_has_spoken_in_vain(pair: tuple[Clock, Conversations]) -> None:
    clock, talks = pair
    clock.speakers.update(CAROL, CARRIED | VOICE)
    clock.speakers.update(CAROL, CARRIED)
    clock.speakers.update(CAROL, 0)
    assert set(talks.of(ADA)) == {BOB}
    clock.speakers.update(CAROL, CARRIED)
    assert set(talks.of(ADA)) == {BOB}
    clock.speakers.update(BOB, 0)
    assert set(talks.of(ADA)) == {CAROL}


def test_a_room_that_closes_waits_for_nobody(pair: tuple[Clock, Conversations]) -> None:
    clock, _ = pair
    clock.speakers.close()
    clock.speakers.update(CAROL, CARRIED | VOICE)
    clock.speakers.update(CAROL, CARRIED)
    assert clock.is_waiting
    clock.speakers.close()
    assert not clock.is_waiting
