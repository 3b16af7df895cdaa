"""How often somebody may send each kind of message."""

from __future__ import annotations

from typing import Final

from gathertui.errors import Code, Refused
from gathertui.protocol import auth, chat, codec, media, presence
from gathertui_server.auth.throttle import Limit, TokenBuckets

Kind = type[codec.ClientMessage] | type[media.SignalBody]

LIMITS: Final[dict[Kind, Limit]] = {
    auth.SignUp: Limit(count=10, seconds=30.0),
    auth.LogIn: Limit(count=10, seconds=30.0),
    auth.LogOut: Limit(count=10, seconds=30.0),
    auth.CreateInvite: Limit(count=30, seconds=60.0),
    presence.Enter: Limit(count=10, seconds=20.0),
    presence.Look: Limit(count=100, seconds=10.0),
    presence.Follow: Limit(count=40, seconds=20.0),
    presence.Step: Limit(count=60, seconds=2.0),
    presence.ListPeople: Limit(count=40, seconds=20.0),
    media.CarryMedia: Limit(count=20, seconds=20.0),
    media.SetMedia: Limit(count=40, seconds=20.0),
    media.GetIceServers: Limit(count=100, seconds=50.0),
    media.Signal: Limit(count=400, seconds=20.0),
    media.Offer: Limit(count=40, seconds=20.0),
    media.Answer: Limit(count=40, seconds=20.0),
    chat.Listen: Limit(count=10, seconds=20.0),
    chat.Say: Limit(count=30, seconds=15.0),
    chat.GetHistory: Limit(count=100, seconds=20.0),
}
"""What is not here comes once a connection, or costs nothing. How fast one walks is the room's to say.

A call takes a description and some ten signals of each end, more where a browser tells its ways one by one, and
servers to connect by. Who walks through a crowd makes a call or two a second. Descriptions are long: so many of them
and no more fit into the outbox of somebody on a slow line, whom nobody is to throw out that way.
"""


class MessageLimits:
    """Counts messages by kind and sender, and signals by what they say, too."""

    def __init__(self, limits: dict[Kind, Limit] = LIMITS) -> None:
        self._buckets = {kind: TokenBuckets(limit) for kind, limit in limits.items()}

    def check(self, message: codec.ClientMessage, sender: str, now: float) -> None:
        """Count a message. Raises `Refused` with `retry_after` (seconds) where it is one too many."""
        wait = self._take(type(message), sender, now)
        if not wait and isinstance(message, media.Signal):
            wait = self._take(type(message.body), sender, now)
        if wait:
            raise Refused(
                Code.TOO_MANY_REQUESTS, "That is too much at once.", "Wait a moment and try again.", retry_after=wait
            )

    def _take(self, kind: Kind, sender: str, now: float) -> float:
        buckets = self._buckets.get(kind)
        return buckets.take(sender, now) if buckets is not None else 0.0
