"""The client's copy of the office, for callers to read."""

from __future__ import annotations

from collections.abc import Mapping

from gathertui.client.chatlog import ChannelState, ChatLog
from gathertui.client.events import ConnectionState
from gathertui.client.outbox import PendingMessage
from gathertui.client.prediction import StepOutcome
from gathertui.client.roomcopy import RoomCopy
from gathertui.protocol.presence import RECEIVE, Avatar, Link
from gathertui.world.tilemap import TileMap

__all__ = ["ChannelState", "ConnectionState", "OfficeModel", "PendingMessage", "StepOutcome"]


class OfficeModel:
    """The room, the people in it, the channels, and how the connection is.

    Your own avatar in `avatars`, which is `me` too, stands where prediction puts it.
    """

    def __init__(self, room: RoomCopy, chat: ChatLog) -> None:
        self._room = room
        self._chat = chat
        self.state = ConnectionState.OFFLINE
        self.retry_at: float | None = None
        """When the next attempt to connect is due, on the client's clock."""

    @property
    def room(self) -> str:
        """The room's name; empty before it was entered."""
        return self._room.name

    @property
    def tilemap(self) -> TileMap:
        """The room's map. Raises LookupError before the room was entered."""
        if self._room.tilemap is None:
            raise LookupError("there is no map before the room is entered")
        return self._room.tilemap

    @property
    def you(self) -> int:
        """The id of your own avatar; 0 before the room was entered."""
        return self._room.you

    @property
    def me(self) -> Avatar:
        """Your own avatar. Raises LookupError before the room was entered."""
        return self._room.avatars[self._room.you]

    @property
    def avatars(self) -> Mapping[int, Avatar]:
        """Everybody in the room, by avatar id; who is not `in_sight` is where they were seen last."""
        return self._room.avatars

    @property
    def in_sight(self) -> list[Avatar]:
        """Those whose place is known to be current: in view, followed, or you."""
        return [self._room.avatars[avatar] for avatar in self._room.in_sight]

    @property
    def conversation(self) -> Mapping[int, Link]:
        """With whom you exchange sound and picture, by avatar id."""
        return self._room.conversation

    @property
    def in_earshot(self) -> int:
        """How many you would hear if all could be carried; `heard` says how many you do."""
        return self._room.in_earshot

    @property
    def heard(self) -> int:
        """How many you hear."""
        return sum(1 for link in self._room.conversation.values() if link.flow & RECEIVE)

    @property
    def channels(self) -> Mapping[str, ChannelState]:
        """The channels by name, in the server's order."""
        return self._chat.channels
