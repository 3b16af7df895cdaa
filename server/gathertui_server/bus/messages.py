"""What gateways tell room hosts, and room hosts and services tell gateways.

Every message is a msgspec struct of plain values, so that it can be encoded and
sent to another machine as it is. `view` is the id of one connection, unique over
all gateways.
"""

from __future__ import annotations

import msgspec

from gathertui.protocol.base import Account


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


class Refresh(BusMessage, frozen=True, tag="refresh"):
    """A view missed positions and can take them again: send it everybody's."""

    view: int


class AskPeople(BusMessage, frozen=True, tag="ask_people"):
    """A connection asks who is here; answered by `Direct` to request `rid`."""

    view: int
    rid: int


RoomCommand = Attach | Detach | Walk | Refresh | AskPeople


# ---------------------------------------------------------------- to gateways


class Joined(BusMessage, frozen=True, tag="joined"):
    """The view is in: `frame` answers its request, and broadcasts reach it from here on."""

    view: int
    rid: int
    frame: bytes


class Direct(BusMessage, frozen=True, tag="direct"):
    """`frame` is for one connection; it answers request `rid` where that isn't 0."""

    view: int
    rid: int
    frame: bytes


class Broadcast(BusMessage, frozen=True, tag="broadcast"):
    """`frame` is for every view in the room, in order with the other broadcasts."""

    frame: bytes


class Moves(BusMessage, frozen=True, tag="moves"):
    """What moved in one tick: a packed block for every view, and the last settled step of those that walked."""

    positions: bytes
    acks: dict[int, int]


class Everybody(BusMessage, frozen=True, tag="everybody"):
    """All positions, for one view that asked for a refresh, with its last settled step."""

    view: int
    ack: int
    positions: bytes


class ChatPosted(BusMessage, frozen=True, tag="chat_posted"):
    """A stored chat message, as the frame that every listener gets."""

    frame: bytes


Delivery = Joined | Direct | Broadcast | Moves | Everybody | ChatPosted
