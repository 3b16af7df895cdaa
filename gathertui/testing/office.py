"""A small office inside the process: the server's end of the protocol, without storage, sockets or time.

It keeps to the protocol through the same `ServerSession` as the server, and it
does what a test tells it to: loses connections, refuses, replaces.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import msgspec

from gathertui.errors import BadFrame, Code, ConnectionLost, Refused, VersionMismatch
from gathertui.protocol import auth, chat, codec, handshake, limits, media, presence
from gathertui.protocol.base import Account, Closing, Failure, Message, Role
from gathertui.protocol.positions import pack_positions
from gathertui.protocol.session import ServerSession
from gathertui.testing.clock import VirtualClock
from gathertui.testing.guest import Guest
from gathertui.testing.officemedia import OfficeMedia
from gathertui.testing.transport import MemoryTransport, even
from gathertui.world.geometry import Direction, Point
from gathertui.world.mapfile import load_map
from gathertui.world.movement import destination

SMALL_MAP = b"""\
title = "Hall"
grid = '''
####################
#S.................#
#..................#
#..................#
####################
'''
[legend]
"#" = "wall"
"." = "floor"
[spawns.door]
marker = "S"
"""


BOTH_WAYS = presence.SEND | presence.RECEIVE


async def _let_pass(guest: Guest, message: codec.ClientMessage) -> bool:
    return False


class MemoryOffice:
    """An office with one room and the channels `general` and `random`.

    Used as an async context manager: it serves while the block runs. `dial` goes
    to `OfficeClient`. An account is made by `add_account`; everybody's password
    is `secret`, and every invite is `welcome`.
    """

    def __init__(
        self,
        clock: VirtualClock,
        *,
        delay: float = 0.0,
        jitter: Callable[[], float] = even,
        minor: int = limits.PROTOCOL_MINOR,
        map_text: bytes = SMALL_MAP,
    ) -> None:
        self._clock = clock
        self._minor = minor
        self._tasks: asyncio.TaskGroup | None = None
        self._server: asyncio.Task[None] | None = None
        self.transport = MemoryTransport(clock, delay=delay, jitter=jitter)
        self.dial = self.transport.dial
        self.tilemap = load_map(map_text)
        self._map_text = map_text
        self.guests: list[Guest] = []
        """The open connections, oldest first."""
        self.tokens: dict[str, Account] = {}
        self.messages: dict[str, list[chat.ChatMessage]] = {"general": [], "random": []}
        self.avatars: dict[str, presence.Avatar] = {}
        """Who is in the room, by account id."""
        self.conversations: dict[str, frozenset[str]] = {}
        """Who is in whose conversation, by account ids, as `converse` was told."""
        self.media = OfficeMedia(self.avatars, self.conversations, self._tell_room)
        """Who carries whose media, and by which servers calls connect."""
        self.intercept: Callable[[Guest, codec.ClientMessage], Awaitable[bool]] = _let_pass
        """Called before a message is answered; True leaves it without an answer, and it may raise `Refused`."""

    async def __aenter__(self) -> Self:
        """Open the office."""
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._server = self._tasks.create_task(self._accept())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cut all connections and wait for their tasks."""
        assert self._tasks is not None and self._server is not None
        self._server.cancel()
        for guest in list(self.guests):
            guest.connection.cut()
        await self._tasks.__aexit__(kind, error, trace)

    def add_account(self, name: str, *, role: Role = Role.MEMBER) -> str:
        """Make an account and return a token that signs it in."""
        account = Account(f"id-{name}", name, role, len(self.tokens))
        token = f"token-{name}-{len(self.tokens)}"
        self.tokens[token] = account
        return token

    def cut_all(self) -> None:
        """Lose every connection."""
        for guest in list(self.guests):
            guest.connection.cut()

    async def close_all(self, code: Code, message: str, *, retry_after: float = 0.0) -> None:
        """Close every connection with a reason."""
        for guest in list(self.guests):
            await guest.send(Closing(code, message, retry_after))
            await guest.connection.close()

    async def post(self, channel: str, author: str, text: str, *, client_id: str = "") -> chat.ChatMessage:
        """Store a message of account id `author`, once a client id, and send it to everybody who listens."""
        stored = self.messages[channel]
        for message in stored:
            if client_id and (message.author, message.client_id) == (author, client_id):
                return message
        names = {account.id: account.name for account in self.tokens.values()}
        seq = len(stored) + 1
        message = chat.ChatMessage(channel, seq, author, names.get(author, author), text, seq * 1000, client_id)
        stored.append(message)
        for guest in [guest for guest in self.guests if guest.listening]:
            await guest.send(chat.Posted(message))
        return message

    async def move(self, account: str, point: Point, facing: Direction) -> None:
        """Put an avatar somewhere, and tell everybody in the room."""
        await self.move_all([(account, point, facing)])

    async def move_all(self, moves: Sequence[tuple[str, Point, Direction]]) -> None:
        """Put avatars somewhere, by account id, and tell everybody in the room in one message."""
        for account, point, facing in moves:
            self._place(account, point, facing)
        await self._tick(*(account for account, _, _ in moves))

    async def converse(self, account: str, others: Iterable[str], *, in_earshot: int | None = None) -> None:
        """Tell an account that exactly these are in its conversation, and that it could hear `in_earshot` people.

        The others are told nothing: each end is as the test says. Without `in_earshot` it hears all whom it could.
        """
        before, after = self.conversations.get(account, frozenset()), frozenset(others)
        self.conversations[account] = after
        over = [self.avatars[other].id for other in before - after if other in self.avatars]
        linked = [presence.Link(self.avatars[other].id, BOTH_WAYS, 1, "walking distance") for other in after]
        places = pack_positions((a.id, a.x, a.y, a.facing) for a in map(self.avatars.__getitem__, after))
        links = presence.Links(over, linked, places, len(after) if in_earshot is None else in_earshot)
        for guest in list(self.guests):
            if guest.in_room and guest.session.account is not None and guest.session.account.id == account:
                await guest.send(links)

    # ------------------------------------------------------------ serving

    async def _accept(self) -> None:
        assert self._tasks is not None
        while True:
            connection = await self.transport.accept()
            guest = Guest(connection, ServerSession(self._clock(), minor=self._minor))
            self.guests.append(guest)
            self._tasks.create_task(self._serve(guest))

    async def _serve(self, guest: Guest) -> None:
        try:
            while True:
                await self._receive(guest, await guest.connection.receive())
        except ConnectionLost:
            pass  # the client hung up, or a test cut the line
        finally:
            guest.in_room = False
            self.guests.remove(guest)
            await self.media.leave(guest)

    async def _receive(self, guest: Guest, frame: bytes) -> None:
        try:
            message = guest.session.receive(frame)
            guest.received.append(message)
            if not await self.intercept(guest, message):
                await self._answer(guest, message)
        except VersionMismatch as error:
            await guest.send(Closing(Code.VERSION, str(error)))
            await guest.connection.close()
        except BadFrame as error:
            await guest.send_frame(guest.session.failure_for(error, error.rid))
        except Refused as error:
            rid = getattr(codec.decode_client(frame), "rid", 0)
            await guest.send_frame(guest.session.failure_for(error, rid))

    async def _answer(self, guest: Guest, message: codec.ClientMessage) -> None:
        match message:
            case handshake.Hello():
                await self._welcome(guest, message)
            case auth.SignUp(rid, name, _, invite):
                if invite != "welcome":
                    raise Refused(Code.BAD_INVITE, "That invite is not good.")
                await self._sign_in(guest, rid, self.add_account(name))
            case auth.LogIn(rid, name, password):
                await self._log_in(guest, rid, name, password)
            case auth.LogOut(rid):
                self.tokens.pop(guest.session.token, None)
                await self.media.leave(guest)
                await guest.send(auth.LoggedOut(rid))
                guest.session.sign_out(self._clock())
            case auth.CreateInvite(rid, role, uses, seconds):
                await guest.send(auth.InviteCreated(rid, "welcome", role, uses, 1_700_000_000.0 + seconds))
            case presence.Look() | presence.Follow():
                pass  # the room is small: everybody is always told everything
            case presence.Enter() | presence.Step() | presence.Goodbye() | presence.ListPeople():
                await self._answer_presence(guest, message)
            case media.CarryMedia() | media.SetMedia() | media.GetIceServers() | media.Signal():
                await self.media.answer(guest, message)
            case _:
                await self._answer_chat(guest, message)

    async def _welcome(self, guest: Guest, hello: handshake.Hello) -> None:
        account = self.tokens.get(hello.token)
        refused = None
        if account is not None:
            guest.session.sign_in(account, hello.token)
        elif hello.token:
            refused = Failure(0, Code.SESSION_EXPIRED, "That sign-in has ended.", "Log in again.")
        await guest.send(guest.session.welcome(server="memory", version="1", office="Test office", refused=refused))

    async def _log_in(self, guest: Guest, rid: int, name: str, password: str) -> None:
        known = next((account for account in self.tokens.values() if account.name == name), None)
        if known is None or password != "secret":
            raise Refused(Code.WRONG_PASSWORD, "That name and password don't fit.")
        token = self.add_account(name, role=known.role)
        self.tokens[token] = known
        await self._sign_in(guest, rid, token)

    async def _sign_in(self, guest: Guest, rid: int, token: str) -> None:
        guest.session.sign_in(self.tokens[token], token)
        await guest.send(auth.SignedIn(rid, token, self.tokens[token]))

    # ------------------------------------------------------------ the room

    async def _answer_presence(
        self, guest: Guest, message: presence.Enter | presence.Step | presence.Goodbye | presence.ListPeople
    ) -> None:
        account = guest.session.account
        assert account is not None
        match message:
            case presence.Enter(rid):
                await self._enter(guest, rid, account)
            case presence.Step(seq, direction):
                await self._step(guest, account, seq, Direction(direction))
            case presence.Goodbye():
                await self.media.leave(guest)
                avatar = self.avatars.pop(account.id, None)
                if avatar is not None:
                    await self._tell_room(presence.Roster([avatar.id], []), besides=guest)
            case presence.ListPeople(rid):
                here = sorted(self.avatars.values(), key=lambda avatar: avatar.account.name)
                people = [presence.Person(a.account, "Hall", a.x, a.y, "", a.away) for a in here]
                await guest.send(presence.People(rid, people))

    async def _enter(self, guest: Guest, rid: int, account: Account) -> None:
        if account.id not in self.avatars:
            start = self.tilemap.spawns[0].tiles[0]
            number = max([avatar.id for avatar in self.avatars.values()], default=0) + 1
            avatar = presence.Avatar(number, account, account.name[:2], start.x, start.y, int(Direction.SOUTH))
            self.avatars[account.id] = avatar
            await self._tell_room(presence.Roster([], [avatar]), besides=guest)
        guest.in_room = True
        you = self.avatars[account.id].id
        await guest.send(presence.Entered(rid, "Hall", self._map_text, you, list(self.avatars.values())))

    async def _step(self, guest: Guest, account: Account, seq: int, direction: Direction) -> None:
        avatar = self.avatars[account.id]
        guest.ack = seq
        here = Point(avatar.x, avatar.y)
        there = destination(self.tilemap, here, direction)
        self._place(account.id, there or here, direction)
        if there is None:
            await guest.send(presence.StepRefused(seq, here.x, here.y, int(direction)))
        await self._tick(account.id)

    def _place(self, account: str, point: Point, facing: Direction) -> None:
        avatar = self.avatars[account]
        self.avatars[account] = msgspec.structs.replace(avatar, x=point.x, y=point.y, facing=int(facing))

    async def _tick(self, *accounts: str) -> None:
        block = pack_positions((a.id, a.x, a.y, a.facing) for a in map(self.avatars.__getitem__, accounts))
        for guest in [guest for guest in self.guests if guest.in_room]:
            await guest.send(presence.Tick(guest.ack, block))

    async def _tell_room(self, message: Message, *, besides: Guest | None = None) -> None:
        for guest in [guest for guest in self.guests if guest.in_room and guest is not besides]:
            await guest.send(message)

    # ------------------------------------------------------------ chat

    async def _answer_chat(self, guest: Guest, message: codec.ClientMessage) -> None:
        account = guest.session.account
        assert account is not None
        match message:
            case chat.Listen(rid):
                guest.listening = True
                channels = [chat.Channel(name, name.title(), len(held)) for name, held in self.messages.items()]
                await guest.send(chat.Listening(rid, channels))
            case chat.Say(rid, channel, text, client_id):
                self._check_channel(channel)
                stored = await self.post(channel, account.id, text, client_id=client_id)
                await guest.send(chat.Said(rid, stored))
            case chat.GetHistory(rid, channel):
                self._check_channel(channel)
                await guest.send(self._page(rid, message))

    def _check_channel(self, channel: str) -> None:
        if channel not in self.messages:
            raise Refused(Code.UNKNOWN_CHANNEL, f"There is no channel {channel}.")

    def _page(self, rid: int, ask: chat.GetHistory) -> chat.History:
        stored = self.messages[ask.channel]
        if ask.oldest_first:
            newer = [message for message in stored if message.seq > ask.after]
            return chat.History(rid, newer[: ask.limit], len(newer) > ask.limit)
        older = [message for message in stored if not ask.before or message.seq < ask.before]
        return chat.History(rid, older[-ask.limit :], len(older) > ask.limit)
