"""How others are drawn, by scripts of when news of them came. No clock: the scripts tell the time."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.client.interpolation import MAX_LAG, MAX_WAY, Interpolator, find_way
from gathertui.client.prediction import Stance
from gathertui.testing.office import SMALL_MAP
from gathertui.world.geometry import Direction, Point
from gathertui.world.mapfile import load_map
from gathertui.world.movement import STEPS_PER_SECOND
from gathertui.world.tilemap import TileMap

N, E, S, W = Direction
HALL = load_map(SMALL_MAP)
FRAME = 1 / 30
EPSILON = 1e-9


def make_map(*rows: str) -> TileMap:
    grid = "\n".join(rows)
    return load_map(
        f"title = 'Here'\ngrid = '''\n{grid}\n'''\n"
        "[legend]\n'#' = 'wall'\n'.' = 'floor'\n[spawns.door]\nmarker = 'S'\n".encode()
    )


LONG = make_map("#" * 200, "#S" + "." * 197 + "#", "#" * 200)
CORNERS = make_map(
    "##########",
    "#S...#...#",
    "#....#...#",
    "#........#",
    "#....#...#",
    "##########",
)


class Watch:
    """Watches one walker on the long map: when news comes, and when each tile is drawn."""

    def __init__(self) -> None:
        self.others = Interpolator(LONG)
        self.others.tell(1, Stance(Point(1, 1), E), 0.0)
        self.news: list[tuple[float, int]] = []
        self.drawn: list[tuple[float, int]] = []

    def run(self, news: list[tuple[float, int]]) -> None:
        """`news`: when, and how many tiles east of the start. Looks exactly when something is due."""
        coming = list(news)
        self.news = news
        while coming or self.others.next_due() is not None:
            due = self.others.next_due()
            if due is None or (coming and coming[0][0] <= due):
                now, tiles = coming.pop(0)
                self.others.tell(1, Stance(Point(1 + tiles, 1), E), now)
            else:
                now = due
            self.others.advance(now)
            stance = self.others.drawn(1)
            assert stance is not None
            if not self.drawn or self.drawn[-1][1] != stance.point.x - 1:
                self.drawn.append((now, stance.point.x - 1))

    def intervals(self, *, after: float) -> list[float]:
        """Seconds from tile to tile, once somebody has walked for so long."""
        start = self.drawn[0][0]
        return [later - now for (now, _), (later, _) in pairwise(self.drawn) if now - start >= after]

    def lags(self) -> list[float]:
        """Seconds from when each tile was known to have been walked on until it was drawn."""
        return [at - next(heard for heard, known in self.news if known >= tile) for at, tile in self.drawn]


def even_walk(speed: float, tick: float, jitter: float, seed: int, seconds: float = 8.0) -> list[tuple[float, int]]:
    """News of somebody who takes even steps: a tick tells where they are, and takes up to `jitter` longer to come."""
    chance = random.Random(seed)
    news: list[tuple[float, int]] = []
    now, told, arrival = chance.uniform(0.0, tick), 0, 0.0
    while now < seconds + tick:
        tiles = int(min(now, seconds) * speed)
        if tiles != told:
            arrival = max(arrival, now + chance.uniform(0.0, jitter))  # none overtakes another
            news.append((arrival, tiles))
            told = tiles
        now += tick
    return news


@pytest.mark.parametrize("speed", [5, 8, 10])
@pytest.mark.parametrize("tick", [0.05, 0.1, 0.25, 0.5])
@pytest.mark.parametrize("jitter", [0.0, 0.05, 0.15])
def test_even_steps_are_drawn_evenly(speed: float, tick: float, jitter: float) -> None:
    """What is promised of a walker with even steps, and why it can't be more.

    Always: every tile in order, within `MAX_LAG` of the news of it, and never two in one picture.

    Once the pace is known, after a second, and while news is late by no more than `MAX_LAG` (`tick` + `jitter`): no
    step takes less than three quarters of the walker's own time, and 19 of 20 take less than a third more. What is
    left is the error of a pace that is told from news a quarter of a second apart. News that is later than any
    before makes a pause, which delays all that follows; none is longer than the longest without news.

    With ticks longer than `MAX_LAG` nobody can be drawn both evenly and in time: what came is walked through within
    `MAX_LAG`, and then they stand.
    """
    own = 1 / speed
    intervals: list[float] = []
    for seed in range(20):
        watch = Watch()
        watch.run(even_walk(speed, tick, jitter, seed))
        tiles = [tile for _, tile in watch.drawn]
        assert tiles == list(range(1, round(8 * speed) + 1))  # every tile, in order, and the truth at the end
        assert max(watch.lags()) <= MAX_LAG + EPSILON
        assert min(watch.intervals(after=0.0)) >= MAX_LAG / MAX_WAY - EPSILON > FRAME
        intervals += watch.intervals(after=1.0)
    intervals.sort()
    assert intervals[-1] <= own + tick + jitter + EPSILON
    if tick + jitter <= MAX_LAG:
        assert intervals[0] >= 0.75 * own - EPSILON
        assert intervals[len(intervals) * 19 // 20] <= 4 / 3 * own
    if not jitter and tick <= own and round(own / tick) * tick == pytest.approx(own):
        assert intervals[0] == pytest.approx(own) == intervals[-1]


def test_a_single_step_is_drawn_at_once() -> None:
    watch = Watch()
    watch.run([(1.0, 1), (2.0, 2), (5.0, 3)])
    assert watch.drawn == [(1.0, 1), (2.0, 2), (5.0, 3)]


def test_a_clump_is_walked_through_at_walking_pace() -> None:
    watch = Watch()
    watch.run([(1.0, 3)])
    assert [at for at, _ in watch.drawn] == pytest.approx([1.0, 1.1, 1.2])


def test_nobody_is_drawn_where_they_have_not_been() -> None:
    """A walker at ten tiles a second whose news stops: drawn as far as was told, and no further."""
    watch = Watch()
    watch.run([(at / 10, at) for at in range(1, 11)])
    assert watch.drawn[-1][1] == 10
    assert watch.others.next_due() is None
    watch.others.advance(100.0)
    assert watch.others.drawn(1) == Stance(Point(11, 1), E)


def test_who_stood_still_is_not_drawn_at_the_pace_of_an_older_walk() -> None:
    watch = Watch()
    slow = [(at * 0.5, at) for at in range(1, 6)]
    watch.run([*slow, (10.0, 8)])
    assert [at for at, _ in watch.drawn[-3:]] == pytest.approx([10.0, 10.1, 10.2])


def test_the_way_leads_through_what_is_open() -> None:
    # Round the corner of a wall: straight through it there is none.
    way = find_way(CORNERS, Point(4, 2), Stance(Point(6, 2), N))
    assert way is not None
    assert [stance.point for stance in way] == [(4, 3), (5, 3), (6, 3), (6, 2)]
    # Two corners: neither L is open.
    way = find_way(CORNERS, Point(4, 2), Stance(Point(6, 4), S))
    assert way is not None and len(way) == 4
    assert all(CORNERS.is_open(stance.point) for stance in way)
    assert find_way(CORNERS, Point(4, 1), Stance(Point(5, 1), E)) is None  # into the wall
    assert find_way(LONG, Point(1, 1), Stance(Point(1 + MAX_WAY, 1), E)) is not None
    assert find_way(LONG, Point(1, 1), Stance(Point(2 + MAX_WAY, 1), E)) is None


@pytest.mark.parametrize(("facing", "corner"), [(E, Point(1, 3)), (S, Point(5, 1))])
def test_the_last_steps_lead_where_somebody_faces(facing: Direction, corner: Point) -> None:
    way = find_way(HALL, Point(1, 1), Stance(Point(5, 3), facing))
    assert way is not None
    assert corner in [stance.point for stance in way]
    assert way[-1] == Stance(Point(5, 3), facing)


def test_a_way_round_is_found_only_where_it_is_short() -> None:
    wall = make_map("S" + "." * 20, "#" * 20 + ".", "." * 21)
    assert find_way(wall, Point(10, 0), Stance(Point(10, 2), S)) is None
    assert find_way(wall, Point(19, 0), Stance(Point(19, 2), W)) == [
        Stance(Point(20, 0), E),
        Stance(Point(20, 1), S),
        Stance(Point(20, 2), S),
        Stance(Point(19, 2), W),
    ]


def test_what_is_too_far_is_jumped_to_at_once() -> None:
    others = Interpolator(LONG)
    others.tell(1, Stance(Point(1, 1), E), 0.0)
    others.tell(1, Stance(Point(50, 1), W), 1.0)
    assert others.drawn(1) == Stance(Point(50, 1), W)
    others.tell(1, Stance(Point(55, 1), E), 1.0)
    others.tell(1, Stance(Point(60, 1), E), 1.0)  # five tiles on the way and five more
    assert others.drawn(1) == Stance(Point(60, 1), E)
    assert others.next_due() is None


def test_a_turn_is_shown_at_the_end_of_the_way() -> None:
    others = Interpolator(LONG)
    others.tell(1, Stance(Point(1, 1), E), 0.0)
    others.tell(1, Stance(Point(1, 1), N), 0.1)
    assert others.drawn(1) == Stance(Point(1, 1), N)
    others.tell(1, Stance(Point(4, 1), E), 1.0)
    others.tell(1, Stance(Point(4, 1), S), 1.05)
    others.advance(1.15)
    assert others.drawn(1) == Stance(Point(3, 1), E)
    others.advance(1.25)
    assert others.drawn(1) == Stance(Point(4, 1), S)


def test_who_is_not_kept_is_forgotten() -> None:
    others = Interpolator(LONG)
    for avatar in (1, 2):
        others.tell(avatar, Stance(Point(1, 1), E), 0.0)
        others.tell(avatar, Stance(Point(5, 1), E), 0.0)
    others.keep({2})
    assert others.drawn(1) is None
    others.tell(1, Stance(Point(8, 1), E), 0.1)  # back in sight: there, at once
    assert others.drawn(1) == Stance(Point(8, 1), E)
    others.keep(set())
    assert others.next_due() is None


points = st.builds(Point, st.integers(0, 19), st.integers(0, 4)) | st.sampled_from(
    [Point(x, y) for x in range(1, 19) for y in range(1, 4)]
)
news = st.tuples(
    st.integers(1, 3), st.builds(Stance, points, st.sampled_from(list(Direction))), st.floats(0.0, 1.5), st.booleans()
)


@given(st.lists(news, max_size=60))
@settings(deadline=None)
def test_whatever_comes_everybody_ends_where_they_are(script: list[tuple[int, Stance, float, bool]]) -> None:
    others = Interpolator(HALL)
    truth: dict[int, tuple[Stance, float]] = {}
    now = 0.0
    for avatar, stance, gap, look in script:
        now += gap
        before = others.drawn(avatar)
        others.tell(avatar, stance, now)
        told = truth.get(avatar)
        moved = told is None or told[0].point != stance.point
        truth[avatar] = stance, now if moved else truth[avatar][1]
        if before is None:
            assert others.drawn(avatar) == stance
        if look:
            others.advance(now)
            due = others.next_due()
            assert due is None or due > now
            # Behind the truth by so much, and then no more.
            for known, (place, since) in truth.items():
                if now - since > MAX_LAG:
                    assert others.drawn(known) == place
    others.advance(now + MAX_LAG)
    assert others.next_due() is None
    for avatar, (place, _) in truth.items():
        assert others.drawn(avatar) == place


@given(st.lists(st.tuples(st.sampled_from(list(Direction)), st.floats(0.0, 0.4)), max_size=60))
@settings(deadline=None)
def test_a_walk_in_a_room_is_drawn_tile_by_tile(script: list[tuple[Direction, float]]) -> None:
    """Frame by frame, on time: nobody jumps, and nobody stands in a wall."""
    others = Interpolator(CORNERS)
    place = Point(1, 1)
    others.tell(1, Stance(place, S), 0.0)
    arrivals: list[tuple[float, Stance]] = []
    arrival = 0.0
    for direction, gap in script:
        there = place.neighbour(direction)
        place = there if CORNERS.is_open(there) else place
        arrival += max(gap, 1 / STEPS_PER_SECOND)
        arrivals.append((arrival, Stance(place, direction)))
    shown = Point(1, 1)
    for frame in range(int((arrival + 1.0) / FRAME)):
        now = frame * FRAME
        while arrivals and arrivals[0][0] <= now:
            at, stance = arrivals.pop(0)
            others.tell(1, stance, at)
        others.advance(now)
        drawn = others.drawn(1)
        assert drawn is not None
        assert abs(drawn.point.x - shown.x) + abs(drawn.point.y - shown.y) <= 1
        assert CORNERS.is_open(drawn.point)
        shown = drawn.point
    assert shown == place
