"""Writes the bars of the office: where you are, with whom you talk, which key does what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gathertui.protocol.presence import Avatar
from gathertui.render.cells import clip_text, text_width
from gathertui.render.office.figures import MUTED, STATUS_MARKS, Status
from gathertui.ui.keys import KEY_LINE, NARROW_KEY_LINE, SCROLL_KEYS, Hint, command_named, key_name
from gathertui.ui.look import Look
from gathertui.ui.strips import Line, Span, line_width
from gathertui.ui.surroundings import Surroundings
from gathertui.ui.tiledrawing import meter
from gathertui.ui.tilesigns import OwnWord, Tone, hears_nobody

MIN_SENTENCE = 60
"""Cells from which on the context line speaks in whole sentences."""

MIN_NAMES = 20
"""Cells that the names of those you talk with keep in the context line, whatever else wants to be there."""

MIN_PLACE = 10
"""Cells that the office's name keeps, whatever else wants to be in the top bar."""


METER_CELLS = 3
"""Of how loud you are, beside what the top bar says of your microphone."""


class TopBar(NamedTuple):
    """What the top bar tells. `connection` is a word or two, `unread` counts messages that don't show.

    `pictures` says how the moving pictures on the screen are drawn, empty where there are none.
    `own` is how your own sound and picture are.
    """

    office: str
    place: str
    people: int
    unread: int
    connection: str
    online: bool
    clock: str
    pictures: str = ""
    own: Sequence[OwnWord] = ()


def write_top_bar(look: Look, told: TopBar, width: int) -> tuple[Line, Line]:
    """Return the left and the right end of the top bar. What matters least goes first where it is narrow."""
    palette, signs = look.palette, look.signs
    left = [Span(f" {signs.office} ", look.text), Span(told.office, look.on_panel(palette.text, bold=True))]
    if told.place:
        left.append(Span(f"  {told.place}", look.dim))
    own = _write_own(look, told.own, width)
    unread_mark = "*" if look.ascii_only else "•"
    # By importance; shown in the order of the last numbers.
    parts: list[tuple[int, Span]] = []
    if not told.online:
        parts.append((2, Span(told.connection, look.on_panel(palette.amber))))
    if told.unread:
        parts.append((0, Span(f"{unread_mark}{told.unread}", look.on_panel(palette.amber, bold=True))))
    live = palette.green if told.online else palette.dim
    parts.append((1, Span(f"{signs.live} {told.people} here", look.on_panel(live))))
    parts.append((3, Span(told.clock, look.dim)))
    if told.pictures:
        parts.append((2, Span(told.pictures, look.dim)))
    if told.online and told.connection:
        parts.append((2, Span(told.connection, look.dim)))
    room = width - MIN_PLACE - line_width(own)
    chosen: list[tuple[int, Span]] = []
    for place, span in parts:
        needed = text_width(span.text) + 3
        if needed <= room:
            chosen.append((place, span))
            room -= needed
    right: Line = []
    for place, span in sorted(chosen, key=lambda part: part[0]):
        if place > 1 and own:
            right, own = right + own, []
        right += [Span("  ", look.text) if not right else Span("   ", look.text), span]
    return left, [*right, *own, Span(" ", look.text)]


def _write_own(look: Look, words: Sequence[OwnWord], width: int) -> Line:
    """How your own sound and picture are: with a mark and in words, so that no colour is needed."""
    palette, signs = look.palette, look.signs
    short = width < MIN_SENTENCE
    muted = MUTED.ascii if look.ascii_only else MUTED.sign
    paused = "=" if look.ascii_only else signs.waiting
    signs_of = {Tone.LIVE: signs.live, Tone.QUIET: muted, Tone.PAUSED: paused, Tone.WARNING: signs.cross}
    inks = {Tone.LIVE: palette.green, Tone.QUIET: palette.dim, Tone.PAUSED: palette.dim, Tone.WARNING: palette.amber}
    line: Line = []
    meter_at, level = 0, None
    for word in words:
        gap = "   " if not short else "  " if not line else " "
        style = look.on_panel(inks[word.tone], bold=word.tone is Tone.LIVE)
        line += [Span(gap, look.text), Span(f"{signs_of[word.tone]} {word.short if short else word.text}", style)]
        if word.level is not None:
            meter_at, level = len(line), word.level
    if level is not None and line_width(line) + METER_CELLS + 1 <= width - MIN_PLACE:
        ink = palette.green if level else palette.dim
        line[meter_at:meter_at] = [Span(" ", look.text), Span(meter(look, level, METER_CELLS), look.on_panel(ink))]
    return line


def write_company(look: Look, around: Surroundings, heard: int, in_earshot: int, width: int) -> tuple[Line, Line]:
    """Return the left and the right end of the context line: with whom you talk, and how many you hear of how many."""
    if around.conversation:
        right = _write_unheard(look, heard, in_earshot, width)
        right = _write_deaf(look, around.conversation, width - line_width(right)) + right
        words = "Talking with" if width >= MIN_SENTENCE else "With"
        return _write_names(look, words, around.conversation, width - line_width(right)), right
    if in_earshot:
        return [Span(f" You hear 0 of {in_earshot}: too many talk here.", look.dim)], []
    away = [avatar for avatar in around.near if avatar.away]
    if away:
        return _write_names(look, "Near, but away:", away, width), []
    line = [Span(" Quiet here. Walk up to someone", look.dim)]
    more = [Span(", or press ", look.dim), key(look, "p"), Span(" to see who is in", look.dim)]
    if line_width(line) + line_width(more) < width:
        line += more
    return [*line, Span(".", look.dim)], []


def _write_unheard(look: Look, heard: int, in_earshot: int, width: int) -> Line:
    """How many you hear, where that is not everybody in earshot and leaves room for a name."""
    if in_earshot <= heard:
        return []
    words = "you hear" if width >= MIN_SENTENCE else "hear"
    line = [Span(f"  {words} ", look.dim), Span(f"{heard} of {in_earshot}", look.text), Span(" ", look.text)]
    return line if width - line_width(line) >= MIN_NAMES else []


def _write_deaf(look: Look, people: Sequence[Avatar], width: int) -> Line:
    """Who of those you talk with hears nothing, where that leaves room for a name."""
    deaf = [avatar for avatar in people if hears_nobody(avatar)]
    if not deaf:
        return []
    mark = STATUS_MARKS[Status.TEXT]
    sign = Span(f"  {mark.ascii if look.ascii_only else mark.sign} ", look.on_panel(look.palette.accent))
    who = str(len(deaf)) if len(deaf) > 1 else clip_text(deaf[0].account.name, width // 4, look.signs.ellipsis)
    for words in (f"{who} can't hear: write to them ", "can't hear: write ", "text "):
        line = [sign, Span(words, look.dim)]
        if width - line_width(line) >= MIN_NAMES:
            return line
    return []


def _write_names(look: Look, words: str, people: Sequence[Avatar], width: int) -> Line:
    """Return the words, as many names as fit, the first one cut if need be, and how many more there are."""
    line: Line = [Span(f" {words} ", look.dim)]
    for number, avatar in enumerate(people):
        comma, name = ", " if number else "", avatar.account.name
        more = len(people) - number - 1
        # Room for the number that follows this name if the next one does not fit.
        room = width - line_width(line) - len(comma) - (len(f" +{more}") if more else 0)
        if text_width(name) > room:
            if number:
                return [*line, Span(f" +{more + 1}", look.dim)]
            name = clip_text(name, max(1, room), look.signs.ellipsis)
        line += [Span(comma, look.dim), Span(name, look.on_panel(look.palette.person(avatar.account.colour)))]
    return line


def key(look: Look, name: str) -> Span:
    """Return a key as the bars show it."""
    return Span(name, look.on_panel(look.palette.accent, bold=True))


def map_hints(look: Look, *, walking: bool, narrow: bool, channels: int, pictures: bool) -> list[Hint]:
    """Return the keys that do something on the map just now, the most important first."""
    hints = [Hint(look.signs.arrows, "walk")] if walking else []
    for command in map(command_named, NARROW_KEY_LINE if narrow else KEY_LINE):
        if command.name == "next-channel" and channels < 2:
            continue
        hints.append(Hint(key_name(command.keys[0], ascii_only=look.ascii_only), command.word))
    if narrow:
        hints.insert(-2, Hint("Tab", "next pane"))
        if pictures:
            hints.insert(0, Hint("o", "pictures"))
            if walking:
                hints.insert(4, hints.pop(1))  # whoever has come this far can walk, and may not know of the help
    return hints


def write_keys(look: Look, hints: Sequence[Hint], width: int) -> Line:
    """Return the key line: as many hints as fit, whole, never wrapped."""
    for gap in (3, 2):
        line: Line = [Span(" ", look.text)]
        cut = False
        for number, hint in enumerate(hints):
            shown = [key(look, hint.key.replace(SCROLL_KEYS, look.signs.scroll)), Span(f" {hint.word}", look.dim)]
            before = Span(" " * gap, look.text) if number else Span("", look.text)
            if line_width(line) + len(before.text) + line_width(shown) > width:
                cut = True
                break
            line += [before, *shown]
        if not cut:
            break
    return line
