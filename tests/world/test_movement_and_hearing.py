from hypothesis import given
from hypothesis import strategies as st

from gathertui.world.geometry import Direction, Point, Size
from gathertui.world.hearing import earshot
from gathertui.world.looks import STANDARD_KINDS
from gathertui.world.movement import CHECKER_BURST, STEPS_PER_SECOND, WALKER_BURST, StepBudget, destination
from gathertui.world.tilemap import TileMap

GLYPHS = {" ": "floor", "#": "wall", "T": "table", "+": "door"}


def draw(*rows: str) -> TileMap:
    kinds = [STANDARD_KINDS[look] for look in GLYPHS.values()]
    order = list(GLYPHS)
    return TileMap(
        size=Size(len(rows[0]), len(rows)),
        kinds=kinds,
        kind_numbers=bytes(order.index(glyph) for row in rows for glyph in row),
    )


def test_directions_go_the_way_they_are_named():
    here = Point(3, 3)
    assert [here.neighbour(direction) for direction in Direction] == [(3, 2), (4, 3), (3, 4), (2, 3)]
    assert [direction.delta for direction in Direction] == [(0, -1), (1, 0), (0, 1), (-1, 0)]


def test_walls_furniture_and_the_edge_stop_a_step():
    tilemap = draw(" T", "# ")
    assert destination(tilemap, Point(0, 0), Direction.EAST) is None
    assert destination(tilemap, Point(0, 0), Direction.SOUTH) is None
    assert destination(tilemap, Point(0, 0), Direction.NORTH) is None
    assert destination(tilemap, Point(0, 0), Direction.WEST) is None
    assert destination(draw("  "), Point(0, 0), Direction.EAST) == (1, 0)


def test_a_budget_allows_a_burst_then_the_rate():
    budget = StepBudget()
    assert [budget.take(5.0) for _ in range(WALKER_BURST + 1)] == [True] * WALKER_BURST + [False]
    assert 0 < budget.wait(5.0) <= 1 / STEPS_PER_SECOND
    assert budget.take(5.0 + budget.wait(5.0) + 1e-9)
    assert not budget.take(5.1)


def test_a_clock_that_steps_back_takes_no_steps_away():
    budget = StepBudget(burst=2)
    assert budget.take(10.0)
    assert budget.take(3.0)
    assert not budget.take(3.0)
    assert budget.take(3.2)


@given(gaps=st.lists(st.floats(0.0, 0.5), max_size=200))
def test_no_pattern_of_asking_beats_the_rate(gaps):
    budget = StepBudget(burst=CHECKER_BURST)
    now, taken = 0.0, 0
    for gap in gaps:
        now += gap
        taken += budget.take(now)
    assert taken <= CHECKER_BURST + now * STEPS_PER_SECOND + 1e-6


def test_sound_walks_round_walls_and_over_desks():
    tilemap = draw(
        "     ",
        " ### ",
        " #T  ",
    )
    heard = earshot(tilemap, Point(2, 0), reach=4)
    assert heard[Point(2, 0)] == 0
    assert heard[Point(4, 0)] == 2
    assert heard[Point(4, 2)] == 4
    assert Point(2, 1) not in heard
    assert Point(2, 2) not in heard
    assert earshot(tilemap, Point(2, 0), reach=6)[Point(2, 2)] == 6


def test_nothing_is_heard_from_inside_a_wall_or_off_the_map():
    tilemap = draw(" #")
    assert earshot(tilemap, Point(1, 0)) == {}
    assert earshot(tilemap, Point(-1, 0)) == {}


@given(
    rows=st.lists(st.text(" #T", min_size=7, max_size=7), min_size=7, max_size=7),
    origin=st.tuples(st.integers(0, 6), st.integers(0, 6)),
)
def test_hearing_is_mutual_and_each_step_of_sound_is_one_tile(rows, origin):
    tilemap = draw(*rows)
    here = Point(*origin)
    heard = earshot(tilemap, here)
    for point, distance in heard.items():
        assert distance <= 5
        assert not tilemap.kind_at(point).soundproof
        assert earshot(tilemap, point)[here] == distance
        if distance:
            assert distance - 1 in [heard.get(point.neighbour(direction)) for direction in Direction]
