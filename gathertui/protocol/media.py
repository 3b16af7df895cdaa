"""Sound and picture: who carries them for an account, how peers find each other, and by which servers.

Media goes from peer to peer. The server says who may exchange it
(`presence.Links`), passes on what the two ends need to connect (`Signal`), and
hands out the servers that help them through firewalls (`IceServers`). Of the
views of an account one carries its media; to the others it is a state to show.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from gathertui.protocol.base import Message, Reply, Request

CARRIED: Final = 1
"""Bit of `presence.Avatar.media`: a view carries their media. Without it they can neither hear nor be heard."""
MICROPHONE: Final = 2
"""Bit of `presence.Avatar.media`: the microphone is on."""
CAMERA: Final = 4
"""Bit of `presence.Avatar.media`: the camera is on."""
DEAF: Final = 8
"""Bit of `presence.Avatar.media`: they hear nobody, by choice or for want of a loudspeaker."""
SPEAKING: Final = 16
"""Bit of `SetMedia` only, with `MICROPHONE`: they speak, so their connections come first. Nobody else is told."""

MAX_SDP: Final = 16 * 1024
"""Bytes of a session description."""

MAX_CANDIDATE: Final = 512
"""Bytes of one candidate."""

Call = Annotated[int, msgspec.Meta(ge=1, le=0xFFFFFFFF)]
Sdp = Annotated[bytes, msgspec.Meta(max_length=MAX_SDP)]


class CarryMedia(Request, frozen=True, tag="carry_media"):
    """This view carries the account's sound and picture from here on; the one that did is told `MediaTaken`."""


class MediaCarried(Reply, frozen=True, tag="media_carried"):
    """It does. Everything is off, until `SetMedia` says otherwise."""


class MediaTaken(Message, frozen=True, tag="media_taken"):
    """Another view of your account carries its sound and picture now: end all calls."""


class SetMedia(Message, frozen=True, tag="set_media"):
    """What is on: `MICROPHONE`, `CAMERA`, `DEAF`, `SPEAKING`, added up. Only from the view that carries the media."""

    media: Annotated[int, msgspec.Meta(ge=0, le=31)]


class GetIceServers(Request, frozen=True, tag="get_ice_servers"):
    """Ask by which servers to connect. Ask anew before each call: what is handed out expires."""


class IceServer(msgspec.Struct, array_like=True, frozen=True):
    """A TURN server, as in WebRTC's `RTCIceServer`; every URL begins with `turn:` or `turns:`."""

    urls: list[str]
    username: str
    credential: str


class IceServers(Reply, frozen=True, tag="ice_servers"):
    """By which servers to connect.

    `stun_port` is the UDP port where this very server answers STUN, 0 where it
    doesn't. What `servers` need is good for `seconds`. With `relay_only` nobody's
    address is to be shown to a peer: all goes by the TURN servers.
    """

    servers: list[IceServer]
    stun_port: int
    relay_only: bool
    seconds: int


class Ask(msgspec.Struct, frozen=True, array_like=True, tag="ask"):
    """Make me an offer."""


class Offer(msgspec.Struct, frozen=True, array_like=True, tag="offer"):
    """A session description (SDP in UTF-8; bytes, because it is no text for people and must come as it went)."""

    sdp: Sdp


class Answer(msgspec.Struct, frozen=True, array_like=True, tag="answer"):
    """The session description that answers an offer."""

    sdp: Sdp


class Candidate(msgspec.Struct, frozen=True, array_like=True, tag="candidate"):
    """One more way to reach the sender: the candidate-attribute, without "a=", and the section that it is for."""

    candidate: Annotated[bytes, msgspec.Meta(max_length=MAX_CANDIDATE)]
    mid: Annotated[bytes, msgspec.Meta(max_length=16)]
    line: Annotated[int, msgspec.Meta(ge=0, le=255)]


NO_PICTURES: Final = 0
SMALL_PICTURES: Final = 1
MEDIUM_PICTURES: Final = 2
LARGE_PICTURES: Final = 3


class Want(msgspec.Struct, frozen=True, array_like=True, tag="want"):
    """Which pictures the sender of this wants of you, at most: `NO_PICTURES` to `LARGE_PICTURES`."""

    pictures: Annotated[int, msgspec.Meta(ge=0, le=3)]


class HangUp(msgspec.Struct, frozen=True, array_like=True, tag="hang_up"):
    """The call is over, or can't be."""


SignalBody = Ask | Offer | Answer | Candidate | Want | HangUp
"""What one end of a call tells the other by way of the server."""


class Signal(Message, frozen=True, tag="signal"):
    """Tell this to `avatar`, about the call `call`.

    The number is chosen by who offers, and all that follows an offer bears it; an
    `Ask` bears one of its own. Only to whom you are connected with by `Links`,
    and only from the view that carries the media.
    """

    avatar: int
    call: Call
    body: SignalBody


class Signalled(Message, frozen=True, tag="signalled"):
    """`avatar` tells you this about the call `call`."""

    avatar: int
    call: Call
    body: SignalBody
