"""What the chat service hands out."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True):
    """A stored message. `seq` counts 1, 2, 3 … in its channel; `at` is epoch milliseconds.

    `author_name` is the author's name at the time, `client_id` the author's own
    id for the message: by it a repeated one is known.
    """

    channel: str
    seq: int
    author_id: str
    author_name: str
    text: str
    at: int
    client_id: str


class Channel(msgspec.Struct, frozen=True):
    """A channel of the space. `last_seq` is 0 while it is empty."""

    name: str
    title: str
    last_seq: int
