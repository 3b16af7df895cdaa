"""Which pictures each peer gets."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as some

from gathertui.media.quality import Quality
from gathertui.media.video.ladder import VideoLadder

NONE, SMALL, MEDIUM, LARGE = range(4)


@dataclass(frozen=True)
class Demand:
    wants: int
    quality: Quality | None = Quality.GOOD


def settle(ladder: VideoLadder, demand: Demand, seconds: float, start: float = 0.0, *, late: bool = False) -> list[int]:
    """What one peer gets, four times a second."""
    return [ladder.rungs(start + n / 4, {7: demand}, 1, late)[7] for n in range(round(seconds * 4))]


def changes(rungs: list[int]) -> int:
    return sum(earlier != later for earlier, later in itertools.pairwise(rungs))


def test_alone_together_everybody_gets_what_they_want() -> None:
    ladder = VideoLadder()
    assert [ladder.rungs(0, {7: Demand(wants)}, 1, False)[7] for wants in range(4)] == [0, 1, 2, 3]
    assert ladder.rungs(1, {}, 0, False) == {}


def test_in_a_crowd_pictures_are_small_but_for_one_in_focus() -> None:
    ladder = VideoLadder()
    three = {avatar: Demand(MEDIUM) for avatar in (1, 2, 3)}
    assert ladder.rungs(0, three, 3, False) == {1: MEDIUM, 2: MEDIUM, 3: MEDIUM}
    assert ladder.rungs(1, three | {4: Demand(SMALL)}, 4, False) == {1: SMALL, 2: SMALL, 3: SMALL, 4: SMALL}
    assert ladder.rungs(2, three | {4: Demand(LARGE)}, 4, False) == {1: SMALL, 2: SMALL, 3: SMALL, 4: LARGE}
    # Who has large pictures keeps them; the next gets them after that.
    both = {1: Demand(LARGE), 4: Demand(LARGE)}
    assert ladder.rungs(3, both, 4, False) == {1: SMALL, 4: LARGE}
    assert ladder.rungs(4, {1: Demand(LARGE), 4: Demand(MEDIUM)}, 4, False) == {1: LARGE, 4: SMALL}


def test_a_poor_connection_gets_less_after_a_while_and_more_when_it_is_good_for_longer() -> None:
    ladder = VideoLadder()
    poor = settle(ladder, Demand(LARGE, Quality.POOR), 10)
    assert poor[:12] == [LARGE] * 12
    assert poor[12:24] == [MEDIUM] * 12
    assert poor[24:] == [SMALL] * 16
    assert settle(ladder, Demand(LARGE, Quality.FAIR), 30, 10) == [SMALL] * 120
    good = settle(ladder, Demand(LARGE, Quality.GOOD), 25, 40)
    assert good == [SMALL] * 40 + [MEDIUM] * 40 + [LARGE] * 20


def test_a_moment_of_either_changes_nothing() -> None:
    ladder = VideoLadder()
    for second in range(0, 40, 4):
        assert set(settle(ladder, Demand(LARGE, Quality.POOR), 2.75, second)) == {LARGE}
        assert set(settle(ladder, Demand(LARGE, Quality.GOOD), 1.25, second + 2.75)) == {LARGE}


def test_another_wish_counts_at_once() -> None:
    ladder = VideoLadder()
    settle(ladder, Demand(SMALL), 5)
    assert settle(ladder, Demand(LARGE), 1, 5) == [LARGE] * 4
    assert settle(ladder, Demand(NONE), 1, 6) == [NONE] * 4


def test_a_late_processor_takes_from_everybody() -> None:
    ladder = VideoLadder()
    crowd = {1: Demand(LARGE), 2: Demand(MEDIUM), 3: Demand(SMALL)}
    seen = [ladder.rungs(n / 4, crowd, 3, True) for n in range(40)]
    assert seen[0] == {1: LARGE, 2: MEDIUM, 3: SMALL}
    assert seen[12] == {1: MEDIUM, 2: MEDIUM, 3: SMALL}
    assert seen[24] == seen[39] == {1: SMALL, 2: SMALL, 3: SMALL}
    again = [ladder.rungs(10 + n / 4, crowd, 3, False) for n in range(90)]
    assert again[-1] == {1: LARGE, 2: MEDIUM, 3: SMALL}


def test_a_rung_that_proves_too_high_is_tried_ever_more_seldom() -> None:
    ladder = VideoLadder()
    rung, rungs = LARGE, []
    for step in range(4 * 1800):
        # A connection that holds medium pictures and not large ones.
        quality = Quality.POOR if rung == LARGE else Quality.GOOD
        rung = ladder.rungs(step / 4, {7: Demand(LARGE, quality)}, 1, False)[7]
        rungs.append(rung)
    assert set(rungs) == {MEDIUM, LARGE}
    assert changes(rungs[: 4 * 120]) <= 7
    last = rungs[-4 * 600 :]
    assert changes(last) <= 9
    assert last.count(LARGE) < 0.05 * len(last)


def test_a_rung_that_held_is_forgiven() -> None:
    ladder = VideoLadder()
    assert settle(ladder, Demand(LARGE, Quality.POOR), 3.25)[-1] == MEDIUM
    for start in (100, 200, 300):
        # Poor for once, good for a minute and more: that ends what was held against it.
        assert settle(ladder, Demand(LARGE, Quality.GOOD), 80, start)[-1] == LARGE
        assert settle(ladder, Demand(LARGE, Quality.POOR), 3.25, start + 80)[-1] == MEDIUM
    assert settle(ladder, Demand(LARGE, Quality.GOOD), 10.25, 400)[-1] == LARGE


demands = some.dictionaries(
    some.integers(1, 9),
    some.builds(Demand, some.integers(0, 3), some.sampled_from([None, *Quality])),
    max_size=8,
)


@given(steps=some.lists(some.tuples(some.floats(0, 20), demands, some.booleans()), max_size=40))
def test_nobody_gets_more_than_they_want_or_the_crowd_allows(steps: list) -> None:
    ladder, now = VideoLadder(), 0.0
    for passed, wanted, late in steps:
        now += passed
        rungs = ladder.rungs(now, wanted, len(wanted), late)
        assert rungs.keys() == wanted.keys()
        assert all(min(1, wanted[avatar].wants) <= rung <= wanted[avatar].wants for avatar, rung in rungs.items())
        above = [avatar for avatar, rung in rungs.items() if rung > (MEDIUM if len(wanted) <= 3 else SMALL)]
        assert len(above) <= 1


@given(before=some.lists(some.tuples(demands, some.booleans()), max_size=20), last=demands, late=some.booleans())
def test_what_stays_as_it_is_comes_to_rest(before: list, last: dict, late: bool) -> None:
    ladder = VideoLadder()
    for second, (wanted, was_late) in enumerate(before):
        ladder.rungs(second * 2, wanted, len(wanted), was_late)
    seen = [ladder.rungs(100 + 2 * n, last, len(last), late) for n in range(300)]
    # A limit rises two rungs at most, each after 160 seconds at most.
    assert all(rungs == seen[-1] for rungs in seen[200:])
    for avatar, demand in last.items():
        path = [rungs[avatar] for rungs in seen]
        assert path in (sorted(path), sorted(path, reverse=True)) or late
        if demand.quality is Quality.POOR or late:
            assert seen[-1][avatar] == min(SMALL, demand.wants)
        elif demand.quality is Quality.GOOD and len(last) == 1:
            assert seen[-1][avatar] == demand.wants
