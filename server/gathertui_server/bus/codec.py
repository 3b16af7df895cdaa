"""Bus messages as bytes and back, for a bus that crosses a network. Decoding is validation.

A message is a MessagePack array of its tag and its fields, in order.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gathertui.errors import BadFrame
from gathertui_server.bus.messages import Delivery, RoomCommand

_ENCODER: Final = msgspec.msgpack.Encoder()
_COMMAND: Final[msgspec.msgpack.Decoder[RoomCommand]] = msgspec.msgpack.Decoder(RoomCommand)
_DELIVERY: Final[msgspec.msgpack.Decoder[Delivery]] = msgspec.msgpack.Decoder(Delivery)

# RecursionError comes from deep nesting and UnicodeDecodeError from bad UTF-8: neither is a MsgspecError.
_UNREADABLE: Final = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def encode(message: RoomCommand | Delivery) -> bytes:
    """Return the bytes of one message."""
    return _ENCODER.encode(message)


def decode_command(data: bytes) -> RoomCommand:
    """Return what a gateway tells a room's host. Raises `BadFrame`."""
    try:
        return _COMMAND.decode(data)
    except _UNREADABLE as error:
        raise BadFrame(f"A command on the bus can't be read: {error}.") from None


def decode_delivery(data: bytes) -> Delivery:
    """Return what a room's host or a service tells the gateways. Raises `BadFrame`."""
    try:
        return _DELIVERY.decode(data)
    except _UNREADABLE as error:
        raise BadFrame(f"A delivery on the bus can't be read: {error}.") from None
