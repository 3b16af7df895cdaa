"""Messages to bytes and back. Decoding is validation: what comes out has the right shape."""

from __future__ import annotations

from typing import Final

import msgspec

from gathertui.errors import BadFrame, Code
from gathertui.protocol import auth, base, chat, handshake, media, presence
from gathertui.protocol.text import clean_line

ClientMessage = (
    handshake.Hello
    | auth.SignUp
    | auth.LogIn
    | auth.LogOut
    | auth.CreateInvite
    | presence.Enter
    | presence.Look
    | presence.Follow
    | presence.Step
    | presence.Goodbye
    | presence.ListPeople
    | media.CarryMedia
    | media.SetMedia
    | media.GetIceServers
    | media.Signal
    | chat.Listen
    | chat.Say
    | chat.GetHistory
)
"""All that a client may send."""

ServerMessage = (
    base.Failure
    | base.Closing
    | handshake.Welcome
    | auth.SignedIn
    | auth.LoggedOut
    | auth.InviteCreated
    | presence.Entered
    | presence.StepRefused
    | presence.Tick
    | presence.Whereabouts
    | presence.Roster
    | presence.Links
    | presence.People
    | media.MediaCarried
    | media.MediaTaken
    | media.IceServers
    | media.Signalled
    | chat.Listening
    | chat.Said
    | chat.History
    | chat.Posted
)
"""All that a server may send."""


class _Tag(msgspec.Struct, array_like=True):
    """The first item of any message; read when the whole can't be."""

    tag: str


class _Head(_Tag):
    """The first items of any request."""

    rid: int = 0


_ENCODER: Final = msgspec.msgpack.Encoder()
_CLIENT: Final[msgspec.msgpack.Decoder[ClientMessage]] = msgspec.msgpack.Decoder(ClientMessage)
_SERVER: Final[msgspec.msgpack.Decoder[ServerMessage]] = msgspec.msgpack.Decoder(ServerMessage)
_HEAD: Final = msgspec.msgpack.Decoder(_Head)
_TAG: Final = msgspec.msgpack.Decoder(_Tag)

# RecursionError comes from deep nesting and UnicodeDecodeError from bad UTF-8: neither is a MsgspecError.
_UNREADABLE: Final = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)

_LONGEST_ERROR: Final = 200  # characters of a decoder's own words


def _tags(union: object) -> frozenset[str]:
    return frozenset(member.__struct_config__.tag for member in union.__args__)  # type: ignore[attr-defined]


CLIENT_TAGS: Final = _tags(ClientMessage)
SERVER_TAGS: Final = _tags(ServerMessage)
_REQUEST_TAGS: Final = frozenset(
    member.__struct_config__.tag for member in ClientMessage.__args__ if issubclass(member, base.Request)
)


def encode(message: base.Message) -> bytes:
    """Return the frame of one message."""
    return _ENCODER.encode(message)


def decode_client(frame: bytes) -> ClientMessage:
    """Return the message that a client sent.

    Raises `BadFrame` with the request's `rid` where the head can be read, and the
    code `unknown_message` where only the tag is new to us.
    """
    try:
        return _CLIENT.decode(frame)
    except _UNREADABLE as error:
        raise _bad_client_frame(frame, error) from None


def _bad_client_frame(frame: bytes, error: Exception) -> BadFrame:
    tag = read_tag(frame)
    rid = 0
    if tag is not None and (tag in _REQUEST_TAGS or tag not in CLIENT_TAGS):
        try:
            rid = max(0, _HEAD.decode(frame).rid)
        except _UNREADABLE:
            rid = 0
    if tag is not None and tag not in CLIENT_TAGS:
        return BadFrame("This server does not know that kind of message.", rid=rid, code=Code.UNKNOWN_MESSAGE)
    return BadFrame(f"The message can't be read: {_told(error)}.", rid=rid)


def _told(error: Exception) -> str:
    """What is wrong, on a line that may be shown: an unknown tag within a message is quoted as it came."""
    return clean_line(str(error)[:_LONGEST_ERROR])


def decode_server(frame: bytes) -> ServerMessage | None:
    """Return the message that a server sent, or None where its tag is newer than this client.

    Raises `BadFrame` where the frame is broken.
    """
    try:
        return _SERVER.decode(frame)
    except _UNREADABLE as error:
        tag = read_tag(frame)
        if tag is not None and tag not in SERVER_TAGS:
            return None
        raise BadFrame(f"The server's message can't be read: {_told(error)}.") from None


def read_tag(frame: bytes) -> str | None:
    """Return the tag of a frame, or None where there is none to read."""
    try:
        return _TAG.decode(frame).tag
    except _UNREADABLE:
        return None
