"""How much a tick may do."""

from __future__ import annotations

import pytest

from gathertui_server.rooms.allowance import Allowance


def allowance() -> Allowance:
    return Allowance(least=0.05, most=0.25, ceiling=0.5)


def used(cost: float, load: float) -> float:
    """The part of a core that is used when a piece costs so much and all else uses `load`."""
    allowed, tick, share, seconds = allowance(), 0.1, 0.0, 0.0
    for number in range(200):
        pieces = allowed.pieces(tick, load + share)
        allowed.spent(pieces * cost, pieces)
        share += 0.3 * (pieces * cost / tick - share)  # as a load is measured: some time later
        if number >= 100:
            seconds += pieces * cost
    return seconds / (100 * tick)


@pytest.mark.parametrize("cost", [10e-6, 100e-6, 1e-3])
def test_an_idle_core_gives_much_and_a_busy_one_little(cost: float) -> None:
    assert used(cost, 0.0) == pytest.approx(0.25, rel=0.15)
    assert used(cost, 0.4) == pytest.approx(0.05, rel=0.25)  # half of what is left
    assert used(cost, 0.9) == pytest.approx(0.05, rel=0.25)


def test_there_is_always_room_for_one() -> None:
    allowed = allowance()
    for _ in range(50):
        allowed.spent(1.0, 1)
    assert allowed.pieces(0.05, 0.9) == 1
    assert allowed.within(0.005) == 1


def test_a_clock_that_stands_still_is_no_licence() -> None:
    allowed = allowance()
    for _ in range(100):
        allowed.spent(0.0, 10)
    assert allowed.pieces(0.1, 0.0) <= 25_000
