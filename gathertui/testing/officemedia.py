"""Sound and picture in a `MemoryOffice`: who carries them, and what the ends of a call tell each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from gathertui.errors import Code, Refused
from gathertui.protocol import media, presence
from gathertui.testing.guest import Guest

MediaMessage = media.CarryMedia | media.SetMedia | media.GetIceServers | media.Signal

NO_ICE_SERVERS = media.IceServers(0, [], 0, False, 3600)


class OfficeMedia:
    """Keeps the carrier of every account, and passes signals on to those whom an account converses with.

    It reads and writes the office's `avatars` and reads its `conversations`, both by
    account id; `tell_room` sends to every view in the room.
    """

    def __init__(
        self,
        avatars: dict[str, presence.Avatar],
        conversations: Mapping[str, frozenset[str]],
        tell_room: Callable[[presence.Roster], Awaitable[None]],
    ) -> None:
        self._avatars = avatars
        self._conversations = conversations
        self._tell_room = tell_room
        self.carriers: dict[str, Guest] = {}
        """The connection that carries an account's media, by account id."""
        self.ice = NO_ICE_SERVERS
        """The answer to `GetIceServers`; its `rid` is filled in."""

    async def leave(self, guest: Guest) -> None:
        """The connection is out of the room: it carries nothing any more."""
        for account, carrier in list(self.carriers.items()):
            if carrier is guest:
                del self.carriers[account]
                await self._show(account, 0)

    async def answer(self, guest: Guest, message: MediaMessage) -> None:
        """Act on what somebody who is signed in asks for. Raises `Refused`."""
        if isinstance(message, media.GetIceServers):
            await guest.send(msgspec.structs.replace(self.ice, rid=message.rid))
            return
        assert guest.session.account is not None
        account = guest.session.account.id
        if not guest.in_room:
            raise Refused(Code.NOT_IN_ROOM, "You are not in the office.", "Enter first.")
        if isinstance(message, media.CarryMedia):
            await self._carry(guest, account, message.rid)
        elif self.carriers.get(account) is not guest:
            raise Refused(Code.NOT_ALLOWED_NOW, "This view does not carry your sound and picture.")
        elif isinstance(message, media.SetMedia):
            await self._show(account, message.media & ~media.SPEAKING | media.CARRIED)
        else:
            await self._relay(account, message)

    async def _carry(self, guest: Guest, account: str, rid: int) -> None:
        older = self.carriers.get(account)
        self.carriers[account] = guest
        if older is not None and older is not guest:
            await older.send(media.MediaTaken())
        await guest.send(media.MediaCarried(rid))
        await self._show(account, media.CARRIED)

    async def _relay(self, account: str, signal: media.Signal) -> None:
        partners = self._conversations.get(account, frozenset())
        other = next(
            (name for name in partners if name in self._avatars and self._avatars[name].id == signal.avatar), None
        )
        if other is None:
            raise Refused(Code.NOT_LINKED, "You are not in a conversation with them.")
        carrier = self.carriers.get(other)
        if carrier is None:
            raise Refused(Code.NOT_ALLOWED_NOW, "They can neither hear nor be heard at the moment.")
        await carrier.send(media.Signalled(self._avatars[account].id, signal.call, signal.body))

    async def _show(self, account: str, bits: int) -> None:
        avatar = self._avatars.get(account)
        if avatar is not None and avatar.media != bits:
            self._avatars[account] = avatar = msgspec.structs.replace(avatar, media=bits)
            await self._tell_room(presence.Roster([], [avatar]))
