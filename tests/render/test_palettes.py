from itertools import combinations

import numpy as np
import pytest

from gathertui.maplocator import bundled_map
from gathertui.render.colour import mix
from gathertui.render.encode.sgr import shown_reversed
from gathertui.render.fewcolours import DARK_INDEXED, LIGHT_INDEXED, palette_for
from gathertui.render.indexed import SIXTEEN, nearest_index
from gathertui.render.modes import ColourDepth
from gathertui.render.office.bigsprites import BIG_ASCII_SPRITES, BIG_SPRITES
from gathertui.render.office.figures import MARKS
from gathertui.render.office.ground import paint_ground
from gathertui.render.office.mappaint import AWAY_STRENGTH
from gathertui.render.office.sprites import ASCII_SPRITES, SPRITES, Role
from gathertui.render.palettes import DARK, LIGHT
from gathertui.world.looks import GROUNDS, STANDARD_KINDS
from gathertui.world.mapfile import load_map

TEXT = 4.5
MARK = 3.0

PALETTES = [DARK, LIGHT, DARK_INDEXED, LIGHT_INDEXED]
SHAPES = (SPRITES, ASCII_SPRITES, BIG_SPRITES, BIG_ASCII_SPRITES)
INDEXED = (DARK_INDEXED, LIGHT_INDEXED)

pytestmark = pytest.mark.parametrize("palette", PALETTES, ids=["dark", "light", "dark-256", "light-256"])


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


def distance(one, other):
    """How different two colours look, in Oklab."""
    return sum((a - b) ** 2 for a, b in zip(oklab(one), oklab(other), strict=True)) ** 0.5


def shown(palette, colour):
    """The colour that a terminal shows for it."""
    if palette not in INDEXED:
        return colour
    index = nearest_index(colour)
    if index >= 232:
        return (8 + 10 * (index - 232)) * 0x010101
    steps = (0, 95, 135, 175, 215, 255)
    return steps[(index - 16) // 36] << 16 | steps[(index - 16) // 6 % 6] << 8 | steps[(index - 16) % 6]


def floors(palette):
    """Every colour that a floor can have: plain, fully lit, and in the shade of a wall."""
    for ground in palette.grounds.values():
        for tone in (ground.first, ground.second):
            yield tone
            yield shown(palette, mix(tone, palette.light, palette.light_strength))
            yield shown(palette, mix(tone, palette.shade, palette.shade_strength))


def test_a_palette_for_few_colours_has_just_those(palette):
    assert palette_for(palette, ColourDepth.TRUECOLOR) is palette
    few = palette_for(palette, ColourDepth.INDEXED)
    assert few.name == palette.name and few in INDEXED
    colours = [*few.people, few.app, few.panel, few.plate, few.rule]
    colours += [tone for ground in few.grounds.values() for tone in ground[:2]]
    assert [hex(colour) for colour in colours] == [hex(shown(few, colour)) for colour in colours]


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


def test_initials_can_be_read_of_people_who_are_set_off_from_a_neighbour(palette):
    for colour in palette.people:
        shaded = mix(colour, palette.person_shade, palette.person_shade_strength)
        assert contrast(palette.ink, shown(palette, shaded)) >= TEXT
        assert shown(palette, shaded) != shown(palette, colour)
        assert contrast(colour, palette.rule) >= TEXT


def test_marks_can_be_seen_on_every_floor_and_on_the_plate(palette):
    for mark in MARKS:
        colour = getattr(palette, mark.colour)
        assert min(contrast(shown(palette, colour), ground) for ground in (palette.plate, *floors(palette))) >= MARK


def test_people_can_be_told_apart(palette):
    assert len(palette.people) >= 12
    for one, other in combinations(palette.people, 2):
        assert distance(one, other) >= 0.06, f"{one:06X} {other:06X}"
    assert palette.person(len(palette.people)) == palette.person(0)


def test_doors_and_plants_stand_out(palette):
    door = palette.tones["door"]
    assert contrast(door.top, door.side) >= MARK
    assert min(contrast(palette.tones["plant"].top, floor) for floor in floors(palette)) >= MARK


def test_what_is_lit_is_brighter_and_grounds_differ(palette):
    for ground in palette.grounds.values():
        lit = mix(ground.first, palette.light, palette.light_strength)
        if palette in INDEXED:
            assert shown(palette, lit) != ground.first
        else:
            assert sum(linear(lit)) > sum(linear(ground.first)) * 1.1
    assert len(set(palette.grounds.values())) == len(palette.grounds)


def test_every_look_and_ground_of_the_world_has_colours_and_a_shape(palette):
    assert set(palette.grounds) == GROUNDS
    looks = {kind.look for kind in STANDARD_KINDS.values()} - {"floor", "void"}
    assert set(palette.tones) == looks
    assert all(set(sprites) == looks for sprites in SHAPES)


def test_a_blank_cell_of_a_sprite_shows_the_ground(palette):
    for sprite in (sprite for sprites in SHAPES for sprite in sprites.values()):
        blank = sprite.codepoints == ord(" ")
        assert (sprite.behind[blank] == Role.GROUND).all()
    for sprite in (*ASCII_SPRITES.values(), *BIG_ASCII_SPRITES.values()):
        assert (sprite.codepoints < 0x7F).all()


def test_with_sixteen_colours_everybody_can_be_read_and_told_from_furniture(palette):
    few = palette_for(palette, ColourDepth.SIXTEEN)
    assert few.name == palette.name
    floors_ = {tone for ground in few.grounds.values() for tone in ground[:2]} | {few.plate, few.app, few.panel}
    assert len(set(few.people)) == len(few.people)
    for colour in few.people:
        assert contrast(few.ink, colour) >= TEXT
        assert min(contrast(colour, floor) for floor in floors_) >= TEXT
        shaded = mix(colour, few.person_shade, few.person_shade_strength)
        nearest = min(SIXTEEN, key=lambda other: distance(other, shaded))
        assert nearest != colour and contrast(few.ink, nearest) >= TEXT
    for mark in MARKS:
        assert min(contrast(getattr(few, mark.colour), floor) for floor in floors_) >= MARK
    assert not set(few.people) & {few.tones[look].top for look in ("wall", "desk", "table", "sofa")}
    assert not few.bold_initials, "bold black is grey in many terminals"
    for tone in few.tones.values():
        assert {tone.top, tone.side, tone.detail} <= set(SIXTEEN)


def test_without_colours_walls_furniture_and_people_stand_out_from_the_floor(palette):
    few = palette_for(palette, ColourDepth.MONO)
    picture = paint_ground(load_map(bundled_map("office")), few)
    solid = picture.codepoints == ord("█")
    reverse = shown_reversed(picture.codepoints, picture.foreground, picture.background)
    assert solid.any() and not reverse[solid].any(), "a block that is reversed cannot be seen"
    floor = picture.codepoints == ord(" ")
    assert not reverse[floor].any()
    ink, ground = (np.array([colour], np.uint32) for colour in (few.ink, few.people[0]))
    assert shown_reversed(np.array([ord("A")], np.uint32), ink, ground).all(), "initials are in reverse video"
