"""What happened in the office, for whoever draws or answers it. The model is changed before the event is seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from gathertui.client.outbox import PendingMessage
from gathertui.errors import Refused
from gathertui.protocol.chat import ChatMessage
from gathertui.protocol.presence import Avatar


class ConnectionState(Enum):
    """How the connection to the server is."""

    OFFLINE = auto()
    """Not connected; perhaps an attempt is planned."""
    CONNECTING = auto()
    """An attempt is being made, or nobody is signed in yet."""
    ONLINE = auto()
    """Connected and signed in."""
    GONE = auto()
    """Ended for good."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The connection is in another state. `retry_in` is in seconds, None where no attempt is planned."""

    state: ConnectionState
    reason: str = ""
    retry_in: float | None = None


@dataclass(frozen=True, slots=True)
class RoomEntered:
    """You are in the room, for the first time or again: its map and everybody in it are new."""


@dataclass(frozen=True, slots=True)
class AvatarAppeared:
    """Somebody came into the room."""

    avatar: Avatar


@dataclass(frozen=True, slots=True)
class AvatarChanged:
    """Something other than the place of an avatar changed."""

    avatar: Avatar


@dataclass(frozen=True, slots=True)
class AvatarDeparted:
    """Somebody left the room. `avatar` is how they were last."""

    avatar: Avatar


@dataclass(frozen=True, slots=True)
class AvatarsMoved:
    """These avatars stand or face differently; yours only where the server moved you."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """With whom you exchange sound and picture is different, or how many are in earshot.

    `joined` and `left` are avatar ids.
    """

    joined: frozenset[int]
    left: frozenset[int]


@dataclass(frozen=True, slots=True)
class ChannelsListed:
    """The channels are known."""


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """A message was stored; `mine` where your account wrote it, here or elsewhere."""

    message: ChatMessage
    mine: bool


@dataclass(frozen=True, slots=True)
class PendingChanged:
    """The list of unsent messages of a channel is another."""

    channel: str


@dataclass(frozen=True, slots=True)
class PostFailed:
    """The server will not take this message; it is in the outbox no more."""

    pending: PendingMessage
    error: Refused


@dataclass(frozen=True, slots=True)
class OwnMediaChanged:
    """Your sound and picture are another: `OfficeClient.media.own`. Levels come at most ten times a second."""


@dataclass(frozen=True, slots=True)
class PeerMediaChanged:
    """What comes from this avatar is another, or it is no longer in `OfficeClient.media.peers`."""

    avatar: int


@dataclass(frozen=True, slots=True)
class MediaProblem:
    """Something of sound and picture does not work. `text` says what, and what to do about it."""

    text: str


@dataclass(frozen=True, slots=True)
class MediaMuted:
    """What was on of microphone and camera went off by itself; `why` is a sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The sign-in is no good any more. Final: the connection stays down."""

    error: Refused


@dataclass(frozen=True, slots=True)
class WasReplaced:
    """Another connection of this device took over. Final: the connection stays down."""

    message: str


OfficeEvent = (
    StateChanged
    | RoomEntered
    | AvatarAppeared
    | AvatarChanged
    | AvatarDeparted
    | AvatarsMoved
    | ConversationChanged
    | ChannelsListed
    | MessagePosted
    | PendingChanged
    | PostFailed
    | OwnMediaChanged
    | PeerMediaChanged
    | MediaProblem
    | MediaMuted
    | SignedOut
    | WasReplaced
)
"""All that may come out of `OfficeClient.events`."""
