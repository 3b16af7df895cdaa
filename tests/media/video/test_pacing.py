"""Which of a camera's pictures are taken."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gathertui.media.video.lateness import Lateness
from gathertui.media.video.pacing import Pacer


def taken(rate: float, camera: float, seconds: float) -> list[float]:
    pacer, times = Pacer(rate), []
    for number in range(round(camera * seconds)):
        now = 1000 + number / camera
        if pacer.is_due(now, 0.5 / camera):
            pacer.take(now)
            times.append(now)
    return times


@pytest.mark.parametrize("rate", [12, 15, 24])
@pytest.mark.parametrize("camera", [24, 25, 30, 60])
def test_a_faster_camera_gives_the_rate_that_was_asked_for_evenly(rate: float, camera: float) -> None:
    times = taken(rate, camera, 10)
    assert len(times) == pytest.approx(10 * rate, abs=1)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(gaps) <= 1 / rate + 1 / camera


@pytest.mark.parametrize("camera", [5, 10, 11.9])
def test_of_a_slower_camera_every_picture_is_taken(camera: float) -> None:
    assert len(taken(12, camera, 10)) == round(10 * camera)


@given(gaps=some.lists(some.floats(0, 3), max_size=100), rate=some.sampled_from([12.0, 15.0, 24.0]))
def test_what_was_missed_is_not_made_up_for(gaps: list[float], rate: float) -> None:
    pacer, now, times = Pacer(rate), 0.0, []
    for gap in gaps:
        now += gap
        if pacer.is_due(now, 0.0):
            pacer.take(now)
            times.append(now)
    # Of any two in a row at least one keeps its distance.
    assert all(third - first >= 1 / rate - 1e-9 for first, third in zip(times, times[2:], strict=False))


def test_late_is_who_is_late_most_of_the_time() -> None:
    lateness = Lateness()
    for _ in range(200):
        lateness.add(False)
        lateness.add(False)
        lateness.add(True)
    assert not lateness.is_late
    for _ in range(40):
        lateness.add(True)
    assert lateness.is_late
    for _ in range(10):
        lateness.add(False)
    assert lateness.is_late
    for _ in range(60):
        lateness.add(False)
    assert not lateness.is_late
