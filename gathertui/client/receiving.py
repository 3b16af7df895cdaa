"""What the server says, brought into the copies of the room and of the channels."""

from __future__ import annotations

from gathertui.client.chatlog import ChatLog
from gathertui.client.events import OfficeEvent
from gathertui.client.roomcopy import RoomCopy
from gathertui.protocol import chat, presence
from gathertui.protocol.base import Message


def bring_in(message: Message, room: RoomCopy, log: ChatLog) -> list[OfficeEvent]:
    """Take over what a message says, and return what happened. Raises `BadFrame`, `MapError`."""
    match message:
        case presence.Tick():
            return room.tick(message)
        case presence.Whereabouts():
            return room.hear_whereabouts(message)
        case presence.StepRefused():
            return room.refuse_step(message)
        case presence.Entered():
            return room.enter(message)
        case presence.Roster():
            return room.call_roll(message)
        case presence.Links():
            return room.link(message)
        case chat.Posted(posted):
            return log.post(posted)
        case chat.Listening(channels=channels):
            return log.list_channels(channels)
    return []
