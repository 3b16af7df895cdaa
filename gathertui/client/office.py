"""`OfficeClient`: connect, sign in, walk, talk, and stay connected."""

from __future__ import annotations

import asyncio
import math
import random
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from gathertui import __version__
from gathertui.client.chatlog import ChatLog
from gathertui.client.delivery import Delivery
from gathertui.client.events import AvatarsMoved, ConnectionState, OfficeEvent, SignedOut, StateChanged, WasReplaced
from gathertui.client.eventstream import EventStream
from gathertui.client.keeping import Keeper, Patience, is_final
from gathertui.client.line import Line
from gathertui.client.media.nomedia import NoMedia
from gathertui.client.media.port import MakeMedia, Media
from gathertui.client.media.wire import ClientWire
from gathertui.client.model import OfficeModel
from gathertui.client.outbox import Outbox, PendingMessage
from gathertui.client.prediction import StepOutcome
from gathertui.client.receiving import bring_in
from gathertui.client.roomcopy import RoomCopy
from gathertui.errors import (
    Code,
    ConnectionFailed,
    GathertuiError,
    Refused,
    Replaced,
)
from gathertui.net.address import server_url
from gathertui.net.connection import Dial
from gathertui.net.websocket import dial_websocket
from gathertui.protocol import auth, chat, presence
from gathertui.protocol.base import Account, ConnectionKind, Message, Request, Role
from gathertui.protocol.handshake import Hello
from gathertui.protocol.limits import MAX_HISTORY_PAGE, PROTOCOL_MINOR
from gathertui.protocol.media import MediaCarried, MediaTaken, Signalled
from gathertui.protocol.positions import viewport_of
from gathertui.world.geometry import Direction


class OfficeClient:
    """One person's connection to one office.

    A tool connects, asks and closes. A view or a bot goes on with `enter` and
    `listen`, then keeps `run` running and reads `events`. All methods belong to
    one event loop. `media` gives it sound and picture; None: it has neither.

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
        media: MakeMedia | None = None,
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
        self._clock = clock
        outbox = Outbox()
        self._chat = ChatLog(outbox)
        self._room = RoomCopy()
        self.model = OfficeModel(self._room, self._chat)
        self._events = EventStream()
        self._line = Line(self.server, dial, self._receive)
        self._wants_room = self._wants_chat = False
        self._patience = Patience(sleep)
        self._delivery = Delivery(outbox, self._chat, say=self.say, pause=self._patience.pause, put=self._put)
        self._keeper = Keeper(
            link=lambda: self._line.link,
            resume=self._resume,
            drop=self._drop_link,
            work=self._delivery.run,
            is_final=lambda error: is_final(error, self.refusal),
            wait=self._wait_for_retry,
            clock=clock,
            patience=self._patience,
            rng=rng,
        )
        wire = ClientWire(self.server, self.model, ask=self._line.request, send=self._line.send, tell=self._tell)
        self._media = (media or NoMedia)(wire)

    @property
    def media(self) -> Media:
        """Your sound and picture, and those of your conversation."""
        return self._media

    # ------------------------------------------------------------ connecting

    @property
    def latency(self) -> float | None:
        """Seconds of the last ping to the server and back, or None where there is none."""
        return self._line.latency

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
            welcome = await self._line.open(hello)
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
        if not self._line.is_open:
            self.token = ""
            await self.connect()
        reply = await self._line.request(make, auth.SignedIn)
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
        await self._line.request(auth.LogOut, auth.LoggedOut)
        self.token = ""
        self.account = None

    async def close(self, *, goodbye: bool = True) -> None:
        """End the connection and the events. With `goodbye` a view's avatar leaves at once, not after a minute."""
        self._patience.stop()
        if goodbye and self._room.entered:
            self._line.send(presence.Goodbye())
        await self._media.close()
        await self._drop_link()
        self._finish()

    async def _drop_link(self) -> None:
        self._room.leave()
        await self._line.drop()

    # ------------------------------------------------------------ asking

    async def create_invite(self, role: Role, uses: int, seconds: int) -> auth.InviteCreated:
        """Make an invite to `role`, good for `uses` accounts within `seconds`. Raises `Refused`."""
        return await self._line.request(
            lambda rid: auth.CreateInvite(rid, role, uses, math.ceil(seconds)), auth.InviteCreated
        )

    async def who(self) -> list[presence.Person]:
        """Return who is in the office, by name."""
        return (await self._line.request(presence.ListPeople, presence.People)).people

    async def enter(self) -> None:
        """Come into the room; the model has it when this returns. Raises `Refused`, `MapError`."""
        await self._line.request(presence.Enter, presence.Entered)
        self._wants_room = True

    async def listen(self) -> list[chat.Channel]:
        """Follow every channel; `MessagePosted` comes from here on.

        On a new connection this first tells all that was posted since the old one.
        """
        channels = (await self._line.request(chat.Listen, chat.Listening)).channels
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
        page = await self._line.request(
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
        return (await self._line.request(lambda rid: chat.Say(rid, channel, text, own_id), chat.Said)).message

    # ------------------------------------------------------------ doing, without waiting

    def post(self, channel: str, text: str) -> PendingMessage:
        """Put a message into the outbox, which `run` sends once, now or when the connection is back.

        Raises `Refused` where no server would take it, or too many wait.
        """
        return self._delivery.post(channel, text)

    def step(self, direction: Direction) -> StepOutcome:
        """Take a step; the model shows it at once, and the server corrects it where it must."""
        if not self._line.is_open or not self._room.entered:
            return StepOutcome.OFFLINE
        seq, outcome = self._room.step(direction, self._clock())
        self._media.take(AvatarsMoved(frozenset({self._room.you})))
        if seq is not None:
            self._line.send(presence.Step(seq, int(direction)))
        return outcome

    def look(self, left: int, top: int, right: int, bottom: int) -> None:
        """Look at this part of the map, in tiles (`right` and `bottom` excluded), cut to what a view may see.

        Cheap where the same cells are in view already: call it with every picture.
        """
        viewport = viewport_of(left, top, right, bottom)
        if self._room.look(viewport):
            self._line.send(presence.Look(*viewport))

    def follow(self, avatars: Iterable[int]) -> None:
        """Be told where exactly these avatars go, wherever that is; at most `limits.MAX_FOLLOWED`."""
        followed = frozenset(avatars)
        if self._room.follow(followed):
            self._line.send(presence.Follow(sorted(followed)))

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
        sounds = asyncio.create_task(self._media.run(), name="gathertui media")
        try:
            await self._keeper.run()
        except GathertuiError as error:
            self._room.leave()
            self._finish(error)  # before what may take a while
            await self._drop_link()
            raise
        finally:
            await self._media.close()
            if not sounds.cancelling():
                sounds.cancel()
                await asyncio.wait([sounds])

    async def _resume(self) -> None:
        if await self.connect() is None:
            raise self.refusal or Refused(Code.NOT_SIGNED_IN, "You are not signed in.", "Log in first.")
        if self._wants_room:
            await self.enter()
        if self._wants_chat:
            await self.listen()

    def _wait_for_retry(self, error: GathertuiError, seconds: float | None) -> None:
        if seconds is None:
            self.model.retry_at = None
            return
        self.model.retry_at = self._clock() + seconds
        self._room.leave()
        self._set_state(ConnectionState.OFFLINE, str(error), seconds)

    # ------------------------------------------------------------ inside

    def _receive(self, message: Message) -> None:
        """Bring the model up to date, in the order the server spoke."""
        self._put(bring_in(message, self._room, self._chat))
        if isinstance(message, Signalled | MediaTaken | MediaCarried):
            self._media.receive(message)

    def _put(self, events: Iterable[OfficeEvent]) -> None:
        for event in events:
            self._tell(event)

    def _tell(self, event: OfficeEvent) -> None:
        self._events.put(event)
        self._media.take(event)

    def _set_state(self, state: ConnectionState, reason: str = "", retry_in: float | None = None) -> None:
        if self.model.state is ConnectionState.GONE or (self.model.state is state and not reason):
            return
        self.model.state = state
        self._tell(StateChanged(state, reason, retry_in))

    def _finish(self, error: GathertuiError | None = None) -> None:
        """End for good: tell why, and close the events."""
        self._set_state(ConnectionState.GONE, str(error) if error is not None else "")
        match error:
            case Replaced():
                self._events.put(WasReplaced(str(error)))
            case Refused():
                self._events.put(SignedOut(error))
        self._events.close()
