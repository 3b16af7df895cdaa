"""The first words on a connection."""

from __future__ import annotations

from gathertui.protocol.base import Account, ConnectionKind, Failure, Message


class Hello(Message, frozen=True, tag="hello"):
    """The first frame of a client.

    It speaks the minor versions `oldest` to `newest` of the protocol. `device` is
    a random id that this device keeps; a view of the same account and device takes
    over from the one before it. `token` is a kept sign-in, or empty.
    """

    client: str
    version: str
    oldest: int
    newest: int
    device: str
    kind: ConnectionKind
    token: str = ""


class Welcome(Message, frozen=True, tag="welcome"):
    """The server's answer to `Hello`: the minor version `minor` is spoken from here on.

    `account` is who the token belongs to. Without one the connection must sign up
    or log in; `refused` says why a token that was sent is no good.
    """

    server: str
    version: str
    minor: int
    office: str
    account: Account | None = None
    refused: Failure | None = None
