"""Room for the names over people's heads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.render.office.labels import LabelSpace

COLUMNS, ROWS = 40, 10


@given(
    wishes=st.lists(
        st.tuples(st.integers(-3, 40), st.integers(-1, 9), st.integers(1, 20), st.integers(0, 4)), max_size=25
    ),
    zoom=st.sampled_from([1, 2]),
)
def test_labels_cover_neither_each_other_nor_anybody_and_stay_inside(
    wishes: list[tuple[int, int, int, int]], zoom: int
) -> None:
    space = LabelSpace(COLUMNS, ROWS)
    people = np.zeros((ROWS, COLUMNS), np.bool_)
    for x, y, _, _ in wishes:
        space.occupy(x, y, 2 * zoom, zoom)
        people[max(0, y) : max(0, y + zoom), max(0, x) : max(0, x + 2 * zoom)] = True
    used = np.zeros_like(people)
    for x, y, width, more in wishes:
        place = space.place(x, y, 2 * zoom, zoom, width)
        if place is None:
            continue
        assert y - 1 <= place[1] <= y + zoom
        left, row = place
        right = left + width
        if more:
            begin = space.lengthen(left, row, width, more)
            if begin is not None:
                assert begin in (left, left - more)
                left, right = begin, begin + width + more
        assert left >= 0 and right <= COLUMNS and 0 <= row < ROWS
        around = np.s_[row, max(0, left - 1) : right + 1]
        assert not people[around].any() and not used[around].any(), "a cell stays free at either end"
        used[row, left:right] = True


def test_labels_move_above_below_right_left_and_give_up() -> None:
    places = []
    blocks = [(0, 5, 30), (0, 7, 30), (14, 6, 1), (6, 6, 1)]
    for count in range(len(blocks) + 1):
        space = LabelSpace(30, 9)
        space.occupy(10, 6, 2)
        for block in blocks[:count]:
            space.occupy(*block)
        places.append(space.place(10, 6, 2, 1, 4))
    assert places == [(9, 5), (9, 7), (13, 6), (5, 6), None]


@pytest.mark.parametrize(("blocked", "begin"), [((), 9), ((15,), 7), ((15, 6), None), ((14,), 7), ((16,), 9)])
def test_a_label_grows_to_the_right_else_to_the_left(blocked: tuple[int, ...], begin: int | None) -> None:
    space = LabelSpace(30, 9)
    for x in blocked:
        space.occupy(x, 5, 1)
    assert space.place(10, 6, 2, 1, 4) == (9, 5)
    assert space.lengthen(9, 5, 4, 2) == begin


def test_a_longer_label_keeps_its_room() -> None:
    space = LabelSpace(30, 9)
    space.place(10, 6, 2, 1, 4)
    assert space.lengthen(9, 5, 4, 2) == 9
    assert not space.is_free(14, 5, 3)
    assert space.is_free(16, 5, 3)
