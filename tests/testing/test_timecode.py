"""Times written into pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.timecode import WRAP, age, read_time, write_time


@given(seconds=some.floats(0, 1e8), width=some.integers(80, 700), height=some.integers(60, 500))
def test_what_is_written_is_read(seconds: float, width: int, height: int) -> None:
    picture = np.full((height, width, 3), 90, np.uint8)
    write_time(picture, seconds)
    assert read_time(picture) == pytest.approx(int(seconds * 1000) % 2**30 / 1000, abs=1e-6)


@pytest.mark.parametrize("size", [(60, 45), (160, 120), (320, 240), (213, 160), (1280, 960)])
def test_a_time_survives_scaling_and_jpeg(size: tuple[int, int]) -> None:
    for second in range(20):
        picture = SyntheticCamera(1).frame(second)
        write_time(picture, 1000.125 + second)
        other = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        other = cv2.imdecode(cv2.imencode(".jpg", other, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
        assert read_time(other) == 1000.125 + second


def test_a_wide_picture_keeps_it_when_it_is_cut_to_the_middle() -> None:
    picture = SyntheticCamera(1, 640, 360).frame(0)
    write_time(picture, 77.5)
    assert read_time(picture[:, 80:560]) == 77.5


def test_without_a_time_there_is_none() -> None:
    camera = SyntheticCamera(2)
    assert [read_time(camera.frame(second)) for second in range(20)] == [None] * 20
    assert read_time(np.zeros((240, 320, 3), np.uint8)) is None
    assert read_time(np.zeros((12, 16, 3), np.uint8)) is None


def test_age_counts_over_the_end_of_the_times() -> None:
    picture = SyntheticCamera(1).frame(0)
    write_time(picture, 5 * WRAP - 0.25)
    assert age(picture, 5 * WRAP + 0.5) == pytest.approx(0.75, abs=0.0011)
    assert age(picture, 5 * WRAP - 0.3) == pytest.approx(-0.05, abs=0.0011)
    assert age(SyntheticCamera(1).frame(0), 1.0) is None
