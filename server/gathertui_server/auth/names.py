"""The rules for account names and passwords. Pure; refusals say which rule and what would do."""

from __future__ import annotations

import unicodedata
from typing import Final

from gathertui.errors import Code, Refused

NAME_LENGTH: Final = range(2, 25)
PASSWORD_LENGTH: Final = range(8, 257)

MAX_MARKS: Final = 2
"""Combining marks on one letter: enough for every living script, too few for a tower."""

_PUNCTUATION: Final = frozenset("_-.")

_INVISIBLE: Final = frozenset(
    chr(point)
    for points in (
        (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180F, 0x3164, 0xFFA0),
        range(0x180B, 0x180E),
        range(0xFE00, 0xFE10),
        range(0xE0100, 0xE01F0),
    )
    for point in points
)
"""Letters and marks that draw nothing (Unicode's Default_Ignorable_Code_Point among L* and M*)."""

_LOOKALIKES: Final = ("LATIN", "GREEK", "CYRILLIC")
"""Scripts that share letter shapes: a name may use one of them, so that nobody poses as another."""

_NAME_HINT: Final = "Use 2 to 24 letters, digits, or _ - . and begin with a letter or a digit."


def normalise_name(name: str) -> str:
    """The name as it will be kept and shown (NFC). Raises `Refused(BAD_NAME)`."""
    # Far beyond any name that could still come out short enough, and cheap to normalise.
    shown = unicodedata.normalize("NFC", name[: 8 * NAME_LENGTH.stop])
    if len(shown) not in NAME_LENGTH:
        raise _bad_name(f"A name has {NAME_LENGTH.start} to {NAME_LENGTH.stop - 1} characters.")
    if not _is_letter_or_digit(shown[0]):
        raise _bad_name("A name begins with a letter or a digit.")
    marks = 0
    for char in shown:
        marks = marks + 1 if unicodedata.category(char).startswith("M") else 0
        if char in _INVISIBLE or not (marks or _is_letter_or_digit(char) or char in _PUNCTUATION):
            raise _bad_name("That name has a character that names can't have.")
        if marks > MAX_MARKS:
            raise _bad_name("That name piles too many marks on one letter.")
    if len(_lookalike_scripts(shown)) > 1:
        raise _bad_name("A name doesn't mix Latin, Greek and Cyrillic letters.")
    return shown


def name_key(name: str) -> str:
    """What must be unique: two names with one key read the same to a person."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded)


def normalise_password(password: str) -> str:
    """The password as it is hashed (NFC), so that every keyboard gives the same one."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, name: str) -> None:
    """Refuse a password that can't be set. Raises `Refused(BAD_PASSWORD)`."""
    if len(password) not in PASSWORD_LENGTH:
        message = f"A password has {PASSWORD_LENGTH.start} to {PASSWORD_LENGTH.stop - 1} characters."
        raise Refused(Code.BAD_PASSWORD, message, "A few words in a row are easy to remember and hard to guess.")
    if name_key(password) == name_key(name):
        raise Refused(Code.BAD_PASSWORD, "The password is the name.", "Choose one that others can't guess.")


def _is_letter_or_digit(char: str) -> bool:
    category = unicodedata.category(char)
    return char not in _INVISIBLE and (category.startswith("L") or category == "Nd")


def _lookalike_scripts(name: str) -> set[str]:
    scripts = {unicodedata.name(char, "").partition(" ")[0] for char in name if char.isalpha()}
    return scripts.intersection(_LOOKALIKES)


def _bad_name(message: str) -> Refused:
    return Refused(Code.BAD_NAME, message, _NAME_HINT)
