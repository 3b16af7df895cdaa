"""Two cells for everybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from gathertui.protocol.text import clean_line
from gathertui_server.rooms.glyphs import initials


@pytest.mark.parametrize(
    ("name", "glyphs"),
    [
        ("ada", "AD"),
        ("ada.lovelace", "AL"),
        ("Grace_Hopper", "GH"),
        ("x", "X "),
        ("42", "42"),
        ("r2d2", "RD"),
        ("straße", "ST"),
        ("李白", "李"),
        ("ßß", "SS"),
    ],
)
def test_initials(name: str, glyphs: str) -> None:
    assert initials(name) == glyphs


@given(st.text(min_size=1, max_size=24).map(clean_line).filter(bool))
def test_initials_always_fill_two_cells(name: str) -> None:
    assert wcswidth(initials(name)) == 2
