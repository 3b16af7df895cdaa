"""Ways through a map."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from gathertui.maplocator import bundled_map
from gathertui.world.geometry import Direction, Point
from gathertui.world.mapfile import load_map
from gathertui.world.route import find_route
from gathertui.world.tilemap import TileMap

OFFICE = load_map(bundled_map("office"))
OPEN = [Point(x, y) for y in range(OFFICE.height) for x in range(OFFICE.width) if OFFICE.is_open(Point(x, y))]


def distance(tilemap: TileMap, start: Point, goal: Point) -> int | None:
    """Steps of a shortest way, by breadth-first search."""
    seen = {start: 0}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here == goal:
            return seen[here]
        for direction in Direction:
            there = here.neighbour(direction)
            if tilemap.is_open(there) and there not in seen:
                seen[there] = seen[here] + 1
                queue.append(there)
    return None


@given(st.sampled_from(OPEN), st.sampled_from(OPEN))
def test_a_route_leads_there_by_open_tiles_and_is_shortest(start: Point, goal: Point) -> None:
    route = find_route(OFFICE, start, goal)
    shortest = distance(OFFICE, start, goal)
    if route is None:
        assert shortest is None
        return
    here = start
    for direction in route:
        here = here.neighbour(direction)
        assert OFFICE.is_open(here)
    assert here == goal
    assert len(route) == shortest


def test_there_is_no_route_into_a_wall_or_off_the_map() -> None:
    start = OPEN[0]
    assert not OFFICE.is_open(Point(0, 0))
    assert find_route(OFFICE, start, Point(0, 0)) is None
    assert find_route(OFFICE, start, Point(-1, 5)) is None
    assert find_route(OFFICE, start, start) == []
