"""Chat that is stored: channels, messages, history."""

from __future__ import annotations

import msgspec

from gathertui.protocol.base import Message, Reply, Request


class ChatMessage(msgspec.Struct, array_like=True, frozen=True):
    """One stored message. `seq` counts the channel's messages from 1; `at` is in milliseconds since 1970 UTC.

    `client_id` is the author's own id for it, by which a client knows its message again.
    """

    channel: str
    seq: int
    author: str
    author_name: str
    text: str
    at: int
    client_id: str


class Channel(msgspec.Struct, array_like=True, frozen=True):
    """A place to write. `last_seq` is the number of its newest message, 0 where there is none."""

    name: str
    title: str
    last_seq: int


class Listen(Request, frozen=True, tag="listen"):
    """Have every new message of every channel sent to this connection."""


class Listening(Reply, frozen=True, tag="listening"):
    """The channels; every message after their `last_seq` comes as `Posted`, in order a channel."""

    channels: list[Channel]


class Say(Request, frozen=True, tag="say"):
    """Write `text` to a channel. The same `client_id` twice stores one message."""

    channel: str
    text: str
    client_id: str


class Said(Reply, frozen=True, tag="said"):
    """The message is stored."""

    message: ChatMessage


class GetHistory(Request, frozen=True, tag="get_history"):
    """Ask for up to `limit` messages of a channel.

    With `oldest_first` they are those next after seq `after`, which is what
    catching up needs; else the newest below seq `before` (0: the newest there are).
    """

    channel: str
    before: int = 0
    after: int = 0
    limit: int = 50
    oldest_first: bool = False


class History(Reply, frozen=True, tag="history"):
    """A page of messages in the order of their `seq`; `more` where others are left in the direction asked for."""

    messages: list[ChatMessage]
    more: bool


class Posted(Message, frozen=True, tag="posted"):
    """Somebody wrote, perhaps you."""

    message: ChatMessage
