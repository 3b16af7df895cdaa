"""The nearest of 256 colours."""

from __future__ import annotations

import numpy as np
import pytest

from gathertui.render.indexed import SIXTEEN, nearest_index, nearest_indices, nearest_sixteens
from gathertui.render.palettes import DARK, LIGHT, Palette


@pytest.mark.parametrize(
    ("colour", "index"),
    [(0x000000, 16), (0xFFFFFF, 231), (0xFF0000, 196), (0x5F87AF, 67), (0x080808, 232), (0xEEEEEE, 255)],
)
def test_colours_of_the_table_are_their_own_nearest(colour: int, index: int) -> None:
    assert nearest_index(colour) == index


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
def test_the_floors_stay_floors(palette: Palette) -> None:
    """No floor becomes one of the cube's loud colours: its channels stay close together, as they were."""
    for ground in palette.grounds.values():
        for tone in ground[:2]:
            index = nearest_index(tone)
            if index < 232:
                step = index - 16
                channels = (step // 36, step // 6 % 6, step % 6)
                assert max(channels) - min(channels) <= 1


def test_many_colours_are_found_as_one_is() -> None:
    colours = np.random.default_rng(1).integers(0, 1 << 24, (20, 30)).astype(np.uint32)
    found = nearest_indices(colours)
    assert found.tolist() == [[nearest_index(colour) for colour in row] for row in colours.tolist()]
    assert (nearest_indices(colours) == found).all()  # and again, when they are known


def test_the_sixteen_are_their_own_nearest() -> None:
    assert nearest_sixteens(np.array(SIXTEEN, np.uint32)).tolist() == list(range(16))
    assert nearest_sixteens(np.array([0x050505, 0xF8F8F8, 0xF02010], np.uint32)).tolist() == [0, 15, 9]
