"""What each message does: one handler a kind, found by table.

A handler that can act at once does so and returns None; one that has to wait for
a service returns the coroutine that will give the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from gathertui import __version__
from gathertui.errors import Code, Refused
from gathertui.protocol import auth, chat, codec, handshake, limits, media, presence
from gathertui.protocol.base import Failure, Message
from gathertui.protocol.positions import Viewport
from gathertui.protocol.text import clean_line, clean_message
from gathertui_server.auth import models as auth_models
from gathertui_server.auth.service import Accounts
from gathertui_server.bus.messages import AskPeople, Attach, CarryMedia, Follow, RoomCommand, SetMedia, Signal, Walk
from gathertui_server.chat.service import Chat
from gathertui_server.gateway import mapping
from gathertui_server.gateway.connection import Connection
from gathertui_server.signalling.service import Signalling

Work = Coroutine[Any, Any, Message]

MAX_TYPED: Final = 256
"""Characters of a name or code that are looked at; what is longer is none."""

MAX_RAW_TEXT: Final = 4 * limits.MAX_MESSAGE
"""Characters of a message before cleaning, which may leave far fewer."""

_PRINTABLE: Final = bytes(range(0x20, 0x7F))


class Office(Protocol):
    """What the handlers need of the gateway that they act for."""

    office: str
    accounts: Accounts
    chat: Chat
    signalling: Signalling

    def send(self, command: RoomCommand) -> None:
        """Hand a command to the room's host."""

    def look(self, connection: Connection, viewport: Viewport) -> None:
        """Let a view look elsewhere."""

    def take_over(self, connection: Connection, account_id: str) -> None:
        """Let this view replace the one that the same device had open."""


Handler = Callable[[Office, Connection, Any], Work | None]


# ---------------------------------------------------------------- handshake and accounts


def on_hello(office: Office, connection: Connection, hello: handshake.Hello) -> Work | None:
    """Welcome the client; with a token, once it is known whose it is."""
    if hello.token:
        return _welcome_by_token(office, connection, hello.token)
    connection.send(_welcome(office, connection))
    return None


def _welcome(office: Office, connection: Connection, refused: Failure | None = None) -> handshake.Welcome:
    return connection.session.welcome(server="gathertui", version=__version__, office=office.office, refused=refused)


async def _welcome_by_token(office: Office, connection: Connection, token: str) -> Message:
    try:
        account = await office.accounts.resume(token)
    except Refused as error:
        return _welcome(office, connection, Failure(0, error.code, error.message, error.hint, error.retry_after))
    connection.sign_in(account, token)
    return _welcome(office, connection)


def _sign_in(connection: Connection, rid: int, signed_in: auth_models.SignedIn) -> Message:
    connection.sign_in(signed_in.account, signed_in.token)
    return auth.SignedIn(rid, signed_in.token, mapping.account(signed_in.account))


def _device(connection: Connection) -> str:
    hello = connection.session.hello
    return clean_line(hello.device) if hello is not None else ""


def on_sign_up(office: Office, connection: Connection, request: auth.SignUp) -> Work:
    """Make an account and sign it in."""

    async def work() -> Message:
        _check_nobody_signed_in(connection)
        signed_in = await office.accounts.sign_up(
            _short_line(request.name, MAX_TYPED),
            request.password,
            request.invite[:MAX_TYPED],
            device=_device(connection),
            address=connection.address,
        )
        return _sign_in(connection, request.rid, signed_in)

    return work()


def on_log_in(office: Office, connection: Connection, request: auth.LogIn) -> Work:
    """Sign in with a password."""

    async def work() -> Message:
        _check_nobody_signed_in(connection)
        signed_in = await office.accounts.log_in(
            _short_line(request.name, MAX_TYPED),
            request.password,
            device=_device(connection),
            address=connection.address,
        )
        return _sign_in(connection, request.rid, signed_in)

    return work()


def on_log_out(office: Office, connection: Connection, request: auth.LogOut) -> Work:
    """End the sign-in; the avatar leaves with it."""

    async def work() -> Message:
        await office.accounts.log_out(connection.session.token)
        connection.sign_out()
        return auth.LoggedOut(request.rid)

    return work()


def on_create_invite(office: Office, connection: Connection, request: auth.CreateInvite) -> Work:
    """Make an invite in the name of whoever is signed in."""
    account = _account(connection)

    async def work() -> Message:
        made = await office.accounts.create_invite(account, request.role, request.uses, request.seconds)
        return auth.InviteCreated(request.rid, made.code, made.role, made.uses, made.expires_at)

    return work()


def _short_line(text: str, most: int) -> str:
    """Return one clean line of at most `most` characters; cut before it is cleaned, which takes time by length."""
    return clean_line(text[:most])


def _check_nobody_signed_in(connection: Connection) -> None:
    """A sign-in may have been under way when another was sent: only the first counts."""
    if connection.account is not None:
        raise Refused(Code.NOT_ALLOWED_NOW, "You are signed in already.", "Log out first.")


def _account(connection: Connection) -> auth_models.Account:
    account = connection.account
    if account is None:
        raise Refused(Code.NOT_SIGNED_IN, "You are not signed in.", "Log in first.")
    return account


# ---------------------------------------------------------------- presence


def on_enter(office: Office, connection: Connection, request: presence.Enter) -> None:
    """Attach the view to the room; the room's host answers."""
    account = _account(connection)
    # Until it is in, steps don't count: those of an earlier stay must not be taken for the new one's.
    connection.in_room = False
    connection.entering = request.rid
    office.send(Attach(connection.id, request.rid, mapping.account(account)))
    # After attaching: the avatar always has a view, so nobody sees it go away for a moment.
    office.take_over(connection, account.id)


def on_look(office: Office, connection: Connection, look: presence.Look) -> None:
    """See these cells from here on."""
    viewport = Viewport(look.left, look.top, look.right, look.bottom)
    if not viewport.is_allowed:
        raise Refused(Code.BAD_REQUEST, f"A view looks at 1 to {limits.VIEWPORT_CELLS} cells of the map.")
    _check_in_room(connection)
    office.look(connection, viewport)


def on_follow(office: Office, connection: Connection, follow: presence.Follow) -> None:
    """Be told where these avatars go."""
    if len(follow.avatars) > limits.MAX_FOLLOWED:
        raise Refused(Code.BAD_REQUEST, f"A view follows at most {limits.MAX_FOLLOWED} avatars.")
    _check_in_room(connection)
    office.send(Follow(connection.id, follow.avatars))


def _check_in_room(connection: Connection) -> None:
    if not connection.in_room:
        raise Refused(Code.NOT_IN_ROOM, "You are not in the office.", "Enter first.")


def on_step(office: Office, connection: Connection, step: presence.Step) -> None:
    """Pass a step on; whether it is possible, the room decides."""
    _check_in_room(connection)
    if step.seq <= connection.stepped:
        raise Refused(Code.BAD_REQUEST, "A step has a number above the last one's.")
    connection.stepped = step.seq
    office.send(Walk(connection.id, step.seq, step.direction))


def on_goodbye(office: Office, connection: Connection, _message: presence.Goodbye) -> None:
    """The view leaves for good."""
    connection.leave_room(goodbye=True)


def on_list_people(office: Office, connection: Connection, request: presence.ListPeople) -> None:
    """Ask the room's host, who answers."""
    office.send(AskPeople(connection.id, request.rid))


# ---------------------------------------------------------------- sound and picture


def on_carry_media(office: Office, connection: Connection, request: media.CarryMedia) -> None:
    """Ask the room's host, who answers."""
    _check_in_room(connection)
    office.send(CarryMedia(connection.id, request.rid))


def on_set_media(office: Office, connection: Connection, change: media.SetMedia) -> None:
    """Tell the room what is on."""
    _check_in_room(connection)
    office.send(SetMedia(connection.id, change.media))


def on_get_ice_servers(office: Office, connection: Connection, request: media.GetIceServers) -> None:
    """Hand out the servers, with fresh credentials."""
    connection.send(mapping.ice_servers(request.rid, office.signalling.ice_servers(_account(connection).id)))


def on_signal(office: Office, connection: Connection, signal: media.Signal) -> None:
    """Pass a signal on; whether it may reach the other end, the room decides."""
    _check_in_room(connection)
    if not _is_plain(signal.body):
        raise Refused(Code.BAD_REQUEST, "A signal is made of printable ASCII.")
    office.send(Signal(connection.id, signal.avatar, signal.call, signal.body))


def _is_plain(body: media.SignalBody) -> bool:
    """Whether a signal holds nothing that a parser or a log could stumble over; descriptions have lines."""
    match body:
        case media.Offer(sdp) | media.Answer(sdp):
            return not sdp.translate(None, _PRINTABLE + b"\r\n")
        case media.Candidate(candidate, mid):
            return not (candidate + mid).translate(None, _PRINTABLE)
        case _:
            return True


# ---------------------------------------------------------------- chat


def on_listen(office: Office, connection: Connection, request: chat.Listen) -> None:
    """Send every message that is published from here on."""
    channels = [mapping.channel(channel) for channel in office.chat.channels()]
    connection.listening = True
    connection.send(chat.Listening(request.rid, channels))


def on_say(office: Office, connection: Connection, request: chat.Say) -> Work:
    """Clean a message and store it."""
    author = _account(connection)
    channel = _short_line(request.channel, limits.MAX_CHANNEL)
    client_id = _short_line(request.client_id, limits.MAX_CLIENT_ID + 1)
    if len(request.text) > MAX_RAW_TEXT:
        raise Refused(Code.MESSAGE_TOO_LONG, "That message is far too long.", "Send it in parts.")

    async def work() -> Message:
        stored = await office.chat.post(channel, author.id, author.name, clean_message(request.text), client_id)
        return chat.Said(request.rid, mapping.message(stored))

    return work()


def on_get_history(office: Office, connection: Connection, request: chat.GetHistory) -> Work:
    """Read a page of a channel."""
    limit = max(1, min(request.limit, limits.MAX_HISTORY_PAGE))
    channel = _short_line(request.channel, limits.MAX_CHANNEL)

    async def work() -> Message:
        # One more than asked for tells whether there is more.
        if request.oldest_first:
            page = await office.chat.history(channel, limit=limit + 1, after_seq=request.after)
            messages, more = page[:limit], len(page) > limit
        else:
            page = await office.chat.history(channel, request.before or None, limit + 1)
            messages, more = page[-limit:], len(page) > limit
        return chat.History(request.rid, [mapping.message(message) for message in messages], more)

    return work()


HANDLERS: Final[dict[type[codec.ClientMessage], Handler]] = {
    handshake.Hello: on_hello,
    auth.SignUp: on_sign_up,
    auth.LogIn: on_log_in,
    auth.LogOut: on_log_out,
    auth.CreateInvite: on_create_invite,
    presence.Enter: on_enter,
    presence.Look: on_look,
    presence.Follow: on_follow,
    presence.Step: on_step,
    presence.Goodbye: on_goodbye,
    presence.ListPeople: on_list_people,
    media.CarryMedia: on_carry_media,
    media.SetMedia: on_set_media,
    media.GetIceServers: on_get_ice_servers,
    media.Signal: on_signal,
    chat.Listen: on_listen,
    chat.Say: on_say,
    chat.GetHistory: on_get_history,
}
"""Every kind of client message and what it does; a test holds it complete."""
