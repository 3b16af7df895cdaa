import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.render.cells import BOLD, CONTINUATION, PLAIN, Cells, clip_text, text_width
from gathertui.render.colour import mix, mix_many
from gathertui.render.office.viewport import scroll
from gathertui.world.geometry import Point, Size


def test_put_writes_text_colours_and_weight():
    cells = Cells(6, 2, foreground=0x111111, background=0x222222)
    assert cells.put(1, 1, "héy", foreground=0x333333, attributes=BOLD) == 4
    assert cells.row_text(1) == " héy  "
    assert cells.foreground[1].tolist() == [0x111111, *[0x333333] * 3, 0x111111, 0x111111]
    assert set(cells.background[1].tolist()) == {0x222222}
    assert cells.attributes[1].tolist() == [PLAIN, BOLD, BOLD, BOLD, PLAIN, PLAIN]
    cells.put(0, 0, "x", foreground=1, background=2)
    assert cells.background[0, 0] == 2


@pytest.mark.parametrize(
    ("x", "text", "row"),
    [(-2, "hello", "llo  "), (3, "hello", "   he"), (-9, "hi", "     "), (9, "hi", "     "), (0, "", "     ")],
)
def test_put_is_cut_at_the_edges(x, text, row):
    cells = Cells(5, 1)
    cells.put(x, 0, text, foreground=1)
    assert cells.row_text(0) == row


def test_half_a_wide_character_is_never_shown():
    cells = Cells(5, 1)
    cells.put(-1, 0, "東京", foreground=1)
    assert cells.row_text(0) == " 京  "
    cells.put(4, 0, "東", foreground=1)
    assert cells.row_text(0) == " 京  "
    cells.put(2, 0, "x", foreground=1)
    assert cells.row_text(0) == "  x  "
    cells.put(0, 0, "東", foreground=1)
    cells.put(0, 0, "x", foreground=1)
    assert cells.row_text(0) == "x x  "


def test_what_has_no_width_is_left_out():
    cells = Cells(5, 1)
    assert cells.put(0, 0, "a\x1b[0e\u0301\u202e!", foreground=1) == 5
    assert cells.row_text(0) == "a[0e!"


@given(st.lists(st.tuples(st.integers(-4, 9), st.text("ab東京", max_size=5), st.booleans())))
def test_wide_characters_keep_both_halves_whatever_is_written(writes):
    cells = Cells(7, 1)
    for x, text, fill in writes:
        if fill:
            cells.fill(x, 0, len(text), 1, 5)
        else:
            cells.put(x, 0, text, foreground=1)
    codes = cells.codepoints[0].tolist()
    for here, after in zip(codes, [*codes[1:], None], strict=True):
        assert (text_width(chr(here)) == 2 if here else False) == (after == CONTINUATION)
    assert codes[0] != CONTINUATION


def test_paste_is_cut_on_every_side():
    source = Cells(4, 3, foreground=7, background=9)
    source.put(0, 1, "abcd", foreground=7)
    target = Cells(3, 2)
    target.paste(source, -1, -1)
    assert [target.row_text(y) for y in range(2)] == ["bcd", "   "]
    target = Cells(6, 5)
    target.paste(source, 1, 1)
    assert target.row_text(2) == " abcd "
    assert target.background[0].any() == target.background[4].any() == False  # noqa: E712
    target.paste(source, 50, 0)


@given(base=st.integers(0, 0xFFFFFF), other=st.integers(0, 0xFFFFFF))
def test_mixing_goes_from_one_colour_to_the_other(base, other):
    assert mix(base, other, 0.0) == base
    assert mix(base, other, 1.0) == other
    many = mix_many(np.array([base, base], np.uint32), other, np.array([0.0, 1.0], np.float32))
    assert many.tolist() == [base, other]


def test_blend_moves_ink_and_ground():
    cells = Cells(2, 1, foreground=0x000000, background=0x101010)
    cells.blend(np.array([0]), np.array([1]), 0xFFFFFF, 1.0)
    assert cells.foreground.tolist() == [[0, 0xFFFFFF]]
    assert cells.background.tolist() == [[0x101010, 0xFFFFFF]]


def test_clip_text_counts_cells():
    assert clip_text("grace", 5) == "grace"
    assert clip_text("margaret", 5) == "marg…"
    assert clip_text("東京都", 4) == "東…"
    assert clip_text("ABC", 2, "") == "AB"


SIDES = st.integers(1, 80)


@given(
    view=st.tuples(SIDES, SIDES),
    tilemap=st.tuples(SIDES, SIDES),
    data=st.data(),
    previous=st.none() | st.tuples(st.integers(-40, 80), st.integers(-40, 80)),
)
def test_the_focus_is_always_in_view_and_the_view_on_the_map(view, tilemap, data, previous):
    focus = Point(data.draw(st.integers(0, tilemap[0] - 1)), data.draw(st.integers(0, tilemap[1] - 1)))
    offset = scroll(None if previous is None else Point(*previous), focus, Size(*view), Size(*tilemap))
    for start, at, shown, tiles in zip(offset, focus, view, tilemap, strict=True):
        assert start <= at < start + shown
        if tiles <= shown:
            assert abs((-start) - (shown - tiles - -start)) <= 1
        else:
            assert 0 <= start <= tiles - shown
    assert scroll(offset, focus, Size(*view), Size(*tilemap)) == offset


def test_walking_inside_the_dead_zone_moves_nothing():
    view, tilemap = Size(20, 20), Size(100, 100)
    offset = scroll(None, Point(50, 50), view, tilemap)
    assert scroll(offset, Point(53, 47), view, tilemap) == offset
    assert scroll(offset, Point(57, 50), view, tilemap) == (offset.x + 4, offset.y)
