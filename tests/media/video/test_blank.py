"""A covered lens."""

from __future__ import annotations

import numpy as np
import pytest

from gathertui.media.ports import Picture
from gathertui.media.video.blank import BlankDetector
from gathertui.testing.camera import SyntheticCamera


def noisy(colour: tuple[int, int, int], seed: int = 0) -> Picture:
    chance = np.random.default_rng(seed)
    noise = chance.normal(0, 6, (240, 320, 3))
    return np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [(0, 0, 0), (3, 2, 4), (120, 30, 20), (250, 250, 250)])
def test_one_colour_for_two_seconds_is_a_cover_whatever_the_noise(colour: tuple[int, int, int]) -> None:
    detector = BlankDetector()
    assert [detector.look(second / 2, noisy(colour, second)) for second in range(6)] == [False] * 4 + [True] * 2


def test_somebody_is_seen_in_the_dark_and_at_once() -> None:
    detector = BlankDetector()
    scene = SyntheticCamera(1)
    for second in range(20):
        assert not detector.look(second, scene.frame(second) // 8)
    for second in range(20, 30):
        detector.look(second, noisy((0, 0, 0)))
    assert detector.is_blank
    assert not detector.look(30.1, scene.frame(0) // 8)


def test_a_moment_of_darkness_is_none() -> None:
    detector = BlankDetector()
    dark, light = noisy((0, 0, 0)), SyntheticCamera(1).frame(0)
    for second in range(0, 40, 2):
        assert not detector.look(second, dark)
        assert not detector.look(second + 1.9, dark)
        assert not detector.look(second + 1.95, light)


def test_what_is_hardly_a_picture_stays_what_it_was() -> None:
    hardly = np.zeros((240, 320, 3), np.uint8)
    hardly[:, :160] = 13
    detector = BlankDetector()
    assert not any(detector.look(second, hardly) for second in range(10))
    for second in range(10, 20):
        detector.look(second, noisy((0, 0, 0)))
    assert all(detector.look(second, hardly) for second in range(20, 30))
