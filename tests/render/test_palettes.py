from itertools import combinations

import pytest

from gathertui.render.colour import mix
from gathertui.render.mappaint import AWAY_STRENGTH
from gathertui.render.palettes import DARK, LIGHT
from gathertui.render.sprites import ASCII_SPRITES, SPRITES, Role
from gathertui.world.looks import GROUNDS, STANDARD_KINDS

TEXT = 4.5
MARK = 3.0

pytestmark = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)


def linear(colour):
    """Linear red, green and blue, 0 to 1 (sRGB, IEC 61966-2-1)."""
    channels = [(colour >> shift & 255) / 255 for shift in (16, 8, 0)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one, other):
    """WCAG 2 contrast ratio."""
    darker, lighter = sorted(
        sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))
        for colour in (one, other)
    )
    return (lighter + 0.05) / (darker + 0.05)


def oklab(colour):
    """Björn Ottosson's Oklab, in which equal distances look about equally different."""
    r, g, b = linear(colour)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def floors(palette):
    """Every colour that a floor can have: plain, fully lit, and in the shade of a wall."""
    for ground in palette.grounds.values():
        for tone in (ground.first, ground.second):
            yield tone
            yield mix(tone, palette.light, palette.light_strength)
            yield mix(tone, palette.shade, palette.shade_strength)


def test_text_can_be_read_on_every_background_of_the_interface(palette):
    for background in (palette.app, palette.panel):
        for colour in (palette.text, palette.dim, palette.accent, palette.green, palette.amber, palette.red):
            assert contrast(colour, background) >= TEXT
    for colour in (palette.accent, palette.green, palette.amber, palette.red):
        assert contrast(palette.ink, colour) >= TEXT


def test_names_can_be_read_on_every_floor(palette):
    for colour in (*palette.people, palette.you):
        assert contrast(colour, palette.plate) >= TEXT
        assert min(contrast(colour, floor) for floor in floors(palette)) >= TEXT


def test_initials_can_be_read_also_of_people_who_are_away(palette):
    for colour in palette.people:
        assert contrast(palette.ink, colour) >= TEXT
        assert contrast(colour, mix(palette.plate, colour, AWAY_STRENGTH)) >= TEXT


def test_people_can_be_told_apart(palette):
    assert len(palette.people) >= 12
    for one, other in combinations(palette.people, 2):
        distance = sum((a - b) ** 2 for a, b in zip(oklab(one), oklab(other), strict=True)) ** 0.5
        assert distance >= 0.06, f"{one:06X} {other:06X}"
    assert palette.person(len(palette.people)) == palette.person(0)


def test_doors_and_plants_stand_out(palette):
    door = palette.tones["door"]
    assert contrast(door.top, door.side) >= MARK
    assert min(contrast(palette.tones["plant"].top, floor) for floor in floors(palette)) >= MARK


def test_what_is_lit_is_brighter_and_grounds_differ(palette):
    for ground in palette.grounds.values():
        lit = mix(ground.first, palette.light, palette.light_strength)
        assert sum(linear(lit)) > sum(linear(ground.first)) * 1.1
    firsts = [ground.first for ground in palette.grounds.values()]
    assert len(set(firsts)) == len(firsts)


def test_every_look_and_ground_of_the_world_has_colours_and_a_shape(palette):
    assert set(palette.grounds) == GROUNDS
    looks = {kind.look for kind in STANDARD_KINDS.values()} - {"floor", "void"}
    assert set(palette.tones) == set(SPRITES) == set(ASCII_SPRITES) == looks


def test_a_blank_cell_of_a_sprite_shows_the_ground(palette):
    for sprite in (*SPRITES.values(), *ASCII_SPRITES.values()):
        blank = (sprite.codepoints == ord(" ")).any(axis=2)
        assert (sprite.behind[blank] == Role.GROUND).all()
    for sprite in ASCII_SPRITES.values():
        assert (sprite.codepoints < 0x7F).all()
