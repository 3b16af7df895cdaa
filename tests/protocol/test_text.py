"""Cleaning: nothing that comes out makes a terminal do more than show it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
import wcwidth
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gathertui.protocol.text import MAX_MARKS, clean_line, clean_message, clean_text

CORPUS = {
    "plain": ("Ada Lovelace", "Ada Lovelace"),
    "markup is plain text": ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
    "window title": ("a\x1b]0;x\x07b", "ab"),
    "window title by ST": ("a\x1b]0;x\x1b\\b", "ab"),
    "clipboard, never ended": ("a\x1b]52;c;aGk=", "a"),
    "colour": ("a\x1b[31mb\x1b[0m", "ab"),
    "colour as C1": ("a\x9b31mb", "ab"),
    "title as C1": ("a\x9d0;x\x9cb", "ab"),
    "device control": ("a\x1bPq#0\x1b\\b", "ab"),
    "private strings": ("a\x1b_G\x1b\\b\x1b^p\x1b\\c\x1bXs\x1b\\d", "abcd"),
    "reset": ("a\x1bcb", "ab"),
    "character set": ("a\x1b(0b", "ab"),
    "escape alone": ("a\x1b", "a"),
    "sequence in a sequence": ("a\x1b\x1b[31mb", "ab"),
    "controls": ("a\x00\x07\x08\x7fb", "ab"),
    "C1 controls": ("a\x80\x84\x8d\x96b", "ab"),
    "right-to-left override": ("a\u202eb\u202c", "ab"),
    "isolates": ("\u2066a\u2069\u200e\u200f\u061cb", "ab"),
    "zero width": ("a\u200b\u200c\u200d\u2060\ufeff\u00adb", "ab"),
    "lone surrogates": ("a\ud800b\udfff", "ab"),
    "tags": ("a" + "".join(chr(0xE0000 + ord(char)) for char in "hidden") + "\U000e0001b", "ab"),
    "variation selectors": ("a\ufe0fb\U000e0100", "ab"),
    "Hangul fillers": ("a\u115f\u1160\u3164\uffa0b", "ab"),
    "Khmer and Mongolian blanks": ("a\u17b4\u17b5\u180bb", "ab"),
    "blank braille and joiner": ("a\u2800\u034fb", "ab"),
    "private use": ("a\ue000\U000f0000b", "ab"),
    "noncharacters": ("a\ufffe\U0001ffffb", "ab"),
    "tower of marks": ("q" + "\u0323" * 50 + "b", "q\u0323\u0323b"),
    "mark without a base": ("\u0301a", "a"),
    "composed": ("e\u0301", "\u00e9"),
    "joined emoji": ("\U0001f469\u200d\U0001f4bb!", "\U0001f469\U0001f4bb!"),
    "emoji": ("ok \U0001f44d\U0001f3fd", "ok \U0001f44d\U0001f3fd"),
    "scripts": ("Жанна 中文 עברית ไทย हिन्दी", "Жанна 中文 עברית ไทย हिन्दी"),
}

LINE_ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]

# What cleaning is about comes up often, among all else that there is.
NASTY = st.sampled_from(
    list("\x1b\x07\x9b\x9c\x9d[]0;m\\ \t\n\r\u2003\u0301\u0323\u0344\u0958\u1100\u1161\u11a8\u200d\u202e\u3164\ud800")
)
TEXT = st.text(st.one_of(NASTY, st.characters(exclude_categories=())), max_size=40)

CLEANERS = [clean_text, clean_line, clean_message]


@pytest.mark.parametrize(("dirty", "clean"), CORPUS.values(), ids=CORPUS.keys())
def test_corpus(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean
    assert clean_line(dirty) == clean


@pytest.mark.parametrize("end", LINE_ENDS)
def test_every_line_end_becomes_one(end: str) -> None:
    assert clean_text(f"a{end}b") == "a\nb"
    assert clean_line(f"a{end}b") == "a b"


def test_tabs_become_spaces() -> None:
    assert clean_text("a\tb") == "a    b"


def test_a_line_has_no_space_at_its_ends_and_no_run_of_them() -> None:
    assert clean_line("  a \t\n  b\u2003\u2003c ") == "a b c"


def test_a_message_keeps_its_inner_lines() -> None:
    assert clean_message("\n\n  if x:  \n\n    y\t\n\n") == "  if x:\n\n    y"
    assert clean_message(" \n\t\n") == ""


@pytest.mark.parametrize("clean", CLEANERS)
@settings(max_examples=500)
@given(text=TEXT)
@example(text="\u0958\u0301\u0301")  # NFC takes this letter apart into a base and a mark
@example(text="a\u0344\u0344")  # and this mark into two
@example(text=" \u0301a")  # trimming must not leave a mark without its base
@example(text="a\u2003\u0301")
def test_cleaning_what_is_clean_changes_nothing(clean: Callable[[str], str], text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@pytest.mark.parametrize("clean", CLEANERS)
@settings(max_examples=500)
@given(text=TEXT)
def test_nothing_that_a_terminal_acts_on_is_left(clean: Callable[[str], str], text: str) -> None:
    cleaned = clean(text)
    assert not {unicodedata.category(char) for char in cleaned.replace("\n", "")} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert len(cleaned) <= 4 * len(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode("utf-8")


@settings(max_examples=500)
@given(TEXT)
def test_a_line_is_one_line(text: str) -> None:
    line = clean_line(text)
    assert line == line.strip()
    assert len(line.splitlines()) <= 1


@settings(max_examples=500)
@given(TEXT)
@example("\u1100" + "\u1161" * 20)  # vowels of conjoining Hangul take no width, and are no marks
@example("a" + "\u11a8" * 20)
@example("\ud7b0" * 20)
@example("\u0958" + "\u0301" * 5)
@example(" \u0301")
def test_no_character_stacks_on_another_without_end(text: str) -> None:
    stacked = 0
    for char in " " + clean_text(text).replace("\n", " "):
        stacked = stacked + 1 if wcwidth.wcwidth(char) == 0 else 0
        assert stacked <= MAX_MARKS


def test_every_single_character_is_shown_with_a_width_or_dropped() -> None:
    for code in range(0x110000):
        cleaned = clean_line("a" + chr(code))
        assert wcwidth.wcswidth(cleaned) >= 1, hex(code)


@settings(max_examples=500)
@given(TEXT)
def test_no_line_begins_with_a_mark(text: str) -> None:
    for clean in CLEANERS:
        for line in clean(text).split("\n"):
            assert not line or unicodedata.category(line[0]) not in ("Mn", "Me")
