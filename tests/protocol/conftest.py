"""Strategies for messages, built from the structs themselves so that a new message is tested by being there."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from gathertui.protocol import base, codec, handshake, session

ACCOUNT = base.Account("a1", "Ada", base.Role.MEMBER, 3)

# MessagePack's integers go from a signed to an unsigned 64-bit number.
_SCALARS: dict[object, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**64 - 1),
    str: st.text(),
    bytes: st.binary(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    types.NoneType: st.none(),
}


def _values(kind: Any) -> st.SearchStrategy[Any]:
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        (limits,) = kind.__metadata__
        if limits.max_length is not None:
            return st.binary(max_size=limits.max_length)
        return st.integers(limits.ge, limits.le)
    if origin is list:
        return st.lists(_values(typing.get_args(kind)[0]), max_size=4)
    if origin in (types.UnionType, typing.Union):
        return st.one_of([_values(member) for member in typing.get_args(kind)])
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return messages_of(kind)
    raise AssertionError(f"no strategy for {kind}")


def messages_of(struct: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Return a strategy of any value of `struct`, within its field types."""
    return st.builds(struct, **{field.name: _values(field.type) for field in msgspec.structs.fields(struct)})


@pytest.fixture(scope="session")
def strategy_of() -> Callable[[type[msgspec.Struct]], st.SearchStrategy[Any]]:
    """Return `messages_of`."""
    return messages_of


@pytest.fixture
def account() -> base.Account:
    """Return a member's account."""
    return ACCOUNT


@pytest.fixture
def hello() -> handshake.Hello:
    """Return the hello of a view without a token."""
    return handshake.Hello("gathertui", "0.1.0", 0, 0, "device", base.ConnectionKind.VIEW)


@pytest.fixture
def greeted(hello: handshake.Hello) -> session.ServerSession:
    """Return a server's session that has had its hello, and where nobody is signed in."""
    greeted = session.ServerSession(now=100.0)
    greeted.receive(codec.encode(hello))
    return greeted


@pytest.fixture
def ready(greeted: session.ServerSession) -> session.ServerSession:
    """Return a server's session where Ada is signed in."""
    greeted.sign_in(ACCOUNT, "token")
    return greeted


@pytest.fixture
def client(hello: handshake.Hello) -> session.ClientSession:
    """Return a client's session that the server has welcomed as Ada."""
    client = session.ClientSession(hello)
    client.receive(codec.encode(handshake.Welcome("gathertui", "0.1.0", 0, "Office", ACCOUNT)))
    return client
