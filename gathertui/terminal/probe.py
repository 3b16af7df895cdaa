"""Asks a terminal what it can do. No input and no output of its own.

What is asked for and where it is defined: XTVERSION, XTGETTCAP, DECRQSS, DECRQM,
the cell's size and the device attributes in xterm's "Control Sequences"; the query
of graphics in kitty's "Terminal graphics protocol".
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from gathertui.render.modes import ColourDepth
from gathertui.terminal.capabilities import Capabilities, capabilities_of
from gathertui.terminal.replies import ESCAPE_SECONDS, ReplySieve
from gathertui.terminal.table import known_by_report, known_of

_NAME: Final = "\x1b[>0q"
_GRAPHICS: Final = "\x1b_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_SYNCHRONIZED: Final = "\x1b[?2026$p"
_CELL_SIZE: Final = "\x1b[16t"
_TRUECOLOR: Final = "\x1bP+q524742;5463\x1b\\\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[m"
"""The names RGB and Tc in hexadecimal; then a colour is set and asked back."""
_CURSOR: Final = "\x1b[6n"
_ATTRIBUTES: Final = "\x1b[c"
"""Asked last: every terminal answers it, and in order."""

_SIXEL: Final = "4"
"""Its number among the device attributes."""
_MODE_KNOWN: Final = ("1", "2", "3")
"""The reports of a mode that the terminal has: set, reset, always set."""

MAX_ANSWERS: Final = 64

_MODE_REPORT: Final = re.compile(r"\x1b\[\?2026;(\d)\$y")
_CURSOR_REPORT: Final = re.compile(r"\x1b\[\d+;\d+R")
_CELL_REPORT: Final = re.compile(r"\x1b\[6;(\d{1,4});(\d{1,4})t")
_TRUECOLOR_REPORT: Final = re.compile(
    r"\x1bP1(?:\+r(?:524742|5463)|\$r[\d;:]*48[;:]2[;:](?:\d*:)?1[;:]2[;:]3(?!\d))", re.IGNORECASE
)
_GRAPHICS_REPORT: Final = re.compile(r"\x1b_Gi=1;OK")
_NAME_REPORT: Final = re.compile(r"\x1bP>\|([ -~]{1,80})")
_ATTRIBUTES_REPORT: Final = re.compile(r"\x1b\[\?([\d;]*)c")


class Probe:
    """The questions to one terminal, and what came of them.

    Write `queries()` to it, feed what it sends until `finished` or until patience
    ends, and ask for `capabilities`. The input goes on through `sieve`, which knows
    what may yet come. From `until` on, in the clock of `feed`, reports that others ask
    for as well are left to them.
    """

    def __init__(
        self, environment: Mapping[str, str], *, until: float = math.inf, escape_delay: float = ESCAPE_SECONDS
    ) -> None:
        self._environment = environment
        self._queries = _queries_for(environment)
        self._answers: list[str] = []
        self.sieve = ReplySieve(probing_until=until if self._queries else -math.inf, escape_delay=escape_delay)

    def queries(self) -> str:
        """What to write to the terminal: nothing that one which doesn't understand it would show."""
        return self._queries

    @property
    def finished(self) -> bool:
        """Whether all answers are there that will come."""
        return not self._queries or self._answer(_ATTRIBUTES_REPORT) is not None

    def feed(self, text: str, now: float) -> str:
        """Take a piece of input, cut anywhere; what a person typed."""
        typed, answers = self.sieve.feed(text, now)
        self.take(answers)
        return typed

    def take(self, answers: Iterable[str]) -> None:
        """Take answers that the sieve has found."""
        # A terminal that goes on and on is heard no further.
        self._answers += itertools.islice(answers, max(0, MAX_ANSWERS - len(self._answers)))

    def capabilities(self, *, unicode: bool = True, cell_pixels: tuple[int, int] | None = None) -> Capabilities:
        """What the terminal can do, by what it answered and by what is known of its kind.

        `unicode` is False where nothing beyond ASCII is shown; `cell_pixels` is
        the size of a cell as the system knows it.
        """
        name = self._answer(_NAME_REPORT)
        known = known_by_report(name[1], self._environment) if name else known_of(self._environment)
        found = capabilities_of(known, unicode=unicode)
        mode, cell, attributes = (self._answer(pattern) for pattern in (_MODE_REPORT, _CELL_REPORT, _ATTRIBUTES_REPORT))
        if self._answer(_TRUECOLOR_REPORT) and found.depth is not ColourDepth.MONO:
            found = replace(found, depth=ColourDepth.TRUECOLOR)
        if mode:
            found = replace(found, synchronized=mode[1] in _MODE_KNOWN)
        if cell and int(cell[1]) and int(cell[2]):
            cell_pixels = int(cell[2]), int(cell[1])
        direct = not known.multiplexer
        return replace(
            found,
            cell_pixels=cell_pixels,
            kitty_graphics=direct and self._answer(_GRAPHICS_REPORT) is not None,
            sixel=direct and attributes is not None and _SIXEL in attributes[1].split(";")[1:],
            # One whose answers are late answers, too.
            cursor_reports=direct and bool(self._queries) and not (self.finished and not self._answer(_CURSOR_REPORT)),
        )

    def _answer(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return next((match for answer in self._answers if (match := pattern.match(answer))), None)


def _queries_for(environment: Mapping[str, str]) -> str:
    term = environment.get("TERM", "")
    multiplexer = known_of(environment).multiplexer
    if term in ("", "dumb", "unknown"):
        return ""
    if term == "linux" or multiplexer == "screen":
        # They show such strings, or hand them on to a terminal that may.
        return _CURSOR + _ATTRIBUTES
    questions = [_NAME, _CELL_SIZE]
    if environment.get("TERM_PROGRAM") != "Apple_Terminal":  # which shows the last letter of it
        questions.append(_SYNCHRONIZED)
    if multiplexer != "tmux":  # which takes the graphics for a title
        questions += [_GRAPHICS, _TRUECOLOR]
    return "".join([*questions, _CURSOR, _ATTRIBUTES])
