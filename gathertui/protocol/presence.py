"""Who is where: entering the room, looking about, walking, and seeing others walk.

Everybody in the room knows who else is in it. Where they are is told for the
cells that a view looks at, tick by tick (`Tick`), and roughly for the others
(`Whereabouts`). `positions` has the packed form of both.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from gathertui.protocol.base import Account, Message, Reply, Request


class Avatar(msgspec.Struct, array_like=True, frozen=True):
    """A person in the room. `glyphs` is what is drawn of them: two cells wide."""

    id: int
    account: Account
    glyphs: str
    x: int
    y: int
    facing: int
    away: bool = False


class Enter(Request, frozen=True, tag="enter"):
    """Come into the office: the account's avatar appears, if it isn't there already. Views only."""


class Entered(Reply, frozen=True, tag="entered"):
    """You are in `room`. `map_source` is its map file, `you` your avatar's id, `avatars` everybody, you too.

    From here on `Appeared`, `Changed` and `Departed` keep that list current, and
    `Tick` the places of those in view: at first `positions.first_viewport`.
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

    seq: Annotated[int, msgspec.Meta(ge=1, le=0xFFFFFFFF)]
    direction: Annotated[int, msgspec.Meta(ge=0, le=3)]


class StepRefused(Message, frozen=True, tag="step_refused"):
    """Step `seq` and all before it are settled, and `seq` led nowhere: you stand here."""

    seq: int
    x: int
    y: int
    facing: int


class Tick(Message, frozen=True, tag="tick"):
    """What moved since the last one.

    `ack` is the last step of this connection that is settled. `cells` are the
    blocks of the cells in view; they hold your own avatar too, as it stands after
    that step. `followed` are blocks of avatars that you follow, wherever they are.
    """

    ack: int
    cells: bytes
    followed: bytes = b""


class Look(Message, frozen=True, tag="look"):
    """Look at these cells from here on: columns `left` to `right`, rows `top` to `bottom`, the last ones excluded.

    At most `limits.VIEWPORT_CELLS`. Those that were not in view come whole in the next `Tick`.
    """

    left: int
    top: int
    right: int
    bottom: int


class Follow(Message, frozen=True, tag="follow"):
    """Be told where these avatars go, also out of view; it replaces the list sent before."""

    avatars: list[int]


class Whereabouts(Message, frozen=True, tag="whereabouts"):
    """Who is in another area than before: their positions, as blocks. They may be out of view, and walk on unseen."""

    cells: bytes


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
