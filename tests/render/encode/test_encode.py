"""The bytes that the encoder makes, replayed on a terminal."""

from __future__ import annotations

import numpy as np
import pytest

from gathertui.render.cells import BOLD, CONTINUATION, Cells
from gathertui.render.encode import encode, encode_lines, encoded_length, synchronized
from gathertui.render.encode import encoder as encoding
from gathertui.render.modes import ColourDepth

DEPTHS = list(ColourDepth)
SIZES = ((1, 1), (2, 1), (1, 5), (7, 2), (12, 4), (12, 6), (20, 3), (40, 5))


def one_frame(terminals, expected, paint, number: int) -> None:
    """Draw a random part of a random picture at a random place over another, and see that just this part changed."""
    columns, rows = SIZES[number % len(SIZES)] if number % 50 else (60, 20)
    depth = DEPTHS[number % 4]
    left, top = (int(value) for value in paint.random.integers(0, 4, 2))
    terminal = terminals(columns + left, rows + top)
    if number % 3 == 0:
        terminal.feed(b"\x1b[32;45m" + b"#" * ((columns + left) * (rows + top)))
    terminal.dirty_pen()
    before = terminal.lines(0, 0, columns + left, rows + top)
    cells = paint.cells(columns, rows)
    mask = paint.mask(columns, rows)
    given = None if mask.all() and number % 2 else mask
    options = {"left": left, "top": top, "depth": depth, "repeat": number % 5 < 2}
    data = encode(cells, given, **options)
    assert encoded_length(cells, given, **options) == len(data)
    assert bool(data) == bool(mask.any())
    terminal.feed(data)
    assert not expected(cells, depth).wrong(terminal.lines(left, top, columns, rows), mask, mask), (number, data)
    after = terminal.lines(0, 0, columns + left, rows + top)
    touched = np.zeros((rows + top, columns + left), np.bool_)
    touched[top:, left:] = mask
    for y, x in np.argwhere(~touched).tolist():
        assert after[y][x] == before[y][x], (number, x, y)


def test_a_terminal_shows_the_buffer(terminal, expected, painter) -> None:
    paint = painter(1)
    for number in range(800):
        one_frame(terminal, expected, paint, number)


@pytest.mark.slow
def test_a_terminal_shows_ten_thousand_buffers(terminal, expected, painter) -> None:
    paint = painter(2)
    for number in range(10_000):
        one_frame(terminal, expected, paint, number)


def test_few_and_many_cells_are_encoded_alike(painter, monkeypatch: pytest.MonkeyPatch) -> None:
    paint = painter(3)
    for number in range(400):
        columns, rows = SIZES[number % len(SIZES)]
        cells, mask, resend = paint.cells(columns, rows), paint.mask(columns, rows), paint.mask(columns, rows)
        options = {"left": 9, "top": 98, "depth": DEPTHS[number % 4], "repeat": number % 3 == 0, "resend": resend}
        found = []
        for few in (0, 10_000):
            monkeypatch.setattr(encoding, "_FEW", few)
            found.append(encode(cells, mask, **options) if mask.any() else b"")
            assert encoded_length(cells, mask, **options) == len(found[-1]) if mask.any() else True
        assert found[0] == found[1], (number, options)


@pytest.mark.parametrize("depth", DEPTHS)
def test_whatever_a_buffer_holds_every_cell_takes_its_place(terminal, depth: ColourDepth) -> None:
    """Escapes, marks without a width, halves of nothing and numbers beyond Unicode are drawn as spaces."""
    paint = np.random.default_rng(4)
    pool = [
        0x07,
        0x1B,
        0x0A,
        0x7F,
        0x9B,
        0x301,
        0x200D,
        0xFE0F,
        0x202E,
        0xD800,
        0xFFFF_FFFF,
        0x11_0000,
        0x6771,
        0,
        0x61,
    ]
    for _ in range(60):
        cells = Cells(9, 3)
        cells.codepoints[:] = paint.choice(np.array(pool, np.uint32), (3, 9))
        mask = paint.random((3, 9)) < 0.7
        screen = terminal(9, 3)
        screen.feed(encode(cells, mask, depth=depth))
        for y, line in enumerate(screen.lines(0, 0, 9, 3)):
            for x, shown in enumerate(line):
                whole = x < 8 and cells.codepoints[y, x + 1] == CONTINUATION and mask[y, x + 1]
                if not mask[y, x]:
                    assert shown.data == " "
                elif cells.codepoints[y, x] == 0x61:
                    assert shown.data == "a"
                elif cells.codepoints[y, x] == 0x6771 and whole:
                    assert (shown.data, line[x + 1].data) == ("東", "")
                else:
                    assert shown.data in (" ", "")


def text_of(text: str, *, foreground: int = 0xFF0000, background: int = 0) -> Cells:
    cells = Cells(40, 2, foreground=foreground, background=background)
    cells.put(0, 0, text, foreground=foreground, background=background)
    return cells


def test_the_pen_is_told_only_what_changes() -> None:
    cells = text_of("ab c", foreground=0x0102FF, background=0x0A0B0C)
    cells.foreground[0, 2] = 0x999999  # a space has no ink
    cells.attributes[0, 2] = BOLD
    mask = np.zeros((2, 40), np.bool_)
    mask[0, :4] = True
    assert encode(cells, mask) == b"\x1b[H\x1b[0;38;2;1;2;255;48;2;10;11;12mab c"
    cells.background[0, 1] = 0
    cells.foreground[0, 3] = 5
    cells.attributes[0, 3] = BOLD
    assert encode(cells, mask, top=7, left=1) == (
        b"\x1b[8;2H\x1b[0;38;2;1;2;255;48;2;10;11;12ma\x1b[48;2;0;0;0mb\x1b[48;2;10;11;12m \x1b[1;38;2;0;0;5mc"
    )


def test_a_full_block_is_a_space_on_its_ink_but_without_colours() -> None:
    """Fonts whose full block is smaller than the cell would show seams."""
    cells = text_of("██ ▀", foreground=0xFF0000, background=0x0A0B0C)
    cells.background[0, 1] = 0x999999
    cells.background[0, 2] = 0xFF0000
    mask = np.zeros((2, 40), np.bool_)
    mask[0, :4] = True
    start = b"\x1b[H\x1b[0;"
    upper_half = "▀".encode()
    assert encode(cells, mask) == start + b"48;2;255;0;0m   \x1b[38;2;255;0;0;48;2;10;11;12m" + upper_half
    assert encode(cells, mask, depth=ColourDepth.INDEXED) == (
        start + b"48;5;196m   \x1b[38;5;196;48;5;232m" + upper_half
    )
    assert encode(cells, mask, depth=ColourDepth.SIXTEEN) == start + b"101m   \x1b[91;40m" + upper_half
    mask[0, 2] = False
    assert "██" in encode(cells, mask, depth=ColourDepth.MONO).decode()
    assert cells.codepoints[0, 0] == 0x2588


@pytest.mark.parametrize(
    ("depth", "data"),
    [
        (ColourDepth.INDEXED, b"\x1b[H\x1b[0;38;5;196;48;5;16ma"),
        (ColourDepth.SIXTEEN, b"\x1b[H\x1b[0;91;40ma"),
        (ColourDepth.MONO, b"\x1b[H\x1b[0ma"),
    ],
)
def test_a_terminal_of_fewer_colours_gets_its_own(depth: ColourDepth, data: bytes) -> None:
    mask = np.zeros((2, 40), np.bool_)
    mask[0, 0] = True
    assert encode(text_of("a"), mask, depth=depth) == data


def test_colours_that_a_terminal_cannot_tell_apart_are_sent_once() -> None:
    cells = text_of("aa")
    cells.foreground[0, 1] = 0xFE0000
    mask = cells.codepoints == ord("a")
    assert encode(cells, mask, depth=ColourDepth.INDEXED).count(b"38;5;") == 1
    assert encode(cells, mask).count(b"38;2;") == 2


@pytest.mark.parametrize(
    ("code", "ink", "ground", "reverse"),
    [
        ("▀", 0x202020, 0xE0E0E0, True),
        ("▀", 0x000000, 0x202020, True),  # bright stays bright, also among dark colours
        ("▀", 0xE0E0E0, 0x202020, False),
        ("🬀", 0x202020, 0x303030, True),
        (" ", 0x000000, 0xFFFFFF, True),
        (" ", 0x000000, 0x303030, False),
        ("x", 0x000000, 0x303030, False),
        ("x", 0x000000, 0xFFFFFF, True),
        ("█", 0xFFFFFF, 0x000000, False),
        ("█", 0x000000, 0xFFFFFF, True),
    ],
)
def test_without_colours_bright_grounds_are_reversed(code: str, ink: int, ground: int, reverse: bool) -> None:
    cells = Cells(1, 1, foreground=ink, background=ground)
    cells.codepoints[0, 0] = ord(code)
    data = encode(cells, None, depth=ColourDepth.MONO)
    assert data == b"\x1b[H\x1b[0" + b";7" * reverse + b"m" + code.encode()


def test_gaps_are_skipped_or_bridged_whichever_is_shorter() -> None:
    cells = text_of("a" * 40)
    mask = np.zeros((2, 40), np.bool_)
    known = np.ones((2, 40), np.bool_)
    for gap, skip in ((1, b"\x1b[C"), (3, b"\x1b[3C"), (4, b"\x1b[4C"), (12, b"\x1b[12C")):
        mask[:] = False
        mask[0, [0, gap + 1]] = True
        start = b"\x1b[H\x1b[0;38;2;255;0;0;48;2;0;0;0ma"
        assert encode(cells, mask) == start + skip + b"a"
        assert encode(cells, mask, resend=known) == start + (b"a" * gap if gap < 4 else skip) + b"a"
    mask[:] = False
    mask[0, [0, 3]] = True
    cells.codepoints[0, 2] = 0x2580
    assert b"\x1b[2C" in encode(cells, mask, resend=known)  # takes three bytes itself
    cells.codepoints[0, 2] = ord("a")
    cells.foreground[0, 2] = 1
    assert b"\x1b[2C" in encode(cells, mask, resend=known)  # would take another pen
    cells.foreground[0, 2] = 0xFF0000
    cells.codepoints[0, 1:3] = 0x20
    cells.foreground[0, 1:3] = (5, 6)
    assert b"a  a" in encode(cells, mask, resend=known)  # a space takes no ink
    known[0, 1] = False
    assert b"\x1b[2C" in encode(cells, mask, resend=known)  # is covered


def test_gaps_are_bridged_only_in_the_video_of_the_cell_before() -> None:
    cells = text_of("▀ a", foreground=0, background=0x202020)
    mask = np.zeros((2, 40), np.bool_)
    mask[0, [0, 2]] = True
    known = np.ones((2, 40), np.bool_)
    start = "\x1b[H\x1b[0;7m▀".encode()
    assert encode(cells, mask, depth=ColourDepth.MONO, resend=known) == start + b"\x1b[C\x1b[27ma"
    cells.background[0, 1:3] = 0xFFFFFF
    assert encode(cells, mask, depth=ColourDepth.MONO, resend=known) == start + b" a"


@pytest.mark.parametrize("depth", DEPTHS)
def test_resending_costs_no_bytes_and_draws_what_is_there(terminal, expected, painter, depth: ColourDepth) -> None:
    paint = painter(5)
    for number in range(150):
        columns, rows = SIZES[number % len(SIZES)]
        cells = paint.cells(columns, rows)
        screen = terminal(columns, rows)
        screen.feed(encode(cells, None, depth=depth))
        mask, known = paint.mask(columns, rows), paint.mask(columns, rows)
        with_resend = encode(cells, mask, depth=depth, resend=known)
        assert len(with_resend) <= len(encode(cells, mask, depth=depth)), number
        assert encoded_length(cells, mask, depth=depth, resend=known) == len(with_resend)
        screen.feed(with_resend)
        everything = np.ones((rows, columns), np.bool_)
        partly = mask & ~np.array(
            [[expected(cells, depth).code(x, y, mask) == 0x20 for x in range(columns)] for y in range(rows)]
        )
        assert not expected(cells, depth).wrong(screen.lines(0, 0, columns, rows), partly, everything)


def test_repetition_is_used_where_it_is_shorter(terminal) -> None:
    for text, length in (("aaaaa", 5), ("aaaaaa", 5), ("▀▀", 6), ("▀▀▀", 7), ("a" * 30, 6), ("東東東東東", 15)):
        cells = text_of(text)
        mask = np.zeros((2, 40), np.bool_)
        mask[0, : len(text) * (2 if text[0] == "東" else 1)] = True
        start = len(b"\x1b[H\x1b[0;38;2;255;0;0;48;2;0;0;0m")
        data = encode(cells, mask, repeat=True)
        assert len(data) - start == length, text
        assert encode(cells, mask)[start:] == text.encode()
        screen = terminal(40, 2)
        screen.feed(data)
        assert screen.screen.display[0].rstrip() == text


@pytest.mark.parametrize("depth", DEPTHS)
def test_lines_need_no_place(terminal, expected, painter, depth: ColourDepth) -> None:
    paint = painter(6)
    for columns, rows in SIZES:
        cells = paint.cells(columns, rows)
        lines = encode_lines(cells, depth=depth, repeat=True)
        assert len(lines) == rows
        screen = terminal(columns + 1, rows + 1)
        screen.dirty_pen()
        screen.feed(b"\x1b[H" + b"".join(line + b"\r\n" for line in lines) + b"?")
        everything = np.ones((rows, columns), np.bool_)
        assert not expected(cells, depth).wrong(screen.lines(0, 0, columns, rows), everything, everything)
        assert screen.lines(0, rows, 1, 1)[0][0] == screen.screen.default_char._replace(data="?")
    assert encode_lines(Cells(0, 3)) == []


def test_nothing_to_draw_is_nothing_to_send() -> None:
    cells = Cells(4, 2)
    assert encode(cells, np.zeros((2, 4), np.bool_)) == b""
    assert encoded_length(cells, np.zeros((2, 4), np.bool_)) == 0
    assert encode(Cells(0, 0), None) == b""
    assert synchronized(b"") == b""
    assert synchronized(b"x") == b"\x1b[?2026hx\x1b[?2026l"
