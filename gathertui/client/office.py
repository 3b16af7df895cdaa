"""`OfficeClient`: connect, sign in, walk, talk, and stay connected."""

from __future__ import annotations

import asyncio
import math
import random
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Final, TypeVar

from gathertui import __version__
from gathertui.client.chatlog import ChatLog
from gathertui.client.delivery import PASSING, Delivery
from gathertui.client.events import ConnectionState, OfficeEvent, SignedOut, StateChanged, WasReplaced
from gathertui.client.eventstream import EventStream
from gathertui.client.link import Link, LinkEnd, open_link
from gathertui.client.model import OfficeModel
from gathertui.client.outbox import Outbox, PendingMessage
from gathertui.client.prediction import StepOutcome
from gathertui.client.roomcopy import RoomCopy
from gathertui.errors import (
    Code,
    ConnectionFailed,
    ConnectionLost,
    GathertuiError,
    Refused,
    Replaced,
    VersionMismatch,
)
from gathertui.net.address import server_url
from gathertui.net.connection import Dial
from gathertui.net.reconnect import Backoff
from gathertui.net.websocket import dial_websocket
from gathertui.protocol import auth, chat, presence
from gathertui.protocol.base import Account, ConnectionKind, Message, Reply, Request, Role
from gathertui.protocol.handshake import Hello
from gathertui.protocol.limits import MAX_HISTORY_PAGE, PROTOCOL_MINOR
from gathertui.protocol.positions import viewport_of
from gathertui.world.geometry import Direction

STEADY_SECONDS: Final = 10.0
"""A connection that lasted this long was good: after it the first new attempt comes soon."""

R = TypeVar("R", bound=Reply)


class OfficeClient:
    """One person's connection to one office.

    A tool connects, asks and closes. A view or a bot goes on with `enter` and
    `listen`, then keeps `run` running and reads `events`. All methods belong to
    one event loop.

    `clock` and `sleep` are in seconds, `rng` returns numbers from 0 up to 1.
    Raises `UsageError` where `server` is no address.
    """

    def __init__(
        self,
        server: str,
        *,
        kind: ConnectionKind,
        device: str,
        token: str = "",
        dial: Dial = dial_websocket,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: Callable[[], float] = random.random,
    ) -> None:
        self.server = server_url(server)
        self.kind = kind
        self.device = device
        self.token = token
        """Signs in without a password; empty until signed in. The caller keeps it safe."""
        self.office = ""
        """The office's name, once connected."""
        self.account: Account | None = None
        self.refusal: Refused | None = None
        """Why the last `connect` did not sign in, where a token was sent."""
        self._dial = dial
        self._clock = clock
        self._sleep = sleep
        self._backoff = Backoff(rng)
        outbox = Outbox()
        self._chat = ChatLog(outbox)
        self._room = RoomCopy()
        self.model = OfficeModel(self._room, self._chat)
        self._events = EventStream()
        self._link: Link | None = None
        self._wants_room = False
        self._wants_chat = False
        self._closing = asyncio.Event()
        self._delivery = Delivery(outbox, self._chat, say=self.say, pause=self._pause, put=self._put)

    # ------------------------------------------------------------ connecting

    @property
    def latency(self) -> float | None:
        """Seconds of the last ping to the server and back, or None where there is none."""
        return self._link.latency if self._link is not None else None

    async def connect(self) -> Account | None:
        """Make one attempt to connect, and sign in by the token.

        Returns None where there is no token or it is refused (then `refusal` says
        why): the connection stays open for `sign_up` or `log_in`. Raises
        `ServerUnreachable`, `VersionMismatch` or `Refused`.
        """
        await self._drop_link()
        self._set_state(ConnectionState.CONNECTING)
        oldest = max(0, PROTOCOL_MINOR - 1)
        hello = Hello("gathertui", __version__, oldest, PROTOCOL_MINOR, self.device, self.kind, self.token)
        try:
            self._link, welcome = await open_link(self._dial, self.server, hello, self._receive)
        except (ConnectionFailed, Refused) as error:
            self._set_state(ConnectionState.OFFLINE, str(error))
            raise
        self.office = welcome.office
        refused = welcome.refused
        self.refusal = (
            None
            if refused is None
            else Refused(refused.code, refused.message, refused.hint, retry_after=refused.retry_after)
        )
        self._signed_in(welcome.account)
        return self.account

    async def sign_up(self, name: str, password: str, invite: str) -> Account:
        """Make an account and sign in with it; `token` is set. Raises `Refused` and what `connect` raises."""
        return await self._sign_in(lambda rid: auth.SignUp(rid, name, password, invite))

    async def log_in(self, name: str, password: str) -> Account:
        """Sign in; `token` is set. Raises `Refused` and what `connect` raises."""
        return await self._sign_in(lambda rid: auth.LogIn(rid, name, password))

    async def _sign_in(self, make: Callable[[int], Request]) -> Account:
        if self._link is None or not self._link.is_open:
            self.token = ""
            await self.connect()
        reply = await self._request(make, auth.SignedIn)
        self.token = reply.token
        self._signed_in(reply.account)
        return reply.account

    def _signed_in(self, account: Account | None) -> None:
        self.account = account
        if account is not None:
            self._chat.speak_as(account.id)
            self._set_state(ConnectionState.ONLINE)

    async def log_out(self) -> None:
        """End this sign-in at the server; the token is of no use afterwards. Raises `Refused`, `ConnectionLost`."""
        await self._request(auth.LogOut, auth.LoggedOut)
        self.token = ""
        self.account = None

    async def close(self, *, goodbye: bool = True) -> None:
        """End the connection and the events. With `goodbye` a view's avatar leaves at once, not after a minute."""
        self._closing.set()
        if goodbye and self._link is not None and self._room.entered:
            self._link.send(presence.Goodbye())
        await self._drop_link()
        self._finish()

    async def _drop_link(self) -> None:
        link, self._link = self._link, None
        self._room.leave()
        if link is not None:
            await link.close()

    # ------------------------------------------------------------ asking

    async def create_invite(self, role: Role, uses: int, seconds: int) -> auth.InviteCreated:
        """Make an invite to `role`, good for `uses` accounts within `seconds`. Raises `Refused`."""
        return await self._request(
            lambda rid: auth.CreateInvite(rid, role, uses, math.ceil(seconds)), auth.InviteCreated
        )

    async def who(self) -> list[presence.Person]:
        """Return who is in the office, by name."""
        return (await self._request(presence.ListPeople, presence.People)).people

    async def enter(self) -> None:
        """Come into the room; the model has it when this returns. Raises `Refused`, `MapError`."""
        await self._request(presence.Enter, presence.Entered)
        self._wants_room = True

    async def listen(self) -> list[chat.Channel]:
        """Follow every channel; `MessagePosted` comes from here on.

        On a new connection this first tells all that was posted since the old one.
        """
        channels = (await self._request(chat.Listen, chat.Listening)).channels
        self._wants_chat = True
        for channel in channels:
            while (after := self._chat.behind(channel.name)) is not None:
                page = await self.history(channel.name, after=after, limit=MAX_HISTORY_PAGE, oldest_first=True)
                self._put(self._chat.fill(channel.name, page))
        return channels

    async def history(
        self, channel: str, *, before: int = 0, after: int = 0, limit: int = 50, oldest_first: bool = False
    ) -> chat.History:
        """Return at most `limit` (up to 100) messages of a channel, by rising seq.

        They are the newest below seq `before` (0: the newest there are), or, with
        `oldest_first`, those next after seq `after`. A page that ends where the
        model's messages begin is kept there, too. Raises `Refused`.
        """
        page = await self._request(
            lambda rid: chat.GetHistory(rid, channel, before, after, limit, oldest_first), chat.History
        )
        if not oldest_first:
            self._chat.prepend(channel, page, before=before)
        return page

    async def say(self, channel: str, text: str, *, client_id: str | None = None) -> chat.ChatMessage:
        """Write to a channel; the message is stored when this returns.

        Raises `Refused`, and `ConnectionLost`, after which nobody knows whether it
        was stored: say it again with the same `client_id`, and it is stored once.
        """
        own_id = client_id or uuid.uuid4().hex
        return (await self._request(lambda rid: chat.Say(rid, channel, text, own_id), chat.Said)).message

    # ------------------------------------------------------------ doing, without waiting

    def post(self, channel: str, text: str) -> PendingMessage:
        """Put a message into the outbox, which `run` sends once, now or when the connection is back.

        Raises `Refused` where no server would take it, or too many wait.
        """
        return self._delivery.post(channel, text)

    def step(self, direction: Direction) -> StepOutcome:
        """Take a step; the model shows it at once, and the server corrects it where it must."""
        if self._link is None or not self._link.is_open or not self._room.entered:
            return StepOutcome.OFFLINE
        seq, outcome = self._room.step(direction, self._clock())
        if seq is not None:
            self._link.send(presence.Step(seq, int(direction)))
        return outcome

    def look(self, left: int, top: int, right: int, bottom: int) -> None:
        """Look at this part of the map, in tiles (`right` and `bottom` excluded), cut to what a view may see.

        Cheap where the same cells are in view already: call it with every picture.
        """
        viewport = viewport_of(left, top, right, bottom)
        if self._room.look(viewport) and self._link is not None:
            self._link.send(presence.Look(*viewport))

    def follow(self, avatars: Iterable[int]) -> None:
        """Be told where exactly these avatars go, wherever that is; at most `limits.MAX_FOLLOWED`."""
        followed = frozenset(avatars)
        if self._room.follow(followed) and self._link is not None:
            self._link.send(presence.Follow(sorted(followed)))

    def events(self) -> AsyncIterator[OfficeEvent]:
        """Return what happens, from the first connection on, for one reader. Ends after `close` or a final event."""
        return aiter(self._events)

    # ------------------------------------------------------------ staying connected

    async def run(self) -> None:
        """Keep the connection until `close`.

        When it is lost: connects again with growing pauses, signs in by the token,
        enters and listens again where that was done before, and sends the outbox.
        Raises `Replaced`, `VersionMismatch`, `Refused` where the sign-in is no good
        any more, and `MapError` where the room can't be read.
        """
        try:
            while not self._closing.is_set():
                try:
                    end = await self._keep_once()
                except (ConnectionFailed, Refused) as error:
                    end = LinkEnd(error, error.retry_after if isinstance(error, Refused) else 0.0)
                if not self._closing.is_set():
                    await self._recover(end)
            await self._drop_link()  # one that came up while `close` took the other down
        except GathertuiError as error:
            await self._drop_link()
            self._finish(error)
            raise

    async def _keep_once(self) -> LinkEnd:
        """Keep one connection, the one there is or a new one, and return why it ended."""
        if self._link is None or not self._link.is_open:
            await self._until_closed(self._resume())
        link = self._link
        if link is None:
            return LinkEnd(ConnectionLost("Closed before there was a connection."))
        since = self._clock()
        async with asyncio.TaskGroup() as group:
            sender = group.create_task(self._delivery.run(), name="gathertui outbox")
            end = await link.wait_ended()
            sender.cancel()
        if self._clock() - since >= STEADY_SECONDS:
            self._backoff.reset()
        return end

    async def _resume(self) -> None:
        if await self.connect() is None:
            raise self.refusal or Refused(Code.NOT_SIGNED_IN, "You are not signed in.", "Log in first.")
        if self._wants_room:
            await self.enter()
        if self._wants_chat:
            await self.listen()

    async def _recover(self, end: LinkEnd) -> None:
        """Wait until it is time for the next attempt. Raises the error of an end that is final."""
        if isinstance(end.error, Replaced | VersionMismatch):
            raise end.error
        if isinstance(end.error, Refused) and self._is_sign_in_lost(end.error):
            raise end.error
        await self._drop_link()
        delay = self._backoff.next_delay(end.retry_after)
        self.model.retry_at = self._clock() + delay
        self._set_state(ConnectionState.OFFLINE, str(end.error), delay)
        await self._pause(delay)
        self.model.retry_at = None

    def _is_sign_in_lost(self, error: Refused) -> bool:
        if error.code in (Code.SESSION_EXPIRED, Code.NOT_SIGNED_IN):
            return True
        return error is self.refusal and not error.retry_after and error.code not in PASSING

    async def _pause(self, seconds: float) -> None:
        """Sleep, but no longer than until `close`."""
        await self._until_closed(self._sleep(seconds))

    async def _until_closed(self, work: Awaitable[None]) -> None:
        """Do some work, and give it up at `close`. Raises what the work raises."""
        doing = asyncio.ensure_future(work)
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait([doing, closing], return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                doing.result()
        finally:
            doing.cancel()
            closing.cancel()
            await asyncio.gather(doing, closing, return_exceptions=True)

    # ------------------------------------------------------------ inside

    async def _request(self, make: Callable[[int], Request], answer: type[R]) -> R:
        if self._link is None:
            raise ConnectionLost("There is no connection to the server.")
        return await self._link.request(make, answer)

    def _receive(self, message: Message) -> None:
        """Bring the model up to date, in the order the server spoke."""
        match message:
            case presence.Tick():
                self._put(self._room.tick(message))
            case presence.Whereabouts():
                self._put(self._room.hear_whereabouts(message))
            case presence.StepRefused():
                self._put(self._room.refuse_step(message))
            case presence.Entered():
                self._put(self._room.enter(message))
            case presence.Roster():
                self._put(self._room.call_roll(message))
            case presence.Links():
                self._put(self._room.link(message))
            case chat.Posted(posted):
                self._put(self._chat.post(posted))
            case chat.Listening(channels=channels):
                self._put(self._chat.list_channels(channels))

    def _put(self, events: Iterable[OfficeEvent]) -> None:
        for event in events:
            self._events.put(event)

    def _set_state(self, state: ConnectionState, reason: str = "", retry_in: float | None = None) -> None:
        if self.model.state is ConnectionState.GONE or (self.model.state is state and not reason):
            return
        self.model.state = state
        self._events.put(StateChanged(state, reason, retry_in))

    def _finish(self, error: GathertuiError | None = None) -> None:
        """End for good: tell why, and close the events."""
        self._set_state(ConnectionState.GONE, str(error) if error is not None else "")
        match error:
            case Replaced():
                self._events.put(WasReplaced(str(error)))
            case Refused():
                self._events.put(SignedOut(error))
        self._events.close()
