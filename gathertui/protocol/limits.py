"""Sizes that both sides keep to. A peer that exceeds one gets a failure, never an exception."""

from __future__ import annotations

from typing import Final

SUBPROTOCOL: Final = "gathertui.1"
"""The websocket subprotocol; its number is the protocol's major version."""

PROTOCOL_MINOR: Final = 0
"""The protocol's minor version. A server also speaks the one before it."""

MAX_CLIENT_FRAME: Final = 64 * 1024
"""Bytes in one frame from a client; the longest chat message fits four times over."""

MAX_SERVER_FRAME: Final = 4 * 1024 * 1024
"""Bytes in one frame from a server; a full page of the longest messages fits."""

SIGN_IN_SECONDS: Final = 10.0
"""How long a connection may stay open before it is signed in."""

MAX_NAME: Final = 24
"""Characters in an account's name."""

MAX_PASSWORD: Final = 256
"""Characters in a password."""

MAX_DEVICE: Final = 64
"""Characters in a device id."""

MAX_MESSAGE: Final = 4_000
"""Characters in one chat message."""

MAX_CLIENT_ID: Final = 64
"""Characters in a chat message's client id."""

MAX_CHANNEL: Final = 32
"""Characters in a channel's name."""

MAX_HISTORY_PAGE: Final = 100
"""Messages in one page of history."""

CELL_TILES: Final = 16
"""Side of an interest cell, in tiles; a position within one fits a byte."""

VIEWPORT_CELLS: Final = 64
"""Cells that a view may see at a time."""

MAX_FOLLOWED: Final = 64
"""Avatars that a view may follow wherever they go."""

MAX_PENDING_REQUESTS: Final = 64
"""Requests that one connection may have unanswered at a time."""
