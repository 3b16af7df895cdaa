"""The colours of the office. A palette is designed for its background, never derived from another.

Text has at least 4.5:1 against what it is written on and marks at least 3:1,
by the WCAG 2 formula; tests hold every palette to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Pattern(Enum):
    """How a ground's two tones alternate."""

    CHECKER = "checker"
    PLANKS = "planks"
    SQUARES = "squares"


class Ground(NamedTuple):
    """What a floor is laid with: two tones, close to each other."""

    first: int
    second: int
    pattern: Pattern = Pattern.CHECKER


class Tone(NamedTuple):
    """A look's colours: what the light falls on, what it doesn't, and one detail."""

    top: int
    side: int
    detail: int = 0


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as 0xRRGGBB.

    `app`, `panel` and `rule` are backgrounds; `text` and `dim` are written on
    them, `accent`, `green` (live), `amber` (wants you) and `red` (off-limits,
    failing) mark. `people` are the persons' own colours, as a background for
    their initials in `ink`, which are bold with `bold_initials`, and as text on
    any ground; `you` is your own label.
    `person_shade` is mixed into the colour of somebody who stands beside a person
    of much the same colour. `plate` lies under a label where the floor doesn't.
    `light` is mixed into the floor where you can hear, up to `light_strength`,
    and into what stands on it up to `object_light_strength`; `shade` into the
    floor below walls. `grounds` and `tones` are keyed by the names in
    `world.looks`.
    """

    name: str
    app: int
    panel: int
    rule: int
    text: int
    dim: int
    accent: int
    green: int
    amber: int
    red: int
    ink: int
    you: int
    plate: int
    light: int
    light_strength: float
    object_light_strength: float
    shade: int
    shade_strength: float
    person_shade: int
    person_shade_strength: float
    people: tuple[int, ...]
    grounds: Mapping[str, Ground]
    tones: Mapping[str, Tone]
    bold_initials: bool = True

    def person(self, number: int) -> int:
        """The colour of the person with this colour number, whatever its size."""
        return self.people[number % len(self.people)]


DARK = Palette(
    name="dark",
    app=0x14161B,
    panel=0x1A1D24,
    rule=0x2B303B,
    text=0xD7DAE0,
    dim=0x8A93A3,
    accent=0x7AA2F7,
    green=0x9ECE6A,
    amber=0xE0AF68,
    red=0xF7768E,
    ink=0x101216,
    you=0xFFFFFF,
    plate=0x1A1D24,
    light=0xFFF4D6,
    light_strength=0.12,
    object_light_strength=0.12,
    shade=0x0B0C10,
    shade_strength=0.28,
    person_shade=0x14161B,
    person_shade_strength=0.26,
    people=(
        0x95B5F9,
        0xE0AF68,
        0x73DACA,
        0xC5A8F8,
        0xFF98A8,
        0x9ECE6A,
        0x7DCFFF,
        0xFF9E64,
        0xF5A6DA,
        0xE6DB74,
        0xB9C3D4,
        0x58CA90,
    ),
    grounds={
        "stone": Ground(0x23262E, 0x262A32),
        "oak": Ground(0x2B251F, 0x2F2822, Pattern.PLANKS),
        "carpet": Ground(0x2A2437, 0x2D273B),
        "navy": Ground(0x1D293B, 0x202D41),
        "tile": Ground(0x1C2B2B, 0x203030),
        "terracotta": Ground(0x322624, 0x362A27, Pattern.PLANKS),
        "moss": Ground(0x232C22, 0x263025),
        "plum": Ground(0x302230, 0x342634),
        "deck": Ground(0x2E2820, 0x352E25, Pattern.PLANKS),
        "grass": Ground(0x1D2B1E, 0x203022, Pattern.SQUARES),
    },
    tones={
        "wall": Tone(0x596275, 0x333947),
        "window": Tone(0x596275, 0x333947, 0x6F93B3),
        "glass": Tone(0x4B6577, 0x2A3A48),
        "board": Tone(0x596275, 0x333947, 0xD5D9E0),
        "screen": Tone(0x596275, 0x333947, 0x4F7FBF),
        "door": Tone(0xC79A5B, 0x2E2A28),
        "railing": Tone(0x6B6355, 0x4A4438),
        "desk": Tone(0x7A5F43, 0x4A3A2A),
        "workstation": Tone(0x7A5F43, 0x4A3A2A, 0x2A303B),
        "table": Tone(0x6B5A4A, 0x42372C),
        "counter": Tone(0x8D95A3, 0x4D5462),
        "coffee": Tone(0x8D95A3, 0x4D5462, 0x3A2A22),
        "fridge": Tone(0xA3ABB8, 0x5B6270),
        "shelf": Tone(0x6F4B33, 0x4A3021, 0x8A5B3C),
        "chair": Tone(0x5D6678, 0x434A5A),
        "sofa": Tone(0x4F6D8F, 0x385069),
        "armchair": Tone(0x8A6A4A, 0x654B33),
        "plant": Tone(0x6FA765, 0x6FA765, 0x8A5B3C),
        "tree": Tone(0x4B7A48, 0x4B7A48),
    },
)

LIGHT = Palette(
    name="light",
    app=0xF4F2ED,
    panel=0xFBFAF7,
    rule=0xD5D1C8,
    text=0x24272E,
    dim=0x62676F,
    accent=0x2F5FC4,
    green=0x2F7A32,
    amber=0x8A5A00,
    red=0xB82B45,
    ink=0xFFFFFF,
    you=0x000000,
    plate=0xFBFAF7,
    light=0xFFFBEB,
    light_strength=0.6,
    object_light_strength=0.25,
    shade=0x6B6658,
    shade_strength=0.07,
    person_shade=0x000000,
    person_shade_strength=0.35,
    people=(
        0x2252B5,
        0x824A00,
        0x006359,
        0x673CB8,
        0xA81E46,
        0x2C6413,
        0x005D89,
        0x9E3400,
        0x9D1B83,
        0x625800,
        0x4A5263,
        0x7E1FA8,
    ),
    grounds={
        "stone": Ground(0xDDDCD9, 0xE1E0DD),
        "oak": Ground(0xE4D9C6, 0xE8DDCB, Pattern.PLANKS),
        "carpet": Ground(0xDDD6E8, 0xE1DBEB),
        "navy": Ground(0xD0DBEA, 0xD5DFED),
        "tile": Ground(0xD0E2DE, 0xD7E7E3),
        "terracotta": Ground(0xEBD8CD, 0xEEDDD3, Pattern.PLANKS),
        "moss": Ground(0xD8E2D0, 0xDCE6D5),
        "plum": Ground(0xE8D7E3, 0xEBDCE7),
        "deck": Ground(0xE2D5C0, 0xE8DDCB, Pattern.PLANKS),
        "grass": Ground(0xCDE2C4, 0xD3E7CA, Pattern.SQUARES),
    },
    tones={
        "wall": Tone(0x8F96A3, 0xB9BEC7),
        "window": Tone(0x8F96A3, 0xB9BEC7, 0xA9D3F0),
        "glass": Tone(0x93B4C6, 0xC3DAE5),
        "board": Tone(0x8F96A3, 0xB9BEC7, 0xFFFFFF),
        "screen": Tone(0x8F96A3, 0xB9BEC7, 0x3F6FB5),
        "door": Tone(0x9A6420, 0xE9DFCF),
        "railing": Tone(0x8F8166, 0x8F8166),
        "desk": Tone(0xC39B6B, 0x94713F),
        "workstation": Tone(0xC39B6B, 0x94713F, 0x3E4653),
        "table": Tone(0xB89C7C, 0x86694A),
        "counter": Tone(0xBFC5CF, 0x8A919E),
        "coffee": Tone(0xBFC5CF, 0x8A919E, 0x55392A),
        "fridge": Tone(0xE9ECEF, 0x9AA1AD),
        "shelf": Tone(0xA06F48, 0x8A5A36, 0xB98255),
        "chair": Tone(0x8B93A3, 0x6C7484),
        "sofa": Tone(0x7FA0C6, 0x58789E),
        "armchair": Tone(0xC9A27A, 0x9C7750),
        "plant": Tone(0x3F7F3C, 0x3F7F3C, 0x9A6A42),
        "tree": Tone(0x6FA765, 0x6FA765),
    },
)
