"""How long the gateway waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Timings:
    """All in seconds.

    Our clients ping every 10 s by themselves, so a live one is never quiet; others
    have `dead - quiet - sweep` to answer our ping. A connection without a sign of
    life is cut after `dead + sweep` at most: its avatar is marked away within 20 s.
    """

    open: float = 10.0
    """How long a client may take for the websocket handshake."""

    quiet: float = 12.0
    """A connection that was not heard for this long is asked for a sign of life."""

    dead: float = 18.0
    """One that was not heard for this long is cut."""

    sweep: float = 1.0
    """How often the gateway looks for quiet and dead connections."""

    close: float = 3.0
    """How long a peer may take to answer our closing before the transport is cut."""

    work: float = 5.0
    """How long a stopping server waits for requests that are being worked on."""

    goodbye: float = 2.0
    """How long a stopping server waits for its clients to have read why."""


DEFAULT_TIMINGS: Final = Timings()
