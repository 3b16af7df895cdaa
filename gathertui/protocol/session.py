"""Both ends of a connection as state machines without I/O: bytes and `now` in, events and bytes out.

The shells (`gathertui.net` and the server's gateway) move the bytes; the rules of
who may say what and when, and which reply belongs to which request, are here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gathertui.errors import BadFrame, Code, Refused, VersionMismatch
from gathertui.protocol import auth, chat, codec, limits, media, presence
from gathertui.protocol.base import Account, Closing, ConnectionKind, Failure, Message, Reply, Request
from gathertui.protocol.handshake import Hello, Welcome


class Phase(Enum):
    """How far a connection has come."""

    HELLO = auto()
    """Nothing is agreed: only `Hello` may come, and then `Welcome`."""
    SIGN_IN = auto()
    """Nobody is signed in: only the auth family is accepted."""
    READY = auto()
    """An account is signed in."""
    CLOSED = auto()
    """Nothing more is accepted."""


# ---------------------------------------------------------------- versions


def negotiate(oldest: int, newest: int, *, ours: int = limits.PROTOCOL_MINOR) -> int:
    """Return the minor version that a client (`oldest` to `newest`) and a server speaking `ours` use.

    A server also speaks the version before its own. Raises `VersionMismatch`,
    whose message says which side to upgrade.
    """
    if oldest > newest:
        raise VersionMismatch("This gathertui names no protocol version that it speaks.", "Reinstall it.")
    if newest < max(0, ours - 1):
        raise VersionMismatch(
            "This gathertui is too old for the server.", 'Upgrade it: pip install --upgrade "gathertui".'
        )
    if oldest > ours:
        raise VersionMismatch(
            "This gathertui is newer than the server understands.",
            "Ask whoever runs the server to upgrade it, or install an older gathertui.",
        )
    return min(newest, ours)


# ---------------------------------------------------------------- the server's end


_BEFORE_SIGN_IN: Final = frozenset({auth.SignUp, auth.LogIn})
_NEED_VIEW: Final = frozenset(
    {
        presence.Enter,
        presence.Look,
        presence.Follow,
        presence.Step,
        presence.Goodbye,
        media.CarryMedia,
        media.SetMedia,
        media.Signal,
    }
)


class ServerSession:
    """The server's end of one connection."""

    def __init__(self, now: float, *, minor: int = limits.PROTOCOL_MINOR) -> None:
        self.phase = Phase.HELLO
        self.hello: Hello | None = None
        self.account: Account | None = None
        self.token = ""
        self._minor = minor
        self._sign_in_by = now + limits.SIGN_IN_SECONDS
        self._pending: set[int] = set()

    @property
    def kind(self) -> ConnectionKind:
        """What the connection is for; a tool until it has said otherwise."""
        return self.hello.kind if self.hello is not None else ConnectionKind.TOOL

    @property
    def sign_in_by(self) -> float | None:
        """When the connection must be signed in, on the clock of `now`; None once it is."""
        return self._sign_in_by if self.phase in (Phase.HELLO, Phase.SIGN_IN) else None

    def receive(self, frame: bytes) -> codec.ClientMessage:
        """Return the message in `frame`, which may be acted on now.

        Raises `BadFrame`, or `Refused` where the message may not come now; either
        is answered with `failure_for` and changes nothing, pending requests included.
        `VersionMismatch` ends the connection.
        """
        message = codec.decode_client(frame)
        if isinstance(message, Hello):
            self._receive_hello(message)
            return message
        if self.phase is Phase.HELLO:
            raise Refused(Code.NOT_ALLOWED_NOW, "The first message must be a hello.")
        if self.phase is Phase.CLOSED:
            raise Refused(Code.NOT_ALLOWED_NOW, "This connection is closed.")
        self._check_allowed(message)
        if isinstance(message, Request):
            self._begin(message.rid)
        return message

    def _receive_hello(self, hello: Hello) -> None:
        if self.phase is not Phase.HELLO:
            raise Refused(Code.NOT_ALLOWED_NOW, "A hello comes once, first.")
        if not 0 < len(hello.device) <= limits.MAX_DEVICE:
            raise Refused(Code.BAD_REQUEST, f"A device id has 1 to {limits.MAX_DEVICE} characters.")
        try:
            self._minor = negotiate(hello.oldest, hello.newest, ours=self._minor)
        except VersionMismatch:
            self.phase = Phase.CLOSED
            raise
        self.hello = hello
        self.phase = Phase.SIGN_IN

    def _check_allowed(self, message: codec.ClientMessage) -> None:
        if type(message) in _BEFORE_SIGN_IN:
            if self.phase is not Phase.SIGN_IN:
                raise Refused(Code.NOT_ALLOWED_NOW, "You are signed in already.", "Log out first.")
        elif self.phase is not Phase.READY:
            raise Refused(Code.NOT_SIGNED_IN, "You are not signed in.", "Log in first.")
        if type(message) in _NEED_VIEW and self.kind is not ConnectionKind.VIEW:
            raise Refused(Code.NOT_ALLOWED_NOW, "Only a view of the office can enter, walk and call.")

    def _begin(self, rid: int) -> None:
        if rid <= 0 or rid in self._pending:
            raise BadFrame("A request needs a number above 0 that no unanswered request has.", rid=max(0, rid))
        if len(self._pending) >= limits.MAX_PENDING_REQUESTS:
            raise Refused(Code.TOO_MANY_REQUESTS, "Too many requests at once.", "Wait for answers.", retry_after=1.0)
        self._pending.add(rid)

    def welcome(self, *, server: str, version: str, office: str, refused: Failure | None = None) -> Welcome:
        """Return the answer to the hello, after `sign_in` where its token was good."""
        return Welcome(server, version, self._minor, office, self.account, refused)

    def sign_in(self, account: Account, token: str) -> None:
        """From here on the connection speaks for `account`; one that has ended speaks for nobody."""
        if self.phase is Phase.CLOSED:
            return
        self.account = account
        self.token = token
        self.phase = Phase.READY

    def sign_out(self, now: float) -> None:
        """The connection speaks for nobody again."""
        if self.phase is Phase.CLOSED:
            return
        self.account = None
        self.token = ""
        self.phase = Phase.SIGN_IN
        self._sign_in_by = now + limits.SIGN_IN_SECONDS

    def settle(self, rid: int) -> None:
        """Request `rid` has its one reply."""
        self._pending.discard(rid)

    def reply(self, message: Reply) -> bytes:
        """Return the frame of the one reply to a pending request."""
        self.settle(message.rid)
        return codec.encode(message)

    def failure(self, error: Refused, rid: int) -> bytes:
        """Return the frame that answers the pending request `rid` with its failure."""
        self.settle(rid)
        return self.failure_for(error, rid)

    @staticmethod
    def failure_for(error: BadFrame | Refused, rid: int) -> bytes:
        """Return the frame that tells why what called itself request `rid` was not accepted (0: no request)."""
        retry_after = error.retry_after if isinstance(error, Refused) else 0.0
        return codec.encode(Failure(rid, error.code, error.message, error.hint, retry_after))

    def close(self) -> None:
        """Accept nothing more."""
        self.phase = Phase.CLOSED


# ---------------------------------------------------------------- the client's end


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The server answered the hello."""

    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Answered:
    """Request `rid` succeeded."""

    rid: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class Failed:
    """Request `rid` failed; with `rid` 0, something that was no request."""

    rid: int
    error: Refused


@dataclass(frozen=True, slots=True)
class Pushed:
    """A message that nobody asked for."""

    message: Message


@dataclass(frozen=True, slots=True)
class Ended:
    """The server said why it closes the connection."""

    closing: Closing


ClientEvent = Welcomed | Answered | Failed | Pushed | Ended

# What each request is answered with; a reply of another kind is a fault of the server.
REPLIES: Final[dict[type[Request], type[Reply]]] = {
    auth.SignUp: auth.SignedIn,
    auth.LogIn: auth.SignedIn,
    auth.LogOut: auth.LoggedOut,
    auth.CreateInvite: auth.InviteCreated,
    presence.Enter: presence.Entered,
    presence.ListPeople: presence.People,
    media.CarryMedia: media.MediaCarried,
    media.GetIceServers: media.IceServers,
    chat.Listen: chat.Listening,
    chat.Say: chat.Said,
    chat.GetHistory: chat.History,
}


class ClientSession:
    """The client's end of one connection."""

    def __init__(self, hello: Hello) -> None:
        self.phase = Phase.HELLO
        self.account: Account | None = None
        self._hello = hello
        self._next_rid = 1
        self._pending: dict[int, type[Reply]] = {}

    def start(self) -> bytes:
        """Return the first frame to send."""
        return codec.encode(self._hello)

    def next_rid(self) -> int:
        """Return a request number that this connection has not used."""
        rid = self._next_rid
        self._next_rid += 1
        return rid

    def request(self, message: Request) -> bytes:
        """Return the frame of a request made with `next_rid()`; its answer will be `Answered` or `Failed`."""
        self._pending[message.rid] = REPLIES[type(message)]
        return codec.encode(message)

    def receive(self, frame: bytes) -> ClientEvent | None:
        """Return what `frame` means, or None where it is of a kind that this client doesn't know or didn't ask for.

        Raises `BadFrame` where the server breaks the protocol: the connection is of no use then.
        """
        message = codec.decode_server(frame)
        match message:
            case None:
                return None
            case Closing():
                self.phase = Phase.CLOSED
                return Ended(message)
            case Failure():
                return self._receive_failure(message)
            case Welcome():
                return self._receive_welcome(message)
            case Reply():
                return self._receive_reply(message)
            case _:
                return Pushed(message)

    def _receive_failure(self, failure: Failure) -> Failed | None:
        if failure.rid and self._pending.pop(failure.rid, None) is None:
            return None
        error = Refused(failure.code, failure.message, failure.hint, retry_after=failure.retry_after)
        return Failed(failure.rid, error)

    def _receive_welcome(self, welcome: Welcome) -> Welcomed:
        if self.phase is not Phase.HELLO:
            raise BadFrame("The server welcomed us twice.")
        self.account = welcome.account
        self.phase = Phase.READY if welcome.account is not None else Phase.SIGN_IN
        return Welcomed(welcome)

    def _receive_reply(self, reply: Reply) -> Answered | None:
        expected = self._pending.pop(reply.rid, None)
        if expected is None:
            return None
        if type(reply) is not expected:
            raise BadFrame(f"The server answered with {type(reply).__name__} where {expected.__name__} was due.")
        if isinstance(reply, auth.SignedIn):
            self.account = reply.account
            self.phase = Phase.READY
        elif isinstance(reply, auth.LoggedOut):
            self.account = None
            self.phase = Phase.SIGN_IN
        return Answered(reply.rid, reply)

    def abandon(self, rid: int) -> None:
        """Forget a request whose caller stopped waiting."""
        self._pending.pop(rid, None)
