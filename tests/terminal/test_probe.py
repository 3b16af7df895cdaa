"""What is found out about terminals, played by what real ones answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.terminal.capabilities import COMMON_GLYPHS, Capabilities, Graphics, from_environment, with_choices
from gathertui.terminal.probe import Probe
from gathertui.terminal.table import ALWAYS, NEVER, TERMINALS

XTERM = {"TERM": "xterm-256color"}

KITTY_ANSWERS = (
    "\x1bP>|kitty(0.42.1)\x1b\\\x1b[6;20;9t\x1b[?2026;2$y\x1b_Gi=1;OK\x1b\\\x1bP1+r524742=38\x1b\\\x1bP0+r\x1b\\"
    "\x1bP1$r48:2:1:2:3m\x1b\\\x1b[1;1R\x1b[?62;52;c"
)
FOOT_ANSWERS = (
    "\x1bP>|foot(1.20.0)\x1b\\\x1b[6;17;8t\x1b[?2026;2$y\x1bP1+r524742=382F382F38\x1b\\\x1bP1$r0;48:2::1:2:3m\x1b\\"
    "\x1b[3;1R\x1b[?62;4;22;28;52c"
)
XTERM_ANSWERS = (
    "\x1bP>|XTerm(390)\x1b\\\x1b[6;13;6t\x1b[?2026;0$y"
    "\x1bP0+r524742\x1b\\\x1bP1$r0;48;5;16m\x1b\\\x1b[1;1R\x1b[?64;1;2c"
)
TMUX_ANSWERS = "\x1bP>|tmux 3.4\x1b\\\x1b[6;16;8t\x1b[?2026;2$y\x1b[1;1R\x1b[?1;2;4c"


def probed(answers: str, environment: dict[str, str], **options) -> Capabilities:
    probe = Probe(environment)
    assert probe.queries()
    assert not probe.finished
    for number, character in enumerate(answers):
        assert probe.feed(character, number / 1e6) == ""
    assert probe.finished
    return probe.capabilities(**options)


def test_kitty() -> None:
    found = probed(KITTY_ANSWERS, {**XTERM, "SSH_TTY": "/dev/pts/1"})
    assert found == Capabilities(
        depth=ColourDepth.TRUECOLOR,
        glyphs=COMMON_GLYPHS | {PictureMode.SEXTANT, PictureMode.OCTANT},
        synchronized=True,
        repeat=True,
        cell_pixels=(9, 20),
        kitty_graphics=True,
        name="kitty(0.42.1)",
        cursor_reports=True,
    )
    assert found.best_mode is PictureMode.OCTANT


def test_foot_has_sixels() -> None:
    found = probed(FOOT_ANSWERS, XTERM)
    assert (found.sixel, found.kitty_graphics) == (True, False)
    assert found.depth is ColourDepth.TRUECOLOR
    assert found.best_mode is PictureMode.OCTANT


def test_xterm_without_direct_colour_shows_256_and_its_glyphs_are_the_fonts() -> None:
    found = probed(XTERM_ANSWERS, XTERM)
    assert found.depth is ColourDepth.INDEXED
    assert found.best_mode is PictureMode.QUAD
    assert found.repeat
    assert not found.synchronized


def test_in_tmux_pictures_are_cells_and_reports_tell_nothing() -> None:
    for environment in ({"TERM": "tmux-256color"}, {**XTERM, "TMUX": "/tmp/t,1,0", "KITTY_WINDOW_ID": "1"}, XTERM):
        found = probed(TMUX_ANSWERS, environment)
        assert found.multiplexer == "tmux"
        assert found.glyphs == COMMON_GLYPHS
        assert not (found.kitty_graphics or found.sixel or found.cursor_reports)
        assert found.synchronized
        assert found.cell_pixels == (8, 16)


def test_an_unknown_terminal_that_answers_the_least_gets_what_is_common() -> None:
    found = probed("\x1b[?1;2c", XTERM, cell_pixels=(7, 14))
    assert found == Capabilities(name="xterm-256color", cell_pixels=(7, 14))


def test_a_terminal_that_has_not_answered_yet_counts_as_slow() -> None:
    assert Probe(XTERM).capabilities().cursor_reports


def test_truecolor_is_found_by_either_answer() -> None:
    for answer in ("\x1bP1+r5463\x1b\\", "\x1bP1$r48;2;1;2;3m\x1b\\", "\x1bP1$r0;48:2::1:2:3m\x1b\\"):
        assert probed(answer + "\x1b[?1c", XTERM).depth is ColourDepth.TRUECOLOR
    for answer in ("\x1bP0+r5463\x1b\\", "\x1bP1$r48;5;16m\x1b\\", "\x1bP1$r0;48:2::1:2:31m\x1b\\"):
        assert probed(answer + "\x1b[?1c", XTERM).depth is ColourDepth.INDEXED


def test_who_wants_no_colour_gets_none() -> None:
    assert probed(KITTY_ANSWERS, {**XTERM, "NO_COLOR": "1"}).depth is ColourDepth.MONO


def test_what_is_typed_meanwhile_comes_back() -> None:
    probe = Probe(XTERM)
    typed = "".join(probe.feed(part, 0.0) for part in ("h", KITTY_ANSWERS[:50], KITTY_ANSWERS[50:] + "i", "\x1b[A"))
    assert typed == "hi\x1b[A"
    assert probe.finished


def test_an_answer_of_nonsense_is_an_answer_and_no_more() -> None:
    nonsense = "\x1b[6;0;0t\x1b[?2026;9$y\x1bP>|" + "9" * 300 + "\x1b\\\x1bP>|\x1b\\\x1b_Gi=7;OK\x1b\\\x1b[?c"
    assert probed(nonsense, {**XTERM, "KITTY_WINDOW_ID": "1"}) == Capabilities(name="9" * 80)


@pytest.mark.parametrize("term", ["", "dumb", "unknown"])
def test_terminals_that_would_show_a_question_are_asked_none(term: str) -> None:
    probe = Probe({"TERM": term})
    assert probe.queries() == ""
    assert probe.finished
    assert not probe.capabilities().cursor_reports


def test_no_string_goes_to_terminals_that_show_or_forward_them() -> None:
    for environment in ({"TERM": "linux"}, {"TERM": "screen-256color"}, {"TERM": "xterm", "STY": "1.pts"}):
        queries = Probe(environment).queries()
        assert queries.endswith("\x1b[c")
        assert not {"\x1bP", "\x1b_"} & {queries[place : place + 2] for place in range(len(queries))}
    assert "\x1b_" not in Probe({"TERM": "tmux-256color"}).queries()
    assert "$p" not in Probe({**XTERM, "TERM_PROGRAM": "Apple_Terminal"}).queries()


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize(
    ("environment", "depth", "mode"),
    [
        ({}, "16", "quad"),
        ({"TERM": "xterm"}, "16", "quad"),
        ({"TERM": "xterm-256color"}, "256", "quad"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor", "quad"),
        ({"TERM": "xterm-direct"}, "truecolor", "quad"),
        ({"TERM": "vt100"}, "mono", "quad"),
        ({"TERM": "xterm-kitty"}, "truecolor", "quad"),  # no version, so perhaps an old one
        ({"TERM": "foot"}, "truecolor", "sextant"),
        ({"TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.2.0"}, "truecolor", "octant"),
        ({"TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.1.3"}, "truecolor", "sextant"),
        ({"TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809-5046fc22"}, "truecolor", "sextant"),
        ({"TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.90"}, "truecolor", "quad"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "256", "quad"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7802"}, "truecolor", "octant"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "6800"}, "truecolor", "sextant"),
        ({"TERM": "xterm-256color", "WT_SESSION": "guid"}, "truecolor", "quad"),
        ({"TERM": "tmux-256color", "VTE_VERSION": "7802"}, "256", "quad"),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, "mono", "quad"),
    ],
)
def test_the_variables_tell(environment: dict[str, str], depth: str, mode: str) -> None:
    found = from_environment(environment)
    assert (found.depth.value, found.best_mode.value) == (depth, mode)
    assert not found.cursor_reports


def test_without_unicode_there_is_ascii() -> None:
    assert from_environment({"TERM": "foot"}, unicode=False).glyphs == {PictureMode.ASCII}


def test_the_guide_says_what_the_table_says() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "terminals.md").read_text(encoding="utf-8")
    section = guide.partition("## Terminals")[2].partition("\n## ")[0]
    told = {}
    for name, *versions in re.findall(
        r"^\| ([a-z0-9 ]+?)(?: \(.*\))? \| ([\w. ]+) \| ([\w. ]+) \|$", section, re.MULTILINE
    ):
        told[name] = tuple(versions)
    words = {NEVER: "not known", ALWAYS: "always"}
    assert told.pop("terminal") == ("sextants from", "octants from")
    assert told == {
        name: tuple(
            words.get(version, ".".join(map(str, version))) for version in (terminal.sextants, terminal.octants)
        )
        for name, terminal in TERMINALS.items()
    }


def test_the_guide_names_every_value_of_the_settings() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "terminals.md").read_text(encoding="utf-8")
    section = guide.partition("## Settings")[2]
    for value in (*PictureMode, *ColourDepth):
        assert f"`{value.value}`" in section
    for value in get_args(Graphics):
        assert f"`{value}`" in section


# ---------------------------------------------------------------- what a person chose


def test_a_choice_overrides_what_was_found() -> None:
    found = probed(KITTY_ANSWERS, XTERM)
    chosen = with_choices(found, glyphs=PictureMode.SEXTANT, depth=ColourDepth.SIXTEEN, graphics="sixel")
    assert chosen.best_mode is PictureMode.SEXTANT
    assert PictureMode.BRAILLE in chosen.glyphs
    assert chosen.depth is ColourDepth.SIXTEEN
    assert (chosen.kitty_graphics, chosen.sixel) == (False, True)
    assert with_choices(found) == found
    assert with_choices(found, glyphs=PictureMode.ASCII).glyphs == {PictureMode.ASCII}
    for mode in PictureMode:
        assert with_choices(found, glyphs=mode).best_mode is mode
