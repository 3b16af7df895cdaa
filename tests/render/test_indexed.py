"""The nearest of 256 colours."""

from __future__ import annotations

import pytest

from gathertui.render.indexed import nearest_index
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
