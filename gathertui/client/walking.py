"""Walking to a place by itself: the way is found here, every step is the server's to allow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gathertui.client.office import OfficeClient
from gathertui.client.prediction import StepOutcome
from gathertui.world.geometry import Point
from gathertui.world.route import find_route

STEPS_PER_SECOND = 8.0

MAX_BUMPS = 3
"""Steps in a row that may lead nowhere before the walk is given up."""


async def walk_to(
    client: OfficeClient,
    goal: Point,
    *,
    steps_per_second: float = STEPS_PER_SECOND,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> bool:
    """Walk `client`'s avatar to `goal` (tiles) by a shortest way; cancel it to stop.

    Return whether it got there: False where there is no way, and where the
    connection is lost or the server refuses several steps on end. Raises
    LookupError before the room was entered.
    """
    bumps = 0
    pause = 1.0 / steps_per_second
    while bumps < MAX_BUMPS:
        me = client.model.me
        here = Point(me.x, me.y)
        if here == goal:
            return True
        route = find_route(client.model.tilemap, here, goal)
        if route is None:
            return False
        for direction in route:
            outcome = client.step(direction)
            await sleep(pause)
            if outcome is StepOutcome.OFFLINE:
                return False
            if outcome is not StepOutcome.MOVED:
                bumps += 1
                break
            bumps = 0
            here = here.neighbour(direction)
            if (client.model.me.x, client.model.me.y) != here:
                break  # the server knows better: from there the way is another
    return False
