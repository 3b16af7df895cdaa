"""Picks what a terminal answers out of what a person types.

Both come on one line, and in pieces. What may be the beginning of an answer is held
back: what a key could begin with no longer than the delay that a lone Escape has
anyway, what no key begins with until it is complete or has plainly been cut off.
"""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

ESCAPE = "\x1b"

ESCAPE_SECONDS: Final = 0.1
"""How long the beginning of a key or an answer is held: the usual delay of a lone Escape."""
BROKEN_SECONDS: Final = 2.0
"""An answer that is not complete so long after its first piece was cut off, and is dropped."""
MAX_ANSWER: Final = 4096
"""Characters. What is longer is no answer that anybody asked for, and is dropped up to its end."""

_ST: Final = r"(?:\x1b\\|\x07)"
_BODY: Final = r"[ -~]*"
_STRING: Final = rf"\x1b(?:P[01]?[+$]r|P[>!]\||_G){_BODY}"  # XTGETTCAP, DECRQSS; XTVERSION, DA3; kitty's graphics

_COMPLETE: Final = re.compile(
    r"\x1b\[[?>=][\d;:]*c"  # device attributes
    r"|\x1b\[6;\d+;\d+t"  # the size of a cell in pixels
    rf"|{_STRING}{_ST}"
)
_ATTRIBUTES: Final = re.compile(r"\x1b\[\?[\d;]*c")
_WHILE_PROBING: Final = re.compile(r"\x1b\[(?:\d+;\d+R|\?\d+;\d\$y)")
"""Reports of the cursor's position and of a mode."""
_CUT_OFF: Final = re.compile(rf"{_STRING}(?=[^ -~\x1b\x07]|\x1b[^\\])")
"""An answer in the middle of which something else came."""

# The beginnings of those, as a key may begin with them, too ...
_AMBIGUOUS: Final = re.compile(r"\x1b(?:\[(?:6(?:;\d*)?|6;\d+;\d*|20{0,2})?|P(?:[01]?[+$>!]?)|_)?")
_AMBIGUOUS_CURSOR: Final = re.compile(r"\x1b\[\d+(?:;\d*)?")
# ... and as no key does.
_CERTAIN: Final = re.compile(rf"\x1b\[[?>=][\d;:]*\$?|{_STRING}\x1b?")


_PASTE_BEGIN: Final = "\x1b[200~"
_PASTE_END: Final = "\x1b[201~"
"""What lies between was pasted, and nothing in it is an answer."""


class Sifted(NamedTuple):
    """What a person typed, and the answers that were among it."""

    typed: str
    answers: tuple[str, ...] = ()


class ReplySieve:
    """Takes the answers out of one terminal's input.

    Feed it all that comes, and call `expire` when `deadline` has passed. Reports
    of modes and of the cursor's position are left in, since Textual's parser knows
    them and others ask for them, too. But until `probing_until`, or until the first
    device attributes, they are answers like the others.
    """

    def __init__(self, *, probing_until: float = -math.inf, escape_delay: float = ESCAPE_SECONDS) -> None:
        self._probing_until = probing_until
        self._escape_delay = escape_delay
        self._held = ""
        self._held_since = 0.0
        self._deadline: float | None = None
        self._is_pasted = False
        self._paste_tail = ""

    @property
    def deadline(self) -> float | None:
        """When to call `expire`, in the clock of `feed`; None while nothing is held."""
        return self._deadline

    def feed(self, text: str, now: float) -> Sifted:
        """Take a piece of input, cut anywhere, and return what is certain of it."""
        overdue = self.expire(now)
        since = self._held_since if self._held else now
        text = self._held + text
        self._held, self._deadline = "", None
        typed, answers = [overdue], list[str]()
        position = 0
        while position < len(text):
            if self._is_pasted:
                end = self._paste_end(text, position)
                typed.append(text[position:end])
                position = end
                continue
            start = text.find(ESCAPE, position)
            if start < 0:
                break
            typed.append(text[position:start])
            position = start
            if end := self._answer_end(text, start, now):
                answers.append(text[start:end])
                position = end
            elif text.startswith(_PASTE_BEGIN, start):
                self._is_pasted = True
            elif self._hold(text[start:], since if start == 0 else now, now):
                return Sifted("".join(typed), tuple(answers))
            elif cut := _CUT_OFF.match(text, start):
                position = cut.end()
            else:
                typed.append(ESCAPE)
                position = start + 1
        typed.append(text[position:])
        return Sifted("".join(typed), tuple(answers))

    def expire(self, now: float) -> str:
        """Return what was held and turned out to be typed, "" while nothing is due.

        It has waited as long as a lone Escape should.
        """
        if self._deadline is None or now < self._deadline:
            return ""
        held, self._held, self._deadline = self._held, "", None
        return "" if _CERTAIN.fullmatch(held) else held

    def _paste_end(self, text: str, start: int) -> int:
        """Where what is pasted ends in the text."""
        known = self._paste_tail + text[start:]
        end = known.find(_PASTE_END)
        if end < 0:
            self._paste_tail = known[1 - len(_PASTE_END) :]
            return len(text)
        self._is_pasted = False
        end += len(_PASTE_END) - len(self._paste_tail)
        self._paste_tail = ""
        return start + end

    def _answer_end(self, text: str, start: int, now: float) -> int:
        """Where the answer that begins at `start` ends; 0 if none does."""
        match = _COMPLETE.match(text, start)
        if match is None and now < self._probing_until:
            match = _WHILE_PROBING.match(text, start)
        if match is None:
            return 0
        if _ATTRIBUTES.match(text, start):
            self._probing_until = -math.inf
        return match.end()

    def _hold(self, tail: str, since: float, now: float) -> bool:
        """Keep what may become an answer, and began to come at `since`; whether it may."""
        is_probing = now < self._probing_until
        if _CERTAIN.fullmatch(tail):
            # What it begins with stays, so that its end is still known for what it is.
            self._held = tail if len(tail) <= MAX_ANSWER else tail[:5] + tail[-1:]
            self._deadline = since + BROKEN_SECONDS
        elif _AMBIGUOUS.fullmatch(tail) or (is_probing and _AMBIGUOUS_CURSOR.fullmatch(tail)):
            self._held = tail
            # While answers are on their way, three characters of one are more likely than three quick keys.
            self._deadline = since + BROKEN_SECONDS if is_probing and len(tail) > 2 else now + self._escape_delay
        else:
            return False
        self._held_since = since
        return True
