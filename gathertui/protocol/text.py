"""Cleaning of text that came from somebody else, before it is stored or drawn.

A terminal acts on some characters instead of showing them, and others hide or
reorder their neighbours. What is left after cleaning has a width that terminals
agree on, and no character that changes any cell but its own.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_MARKS: Final = 2
"""Combining marks kept on one base character; Vietnamese needs two, no orthography in NFC needs a tower."""

_LONGEST_RUN: Final = 8
"""Marks in a row that are looked at: more than any of them that are kept."""

# ECMA-48 control sequences, with ESC or as C1 bytes. Strings (OSC, DCS, APC, PM, SOS) end at BEL or ST, or never.
_ESCAPES: Final = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)

# Letters by category, blanks by width: they hide names inside names.
_INVISIBLE_LETTERS: Final = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u034f\u2800")
_LINE_ENDS: Final = {"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"}


def _is_mark(char: str) -> bool:
    """Whether a terminal draws it onto the character before it: marks, and the later parts of Hangul syllables."""
    if "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7fb":
        return True
    return unicodedata.category(char) in ("Mn", "Me")


def _is_variation_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef" or "\u180b" <= char <= "\u180f"


def _is_unassigned_but_shown(char: str) -> bool:
    """Emoji and ideographs newer than this Python's Unicode tables, whose blocks fix their width."""
    return "\U0001f000" <= char <= "\U0001faff" or "\U00020000" <= char <= "\U0003fffd"


def _is_shown(char: str) -> bool:
    if char in _INVISIBLE_LETTERS or _is_variation_selector(char):
        return False
    category = unicodedata.category(char)
    if category == "Cn":
        return _is_unassigned_but_shown(char)
    return not category.startswith("C")


def _without_towers(text: str) -> str:
    """Cut long runs of marks before they are sorted: normalising a run takes the square of its length."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _LONGEST_RUN:
            kept.append(char)
    return "".join(kept)


def clean_text(text: str) -> str:
    r"""Return `text` as it may be stored and drawn: lines of visible characters, joined by `\n`.

    Escape sequences go as a whole, so that no `[31m` stays behind. Control, format
    (bidi overrides, zero-width), surrogate, private-use and unassigned characters
    go, tabs become four spaces, and a base keeps at most `MAX_MARKS` marks.
    Cleaning what is clean changes nothing.
    """
    text = _without_towers(_ESCAPES.sub("", text.replace("\r\n", "\n")))
    # Composed first: some characters come apart in NFC, and their parts must be counted.
    text = unicodedata.normalize("NFC", text)
    kept: list[str] = []
    marks = 0
    for char in text:
        if char in _LINE_ENDS or char == "\n":
            kept.append("\n")
            marks = MAX_MARKS  # a mark needs a base on its own line
        elif char == "\t":
            kept.append("    ")
            marks = 0
        elif not _is_shown(char):
            continue
        elif _is_mark(char):
            if kept and marks < MAX_MARKS:
                kept.append(char)
                marks += 1
        else:
            kept.append(char)
            marks = 0
    return unicodedata.normalize("NFC", "".join(kept))


def clean_line(text: str) -> str:
    """Return `text` cleaned, as one line: line ends and runs of white space become single spaces, ends are trimmed."""
    return " ".join(filter(None, map(_without_leading_marks, clean_text(text).split())))


def _without_leading_marks(word: str) -> str:
    """A mark without a base would be drawn onto whatever stands before it."""
    start = 0
    while start < len(word) and _is_mark(word[start]):
        start += 1
    return word[start:]


def clean_message(text: str) -> str:
    """Return a chat message cleaned: trailing space and blank lines at both ends go, its inner lines stay."""
    return "\n".join(line.rstrip() for line in clean_text(text).split("\n")).strip("\n")
