"""What a peer sends is taken within bounds, and what it left out is asked for again."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gathertui.media.intake import KEPT, MAX_SOURCES, Intake, Missed


@dataclass
class Numbered:
    sequence_number: int


def add(missed: Missed, *numbers: int) -> list[bool]:
    return [missed.add(Numbered(number & 0xFFFF)) for number in numbers]


def test_of_many_sources_the_first_few_count() -> None:
    intake = Intake(rate=100)
    assert [intake.takes(source, 0) for source in range(MAX_SOURCES + 2)] == [True] * MAX_SOURCES + [False] * 2
    assert intake.takes(0, 1)
    assert not intake.takes(MAX_SOURCES, 1)
    assert intake.knows(0)
    assert not intake.knows(MAX_SOURCES)


def test_so_many_packets_a_second_are_taken_whatever_their_source() -> None:
    intake = Intake(rate=100)
    assert sum(intake.takes(number % 2, 0) for number in range(500)) == 100
    assert sum(intake.takes(number % 2, 0.5) for number in range(500)) == 50


def test_what_was_left_out_is_missing_until_it_comes() -> None:
    missed = Missed()
    assert add(missed, 65533, 65534, 2) == [False, False, True]
    assert missed.missing == {65535, 0, 1}
    assert add(missed, 0, 3) == [False, False]
    assert missed.missing == {65535, 1}


def test_what_nobody_can_send_again_is_not_asked_for() -> None:
    missed = Missed()
    add(missed, 0, 2)
    assert missed.missing == {1}
    add(missed, *range(3, KEPT + 2))
    assert missed.missing == {1}
    add(missed, KEPT + 2)
    assert missed.missing == set()


@pytest.mark.parametrize("jump", [KEPT + 1, 30_000, -KEPT - 1, -30_000])
def test_a_leap_begins_anew_instead_of_being_walked(jump: int) -> None:
    missed = Missed()
    add(missed, 1000, 1002)
    assert add(missed, 1002 + jump) == [False]
    assert missed.missing == set()
    assert add(missed, 1002 + jump + 2) == [True]
    assert missed.missing == {(1002 + jump + 1) & 0xFFFF}
