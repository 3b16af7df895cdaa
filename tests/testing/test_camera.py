"""The camera that needs none."""

from __future__ import annotations

import time

import numpy as np
import pytest

from gathertui.errors import DeviceError
from gathertui.testing.camera import NOISE, SyntheticCamera
from gathertui.testing.timecode import age, read_time


def test_a_frame_depends_on_seed_and_time_alone() -> None:
    camera, again, other = SyntheticCamera(1), SyntheticCamera(1), SyntheticCamera(2)
    camera.frame(5.0)
    first = camera.frame(1.25)
    assert first.shape == (240, 320, 3)
    assert first.dtype == np.uint8
    assert (again.frame(1.25) == first).all()
    assert (other.frame(1.25) != first).any()
    assert (camera.frame(1.5) != first).any()


def test_somebody_moves_in_front_of_what_does_not() -> None:
    camera = SyntheticCamera(3)
    frames = np.stack([camera.frame(step / 15) for step in range(60)]).astype(np.float32)
    deviation = frames.std(axis=0).mean(axis=2)
    assert deviation[:30, :60].mean() == pytest.approx(NOISE, abs=0.4)
    assert deviation[60:160, 100:220].max() > 40
    # The person alone, without noise: eyes shut now and then, and the mouth opens.
    calm = np.stack([frames[start : start + 3].mean(axis=0) for start in range(0, 60, 3)])
    assert calm.std(axis=0)[100:140, 130:190].max() > 15


@pytest.mark.parametrize(("width", "height"), [(64, 48), (48, 64), (640, 480), (640, 360)])
def test_it_comes_in_many_sizes(width: int, height: int) -> None:
    camera = SyntheticCamera(0, width, height)
    for seconds in (0.0, 0.7, 100.1, 1e9):
        assert camera.frame(seconds).shape == (height, width, 3)


def test_it_is_a_camera_that_keeps_its_rate_and_tells_the_time() -> None:
    camera = SyntheticCamera(1, 160, 120, with_time=True)
    began = time.monotonic()
    camera.open(640, 480, 50)
    assert camera.is_open
    pictures = [camera.read() for _ in range(6)]
    ended = time.monotonic()
    times = [read_time(picture) for picture in pictures if picture is not None]
    assert len(times) == 6
    assert ended - began >= 6 / 50
    assert times == sorted(times)
    assert all(0 <= age(picture, ended) < ended - began + 0.002 for picture in pictures)
    assert pictures[0] is not None
    assert pictures[0].shape == (120, 160, 3)
    camera.close()
    assert not camera.is_open


def test_pictures_that_nobody_took_are_gone() -> None:
    passed = [0.0]
    camera = SyntheticCamera(1, 64, 48, clock=lambda: time.monotonic() + passed[0])
    camera.open(64, 48, 50)
    passed[0] += 10
    assert camera.skip()
    assert camera.pictures_passed >= 500
    # They don't come all at once.
    began = time.monotonic()
    assert all(camera.read() is not None for _ in range(5))
    assert time.monotonic() - began >= 4 / 50


def test_a_camera_fails_as_it_is_told() -> None:
    with pytest.raises(DeviceError, match="in use"):
        SyntheticCamera(refusal="The camera is in use.").open(320, 240, 15)
    camera = SyntheticCamera(1, with_time=True)
    camera.open(320, 240, 1000)
    camera.cover()
    covered = camera.read()
    assert covered is not None
    assert covered.max() <= 2
    camera.cover(False)
    again = camera.read()
    assert again is not None
    assert again.max() > 200
    camera.unplug()
    assert camera.read() is None
    assert not camera.skip()
