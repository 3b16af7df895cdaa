"""Everybody sees exactly whom they should: the whole way from the room to the client's copy, against brute force.

Whatever happens, and however late everything comes, nobody is shown what never
was, and once all has arrived everybody knows what is so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.protocol.positions import Viewport
from gathertui.world.geometry import Direction

PEOPLE = 5
EAST = int(Direction.EAST)

viewports = st.builds(
    lambda x, y, width, height: Viewport(x, y, x + width, y + height),
    st.integers(0, 3), st.integers(0, 3), st.integers(1, 3), st.integers(1, 3),
)  # fmt: skip
which = st.integers(0, 9)
seconds = st.one_of(st.floats(0.0, 0.2), st.sampled_from([1.2, 70.0]))
amounts = st.one_of(st.integers(1, 6), st.just(1000))


def of_a_client(action: str, *details: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(action), which, st.tuples(*details))


happenings = st.one_of(
    st.tuples(st.just("join"), st.integers(0, PEOPLE - 1), st.tuples(st.sampled_from(["", "laptop"]))),
    st.tuples(st.just("wait"), which, st.tuples(seconds)),
    of_a_client("walk", st.integers(0, 3), st.integers(1, 18)),
    of_a_client("look", viewports),
    of_a_client("follow", st.frozensets(st.integers(1, 6), max_size=3)),
    of_a_client("goodbye"),
    of_a_client("enter"),
    of_a_client("lose"),
    of_a_client("slow_down"),
    of_a_client("catch_up"),
    of_a_client("carry"),
    of_a_client("carry"),
    of_a_client("set_media", st.integers(0, 31)),
    of_a_client("signal", st.integers(0, 6)),
)
arrivals = st.one_of(
    st.tuples(st.just("arrive"), st.sampled_from(["commands", "deliveries", "all"]), st.tuples(amounts)),
    of_a_client("arrive up", amounts),
    of_a_client("arrive down", amounts),
)


def act(world: Any, action: str, subject: Any, details: tuple[Any, ...]) -> None:
    if action == "join":
        world.join(subject, *details)
    elif action == "wait":
        world.loop.advance(*details)
    elif action == "arrive":
        (world.flow if subject == "all" else getattr(world.bus, subject).flow)(*details)
    else:
        clients = [client for client in world.clients if not client.gone]
        if clients:
            act_as(clients[subject % len(clients)], action, details)


def act_as(client: Any, action: str, details: tuple[Any, ...]) -> None:
    if action == "arrive up":
        client.up.flow(*details)
    elif action == "arrive down":
        client.down.flow(*details)
    else:
        getattr(client, action)(*details)


def play(world: Any, script: list[tuple[str, Any, Any]]) -> None:
    for person in range(3):
        world.join(person)
    world.flow()
    for happening in script:
        act(world, *happening)
    world.settle()
    world.check()
    world.host.close()


@given(script=st.lists(happenings, max_size=40))
@settings(max_examples=150, deadline=None)
def test_after_anything_everybody_sees_exactly_whom_they_should(
    new_world: Callable[..., Any], script: list[tuple[str, Any, Any]]
) -> None:
    play(new_world(late=False), script)


@given(script=st.lists(st.one_of(happenings, arrivals), max_size=60))
@settings(max_examples=200, deadline=None)
def test_however_late_everything_comes_nobody_is_shown_what_never_was_and_in_the_end_all_is_so(
    new_world: Callable[..., Any], script: list[tuple[str, Any, Any]]
) -> None:
    play(new_world(late=True), script)


def test_who_walks_out_of_view_is_gone_and_who_walks_in_is_there(new_world: Callable[..., Any]) -> None:
    world = new_world(late=False)
    ada, bob = world.join(0), world.join(1)
    ada.look(Viewport(1, 1, 2, 2))
    world.settle()
    assert bob.copy.you in ada.copy.in_sight
    bob.walk(Direction.WEST, 8)
    world.settle()
    assert bob.copy.you not in ada.copy.in_sight
    assert bob.copy.you in ada.copy.avatars
    bob.walk(Direction.EAST, 8)
    world.settle()
    assert bob.copy.you in ada.copy.in_sight
    world.check()


def test_a_slow_line_is_spared_and_then_shown_how_things_are(new_world: Callable[..., Any]) -> None:
    world = new_world(late=False)
    ada, bob = world.join(0), world.join(1)
    world.settle()
    bob.walk(Direction.SOUTH, 8)  # out of earshot, so that she is not told whatever happens
    world.settle()
    ada.slow_down()
    before = ada.copy.avatars[bob.copy.you]
    bob.walk(Direction.SOUTH, 4)
    assert ada.copy.avatars[bob.copy.you] == before
    world.settle()
    world.check()
    assert ada.copy.avatars[bob.copy.you].y == before.y + 4


def test_steps_that_were_settled_while_the_line_was_slow_are_settled_when_it_has_caught_up(
    new_world: Callable[..., Any],
) -> None:
    world = new_world(late=False)
    client = world.join(0)
    client.look(Viewport(0, 2, 1, 3))  # away from where it walks
    client.walk(EAST, 1)
    client.slow_down()
    client.walk(EAST, 2)
    assert client.copy._prediction.unsettled > 0
    client.catch_up()
    world.settle()
    assert client.copy._prediction.unsettled == 0
    world.check()
