"""Who is where: entering the room, walking, and seeing others walk.

Positions travel packed (`PositionBlock`), because they are most of what a server
sends: 7 bytes each, encoded once for everybody who sees them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from gathertui.protocol.base import Account, Message, Reply, Request

_POSITION: Final = struct.Struct("<HHHB")
POSITION_BYTES: Final = _POSITION.size


class Position(NamedTuple):
    """Where the avatar `avatar` stands: tiles from the map's top left, `facing` 0–3 = north, east, south, west."""

    avatar: int
    x: int
    y: int
    facing: int


class Avatar(msgspec.Struct, array_like=True, frozen=True):
    """A person in the room. `glyphs` is what is drawn of them: two cells wide."""

    id: int
    account: Account
    glyphs: str
    x: int
    y: int
    facing: int
    away: bool = False


def pack_positions(positions: Iterable[tuple[int, int, int, int]]) -> bytes:
    """Return the packed form, 7 bytes a position: avatar u16, x u16, y u16, facing u8, little-endian."""
    pack = _POSITION.pack
    return b"".join([pack(*position) for position in positions])


def unpack_positions(block: bytes) -> Iterator[Position]:
    """Yield the positions of a packed block; a cut one at the end is dropped."""
    whole = len(block) - len(block) % POSITION_BYTES
    return map(Position._make, _POSITION.iter_unpack(block[:whole]))


class Enter(Request, frozen=True, tag="enter"):
    """Come into the office: the account's avatar appears, if it isn't there already. Views only."""


class Entered(Reply, frozen=True, tag="entered"):
    """You are in `room`. `map_source` is its map file, `you` your avatar's id, `avatars` everybody, you too.

    From here on `Appeared`, `Changed`, `Departed` and `Tick` keep that list current.
    """

    room: str
    map_source: bytes
    you: int
    avatars: list[Avatar]


class Step(Message, frozen=True, tag="step"):
    """Take a step to `direction` (0–3 = north, east, south, west).

    `seq` counts the steps of this connection from 1. A step is answered by the
    `ack` of the next `Tick`, or by `StepRefused`.
    """

    seq: int
    direction: int


class StepRefused(Message, frozen=True, tag="step_refused"):
    """Step `seq` and all before it are settled, and `seq` led nowhere: you stand here."""

    seq: int
    x: int
    y: int
    facing: int


class Tick(Message, frozen=True, tag="tick"):
    """What moved since the last one.

    `ack` is the last step of this connection that is settled. `positions` is a
    packed block; it holds your own avatar too, as it stands after that step.
    """

    ack: int
    positions: bytes


class Appeared(Message, frozen=True, tag="appeared"):
    """Somebody came into the room."""

    avatar: Avatar


class Changed(Message, frozen=True, tag="changed"):
    """Something other than the position of an avatar changed (away, say)."""

    avatar: Avatar


class Departed(Message, frozen=True, tag="departed"):
    """The avatar with this id left. The id is not used again for 120 s."""

    avatar: int


class Goodbye(Message, frozen=True, tag="goodbye"):
    """This view leaves for good: with the last view the avatar goes at once, not after a minute."""


class Person(msgspec.Struct, array_like=True, frozen=True):
    """Somebody who is in the office now. `area` is the title of the named area they are in, or empty."""

    account: Account
    room: str
    x: int
    y: int
    area: str
    away: bool


class ListPeople(Request, frozen=True, tag="list_people"):
    """Ask who is in the office."""


class People(Reply, frozen=True, tag="people"):
    """Who is in the office, by name."""

    people: list[Person]
