"""The room as the protocol says it."""

from __future__ import annotations

from collections.abc import Iterable

from gathertui.protocol import presence
from gathertui.protocol.base import Account
from gathertui.protocol.positions import pack_positions
from gathertui.world.room import Avatar, Room
from gathertui_server.rooms.carriers import Carriers
from gathertui_server.rooms.conversations import ConversationChange

Place = tuple[int, int, int, int]
"""An avatar's id, x, y and facing, as blocks of positions are packed from."""


class Descriptions:
    """Describes the avatars of one room; it is told whose accounts they are, and which of them have changed."""

    def __init__(self, room_name: str, room: Room, carriers: Carriers) -> None:
        self._room_name = room_name
        self._room = room
        self._carriers = carriers
        self._accounts: dict[str, Account] = {}
        # Whoever enters is told of everybody: only those who changed are described anew.
        self._made: dict[int, presence.Avatar] = {}
        self._changed: set[int] = set()

    def know(self, account: Account) -> None:
        """The account is as given from here on."""
        self._accounts[account.id] = account

    def changed(self, avatar: int) -> None:
        """The avatar, or its account, is new or other than before."""
        self._changed.add(avatar)

    def forget(self, account: str, avatar: int) -> None:
        """The avatar of this account (an id) has left; 0 for one that never came."""
        self._accounts.pop(account, None)
        self._made.pop(avatar, None)
        self._changed.discard(avatar)

    def everybody(self) -> list[presence.Avatar]:
        """Describe all who are in the room."""
        for avatar in self._changed:
            self._make(avatar)
        self._changed.clear()
        return list(self._made.values())

    def roster(self, left: list[int], here: list[int]) -> presence.Roster:
        """Describe who left and who came or changed (ids)."""
        return presence.Roster(left, [self._make(avatar) for avatar in here])

    def _make(self, number: int) -> presence.Avatar:
        avatar = self._room.avatars[number]
        account = self._accounts[avatar.person.account]
        x, y = avatar.position
        media = self._carriers.media_of(number)
        made = presence.Avatar(number, account, avatar.person.glyphs, x, y, avatar.facing, avatar.away, media)
        self._made[number] = made
        return made

    def people(self) -> list[presence.Person]:
        """Describe all who are in the room, by name."""
        people = [self._person(avatar) for avatar in self._room.avatars.values()]
        return sorted(people, key=lambda person: person.account.name.casefold())

    def _person(self, avatar: Avatar) -> presence.Person:
        x, y = avatar.position
        area = self._room.tilemap.area_at(avatar.position)
        title = area.title if area is not None else ""
        return presence.Person(self._accounts[avatar.person.account], self._room_name, x, y, title, avatar.away)

    def links(self, change: ConversationChange) -> presence.Links:
        """Describe how a conversation changed."""
        linked = [
            presence.Link(other, int(link.flow), int(link.volume), link.rule) for other, link in change.linked.items()
        ]
        return presence.Links(change.over, linked, pack_positions(self.places(change.joined)), change.in_earshot)

    def places(self, avatars: Iterable[int]) -> list[Place]:
        """Return where those of the avatars stand that are in the room."""
        here = self._room.avatars
        return [
            (avatar, here[avatar].position.x, here[avatar].position.y, here[avatar].facing)
            for avatar in avatars
            if avatar in here
        ]
