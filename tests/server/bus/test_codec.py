"""Bus messages as bytes: every kind there and back again, and what comes of bytes that are none."""

from __future__ import annotations

import contextlib
import enum
import types
import typing
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.errors import BadFrame
from gathertui.protocol.base import Account, Role
from gathertui_server.bus import codec, messages

COMMANDS = typing.get_args(messages.RoomCommand)
DELIVERIES = typing.get_args(messages.Delivery)

# MessagePack's integers go from a signed to an unsigned 64-bit number.
SCALARS: dict[object, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**64 - 1),
    str: st.text(),
    bytes: st.binary(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    types.NoneType: st.none(),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type. A type that is not known here fails the test that needs it."""
    if kind in SCALARS:
        return SCALARS[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        (limits,) = kind.__metadata__
        if limits.max_length is not None:
            return st.binary(max_size=limits.max_length)
        return st.integers(limits.ge, limits.le)
    if origin is list:
        return st.lists(values(arguments[0]), max_size=4)
    if origin is tuple:
        return st.tuples(*[values(argument) for argument in arguments])
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=4)
    if origin in (types.UnionType, typing.Union):
        return st.one_of([values(argument) for argument in arguments])
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.builds(kind, **{field.name: values(field.type) for field in msgspec.structs.fields(kind)})
    raise AssertionError(f"no strategy for {kind}")


def tag_of(member: type[Any]) -> str:
    return str(member.__struct_config__.tag)


@pytest.mark.parametrize("member", COMMANDS, ids=tag_of)
@given(data=st.data())
def test_commands_come_back_as_they_went(member: type[Any], data: st.DataObject) -> None:
    command = data.draw(values(member))
    assert codec.decode_command(codec.encode(command)) == command


@pytest.mark.parametrize("member", DELIVERIES, ids=tag_of)
@given(data=st.data())
def test_deliveries_come_back_as_they_went(member: type[Any], data: st.DataObject) -> None:
    delivery = data.draw(values(member))
    assert codec.decode_delivery(codec.encode(delivery)) == delivery


def test_every_bus_message_is_a_command_or_a_delivery() -> None:
    defined = {
        thing
        for thing in vars(messages).values()
        if isinstance(thing, type) and issubclass(thing, messages.BusMessage) and thing is not messages.BusMessage
    }
    assert {*COMMANDS, *DELIVERIES} == defined


def test_no_tag_is_used_twice() -> None:
    tags = [tag_of(member) for member in (*COMMANDS, *DELIVERIES)]
    assert len(set(tags)) == len(tags)


def test_the_form_on_the_wire_is_an_array_of_tag_and_fields() -> None:
    ada = Account("a1", "Ada", Role.ADMIN, 3)
    attach = codec.encode(messages.Attach(7, 2, ada))
    assert msgspec.msgpack.decode(attach) == ["attach", 7, 2, ["a1", "Ada", "admin", 3]]
    # A cell's block under its column and row; maps in MessagePack may have arrays for keys.
    moves = codec.encode(messages.Moves({(1, 2): b"ab"}, {7: 3}, {}))
    assert moves == b"\x94\xa5moves" + b"\x81\x92\x01\x02\xc4\x02ab" + b"\x81\x07\x03" + b"\x80"


BROKEN = {
    "nothing": b"",
    "no message": b"\xc1",
    "no array": msgspec.msgpack.encode({"walk": 1}),
    "no tag": b"\x90",
    "an unknown tag": msgspec.msgpack.encode(["teleport", 1]),
    "a field too few": msgspec.msgpack.encode(["detach", 1]),
    "a field of another type": msgspec.msgpack.encode(["detach", "one", True]),
    "text that is none": b"\x92\xa2\xff\xfe\x01",
    "something after the end": msgspec.msgpack.encode(["detach", 1, True]) + b"\x00",
    "too deep": b"\x91" * 200_000,
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_broken_bytes_are_a_bad_frame(data: bytes) -> None:
    with pytest.raises(BadFrame):
        codec.decode_command(data)
    with pytest.raises(BadFrame):
        codec.decode_delivery(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_a_bad_frame(data: bytes) -> None:
    for decode in (codec.decode_command, codec.decode_delivery):
        with contextlib.suppress(BadFrame):
            decode(data)


@given(data=st.data(), member=st.sampled_from((*COMMANDS, *DELIVERIES)))
def test_bytes_cut_short_are_a_bad_frame(data: st.DataObject, member: type[Any]) -> None:
    encoded = codec.encode(data.draw(values(member)))
    decode = codec.decode_command if member in COMMANDS else codec.decode_delivery
    with pytest.raises(BadFrame):
        decode(encoded[: data.draw(st.integers(0, len(encoded) - 1))])


def test_a_command_is_no_delivery() -> None:
    with pytest.raises(BadFrame):
        codec.decode_delivery(codec.encode(messages.Walk(1, 1, 0)))
