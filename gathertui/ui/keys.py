"""What each key does. The screens act by these tables, and the help and the key line are made from them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Group(StrEnum):
    """The chapters of the key map, in the order in which the help shows them."""

    WALK = "Walking"
    TALK = "Talking"
    CHAT = "Chat"
    LOOK = "Looking round"
    OFFICE = "The office"


class Command(NamedTuple):
    """Something that can be done by name.

    `keys` are Textual's names; the key line shows `word` after the first of them, where there is one.
    """

    name: str
    title: str
    group: Group
    keys: tuple[str, ...] = ()
    word: str = ""
    alias: str = ""
    """Another name for the palette: what people type out of habit."""


OFFICE_COMMANDS: Final = (
    Command("walk-west", "Walk west", Group.WALK, ("left", "h")),
    Command("walk-south", "Walk south", Group.WALK, ("down", "j")),
    Command("walk-north", "Walk north", Group.WALK, ("up", "k")),
    Command("walk-east", "Walk east", Group.WALK, ("right", "l")),
    Command("microphone", "Microphone: on or off", Group.TALK, ("m",), "mic"),
    Command("camera", "Camera: look at yourself first, or off", Group.TALK, ("v",), "camera"),
    Command("deafen", "Deafen: hear nobody, or everybody again", Group.TALK, ("s",), "deafen"),
    Command("grid", "Conversation grid: everybody's picture", Group.TALK, ("G",), "grid"),
    Command("choose-microphone", "Microphone: choose which", Group.TALK),
    Command("choose-speaker", "Loudspeaker: choose which", Group.TALK),
    Command("choose-camera", "Camera: choose which", Group.TALK),
    Command("sounds", "Sounds: silence some, one by one", Group.TALK),
    Command("do-not-disturb", "Do not disturb: sounds off, or on again", Group.TALK),
    Command("mirror", "Mirror: try camera and microphone", Group.TALK),
    Command("write", "Write in chat", Group.CHAT, ("t", "i", "enter"), "chat"),
    Command("next-channel", "Next channel", Group.CHAT, ("right_square_bracket",), "channel"),
    Command("previous-channel", "Previous channel", Group.CHAT, ("left_square_bracket",)),
    Command("older", "Scroll chat up, to older messages", Group.CHAT, ("pageup", "ctrl+u")),
    Command("newer", "Scroll chat down, to newer messages", Group.CHAT, ("pagedown", "ctrl+d")),
    Command("people", "Who is here", Group.LOOK, ("p",), "people"),
    Command("names", "Names over people: show or hide", Group.LOOK, ("n",), "names"),
    Command("zoom", "Zoom: larger or smaller tiles", Group.LOOK, ("z",), "zoom"),
    Command("small-map", "Small map of the whole room: show or hide", Group.LOOK, ("M",)),
    Command("full", "This pane alone, or all of them again", Group.LOOK, ("o",)),
    Command("next-pane", "Next pane", Group.LOOK, ("tab",)),
    Command("previous-pane", "Previous pane", Group.LOOK, ("shift+tab",)),
    Command("map", "Back to the map", Group.LOOK, ("escape", "q")),
    Command("help", "Help", Group.OFFICE, ("question_mark",), "help"),
    Command("palette", "Everything by name", Group.OFFICE, ("ctrl+p", "colon"), "commands"),
    Command("theme-dark", "Theme: dark", Group.OFFICE),
    Command("theme-light", "Theme: light", Group.OFFICE),
    Command("test-card", "Test card: what this terminal shows", Group.OFFICE, ("T",)),
    Command("log-out", "Log out of this office", Group.OFFICE),
    Command("suspend", "Suspend: back to the shell; fg returns", Group.OFFICE, ("ctrl+z",)),
    Command("quit", "Leave the office", Group.OFFICE, ("ctrl+q",), "leave", "q"),
)
"""All that can be done in the office. `OfficeScreen` has a handler for each."""

KEY_LINE: Final = (
    "write",
    "microphone",
    "camera",
    "deafen",
    "help",
    "people",
    "names",
    "zoom",
    "next-channel",
    "palette",
    "quit",
)
"""Which commands the key line names, the most important first: it is cut from the right."""

NARROW_KEY_LINE: Final = ("write", "microphone", "help", *(name for name in KEY_LINE[2:] if name != "help"))
"""The same where it is cut soon: the help names the others."""

WALK_KEYS: Final = ("left", "down", "up", "right")


class Hint(NamedTuple):
    """A key and a word for the key line."""

    key: str
    word: str


SCROLL_KEYS: Final = "{scroll}"
"""Stands for the arrows up and down, which each look shows in its own way."""

COMPOSER_HINTS: Final = (
    Hint("Enter", "send"),
    Hint("Esc", "map"),
    Hint("^j", "new line"),
    Hint("Tab", "next pane"),
    Hint("PgUp", "older"),
    Hint("^p", "commands"),
    Hint("^q", "leave"),
)
PICTURES_HINTS: Final = (
    Hint(SCROLL_KEYS, "choose"),
    Hint("Enter", "larger"),
    Hint("Esc", "map"),
    Hint("m", "mic"),
    Hint("v", "camera"),
    Hint("G", "grid"),
    Hint("^p", "commands"),
)
FULL_PICTURES_HINTS: Final = (
    Hint("Tab", "next"),
    Hint("o", "larger or smaller"),
    Hint("Esc", "map"),
    Hint("m", "mic"),
    Hint("v", "camera"),
    Hint("^p", "commands"),
)
LIST_HINTS: Final = (
    Hint(SCROLL_KEYS, "scroll"),
    Hint("Esc", "map"),
    Hint("Tab", "next pane"),
    Hint("^p", "commands"),
    Hint("^q", "leave"),
)

WRITING_KEYS: Final = (
    ("Enter", "Writing: send, and stay"),
    ("^j", "Writing: a new line"),
    ("Esc", "Writing: back to the map, the draft stays"),
    ("Enter", "Writing: with nothing written, back to the map"),
)
"""The keys of the composer, for the help."""

_NAMES: Final = {
    "left": "←",
    "down": "↓",
    "up": "↑",
    "right": "→",
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "shift+tab": "Shift-Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "question_mark": "?",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def key_name(key: str, *, ascii_only: bool = False) -> str:
    """How people know a key: Textual's `ctrl+q` is `^q`."""
    if ascii_only and key in WALK_KEYS:
        return key.capitalize()
    return _NAMES.get(key) or key.replace("ctrl+", "^")


def command_named(name: str) -> Command:
    """Return the command of that name. Raises KeyError."""
    return {command.name: command for command in OFFICE_COMMANDS}[name]


def commands_by_key() -> dict[str, Command]:
    """The table that a screen looks keys up in."""
    return {key: command for command in OFFICE_COMMANDS for key in command.keys}
