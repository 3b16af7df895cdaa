"""How the view glides to where it belongs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.render.office.camera import FRAME_SECONDS, FURTHEST, Camera
from gathertui.render.office.viewport import CellOffset

WAYS = st.tuples(st.integers(-30, 30), st.integers(-15, 15))


def frames(camera: Camera, now: float) -> list[tuple[float, CellOffset]]:
    """The pictures of a glide, each when it is due, the first now."""
    shown = [(now, camera.offset(now))]
    while (due := camera.next_due()) is not None:
        assert due > shown[-1][0]
        shown.append((due, camera.offset(due)))
        assert len(shown) < 9
    return shown


def at(x: int, y: int) -> Camera:
    camera = Camera()
    camera.jump(CellOffset(x, y))
    return camera


def test_a_step_at_zoom_1_is_one_picture() -> None:
    camera = at(10, 10)
    camera.aim(CellOffset(12, 10), 5.0)
    assert frames(camera, 5.0) == [(5.0, (12, 10))]


def test_a_step_at_zoom_2_is_two_pictures_the_first_at_once() -> None:
    camera = at(10, 10)
    camera.aim(CellOffset(14, 10), 5.0)
    assert frames(camera, 5.0) == [(5.0, (12, 10)), (pytest.approx(5.05), (14, 10))]


def test_a_walk_at_zoom_2_goes_at_an_even_pace() -> None:
    camera, shown = at(0, 0), []
    for step in range(5):
        camera.aim(CellOffset(4 * (step + 1), 0), step * 0.1)
        shown += frames(camera, step * 0.1)
    assert [offset.x for _, offset in shown] == list(range(2, 21, 2))
    assert [time for time, _ in shown] == [pytest.approx(0.05 * number) for number in range(10)]


@given(start=WAYS, ways=st.lists(WAYS, min_size=1, max_size=5), pause=st.floats(0, 0.2))
def test_it_arrives_within_150_ms_of_the_last_word_and_never_goes_back(
    start: tuple[int, int], ways: list[tuple[int, int]], pause: float
) -> None:
    camera, now = at(*start), 100.0
    for way in ways:
        before = camera.offset(now)
        camera.aim(CellOffset(*way), now)
        pictures = frames(camera, now)
        assert pictures[-1][1] == way
        assert pictures[-1][0] <= now + 0.15
        for axis in (0, 1):
            line = [before[axis], *(offset[axis] for _, offset in pictures)]
            assert line in (sorted(line), sorted(line, reverse=True))
        now += 0.15 + pause


def test_a_new_aim_on_the_way_makes_no_picture_before_its_time() -> None:
    camera = at(0, 0)
    camera.aim(CellOffset(8, 0), 0.0)
    first = camera.offset(0.0)
    camera.aim(CellOffset(12, 0), 0.02)
    assert camera.offset(0.02) == first
    assert camera.next_due() == pytest.approx(FRAME_SECONDS)


def test_who_looks_late_sees_where_the_view_is_by_then() -> None:
    camera = at(0, 0)
    camera.aim(CellOffset(12, 0), 0.0)
    assert camera.offset(9.0) == (12, 0)
    assert camera.next_due() is None


def test_far_away_is_there_at_once() -> None:
    camera = at(0, 0)
    camera.aim(CellOffset(0, FURTHEST + 1), 0.0)
    assert frames(camera, 0.0) == [(0.0, (0, FURTHEST + 1))]


def test_the_first_place_needs_no_way() -> None:
    camera = Camera()
    assert camera.target is None and camera.next_due() is None
    with pytest.raises(LookupError):
        camera.offset(0.0)
    camera.aim(CellOffset(7, 3), 0.0)
    assert camera.offset(0.0) == camera.target == (7, 3)
