"""Who is where: entering the room, looking about, walking, and seeing others walk.

Everybody in the room knows who else is in it (`Roster`). Where they are is told
for the cells that a view looks at, tick by tick (`Tick`), and roughly for the
others (`Whereabouts`). `positions` has the packed form of both. With whom somebody
may exchange sound and picture is told to those concerned (`Links`).
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from gathertui.protocol.base import Account, Message, Reply, Request


class Avatar(msgspec.Struct, array_like=True, frozen=True):
    """A person in the room. `glyphs` is what is drawn of them: two cells wide; `media` adds up bits of `media`."""

    id: int
    account: Account
    glyphs: str
    x: int
    y: int
    facing: int
    away: bool = False
    media: int = 0


class Enter(Request, frozen=True, tag="enter"):
    """Come into the office: the account's avatar appears, if it isn't there already. Views only."""


class Entered(Reply, frozen=True, tag="entered"):
    """You are in `room`. `map_source` is its map file, `you` your avatar's id, `avatars` everybody, you too.

    From here on `Roster` keeps that list current, `Tick` the places of those in
    view, at first `positions.first_viewport`, and `Links` your conversation, which
    is empty at first.
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
    """Step `seq` and all before it are settled, and `seq` led nowhere: you stand here.

    Something is in the way there, or the step came `too_fast`.
    """

    seq: int
    x: int
    y: int
    facing: int
    too_fast: bool = False


class Tick(Message, frozen=True, tag="tick"):
    """What moved since the last one.

    `ack` is the last step of this connection that is settled. `cells` are the
    blocks of the cells in view; they hold your own avatar too, as it stands after
    that step. `followed` are blocks of avatars that you follow or are linked
    with, where they are out of view, and your own where another view steered it.
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
    """Be told where these avatars go, also out of view; it replaces the list sent before.

    Those you are linked with need not be named.
    """

    avatars: list[int]


class Whereabouts(Message, frozen=True, tag="whereabouts"):
    """Who is in another area than before: their positions, as blocks. They may be out of view, and walk on unseen."""

    cells: bytes


class Roster(Message, frozen=True, tag="roster"):
    """Who left the room, then who came or changed (away, say), since the last one.

    `here` may hold avatars that were here already and have not changed. Where an
    avatar was here before, its place is what the ticks told, not what this says. The
    id of one that left is not given to another account for 120 s.
    """

    left: list[int]
    here: list[Avatar]


SEND: Final = 1
RECEIVE: Final = 2
"""What the bits of `Link.flow` mean."""


class Link(msgspec.Struct, array_like=True, frozen=True):
    """What you have with the avatar `avatar`.

    `flow`: `SEND`, you may send to it, `RECEIVE`, receive from it, or both. `volume`: 1 it fades
    with the distance that sound walks, 2 it is full. `rule` names what made the
    link, for people: "walking distance".
    """

    avatar: int
    flow: Annotated[int, msgspec.Meta(ge=1, le=3)]
    volume: Annotated[int, msgspec.Meta(ge=1, le=2)]
    rule: str


class Links(Message, frozen=True, tag="links"):
    """Your conversation changed: with whom you exchange sound and picture.

    `over` are avatars that you are linked with no more, `linked` new or changed
    links. Where those stand who are new is in `places`, as blocks; as long as they
    are linked `Tick.followed` tells where they go, also out of view. `in_earshot`
    is how many you would hear if all could be carried.
    """

    over: list[int]
    linked: list[Link]
    places: bytes
    in_earshot: int


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
