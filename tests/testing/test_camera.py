"""The camera that needs none."""

from __future__ import annotations

import numpy as np
import pytest

from gathertui.testing.camera import NOISE, SyntheticCamera


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
