"""One client: what it may say now, what is done about it, what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Sequence
from typing import Any, Protocol

import structlog
from websockets.frames import CloseCode

from gathertui.errors import BadFrame, Code, Refused, StorageError, VersionMismatch
from gathertui.protocol import codec
from gathertui.protocol.base import Closing, Message, Reply, Request
from gathertui.protocol.session import ServerSession
from gathertui_server.auth.models import Account
from gathertui_server.bus.messages import Detach, RoomCommand
from gathertui_server.gateway import mapping
from gathertui_server.gateway.outbox import Outbox
from gathertui_server.gateway.statistics import Counts
from gathertui_server.gateway.tick import NOTHING_IN_VIEW, TickFrames
from gathertui_server.gateway.wire import Wire

log = structlog.get_logger(__name__)

# After these closing codes a client may come back by itself, so the websocket says "try again later".
_TRY_AGAIN = frozenset({Code.TOO_SLOW, Code.SERVER_STOPPING, Code.TIMEOUT})

FLOODED_SECONDS = 10.0
"""How long a client that sent far too much is told to stay away."""

MAX_BAD_FRAMES = 10
"""Broken frames after which a connection is closed: its client can't be one of ours."""


class Front(Protocol):
    """What a connection needs of its gateway."""

    counts: Counts

    def dispatch(self, connection: Connection, message: codec.ClientMessage) -> Coroutine[Any, Any, Message] | None:
        """Act on a message at once, or return the work that will answer it."""

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work in the gateway's task group."""

    def send(self, command: RoomCommand) -> None:
        """Hand a command to the room's host."""

    def make_whole(self, connection: Connection, cells: Collection[tuple[int, int]]) -> None:
        """Get a view the cells that it missed something of."""

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""


class Connection:
    """One client. `id` is what the bus calls its view."""

    def __init__(self, connection_id: int, wire: Wire, front: Front, loop: asyncio.AbstractEventLoop) -> None:
        self.id = connection_id
        self.session = ServerSession(loop.time())
        self.address = wire.peer
        self.account: Account | None = None
        self.in_room = False
        self.entering = 0  # the request to enter that the room's host has yet to answer
        self.listening = False
        self.stepped = 0
        self.ack = 0
        self.device_key: tuple[str, str] | None = None
        self._wire = wire
        self._front = front
        self._counts = front.counts
        self._loop = loop
        self._bad_frames = 0
        self._work: list[tuple[int, Coroutine[Any, Any, Message]]] = []
        self._working = False
        self._closing = False
        self._outbox = Outbox(wire, self)
        self._sign_in_timer: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ the wire's calls

    def opened(self) -> None:
        """Give the client its time to sign in."""
        self._watch_sign_in()

    def _watch_sign_in(self) -> None:
        """Close the connection when it is not signed in by the session's deadline."""
        if self._sign_in_timer is not None:
            self._sign_in_timer.cancel()
            self._sign_in_timer = None
        deadline = self.session.sign_in_by
        if deadline is not None:
            self._sign_in_timer = self._loop.call_at(deadline, self._sign_in_late)

    def _sign_in_late(self) -> None:
        self.close(Code.TIMEOUT, "Signing in took too long.")

    def frame_received(self, frame: bytes) -> None:
        """Check one frame and act on it."""
        try:
            message = self.session.receive(frame)
        except VersionMismatch as error:
            self.close(Code.VERSION, str(error))
            return
        except BadFrame as error:
            self._refuse_frame(error)
            return
        except Refused as error:
            self._counts.failures[error.code] += 1
            self._outbox.send(self.session.failure_for(error, _rid(frame)))
            return
        self._act(message)

    def _refuse_frame(self, error: BadFrame) -> None:
        self._counts.failures[error.code] += 1
        self._outbox.send(self.session.failure_for(error, error.rid))
        if error.code is Code.BAD_FRAME:
            self._bad_frames += 1
            if self._bad_frames >= MAX_BAD_FRAMES:
                self.close(Code.BAD_FRAME, "Too many messages that can't be read.")

    def _act(self, message: codec.ClientMessage) -> None:
        rid = message.rid if isinstance(message, Request) else 0
        try:
            work = self._front.dispatch(self, message)
        except Refused as error:
            self._refuse(error, rid)
            return
        if work is not None:
            self._work.append((rid, work))
            if not self._working:
                self._working = True
                self._front.run(self._do_work())

    def _refuse(self, error: Refused, rid: int) -> None:
        """Answer a pending request with its failure."""
        self._counts.failures[error.code] += 1
        self._outbox.send(self.session.failure(error, rid))

    def flooded(self) -> None:
        """The client sends more than anybody has to say."""
        self.close(Code.TOO_MANY_REQUESTS, "Far too many messages at once.", retry_after=FLOODED_SECONDS)

    def writing_resumed(self) -> None:
        """The client has caught up."""
        self._outbox.drain()

    def closed(self) -> None:
        """The transport is gone: so is the view."""
        self.session.close()
        if self._sign_in_timer is not None:
            self._sign_in_timer.cancel()
        for _, work in self._work:
            work.close()
        self._work.clear()
        self.leave_room(goodbye=False)
        self._front.forget(self)

    # ------------------------------------------------------------ who it speaks for

    def sign_in(self, account: Account, token: str) -> None:
        """From here on the connection speaks for `account`."""
        if not self._closing:
            self.account = account
            self.session.sign_in(mapping.account(account), token)
            self._watch_sign_in()

    def sign_out(self) -> None:
        """The connection speaks for nobody; its avatar leaves."""
        self.leave_room(goodbye=True)
        self.listening = False
        self.account = None
        self.session.sign_out(self._loop.time())
        self._watch_sign_in()

    # ------------------------------------------------------------ work that waits

    async def _do_work(self) -> None:
        """Answer the requests that wait for a service, one after the other, in order."""
        try:
            while self._work:
                rid, work = self._work.pop(0)
                await self._answer(rid, work)
        except Exception:
            # Not even the failure could be told. It ends this connection, never the others' work.
            log.exception("connection_failed", connection=self.id)
            self.abort()
        finally:
            self._working = False

    async def _answer(self, rid: int, work: Coroutine[Any, Any, Message]) -> None:
        try:
            self.send(await work)
        except Refused as error:
            self._refuse(error, rid)
        except StorageError as error:
            log.error("storage_failed", error=str(error), connection=self.id)
            sorry = Refused(error.code, "The server can't reach its database.", "Try again soon.", retry_after=5.0)
            self._refuse(sorry, rid)
        except Exception:
            log.exception("request_failed", connection=self.id)
            sorry = Refused(Code.INTERNAL, "The server made a mistake.", "It is in the server's log.")
            self._refuse(sorry, rid)

    # ------------------------------------------------------------ what it is told

    def send(self, message: Message) -> None:
        """Send one message, after all before it; a reply settles its request."""
        frame = self.session.reply(message) if isinstance(message, Reply) else codec.encode(message)
        self._outbox.send(frame)

    def send_frame(self, frame: bytes, *, answers: int = 0) -> None:
        """Send a frame made elsewhere; `answers` is the request that it settles, or 0."""
        if answers:
            self.session.settle(answers)
            if answers == self.entering:
                self.entering = 0
        self._outbox.send(frame)

    def send_tick(self, frames: TickFrames, followed: Sequence[bytes] = ()) -> None:
        """Send a tick, unless the client can't take it now."""
        if self._outbox.keeps_up or self._outbox.takes_tick(frames.cells()):
            self._wire.send(frames.frame(self.ack, followed))
            return
        self._counts.skipped_ticks += 1
        if followed:
            self._outbox.send(NOTHING_IN_VIEW.frame(self.ack, followed))

    def replace(self) -> None:
        """Another connection of the same account and device has taken over."""
        self.close(Code.REPLACED, "You opened the office again on this device; it goes on there.")
        self.leave_room(goodbye=False)

    def close(self, code: Code, message: str, *, retry_after: float = 0.0) -> None:
        """Tell the client why and close the connection."""
        if not self._closing:
            self._closing = True
            self._counts.closings[code] += 1
            self.session.close()
            self._wire.send(codec.encode(Closing(code, message, retry_after)))
            again = code in _TRY_AGAIN
            self._wire.close(CloseCode.TRY_AGAIN_LATER if again else CloseCode.NORMAL_CLOSURE, code.value)

    def leave_room(self, *, goodbye: bool) -> None:
        """Detach the view, if it is in the room or on its way there."""
        if self.in_room or self.entering:
            self.in_room = False
            self.entering = 0
            self._front.send(Detach(self.id, goodbye))

    # ------------------------------------------------------------ the outbox's calls

    def caught_up(self, missed: set[tuple[int, int]]) -> None:
        """Get the view the cells that it missed something of."""
        self._front.make_whole(self, missed)

    def overflowed(self) -> None:
        """The client stayed behind for too long; it may come back."""
        self.close(Code.TOO_SLOW, "Your connection can't keep up with the office.")

    # ------------------------------------------------------------ how it is

    @property
    def slow(self) -> bool:
        """Whether the client can't take a frame now."""
        return self._wire.slow

    @property
    def waiting(self) -> int:
        """Bytes that wait for the client."""
        return self._outbox.waiting

    def begin_sweep(self) -> float:
        """Count anew what is received; return when the peer was last heard, on the loop's clock."""
        wire = self._wire
        wire.received = 0
        return wire.heard_at

    def ping(self) -> None:
        """Ask the peer to show that it is there."""
        self._wire.ping()

    def abort(self) -> None:
        """Cut the connection without a word."""
        self._wire.abort()


def _rid(frame: bytes) -> int:
    """The request that a frame which may not come now was; it was decoded once already."""
    message = codec.decode_client(frame)
    return message.rid if isinstance(message, Request) else 0
