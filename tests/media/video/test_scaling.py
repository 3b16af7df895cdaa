"""Sizes of pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gathertui.media.video.scaling import Sizes, cut, mirrored, scaled


@pytest.mark.parametrize(
    ("size", "part"),
    [
        ((480, 640), (480, 640)),
        ((720, 1280), (720, 960)),
        ((640, 480), (360, 480)),
        ((1080, 1920), (1080, 1440)),
        ((100, 99), (74, 99)),
        ((1, 1), (1, 1)),
    ],
)
def test_the_middle_is_cut_to_four_by_three(size: tuple[int, int], part: tuple[int, int]) -> None:
    picture = np.zeros((*size, 3), np.uint8)
    middle = cut(picture)
    assert middle.shape == (*part, 3)
    middle[:] = 255
    # As much is left away on either side.
    assert abs(int(picture[:, 0].max()) - int(picture[:, -1].max())) == 0
    assert np.abs(picture.astype(int) - picture[:, ::-1]).sum() <= 255 * 3 * size[0]


def test_each_pixel_is_the_mean_of_those_it_covers() -> None:
    chance = np.random.default_rng(1)
    picture = chance.integers(0, 256, (48, 64, 3), np.uint8)
    small = scaled(picture, 16, 12)
    means = picture.reshape(12, 4, 16, 4, 3).mean(axis=(1, 3))
    assert np.abs(small - means).max() <= 1.0  # rounded twice on the way
    assert scaled(picture, 64, 48) is picture
    assert scaled(picture, 640, 480).shape == (480, 640, 3)


def test_a_mirror_changes_left_and_right() -> None:
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    seen = mirrored(picture)
    assert (seen[:, 0] == picture[:, 3]).all()
    assert (mirrored(seen) == picture).all()
    assert seen.flags.c_contiguous


def test_many_sizes_of_one_picture_are_as_if_made_one_by_one() -> None:
    picture = cv2.resize(np.random.default_rng(2).integers(0, 256, (9, 12, 3), np.uint8), (640, 480))
    for order in ((640, 320, 160), (160, 640, 320), (320, 320, 160)):
        sizes = Sizes(picture)
        for width in order:
            height = width * 3 // 4
            seen = sizes.at(width, height)
            assert seen.shape == (height, width, 3)
            assert (
                np.abs(seen.astype(int) - cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)).max() <= 1
            )
    assert Sizes(picture[:48, :64]).at(640, 480).shape == (480, 640, 3)
