"""What gateways tell room hosts, and room hosts and services tell gateways.

Every message is a msgspec struct of plain values, so that it can be encoded and
sent to another machine as it is. `view` is the id of one connection, unique over
all gateways.
"""

from __future__ import annotations

import msgspec

from gathertui.errors import Code
from gathertui.protocol.base import Account
from gathertui.protocol.media import SignalBody


class BusMessage(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One message on the bus."""


# ---------------------------------------------------------------- gateway to room host


class Attach(BusMessage, frozen=True, tag="attach"):
    """A view wants in; answered by `Joined`, or by a `Direct` failure to request `rid`."""

    view: int
    rid: int
    account: Account


class Detach(BusMessage, frozen=True, tag="detach"):
    """A view is gone; `goodbye` where it said that it leaves for good."""

    view: int
    goodbye: bool


class Walk(BusMessage, frozen=True, tag="walk"):
    """A view takes step number `seq` in `direction`."""

    view: int
    seq: int
    direction: int


class AskCells(BusMessage, frozen=True, tag="ask_cells"):
    """A view needs these cells (column, row) whole: it looks there now or missed ticks; answered by `WholeCells`."""

    view: int
    cells: list[tuple[int, int]]


class Follow(BusMessage, frozen=True, tag="follow"):
    """A view wants to be told where these avatars go, wherever that is; it replaces its list before."""

    view: int
    avatars: list[int]


class AskPeople(BusMessage, frozen=True, tag="ask_people"):
    """A connection asks who is here; answered by `Direct` to request `rid`."""

    view: int
    rid: int


class CarryMedia(BusMessage, frozen=True, tag="carry_media"):
    """A view carries its account's sound and picture from here on; answered by `Direct` to request `rid`."""

    view: int
    rid: int


class SetMedia(BusMessage, frozen=True, tag="set_media"):
    """A view says which of its account's sound and picture is on: bits of `protocol.media.SetMedia`."""

    view: int
    media: int


class Signal(BusMessage, frozen=True, tag="signal"):
    """A view has something to tell the one that carries the media of `avatar`; passed on by `Direct`."""

    view: int
    avatar: int
    call: int
    body: SignalBody


RoomCommand = Attach | Detach | Walk | AskCells | Follow | AskPeople | CarryMedia | SetMedia | Signal


# ---------------------------------------------------------------- to gateways


class Joined(BusMessage, frozen=True, tag="joined"):
    """The view is in, at (x, y): `frame` answers its request, and broadcasts reach it from here on."""

    view: int
    rid: int
    frame: bytes
    x: int
    y: int


class Direct(BusMessage, frozen=True, tag="direct"):
    """`frame` is for one connection; it answers request `rid` where that isn't 0."""

    view: int
    rid: int
    frame: bytes


class Broadcast(BusMessage, frozen=True, tag="broadcast"):
    """`frame` is for every view in the room, in order with the other broadcasts."""

    frame: bytes


class Moves(BusMessage, frozen=True, tag="moves"):
    """What moved in one tick.

    `cells` has a packed block a cell, `acks` the last settled step of every view
    that walked, `followed` a packed block of everybody who moved and is followed,
    with the views that follow them.
    """

    cells: dict[tuple[int, int], bytes]
    acks: dict[int, int]
    followed: list[tuple[bytes, list[int]]]


class WholeCells(BusMessage, frozen=True, tag="whole_cells"):
    """The cells that a view asked for, whole, with its last settled step."""

    view: int
    ack: int
    cells: bytes


class Conversations(BusMessage, frozen=True, tag="conversations"):
    """With whom somebody exchanges sound and picture has changed: a frame for each view of those concerned."""

    frames: dict[int, bytes]


class Evict(BusMessage, frozen=True, tag="evict"):
    """The view's connection is to be closed with this; its client may come back `retry_after` seconds later."""

    view: int
    code: Code
    message: str
    retry_after: float


class ChatPosted(BusMessage, frozen=True, tag="chat_posted"):
    """A stored chat message, as the frame that every listener gets."""

    frame: bytes


Delivery = Joined | Direct | Broadcast | Moves | WholeCells | Conversations | Evict | ChatPosted
