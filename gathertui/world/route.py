"""The way from one tile to another."""

from __future__ import annotations

from heapq import heappop, heappush

from gathertui.world.geometry import Direction, Point
from gathertui.world.tilemap import TileMap


def find_route(tilemap: TileMap, start: Point, goal: Point) -> list[Direction] | None:
    """Return the steps of a shortest way from `start` to `goal`, or None where there is none.

    A*, with the distance in tiles as the estimate (Hart, Nilsson and Raphael, 1968).
    Of equally short ways it prefers those that go on straight.
    """
    if not tilemap.is_open(goal):
        return None
    came: dict[Point, tuple[Point, Direction]] = {}
    cost: dict[Point, int] = {start: 0}
    heap: list[tuple[int, int, int, Point, Direction | None]] = [(_estimate(start, goal), 0, 0, start, None)]
    pushed = 0
    while heap:
        _, _, _, here, heading = heappop(heap)
        if here == goal:
            return _steps_back(came, start, goal)
        for direction in Direction:
            there = here.neighbour(direction)
            reached = cost[here] + 1
            if not tilemap.is_open(there) or reached >= cost.get(there, reached + 1):
                continue
            cost[there] = reached
            came[there] = (here, direction)
            pushed += 1
            turn = 0 if direction is heading else 1
            # The last pushed first among equals: the search runs on instead of widening.
            heappush(heap, (reached + _estimate(there, goal), turn, -pushed, there, direction))
    return None


def _estimate(here: Point, goal: Point) -> int:
    return abs(here.x - goal.x) + abs(here.y - goal.y)


def _steps_back(came: dict[Point, tuple[Point, Direction]], start: Point, goal: Point) -> list[Direction]:
    steps: list[Direction] = []
    here = goal
    while here != start:
        here, direction = came[here]
        steps.append(direction)
    steps.reverse()
    return steps
