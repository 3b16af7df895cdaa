"""People as the map shows them, and the marks that say what they are doing."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from gathertui.world.geometry import Direction, Point
from gathertui.world.room import Avatar


class Status(Enum):
    """What somebody is free for."""

    AVAILABLE = "available"
    BUSY = "busy"
    DO_NOT_DISTURB = "do not disturb"
    AWAY = "away"
    TEXT = "text"
    """Can neither be heard nor hear: here with letters alone."""


class Figure(NamedTuple):
    """A person on the map. `glyphs` fills two cells; `colour` numbers the palette's people; `position` is a tile."""

    id: int
    name: str
    glyphs: str
    colour: int
    position: Point
    facing: Direction = Direction.SOUTH
    status: Status = Status.AVAILABLE
    hand: bool = False
    speaking: bool = False
    muted: bool = False

    @property
    def away(self) -> bool:
        """Whether nobody looks at the room through this person's eyes at the moment."""
        return self.status is Status.AWAY


class Mark(NamedTuple):
    """A sign of one cell, its twin in ASCII, and the name of the palette's colour it has."""

    sign: str
    ascii: str
    colour: str


HAND: Final = Mark("Ψ", "^", "amber")
SPEAKING: Final = Mark("♪", "*", "green")
MUTED: Final = Mark("∅", "-", "dim")
STATUS_MARKS: Final = {
    Status.BUSY: Mark("•", "o", "amber"),
    Status.DO_NOT_DISTURB: Mark("×", "x", "red"),
    Status.AWAY: Mark("☾", "z", "dim"),
    Status.TEXT: Mark("≡", "t", "accent"),
}
"""Every one is a character that terminals draw in one cell and never as an emoji."""

MARKS: Final = (HAND, SPEAKING, MUTED, *STATUS_MARKS.values())


def voice_mark(figure: Figure) -> Mark | None:
    """What is heard of somebody: who speaks is not muted, whatever was said before."""
    if figure.speaking:
        return SPEAKING
    return MUTED if figure.muted else None


def marks_of(figure: Figure) -> tuple[Mark, ...]:
    """Everything there is to say about somebody, the most pressing first."""
    if figure[6] is Status.AVAILABLE and not (figure[7] or figure[8] or figure[9]):
        return ()
    hand = HAND if figure.hand else None
    wanted = (hand, voice_mark(figure), STATUS_MARKS.get(figure.status))
    return tuple(mark for mark in wanted if mark is not None)


def figure_of(avatar: Avatar, *, speaking: bool = False) -> Figure:
    """A room's avatar as a figure."""
    person = avatar.person
    status = Status.AWAY if avatar.away else Status.AVAILABLE
    return Figure(
        avatar.id,
        person.name,
        person.glyphs,
        person.colour,
        avatar.position,
        avatar.facing,
        status,
        speaking=speaking,
    )
