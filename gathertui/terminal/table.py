"""What is known of terminals by their names, without asking them.

Whether sextants and octants are whole depends on the terminal: few fonts have
them, so those count that draw them by themselves. Sources: the terminals' release
notes; https://arewelegacycomputingyet.com, tried with fonts that lack them;
notcurses' `src/lib/termdesc.c` (sextants); alacritty pull request 7534 (sextants);
contour 438 (sextants); wezterm 6502 (octants, after its last dated release).
Konsole, Windows Terminal, iTerm2 and terminals in browsers are left to the test
card: theirs depend on the font, or on a version that they don't tell.

REP counts where it repeats any character. tmux (3.3) repeats ASCII alone, and
terminals whose cells are of 16 bits what lies in Unicode's first plane.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from gathertui.render.modes import ColourDepth, PictureMode

Multiplexer = Literal["", "tmux", "screen"]
Version = tuple[int, ...]

NEVER: Final[Version] = (10**9,)
"""For what no version is known to have."""
ALWAYS: Final[Version] = ()
"""For what any version has, also where it does not tell which it is."""


@dataclass(frozen=True, slots=True)
class Known:
    """What names and variables told of a terminal."""

    name: str = ""
    depth: ColourDepth = ColourDepth.SIXTEEN
    glyphs: frozenset[PictureMode] = frozenset()
    """Sextants and octants, where it draws them by itself."""
    synchronized: bool = False
    repeat: bool = False
    multiplexer: Multiplexer = ""


class Terminal(NamedTuple):
    """A terminal, and from which version on it can do what."""

    sextants: Version = NEVER
    octants: Version = NEVER
    repeat: bool = True
    synchronized: bool = True
    truecolor: bool = True


TERMINALS: Final = {
    "kitty": Terminal(sextants=(0, 19, 3), octants=(0, 40)),
    "foot": Terminal(sextants=ALWAYS, octants=(1, 20)),
    "ghostty": Terminal(sextants=ALWAYS, octants=(1, 2)),
    "wezterm": Terminal(sextants=(20210814,), octants=(20250101,)),
    "vte": Terminal(sextants=(6200,), octants=(7800,), synchronized=False),
    "contour": Terminal(sextants=(0, 3)),
    "alacritty": Terminal(sextants=(0, 14)),
    "konsole": Terminal(synchronized=False),
    "iterm2": Terminal(repeat=False),
    "xterm": Terminal(synchronized=False, truecolor=False),
    "mintty": Terminal(repeat=False),
    "windows terminal": Terminal(repeat=False, synchronized=False),
    "vscode": Terminal(repeat=False, synchronized=False),
    "apple terminal": Terminal(repeat=False, synchronized=False, truecolor=False),
}
"""By the name in lower case. Synchronized updates are asked for as well; this is for terminals that were not."""

_PROGRAMS: Final = {
    "ghostty": "ghostty",
    "wezterm": "wezterm",
    "iterm.app": "iterm2",
    "mintty": "mintty",
    "vscode": "vscode",
    "apple_terminal": "apple terminal",
    "kitty": "kitty",
}
"""The values of TERM_PROGRAM, in lower case."""

_TERMS: Final = {
    "xterm-kitty": "kitty",
    "xterm-ghostty": "ghostty",
    "foot": "foot",
    "foot-direct": "foot",
    "foot-extra": "foot",
    "wezterm": "wezterm",
    "alacritty": "alacritty",
    "alacritty-direct": "alacritty",
    "contour": "contour",
    "mintty": "mintty",
}
"""The values of TERM that belong to one terminal alone."""

_MONO_TERMS: Final = re.compile(r"dumb|unknown|vt\d+|.*-m(ono)?$")


def known_of(environment: Mapping[str, str]) -> Known:
    """What the variables of a terminal's session tell of it."""
    multiplexer = _multiplexer(environment)
    depth = _depth(environment)
    if multiplexer:
        # The variables of the terminal outside are left over from where the multiplexer was started.
        return Known(name=multiplexer, depth=depth, multiplexer=multiplexer)
    name, version = _named_by(environment)
    return _known(name, version, depth)


def known_by_report(report: str, environment: Mapping[str, str]) -> Known:
    """What is known of a terminal that reports its name and version so (XTVERSION).

    Reports look like `kitty(0.42.1)`, `WezTerm 20240203-110809-5046fc22`, `tmux 3.4` or `VTE(7802)`.
    """
    name, version = _parse_report(report)
    if name == "tmux":
        environment = {**environment, "TMUX": "reported"}
    known = known_of(environment)
    if known.multiplexer:
        return replace(known, name=report)
    # Variables may be left over from a terminal that this one was started in: the report counts.
    return replace(_known(name, version, _depth(environment)), name=report)


def _known(name: str, version: Version, depth: ColourDepth) -> Known:
    terminal = TERMINALS.get(name)
    if terminal is None:
        return Known(name=name, depth=depth)
    if terminal.truecolor and depth is not ColourDepth.MONO:
        depth = ColourDepth.TRUECOLOR
    glyphs = set()
    if version >= terminal.sextants:
        glyphs.add(PictureMode.SEXTANT)
    if version >= terminal.octants:
        glyphs.add(PictureMode.OCTANT)
    dotted = ".".join(map(str, version))
    return Known(
        name=f"{name} {dotted}".rstrip(),
        depth=depth,
        glyphs=frozenset(glyphs),
        synchronized=terminal.synchronized,
        repeat=terminal.repeat,
    )


def _multiplexer(environment: Mapping[str, str]) -> Multiplexer:
    term = environment.get("TERM", "")
    if environment.get("TMUX") or term.startswith("tmux"):
        return "tmux"
    if environment.get("STY") or term.startswith("screen"):
        return "screen"
    return ""


def _depth(environment: Mapping[str, str]) -> ColourDepth:
    term = environment.get("TERM", "").lower()
    if environment.get("NO_COLOR") or _MONO_TERMS.fullmatch(term):
        return ColourDepth.MONO
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return ColourDepth.TRUECOLOR
    if term.endswith("256color") or term in ("xterm-kitty", "xterm-ghostty"):
        return ColourDepth.INDEXED
    return ColourDepth.SIXTEEN


def _named_by(environment: Mapping[str, str]) -> tuple[str, Version]:
    """The terminal that the variables name, and its version: () where they tell none."""
    program = _PROGRAMS.get(environment.get("TERM_PROGRAM", "").lower())
    if program:
        return program, _version(environment.get("TERM_PROGRAM_VERSION", ""))
    if environment.get("VTE_VERSION", "").isdecimal():
        return "vte", (int(environment["VTE_VERSION"]),)
    if environment.get("TERMINAL_NAME", "").lower() == "contour":
        return "contour", _version(environment.get("TERMINAL_VERSION_TRIPLE", ""))
    for variable, name in (
        ("KITTY_WINDOW_ID", "kitty"),
        ("KONSOLE_VERSION", "konsole"),
        ("WT_SESSION", "windows terminal"),
        ("XTERM_VERSION", "xterm"),
    ):
        if environment.get(variable):
            return name, ()
    term = environment.get("TERM", "")
    return _TERMS.get(term, term), ()


def _parse_report(report: str) -> tuple[str, Version]:
    match = re.match(r"([A-Za-z][\w.-]*)[ (v]*([\d.]*)", report)
    if match is None:
        return "", ()
    return match[1].lower(), _version(match[2])


def _version(text: str) -> Version:
    """The leading numbers of a version."""
    numbers = re.match(r"\d+(\.\d+)*", text)
    # A number of ten digits is no version, and bounds what a hostile one costs.
    return tuple(int(part[:9]) for part in numbers[0].split(".")) if numbers else ()
