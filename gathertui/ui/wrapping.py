"""Breaks text into lines by the cells it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gathertui.render.cells import cell_width, text_width

_WORDS: Final = re.compile(r" *[^ ]+")


def wrap(text: str, width: int) -> list[str]:
    """Return lines of at most `width` cells, at least one line.

    Breaks at spaces, which go with the break; a word that is wider than a line
    is broken where it has to be. `width` is at least 2, so that any character fits.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _wrap_paragraph(paragraph, width)
    return lines


def _wrap_paragraph(paragraph: str, width: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for match in _WORDS.finditer(paragraph):
        word = match.group()
        taken = text_width(word)
        if used + taken <= width:
            line, used = line + word, used + taken
            continue
        if line:
            lines.append(line)
            word = word.lstrip(" ")
        *full, line = _break_word(word, width)
        lines += full
        used = text_width(line)
    return [*lines, line]


def _break_word(word: str, width: int) -> Iterator[str]:
    piece, used = "", 0
    for character in word:
        taken = cell_width(character)
        if used + taken > width:
            yield piece
            piece, used = "", 0
        piece, used = piece + character, used + taken
    yield piece
