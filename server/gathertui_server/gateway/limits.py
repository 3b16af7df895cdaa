"""How often somebody may send each kind of message."""

from __future__ import annotations

from typing import Final

from gathertui.errors import Code, Refused
from gathertui.protocol import auth, chat, codec, presence
from gathertui_server.auth.throttle import Limit, TokenBuckets

LIMITS: Final[dict[type[codec.ClientMessage], Limit]] = {
    auth.SignUp: Limit(count=10, seconds=30.0),
    auth.LogIn: Limit(count=10, seconds=30.0),
    auth.LogOut: Limit(count=10, seconds=30.0),
    auth.CreateInvite: Limit(count=30, seconds=60.0),
    presence.Enter: Limit(count=10, seconds=20.0),
    presence.Look: Limit(count=100, seconds=10.0),
    presence.Follow: Limit(count=40, seconds=20.0),
    presence.Step: Limit(count=60, seconds=2.0),
    presence.ListPeople: Limit(count=40, seconds=20.0),
    chat.Listen: Limit(count=10, seconds=20.0),
    chat.Say: Limit(count=30, seconds=15.0),
    chat.GetHistory: Limit(count=100, seconds=20.0),
}
"""What is not here comes once a connection, or costs nothing. How fast one walks is the room's to say."""


class MessageLimits:
    """Counts messages by kind and sender."""

    def __init__(self, limits: dict[type[codec.ClientMessage], Limit] = LIMITS) -> None:
        self._buckets = {kind: TokenBuckets(limit) for kind, limit in limits.items()}

    def check(self, message: codec.ClientMessage, sender: str, now: float) -> None:
        """Count a message. Raises `Refused` with `retry_after` (seconds) where it is one too many."""
        buckets = self._buckets.get(type(message))
        wait = buckets.take(sender, now) if buckets is not None else 0.0
        if wait:
            raise Refused(
                Code.TOO_MANY_REQUESTS, "That is too much at once.", "Wait a moment and try again.", retry_after=wait
            )
