"""Who is in the demo office, and what they have to say."""

from __future__ import annotations

from typing import Final

import msgspec

NAMES: Final = ("grace", "linus", "barbara", "ken", "margaret", "alan")
"""The bots. They are named for people whose work everybody here stands on."""

HUMMER: Final = "margaret"
"""The one who hums, and whose camera is on."""

GREETINGS: Final = (
    "Hello {name}! Walk with the arrow keys or h j k l, press ? for the rest.",
    "Morning {name}. The soft light around you is how far your voice carries.",
    "Hi {name}. Margaret by the entrance has her camera on: walk up to her. m and v are yours.",
    "Welcome {name}. Press t to write to us, Esc to walk on.",
)

ANSWERS: Final = (
    "Heard you, {name}. I'm on my way to the kitchen, come along.",
    "Good point, {name}.",
    "Let's take that to the whiteboard, {name}.",
    "I'd have said the same, {name}.",
    "{name}: yes. After coffee.",
)

SMALL_TALK: Final = {
    "general": (
        "Build is green again, I put the flaky test out of its misery.",
        "Anybody using the Hopper room at three?",
        "I'll be in the library until lunch.",
        "Reviewing the map change now, looks good so far.",
        "The latency graph is boring today. I like boring.",
        "Who left the terrace door open?",
        "Notes from the morning are on the board in Lovelace.",
    ),
    "random": (
        "The coffee machine counts in octal, I'm sure of it.",
        "Found a real moth in the hall. Taped it into the log book.",
        "The plant by the window has grown two tiles.",
        "Today's shortest bug report: 'it does'.",
        "Somebody should water the garden.",
    ),
}


class Member(msgspec.Struct, frozen=True):
    """One account of the demo: its sign-in, and the password to renew it with."""

    name: str
    password: str
    token: str


class Cast(msgspec.Struct, frozen=True):
    """All accounts of the demo office, kept in its data folder."""

    you: Member
    bots: list[Member]


class Stage(msgspec.Struct, frozen=True):
    """What the bots' process is told when it starts."""

    server: str
    bots: list[Member]
