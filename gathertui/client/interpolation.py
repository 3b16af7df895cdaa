"""Others, drawn as they walk: tile by tile at their own speed, though news of them comes in clumps.

Pure: it is told the time (seconds, on any monotonic clock) and keeps none. Nobody is
drawn where they have not been, as far as is known: what has not come yet is not
guessed, so nobody is drawn back either.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable
from typing import Final, NamedTuple

from gathertui.client.prediction import Stance
from gathertui.world.geometry import Direction, Point
from gathertui.world.movement import STEPS_PER_SECOND
from gathertui.world.tilemap import TileMap

MAX_LAG: Final = 0.3
"""Seconds within which everybody is drawn where they were known to be."""

MAX_WAY: Final = 8
"""Tiles that are walked at most; who is further off is drawn there at once.

That many within `MAX_LAG` are 37 ms a tile: never two tiles from one picture to the next, at 30 pictures a second.
"""

MAX_PATIENCE: Final = 1 / 15
"""Seconds that a step may wait for those of others, to be drawn together with them."""

_IN_TIME: Final = 0.01  # seconds before a tile would be skipped: nobody wakes up to the millisecond
_FASTEST: Final = 1 / STEPS_PER_SECOND
_PAUSE: Final = 0.7  # seconds without a step after which somebody stood still; news is less often only under overload
_MEMORY: Final = 2.0  # seconds after which half of what is known of a speed counts no more


class _Step(NamedTuple):
    """`by`: when it must have been drawn."""

    to: Stance
    by: float


class _Walker:
    """One person. `way` leads from `drawn` to the last known place; `due` is when its first step is drawn."""

    __slots__ = ("_counted", "_heard_at", "_heard_since", "_pace", "_stepped_at", "drawn", "due", "way")

    def __init__(self, stance: Stance) -> None:
        self.drawn = stance
        self.way: deque[_Step] = deque()
        self.due = float("-inf")
        self._stepped_at = self._heard_at = self._heard_since = float("-inf")
        self._counted = 0.0
        self._pace = _FASTEST

    @property
    def last_known(self) -> Stance:
        return self.way[-1].to if self.way else self.drawn

    def hear(self, steps: list[Stance], now: float) -> None:
        """So many more steps are known. `advance` was called for `now`."""
        self._learn_pace(len(steps), now)
        by = now + MAX_LAG
        self.way.extend([_Step(step, by) for step in steps])
        self.due = max(now, self._next_step())

    def turn(self, facing: Direction) -> None:
        """At the end of the way they face there."""
        if self.way:
            self.way[-1] = self.way[-1]._replace(to=Stance(self.way[-1].to.point, facing))
        else:
            self.drawn = Stance(self.drawn.point, facing)

    def jump(self, stance: Stance) -> None:
        self.way.clear()
        self.drawn = stance

    def advance(self, now: float) -> None:
        while self.way and self.due <= now:
            self._stepped_at = self.due
            self.drawn = self.way.popleft().to
            if self.way:
                self.due = self._next_step()

    def _learn_pace(self, steps: int, now: float) -> None:
        if now - self._heard_at > _PAUSE:
            # How long the first clump took to walk nobody knows: counting starts after it.
            self._heard_since, self._counted, self._pace = now, 0.0, _FASTEST
        else:
            self._counted += steps
            if now - self._heard_since > _MEMORY:
                self._heard_since, self._counted = (self._heard_since + now) / 2, self._counted / 2
            self._pace = max(_FASTEST, (now - self._heard_since) / self._counted)
        self._heard_at = now

    def skips_at(self) -> float:
        """When the step that is due is not the last one any more: a picture that shows it must come before that."""
        if len(self.way) < 2:
            return float("inf")
        return self._step_after(self.due, list(self.way)[1:])

    def _next_step(self) -> float:
        return self._step_after(self._stepped_at, self.way)

    def _step_after(self, at: float, way: Iterable[_Step]) -> float:
        """When to draw the step after one at `at`: at their own pace, or as much faster as to be in time with all."""
        in_time = min([(step.by - at) / number for number, step in enumerate(way, 1)])
        return at + min(self._pace, in_time)


class Interpolator:
    """Everybody who is drawn on one map, but for yourself."""

    def __init__(self, tilemap: TileMap) -> None:
        self._tilemap = tilemap
        self._walkers: dict[int, _Walker] = {}
        self._walking: dict[int, _Walker] = {}

    def tell(self, avatar: int, stance: Stance, now: float) -> None:
        """The avatar is there now. Who is new, or can't have walked there, is drawn there at once."""
        walker = self._walkers.get(avatar)
        if walker is None:
            self._walkers[avatar] = _Walker(stance)
            return
        walker.advance(now)
        known = walker.last_known
        if stance.point == known.point:
            walker.turn(stance.facing)
            return
        way = find_way(self._tilemap, known.point, stance)
        if way is None or len(walker.way) + len(way) > MAX_WAY:
            walker.jump(stance)
            self._walking.pop(avatar, None)
        else:
            walker.hear(way, now)
            self._walking[avatar] = walker

    def keep(self, avatars: Container[int]) -> None:
        """Forget all others: they are drawn no more."""
        for avatar in [avatar for avatar in self._walkers if avatar not in avatars]:
            del self._walkers[avatar]
            self._walking.pop(avatar, None)

    def advance(self, now: float) -> None:
        """Let everybody walk until `now`."""
        for avatar, walker in list(self._walking.items()):
            walker.advance(now)
            if not walker.way:
                del self._walking[avatar]

    def drawn(self, avatar: int) -> Stance | None:
        """Where the avatar is drawn; None for one that nothing was told of."""
        walker = self._walkers.get(avatar)
        return None if walker is None else walker.drawn

    def next_due(self, patience: float = 0.0) -> float | None:
        """When somebody is to be drawn elsewhere; None while everybody is where they are known to be.

        A step may wait for those of others, for `patience` seconds for each that walks
        and at most `MAX_PATIENCE`, but never so long that a tile would be skipped.
        """
        walking = self._walking.values()
        if not walking:
            return None
        first = min([walker.due for walker in walking])
        wait = min(MAX_PATIENCE, patience * (len(walking) - 1))
        if not wait:
            return first
        return max(first, min(first + wait, min([walker.skips_at() for walker in walking]) - _IN_TIME))


def find_way(tilemap: TileMap, start: Point, goal: Stance) -> list[Stance] | None:
    """Return the steps of a likely way of at most `MAX_WAY`, or None where there is none.

    Straight or round one corner where that is open, so that the last steps lead where the goal faces; else a shortest.
    """
    dx, dy = goal.point.x - start.x, goal.point.y - start.y
    distance = abs(dx) + abs(dy)
    if distance > MAX_WAY:
        return None
    if distance == 1:
        return [goal] if tilemap.is_open(goal.point) else None
    across = [Direction.EAST if dx > 0 else Direction.WEST] * abs(dx)
    down = [Direction.SOUTH if dy > 0 else Direction.NORTH] * abs(dy)
    ways = [down + across, across + down]
    if goal.facing in (Direction.NORTH, Direction.SOUTH):
        ways.reverse()
    for directions in ways:
        way = _follow(tilemap, start, directions)
        if way is not None:
            break
    else:
        way = _way_round(tilemap, start, goal.point)
    if way:
        way[-1] = goal
    return way


def _follow(tilemap: TileMap, start: Point, directions: list[Direction]) -> list[Stance] | None:
    way = []
    point = start
    for direction in directions:
        point = point.neighbour(direction)
        if not tilemap.is_open(point):
            return None
        way.append(Stance(point, direction))
    return way


def _way_round(tilemap: TileMap, start: Point, goal: Point) -> list[Stance] | None:
    """A shortest way, searched breadth first among the tiles that lie on one short enough."""
    came: dict[Point, tuple[Point, Direction]] = {}
    edge = [start]
    for left in range(MAX_WAY - 1, -1, -1):
        reached = []
        for here in edge:
            for direction in Direction:
                there = here.neighbour(direction)
                if there in came or abs(goal.x - there.x) + abs(goal.y - there.y) > left or not tilemap.is_open(there):
                    continue
                came[there] = (here, direction)
                reached.append(there)
        if goal in came:
            return _trace(came, start, goal)
        edge = reached
    return None


def _trace(came: dict[Point, tuple[Point, Direction]], start: Point, goal: Point) -> list[Stance]:
    way: list[Stance] = []
    here = goal
    while here != start:
        before, direction = came[here]
        way.append(Stance(here, direction))
        here = before
    way.reverse()
    return way
