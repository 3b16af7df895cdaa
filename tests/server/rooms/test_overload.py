"""A room that can't keep up: it gets slower, says so, and loses nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from structlog.testing import capture_logs

from gathertui_server.rooms.pace import BUSY, CALM


def walk_about(world: Any, client: Any, seconds: float) -> None:
    """Take ten steps a second, to and fro."""
    for number in range(round(seconds * 10 / 8)):
        client.walk((1, 3)[number % 2], 8)


def test_overload_stretches_ticks_is_told_and_loses_nobody(new_world: Callable[..., Any]) -> None:
    world = new_world(late=False)
    walker = world.join(0)
    world.join(1)
    with capture_logs() as logs:
        walk_about(world, walker, 5)
        assert logs == []
        assert world.host.statistics().tick_seconds == CALM
        world.busy = True
        walk_about(world, walker, 20)
        during = world.host.statistics()
        assert during.overloaded
        assert during.tick_seconds > BUSY
        [began] = [log for log in logs if log["event"] == "overloaded" and log["tick_ms"] < 200]
        assert began["log_level"] == "warning"
        assert began["avatars"] == 2
        assert began["load"] > 0.9
        # Fewer ticks, but none of the moves is lost.
        ticks = world.host.statistics().ticks_total
        walk_about(world, walker, 10)
        assert world.host.statistics().ticks_total - ticks < 10 / BUSY
        world.settle()
        world.check()
        world.busy = False
        walk_about(world, walker, 10)
    after = world.host.statistics()
    assert not after.overloaded
    assert after.tick_seconds == CALM
    assert after.overloads_total == 1
    assert logs[-1]["event"] == "overload_over"
