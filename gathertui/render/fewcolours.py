"""The palettes for terminals with few colours, so that what is designed is what is seen.

256 colours: the floors of the full palettes lie too close together, most would
become one grey. Here every floor, person and wall has one of the 256. The dark
ones are too loud for floors that people stand out from: dark floors are greys,
and differ by their pattern.

16 colours, as xterm shows them unless told otherwise: floors are all one, and
only as many people's colours are left as can be read on them. Light on what you
hear would need a shade that there is not.

No colours: where a terminal shows but its own two, glyphs are all there is.
What is solid is white and everything else black.
"""

from __future__ import annotations

from dataclasses import replace

from gathertui.render.modes import ColourDepth
from gathertui.render.palettes import DARK, LIGHT, Ground, Palette, Pattern, Tone

DARK_INDEXED = replace(
    DARK,
    app=0x080808,
    panel=0x121212,
    plate=0x1C1C1C,
    rule=0x303030,
    light_strength=0.1,
    object_light_strength=0.2,
    people=(
        0x87AFFF,
        0xD7AF5F,
        0x5FD7D7,
        0xD7AFFF,
        0xFFAFAF,
        0xAFD75F,
        0x87D7FF,
        0xFFAF5F,
        0xFFAFFF,
        0xFFFF87,
        0xC6C6C6,
        0x5FD787,
    ),
    grounds={
        "stone": Ground(0x1C1C1C, 0x1C1C1C),
        "oak": Ground(0x121212, 0x1C1C1C, Pattern.PLANKS),
        "carpet": Ground(0x262626, 0x262626),
        "navy": Ground(0x121212, 0x121212),
        "tile": Ground(0x1C1C1C, 0x262626),
        "terracotta": Ground(0x1C1C1C, 0x262626, Pattern.PLANKS),
        "moss": Ground(0x121212, 0x1C1C1C),
        "plum": Ground(0x1C1C1C, 0x262626, Pattern.SQUARES),
        "deck": Ground(0x121212, 0x262626, Pattern.PLANKS),
        "grass": Ground(0x121212, 0x1C1C1C, Pattern.SQUARES),
    },
    tones={
        **DARK.tones,
        "wall": Tone(0x6C6C6C, 0x4E4E4E),
        "window": Tone(0x6C6C6C, 0x4E4E4E, 0x87AFD7),
        "glass": Tone(0x5F8787, 0x005F5F),
        "board": Tone(0x6C6C6C, 0x4E4E4E, 0xDADADA),
        "screen": Tone(0x6C6C6C, 0x4E4E4E, 0x5F87D7),
        "door": Tone(0xD7AF5F, 0x1C1C1C),
        "desk": Tone(0x87875F, 0x5F5F00),
        "workstation": Tone(0x87875F, 0x5F5F00, 0x262626),
        "table": Tone(0x87875F, 0x5F5F00),
        "shelf": Tone(0x875F00, 0x444444, 0xAF875F),
        "sofa": Tone(0x5F87AF, 0x005F87),
        "armchair": Tone(0xAF875F, 0x875F00),
        "plant": Tone(0x5FAF5F, 0x5FAF5F, 0xAF875F),
        "tree": Tone(0x5F875F, 0x5F875F),
    },
)

LIGHT_INDEXED = replace(
    LIGHT,
    app=0xEEEEEE,
    panel=0xFFFFFF,
    plate=0xFFFFFF,
    rule=0xD0D0D0,
    dim=0x5F5F5F,
    accent=0x005FAF,
    green=0x005F00,
    amber=0x875F00,
    red=0xAF0000,
    person_shade_strength=0.62,
    people=(
        0x0000D7,
        0x5F0000,
        0x005F5F,
        0x5F00D7,
        0xAF0000,
        0x005F00,
        0x005F87,
        0x870000,
        0x870087,
        0x87005F,
        0x444444,
        0x5F0087,
    ),
    grounds={
        "stone": Ground(0xDADADA, 0xDADADA),
        "oak": Ground(0xD7D7AF, 0xD7D7AF),
        "carpet": Ground(0xDADADA, 0xE4E4E4, Pattern.SQUARES),
        "navy": Ground(0xD7D7FF, 0xD7D7FF),
        "tile": Ground(0xD7FFFF, 0xD7FFFF),
        "terracotta": Ground(0xFFD7D7, 0xFFD7D7),
        "moss": Ground(0xD7FFD7, 0xD7FFD7),
        "plum": Ground(0xFFD7FF, 0xFFD7FF),
        "deck": Ground(0xFFD7AF, 0xFFD7AF),
        "grass": Ground(0xD7FFAF, 0xD7FFD7, Pattern.SQUARES),
    },
)

_BLACK, _GREY, _SILVER, _WHITE = 0x000000, 0x7F7F7F, 0xE5E5E5, 0xFFFFFF

DARK_SIXTEEN = replace(
    DARK,
    app=_BLACK,
    panel=_BLACK,
    plate=_BLACK,
    rule=_GREY,
    text=_SILVER,
    dim=_GREY,
    accent=0x5C5CFF,
    green=0x00CD00,
    amber=0xCDCD00,
    red=0xFF0000,
    ink=_BLACK,
    # Many terminals show bold black as grey.
    bold_initials=False,
    light_strength=0.0,
    object_light_strength=0.0,
    shade_strength=0.0,
    person_shade=_GREY,
    person_shade_strength=1.0,
    people=(0xCDCD00, 0x00CDCD, 0xFF00FF, 0xFF0000, 0x00CD00, 0x00FFFF, 0xFFFF00, 0xE5E5E5, 0x00FF00),
    grounds=dict.fromkeys(DARK.grounds, Ground(_BLACK, _BLACK)),
    tones={
        **dict.fromkeys(DARK.tones, Tone(_GREY, _BLACK, _SILVER)),
        "window": Tone(_GREY, _BLACK, 0x00CDCD),
        "screen": Tone(_GREY, _BLACK, 0x5C5CFF),
        "door": Tone(0xCDCD00, _BLACK),
        "workstation": Tone(_GREY, _BLACK, _BLACK),
        "coffee": Tone(_GREY, _BLACK, _BLACK),
        "shelf": Tone(_GREY, _BLACK, _GREY),
        "chair": Tone(_GREY, _GREY),
        "plant": Tone(0x00CD00, 0x00CD00, 0xCDCD00),
        "tree": Tone(0x00CD00, 0x00CD00),
    },
)

LIGHT_SIXTEEN = replace(
    LIGHT,
    app=_WHITE,
    panel=_WHITE,
    plate=_WHITE,
    rule=_SILVER,
    text=_BLACK,
    dim=_GREY,
    accent=0x0000EE,
    green=_BLACK,
    amber=0xCD00CD,
    red=0xCD0000,
    ink=_WHITE,
    bold_initials=False,
    light_strength=0.0,
    object_light_strength=0.0,
    shade_strength=0.0,
    person_shade=_BLACK,
    person_shade_strength=0.9,
    people=(0x0000EE, 0xCD0000, 0xCD00CD, 0x5C5CFF),
    grounds=dict.fromkeys(LIGHT.grounds, Ground(_WHITE, _WHITE)),
    tones={
        **dict.fromkeys(LIGHT.tones, Tone(_SILVER, _GREY, _GREY)),
        **dict.fromkeys(("wall", "board", "glass", "window"), Tone(_GREY, _SILVER, _WHITE)),
        "screen": Tone(_GREY, _SILVER, 0x5C5CFF),
        "door": Tone(0xCD0000, _WHITE),
        "railing": Tone(_GREY, _WHITE),
        "workstation": Tone(_SILVER, _GREY, _BLACK),
        "shelf": Tone(_SILVER, _SILVER, _GREY),
        "chair": Tone(_GREY, _GREY),
        "plant": Tone(_GREY, _GREY, _GREY),
        "tree": Tone(_GREY, _GREY),
    },
)


def _without_colours(palette: Palette) -> Palette:
    return replace(
        DARK_SIXTEEN,
        name=palette.name,
        people=(_WHITE,),
        grounds=dict.fromkeys(DARK.grounds, Ground(_BLACK, _BLACK)),
        tones={
            **dict.fromkeys(DARK.tones, Tone(_WHITE, _BLACK, _WHITE)),
            "workstation": Tone(_WHITE, _BLACK, _BLACK),
            "coffee": Tone(_WHITE, _BLACK, _BLACK),
            "chair": Tone(_WHITE, _WHITE),
        },
        bold_initials=True,
    )


_MADE_FOR = {
    ColourDepth.INDEXED: {palette.name: palette for palette in (DARK_INDEXED, LIGHT_INDEXED)},
    ColourDepth.SIXTEEN: {palette.name: palette for palette in (DARK_SIXTEEN, LIGHT_SIXTEEN)},
    # What is bright here is the terminal's ink, whichever of its two colours that is.
    ColourDepth.MONO: {palette.name: _without_colours(palette) for palette in (DARK, LIGHT)},
}


def palette_for(palette: Palette, depth: ColourDepth) -> Palette:
    """The palette of the same name that is made for a terminal with so many colours."""
    return _MADE_FOR.get(depth, {}).get(palette.name, palette)
