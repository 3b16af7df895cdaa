"""The tables of code points, held against the names that the Unicode standard gives them."""

from __future__ import annotations

import re

import numpy as np
import pytest
import unicodedata2

from gathertui.render.glyphs import (
    ASCII,
    BRAILLE,
    DIAGONALS,
    HALVES,
    LEFT_EIGHTHS,
    LOWER_EIGHTHS,
    OCTANTS,
    OPPOSITE_DIAGONAL,
    QUADRANTS,
    RIGHT_EIGHTHS,
    SEXTANTS,
    UPPER_EIGHTHS,
    coverage,
)

EIGHTHS = {"ONE EIGHTH": 1, "ONE QUARTER": 2, "THREE EIGHTHS": 3, "HALF": 4, "FIVE EIGHTHS": 5,
           "THREE QUARTERS": 6, "SEVEN EIGHTHS": 7}  # fmt: skip
CORNERS = ("UPPER LEFT", "UPPER RIGHT", "LOWER LEFT", "LOWER RIGHT")


def name_of(code: int) -> str:
    return str(unicodedata2.name(chr(code)))


def side(edge: str, eighths: int, size: int = 8) -> np.ndarray:
    """An 8 by 8 drawing of so many eighths from one edge of the cell."""
    ink = np.zeros((size, size), int)
    part = {"UPPER": np.s_[:eighths], "LOWER": np.s_[8 - eighths :]}
    across = {"LEFT": np.s_[:, :eighths], "RIGHT": np.s_[:, 8 - eighths :]}
    ink[(part | across)[edge]] = 1
    return ink


def drawn(name: str) -> np.ndarray:
    """What a name says, on 8 by 24 squares (so that thirds and quarters both come out), written from the standard."""
    ink = np.zeros((24, 8), int)
    if name in ("SPACE", "BRAILLE PATTERN BLANK"):
        return ink
    if name == "FULL BLOCK":
        return ink + 1
    if match := re.fullmatch(r"BLOCK (SEXTANT|OCTANT)-(\d+)", name):
        high = 8 if match[1] == "SEXTANT" else 6
        for number in match[2]:
            row, column = divmod(int(number) - 1, 2)
            ink[row * high : (row + 1) * high, column * 4 : column * 4 + 4] = 1
        return ink
    if name.startswith("QUADRANT "):
        for corner in name.removeprefix("QUADRANT ").split(" AND "):
            row, column = divmod(CORNERS.index(corner), 2)
            ink[row * 12 : row * 12 + 12, column * 4 : column * 4 + 4] = 1
        return ink
    if match := re.fullmatch(r"MIDDLE (LEFT|RIGHT) ONE QUARTER BLOCK", name):
        ink[6:18] = side(match[1], 4)[0]
        return ink
    sizes = "|".join(EIGHTHS)
    match = re.fullmatch(rf"(\w+) ({sizes})(?: (\w+) ({sizes}))? BLOCK", name)
    assert match, name
    ink += np.repeat(side(match[1], EIGHTHS[match[2]]), 3, axis=0)
    if match[3]:
        ink *= np.repeat(side(match[3], EIGHTHS[match[4]]), 3, axis=0)
    return ink


@pytest.mark.parametrize(
    ("codes", "columns", "rows"),
    [(HALVES, 1, 2), (QUADRANTS, 2, 2), (SEXTANTS, 2, 3), (OCTANTS, 2, 4)],
    ids=["half", "quad", "sextant", "octant"],
)
def test_every_pattern_has_the_character_whose_name_says_it(codes, columns, rows):
    assert len(codes) == len(set(codes)) == 2 ** (columns * rows)
    for pattern, code in enumerate(codes):
        bits = np.array([pattern >> place & 1 for place in range(columns * rows)]).reshape(rows, columns)
        expected = np.kron(bits, np.ones((24 // rows, 8 // columns), int))
        assert np.array_equal(drawn(name_of(code)), expected), f"{pattern:b} {code:x}"


def test_all_octants_of_the_standard_are_used():
    assert set(range(0x1CD00, 0x1CDE6)) < set(OCTANTS)
    assert sum(name_of(code).startswith("BLOCK OCTANT-") for code in OCTANTS) == 230


def test_braille_has_the_dots_of_its_name():
    places = {1: 0, 2: 2, 3: 4, 4: 1, 5: 3, 6: 5, 7: 6, 8: 7}
    for pattern, code in enumerate(BRAILLE):
        dots = name_of(code).removeprefix("BRAILLE PATTERN ").removeprefix("DOTS-")
        numbers = [] if dots == "BLANK" else [int(digit) for digit in dots]
        assert sum(1 << places[number] for number in numbers) == pattern


@pytest.mark.parametrize(
    ("codes", "edge"),
    [(LOWER_EIGHTHS, "LOWER"), (UPPER_EIGHTHS, "UPPER"), (LEFT_EIGHTHS, "LEFT"), (RIGHT_EIGHTHS, "RIGHT")],
)
def test_eighths_grow_from_their_edge(codes, edge):
    for eighths, code in enumerate(codes, 1):
        assert EIGHTHS[name_of(code).removeprefix(f"{edge} ").removesuffix(" BLOCK")] == eighths
        assert np.array_equal(coverage(code, 8, 8), side(edge, eighths))


PLACES = {"UPPER": 0.0, "UPPER MIDDLE": 1 / 3, "LOWER MIDDLE": 2 / 3, "LOWER": 1.0}
ACROSS = {"LEFT": 0.0, "CENTRE": 0.5, "RIGHT": 1.0}


def place(words: str) -> tuple[float, float]:
    """Where "UPPER MIDDLE LEFT" is, as (x, y)."""
    height, _, across = words.rpartition(" ")
    return ACROSS[across], PLACES[height]


@pytest.mark.parametrize("code", [*DIAGONALS, *OPPOSITE_DIAGONAL.values()], ids=hex)
def test_slants_lie_on_their_side_of_the_line_of_their_name(code):
    match = re.fullmatch(r"(\w+ \w+) BLOCK DIAGONAL (.+) TO (.+)", name_of(code))
    assert match
    (x0, y0), (x1, y1), corner = place(match[2]), place(match[3]), place(match[1])
    size = 40
    x, y = (np.arange(size) + 0.5) / size, ((np.arange(size) + 0.5) / size)[:, None]

    def turn(x, y):
        return (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)

    covered = coverage(code, size, size)
    distance = turn(x, y) * np.sign(turn(*corner)) / np.hypot(x1 - x0, y1 - y0)
    assert (covered[distance > 1 / size] == 1).all()
    assert (covered[distance < -1 / size] == 0).all()


def test_what_shows_the_rest_of_a_cell_covers_it():
    pairs = [*OPPOSITE_DIAGONAL.items(), *zip(OCTANTS, reversed(OCTANTS), strict=True)]
    pairs += zip(LEFT_EIGHTHS, reversed(RIGHT_EIGHTHS), strict=True)
    for code, rest in pairs:
        assert np.allclose(coverage(code, 6, 12) + coverage(rest, 6, 12), 1, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (6, 12), (7, 13)])
def test_coverage_keeps_the_amount_of_ink_on_any_grid(size):
    for code in (OCTANTS[0b10110100], SEXTANTS[0b011001], 0x2583, 0x1FB45, ord("%"), BRAILLE[7]):
        assert coverage(code, *size).shape == size[::-1]
        assert coverage(code, *size).mean() == pytest.approx(coverage(code, 24, 48).mean(), abs=0.005)


def test_letters():
    assert coverage(0x4E00, 2, 2).sum() == coverage(0x20, 2, 2).sum() == 0
    ink = {chr(code): coverage(code, 1, 1).item() for code in ASCII}
    assert ink[" "] == 0 < ink["."] < ink[":"] < ink["+"] < ink["#"] < ink["@"] < 0.5
    assert coverage(ord("_"), 1, 6)[-1, 0] > 0 == coverage(ord("_"), 1, 6)[:-1].sum()
    for character in "!|I+T":
        assert coverage(ord(character), 3, 1).argmax() == 1
    for high, low in ("'.", '",', "!;", "^_"):
        above, below = coverage(ord(high), 1, 2).ravel(), coverage(ord(low), 1, 2).ravel()
        assert above[0] > above[1] and below[1] > below[0]
    assert coverage(ord("L"), 3, 1)[0, 0] > coverage(ord("L"), 3, 1)[0, 2]


def test_coverage_is_not_to_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        coverage(0x2588, 2, 2)[:] = 0
