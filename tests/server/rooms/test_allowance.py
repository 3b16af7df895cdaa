"""How much a tick may do."""

from __future__ import annotations

import pytest

from gathertui_server.rooms.allowance import Allowance


@pytest.mark.parametrize("cost", [10e-6, 100e-6, 1e-3])
def test_a_share_of_the_time_is_used_and_no_more(cost: float) -> None:
    allowance = Allowance(0.1)
    used = 0.0
    for tick in range(100):
        pieces = allowance.pieces(0.1)
        allowance.spent(pieces * cost, pieces)
        if tick >= 50:
            used += pieces * cost
    assert used / (50 * 0.1) == pytest.approx(0.1, rel=0.15)


def test_there_is_always_room_for_one() -> None:
    allowance = Allowance(0.01)
    for _ in range(50):
        allowance.spent(1.0, 1)
    assert allowance.pieces(0.05) == 1


def test_a_clock_that_stands_still_is_no_licence() -> None:
    allowance = Allowance(0.1)
    for _ in range(100):
        allowance.spent(0.0, 10)
    assert allowance.pieces(0.1) <= 10_000
