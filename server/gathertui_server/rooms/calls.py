"""What views ask of a room for the sake of sound and picture: to carry them, to show what is on, to pass signals on.

Nothing here waits for a tick: who connects, waits for every one of these.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from gathertui.errors import Code
from gathertui.protocol import codec, media
from gathertui.protocol.base import Failure, Message
from gathertui.world.room import Avatar, Room
from gathertui_server.bus import messages as bus
from gathertui_server.bus.ports import DeliveryBus
from gathertui_server.rooms.carriers import Carriers
from gathertui_server.rooms.conversations import Conversations
from gathertui_server.rooms.speakers import Speakers
from gathertui_server.rooms.statistics import Counts

CallCommand = bus.CarryMedia | bus.SetMedia | bus.Signal


class Calls:
    """Carries out the commands about media of one room.

    `changed` is called with an avatar whose `media` is another than before;
    `newcomers` are the views that have yet to be told of their conversation.
    """

    def __init__(
        self,
        room: Room,
        carriers: Carriers,
        conversations: Conversations,
        speakers: Speakers,
        newcomers: AbstractSet[int],
        out: DeliveryBus,
        counts: Counts,
        changed: Callable[[int], None],
    ) -> None:
        self._room = room
        self._carriers = carriers
        self._conversations = conversations
        self._speakers = speakers
        self._newcomers = newcomers
        self._out = out
        self._counts = counts
        self._changed = changed

    def handle(self, command: CallCommand) -> None:
        """Carry out one command of a view."""
        avatar = self._room.avatar_of(command.view)
        if avatar is None:
            rid = command.rid if isinstance(command, bus.CarryMedia) else 0
            self._refuse(command.view, Code.NOT_IN_ROOM, "You are not in the office.", rid)
            return
        match command:
            case bus.CarryMedia(view, rid):
                self._carry(view, rid, avatar)
            case bus.SetMedia(view, bits):
                if not self._carries(view, avatar):
                    self._refuse(view, Code.NOT_ALLOWED_NOW, "Another view carries your sound and picture.")
                else:
                    self._speakers.update(avatar.id, bits | media.CARRIED)
                    if self._carriers.set_media(avatar.id, bits & ~media.SPEAKING):
                        self._changed(avatar.id)
            case bus.Signal():
                self._relay(command, avatar)

    def leave(self, view: int) -> None:
        """The view leaves the room, or comes in anew: it carries nothing."""
        avatar = self._carriers.release(view)
        if avatar is not None:
            self._speakers.update(avatar, 0)
            self._changed(avatar)

    def _carries(self, view: int, avatar: Avatar) -> bool:
        return self._carriers.view_of(avatar.id) == view

    def _carry(self, view: int, rid: int, avatar: Avatar) -> None:
        before = self._carriers.carry(view, avatar.id)
        if before is not None:
            self._tell(before, media.MediaTaken())
        self._tell(view, media.MediaCarried(rid), answers=rid)
        self._speakers.update(avatar.id, media.CARRIED)
        self._changed(avatar.id)

    def _relay(self, signal: bus.Signal, avatar: Avatar) -> None:
        """Pass a signal on, if both ends know of their link; a link of one way needs signals both ways, too."""
        view, other = signal.view, signal.avatar
        carrier = self._carriers.view_of(other)
        if not self._carries(view, avatar):
            problem = Code.NOT_ALLOWED_NOW, "Another view carries your sound and picture."
        elif view in self._newcomers or not self._conversations.have_told(avatar.id, other):
            problem = Code.NOT_LINKED, "You are not in a conversation with them."
        elif carrier is None or carrier in self._newcomers:
            problem = Code.NOT_ALLOWED_NOW, "They can neither hear nor be heard at the moment."
        else:
            self._counts.signals += 1
            self._tell(carrier, media.Signalled(avatar.id, signal.call, signal.body))
            return
        self._counts.refused_signals += 1
        self._refuse(view, *problem)

    def _refuse(self, view: int, code: Code, message: str, rid: int = 0) -> None:
        self._tell(view, Failure(rid, code, message), answers=rid)

    def _tell(self, view: int, message: Message, *, answers: int = 0) -> None:
        self._out.publish(bus.Direct(view, answers, codec.encode(message)))
