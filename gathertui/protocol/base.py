"""What every message is made of."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gathertui.errors import Code


class Message(msgspec.Struct, array_like=True, frozen=True):
    """One message: on the wire an array of its tag and its fields, in order.

    New fields go to the end with a default, so that a peer one minor version
    older still reads the message.
    """


class Request(Message, frozen=True):
    """A message that gets exactly one reply with the same `rid`, or a `Failure`.

    `rid` is chosen by the client: above 0, and used once a connection.
    """

    rid: int


class Reply(Message, frozen=True):
    """The answer to the request `rid`."""

    rid: int


class Failure(Reply, frozen=True, tag="failure"):
    """The request `rid` failed, or, with `rid` 0, something that was no request.

    `message` says what happened and `hint` what to do, both for a person;
    `retry_after` is in seconds, 0 where waiting won't help.
    """

    code: Code
    message: str
    hint: str = ""
    retry_after: float = 0.0


class Closing(Message, frozen=True, tag="closing"):
    """The server's last message on this connection.

    `retry_after` is in seconds and counts only where `code` is one that a client
    may come back from by itself (not `replaced`).
    """

    code: Code
    message: str
    retry_after: float = 0.0


class ConnectionKind(StrEnum):
    """What a connection is for."""

    VIEW = "view"
    """Draws the office and steers the avatar."""
    VOICE = "voice"
    """Carries sound and picture only."""
    TOOL = "tool"
    """A command or a script: has no avatar and replaces nobody."""


class Role(StrEnum):
    """What an account may do, from least to most."""

    GUEST = "guest"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"

    def outranks(self, other: Role) -> bool:
        """Whether this role may strictly more than `other`."""
        ranks = list(Role)
        return ranks.index(self) > ranks.index(other)


class Account(msgspec.Struct, array_like=True, frozen=True):
    """A person as others may know them. `colour` is an index into a theme's person colours."""

    id: str
    name: str
    role: Role
    colour: int
