"""What is known of the terminal, and that drawing only what differs makes it right."""

from __future__ import annotations

import numpy as np
import pytest

from gathertui.render.cells import CONTINUATION, Cells
from gathertui.render.encode import encode, encoded_length
from gathertui.render.encode.shadow import Shadow
from gathertui.render.modes import ColourDepth


def changing_picture(terminals, expected, paint, number: int, frames: int) -> None:
    """A picture changes under covers that come and go, and somebody else draws over it now and then."""
    columns, rows = ((9, 3), (14, 4), (20, 6), (2, 2), (30, 2))[number % 5]
    depth = list(ColourDepth)[number % 4]
    chance = paint.random
    terminal = terminals(columns + 1, rows + 2)
    cells, shadow = paint.cells(columns, rows), Shadow(columns, rows)
    visible = np.ones((rows, columns), np.bool_)
    for frame in range(frames):
        if chance.random() < 0.3:
            terminal.dirty_pen()
            covered = paint.mask(columns, rows) if chance.random() < 0.5 else np.zeros((rows, columns), np.bool_)
            # What was covered is not ours, what comes to light was somebody else's.
            for y, x in np.argwhere(covered | ~visible).tolist():
                shadow.forget(x, y, x + 1, y + 1)
                terminal.feed(f"\x1b[{y + 3};{x + 2}H\x1b[0m?".encode())
            visible = ~covered
        different = shadow.differs(cells, visible)
        known = visible & ~different & ~shadow.unknown
        options = {"left": 1, "top": 2, "depth": depth, "repeat": number % 3 == 0}
        data = encode(cells, different, resend=known, **options)
        assert encoded_length(cells, different, resend=known, **options) == len(data)
        terminal.feed(data)
        shadow.record(cells, different)
        wrong = expected(cells, depth).wrong(terminal.lines(1, 2, columns, rows), visible, visible)
        assert not wrong, (number, frame, data)
        assert not shadow.differs(cells, visible).any()
        paint.change(cells, paint.mask(columns, rows))


def test_drawing_what_differs_makes_the_terminal_right(terminal, expected, painter) -> None:
    paint = painter(1)
    for number in range(60):
        changing_picture(terminal, expected, paint, number, frames=8)


@pytest.mark.slow
def test_ten_thousand_differences(terminal, expected, painter) -> None:
    paint = painter(2)
    for number in range(500):
        changing_picture(terminal, expected, paint, number, frames=20)


def test_everything_is_unknown_at_first_and_when_forgotten() -> None:
    shadow, cells = Shadow(4, 3), Cells(4, 3)
    assert shadow.unknown.all()
    assert shadow.differs(cells).all()
    shadow.record(cells, None)
    assert not shadow.unknown.any()
    assert not shadow.differs(cells).any()
    shadow.forget(1, 1, 3, 9)
    assert np.argwhere(shadow.unknown).tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert (shadow.differs(cells) == shadow.unknown).all()
    for outside in ((-5, 0, 0, 3), (4, 0, 9, 3), (0, -2, 4, 0), (0, 3, 4, 4), (2, 1, 2, 2)):
        shadow.record(cells, None)
        shadow.forget(*outside)
        assert not shadow.unknown.any()
    shadow.forget_all()
    assert shadow.unknown.all()


def test_only_what_can_be_seen_differs() -> None:
    shadow, cells = Shadow(4, 1), Cells(4, 1)
    cells.put(0, 0, "a█", foreground=1, background=2)
    shadow.record(cells, None)
    cells.background[0, 1] = 9
    cells.foreground[0, 2:] = 9
    cells.attributes[0, 3] = 1
    assert not shadow.differs(cells).any()
    cells.background[0, 0] = 9
    cells.foreground[0, 1] = 9
    cells.background[0, 3] = 9
    assert shadow.differs(cells).tolist() == [[True, True, False, True]]


def test_halves_of_wide_characters_go_together() -> None:
    shadow, cells = Shadow(6, 1), Cells(6, 1)
    cells.put(2, 0, "東", foreground=1)
    shadow.record(cells, None)
    shadow.forget(3, 0, 4, 1)
    assert shadow.unknown.tolist() == [[False, False, True, True, False, False]]
    shadow.record(cells, None)
    shadow.forget(2, 0, 3, 1)
    assert shadow.unknown.tolist() == [[False, False, True, True, False, False]]
    shadow.record(cells, None)
    cells.foreground[0, 2] = 5
    assert shadow.differs(cells).tolist() == [[False, False, True, True, False, False]]


def test_half_covered_is_a_space_until_it_is_uncovered() -> None:
    shadow, cells = Shadow(4, 1), Cells(4, 1)
    cells.put(1, 0, "東", foreground=1)
    visible = np.array([[True, True, False, True]])
    different = shadow.differs(cells, visible)
    assert different.tolist() == visible.tolist()
    assert CONTINUATION not in encode(cells, different)
    shadow.record(cells, different)
    assert not shadow.differs(cells, visible).any()
    assert shadow.differs(cells).tolist() == [[False, True, True, False]]
