"""What can go wrong only where bus or line takes its time, or where much happens within one tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gathertui.protocol.positions import Viewport
from gathertui.world.geometry import Direction
from gathertui_server.bus import messages

EAST, WEST, NORTH = Direction.EAST, Direction.WEST, Direction.NORTH
MIDDLE = Viewport(1, 1, 2, 2)
CORNER = Viewport(0, 0, 1, 1)

NewWorld = Callable[..., Any]


@pytest.fixture
def world(new_world: NewWorld) -> Any:
    return new_world(late=True)


def walk_and_see(world: Any, client: Any, direction: Direction, steps: int) -> None:
    """Walk while everything arrives soon."""
    for _ in range(steps):
        client.step(direction)
        world.flow()
        world.flow()
        world.loop.advance(0.1)
        world.flow()
        world.flow()


@pytest.mark.parametrize("leave", ["goodbye", "lose"])
def test_who_leaves_before_being_let_in_does_not_stay(world: Any, leave: str) -> None:
    world.join(1)
    world.settle()
    ada = world.join(0)
    ada.up.flow(1)
    getattr(ada, leave)()
    world.settle()
    world.loop.advance(61.0)  # until who was lost is given up
    world.settle()
    world.check()
    assert [avatar.person.name for avatar in world.host._room.avatars.values()] == ["name1"]


def test_who_signs_out_before_being_let_in_does_not_stay(world: Any) -> None:
    ada = world.join(0)
    ada.up.flow(1)
    ada.connection.sign_out()
    world.settle()
    assert not world.host._room.avatars
    assert not ada.connection.in_room


def test_who_leaves_and_enters_again_before_the_first_answer_is_in_once(world: Any) -> None:
    ada = world.join(0)
    ada.goodbye()
    ada.enter()
    world.settle()
    world.check()
    assert ada.answered == 2
    walk_and_see(world, ada, EAST, 2)
    world.settle()
    world.check()


def test_a_device_takes_over_from_one_that_is_not_in_yet(world: Any) -> None:
    first, second = world.join(0, "laptop"), world.join(0, "laptop")
    first.up.flow(1)
    second.up.flow(1)
    world.settle()
    world.check()
    assert first.closed_by == "replaced"
    assert second.inside


def test_a_view_that_another_gateway_let_in_is_left_alone(world: Any) -> None:
    world.gateway.deliver(messages.Joined(999, 1, b"", 20, 18))
    assert not world.bus.commands


def test_steps_of_an_earlier_stay_settle_none_of_the_next(world: Any) -> None:
    ada = world.join(0)
    world.settle()
    walk_and_see(world, ada, NORTH, 16)
    ada.step(NORTH)  # to the wall
    ada.enter()
    for _ in range(4):
        world.flow()
    world.settle()
    ada.step(WEST)
    world.settle()
    assert not ada.copy._prediction.unsettled
    world.check()


def test_no_step_counts_between_entering_again_and_being_let_in(world: Any) -> None:
    ada = world.join(0)
    world.settle()
    ada.enter()
    ada.up.flow(1)
    assert not ada.connection.in_room
    world.settle()
    assert ada.connection.in_room


def test_of_two_views_that_steer_in_one_tick_each_knows_where_that_leads(world: Any) -> None:
    laptop, phone = world.join(0), world.join(0)
    world.settle()
    phone.look(CORNER)
    world.settle()
    laptop.step(EAST)
    phone.step(EAST)
    world.settle()
    world.check()
    assert phone.copy.avatars[phone.copy.you].x == 22


def test_who_follows_themselves_is_not_led_one_step_too_far(world: Any) -> None:
    ada = world.join(0)
    world.settle()
    ada.look(CORNER)
    world.settle()
    ada.step(EAST)
    ada.follow(frozenset({ada.copy.you}))
    world.settle()
    world.check()
    assert ada.copy.avatars[ada.copy.you].x == 21


def test_who_leaves_and_comes_back_within_a_tick_is_heard_again(world: Any) -> None:
    ada, bob = world.join(0), world.join(1)
    world.settle()
    ada.goodbye()
    ada.enter()
    world.settle()
    assert set(bob.copy.conversation) == {ada.copy.you}
    world.check()


def test_who_is_linked_is_seen_while_the_gateway_believes_another_view(world: Any) -> None:
    ada, bob = world.join(0), world.join(1)
    world.settle()
    bob.walk(WEST, 1)
    bob.up.flow(1)
    world.bus.commands.flow(1)
    world.loop.advance(0.1)
    ada.look(CORNER)
    world.settle()
    world.check()


def test_who_went_back_before_it_was_told_is_not_believed_in_the_next_room(world: Any) -> None:
    ada, bob = world.join(0), world.join(1)
    world.settle()
    walk_and_see(world, bob, WEST, 3)
    walk_and_see(world, ada, EAST, 6)  # out of earshot
    world.settle()
    walk_and_see(world, bob, WEST, 1)  # in the west, and she sees it
    ada.look(Viewport(2, 2, 3, 3))
    world.flow()
    walk_and_see(world, bob, EAST, 1)
    world.settle()
    world.check()


def test_whereabouts_that_reach_a_slow_line_first_are_not_lost(world: Any) -> None:
    ada, bob = world.join(0), world.join(1)
    world.settle()
    walk_and_see(world, ada, EAST, 8)
    ada.look(MIDDLE)
    world.settle()
    ada.slow_down()
    walk_and_see(world, bob, WEST, 8)
    world.loop.advance(2.0)
    world.settle()
    world.check()


def test_a_view_that_looks_away_and_back_while_cells_are_under_way_sees_what_is_there(world: Any) -> None:
    ada, bob = world.join(0), world.join(1)
    world.settle()
    walk_and_see(world, bob, EAST, 8)
    ada.look(CORNER)
    world.settle()
    ada.look(MIDDLE)
    ada.up.flow(1)
    world.bus.commands.flow(1)  # the cells are on their way
    ada.look(CORNER)
    ada.up.flow(1)
    walk_and_see(world, bob, EAST, 8)  # out of the middle
    ada.look(MIDDLE)
    world.settle()
    world.check()
