"""What was written and is not stored yet. Pure: no clock, no connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_PENDING: Final = 500
"""Unsent messages that an outbox holds; more than anybody types while offline."""


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A message on its way. The server stores one message a `client_id`, however often it is sent."""

    client_id: str
    channel: str
    text: str


class Outbox:
    """Messages in the order they were written.

    A message leaves in two steps: once it is `stored` it is not sent any more, and
    once it is seen in its channel (`remove`) it isn't shown as pending any more.
    A connection that is lost in between changes nothing here: what is not stored
    is sent again with the same id.
    """

    def __init__(self) -> None:
        self._pending: dict[str, PendingMessage] = {}
        self._stored: set[str] = set()

    @property
    def full(self) -> bool:
        """Whether nothing more may be added."""
        return len(self._pending) >= MAX_PENDING

    def add(self, pending: PendingMessage) -> None:
        """Append a message whose id is new."""
        self._pending[pending.client_id] = pending

    def next_unsent(self) -> PendingMessage | None:
        """Return the oldest message that is not stored, or None."""
        return next((p for p in self._pending.values() if p.client_id not in self._stored), None)

    def mark_stored(self, client_id: str) -> None:
        """Send the message no more; it is still listed until it is removed."""
        if client_id in self._pending:
            self._stored.add(client_id)

    def remove(self, client_id: str) -> PendingMessage | None:
        """Forget a message and return it, or None where there is none of that id."""
        self._stored.discard(client_id)
        return self._pending.pop(client_id, None)

    def listed(self, channel: str) -> list[PendingMessage]:
        """Return the messages of a channel, oldest first."""
        return [pending for pending in self._pending.values() if pending.channel == channel]
