"""Where the others are drawn, while the model knows already where they are."""

from __future__ import annotations

from gathertui.client.chatlog import ChatLog
from gathertui.client.events import AvatarsMoved
from gathertui.client.model import OfficeModel
from gathertui.client.outbox import Outbox
from gathertui.client.roomcopy import RoomCopy
from gathertui.protocol import presence
from gathertui.protocol.base import Account, Role
from gathertui.protocol.positions import Cell, Viewport, pack_cell, pack_positions
from gathertui.testing.office import SMALL_MAP
from gathertui.ui.crowd import Crowd

YOU, GRACE = 1, 2


class Room:
    """A room with you and grace, whose news come by hand."""

    def __init__(self) -> None:
        self.copy = RoomCopy()
        self.model = OfficeModel(self.copy, ChatLog(Outbox()))
        self.crowd = Crowd(self.model)
        self.enter((1, 1), (3, 2))

    def enter(self, you: tuple[int, int], grace: tuple[int, int]) -> None:
        avatars = [
            presence.Avatar(number, Account(f"id-{number}", name, Role.MEMBER, number), name[:2], x, y, 1)
            for number, name, (x, y) in ((YOU, "ada", you), (GRACE, "grace", grace))
        ]
        self.copy.enter(presence.Entered(1, "Hall", SMALL_MAP, YOU, avatars))

    def tick(self, now: float, *positions: tuple[int, int, int, int]) -> None:
        for event in self.copy.tick(presence.Tick(0, pack_positions(positions))):
            assert isinstance(event, AvatarsMoved)
            self.crowd.move(event.ids, now)

    def places(self, now: float) -> dict[int, tuple[int, int]]:
        return {avatar.id: (avatar.x, avatar.y) for avatar in self.crowd.drawn(now)}


def test_others_walk_to_where_they_are_and_you_are_there() -> None:
    room = Room()
    assert room.places(10.0) == {YOU: (1, 1), GRACE: (3, 2)}
    assert room.crowd.wait(10.0) is None
    room.tick(10.0, (YOU, 4, 1, 1), (GRACE, 6, 2, 1))
    assert room.places(10.0) == {YOU: (4, 1), GRACE: (4, 2)}
    wait = room.crowd.wait(10.0)
    assert wait is not None and 0 < wait <= 0.1
    assert room.places(10.15) == {YOU: (4, 1), GRACE: (5, 2)}
    assert room.places(10.3) == {YOU: (4, 1), GRACE: (6, 2)}
    assert room.crowd.wait(10.3) is None


def test_everything_else_is_as_it_is_while_somebody_walks() -> None:
    room = Room()
    room.places(10.0)
    room.tick(10.0, (GRACE, 6, 2, 1))
    her = next(avatar for avatar in room.crowd.drawn(10.0) if avatar.id == GRACE)
    assert her.account.name == "grace"
    assert (room.model.avatars[GRACE].x, her.x) == (6, 4)


def test_who_comes_into_sight_is_there_at_once() -> None:
    room = Room()
    room.places(10.0)
    room.copy.look(Viewport(4, 0, 5, 1))
    assert room.places(10.1) == {YOU: (1, 1)}
    room.copy.look(Viewport(0, 0, 2, 1))
    room.tick(10.2, (GRACE, 5, 2, 1))
    assert room.places(10.2)[GRACE] == (5, 2)


def test_who_leaves_the_room_on_their_way_is_gone() -> None:
    room = Room()
    room.places(10.0)
    room.tick(10.0, (GRACE, 9, 2, 1))
    room.copy.call_roll(presence.Roster([GRACE], []))
    assert room.places(10.1) == {YOU: (1, 1)}
    assert room.crowd.wait(10.1) is None


def test_coming_in_again_shows_everybody_where_they_are() -> None:
    room = Room()
    room.places(10.0)
    room.tick(10.0, (GRACE, 9, 2, 1))
    room.enter((2, 2), (6, 3))
    assert room.places(10.1) == {YOU: (2, 2), GRACE: (6, 3)}
    assert room.crowd.wait(10.1) is None


def test_a_move_before_the_first_picture_walks_nowhere() -> None:
    room = Room()
    room.tick(10.0, (GRACE, 5, 2, 1))
    assert room.places(10.0)[GRACE] == (5, 2)
    room.tick(10.1, (GRACE, 5, 3, 2))
    block = pack_cell(Cell(0, 0), [(YOU, 1, 1, 1)], whole=True)
    room.copy.tick(presence.Tick(0, block))  # she is nowhere to be seen
    assert room.places(10.2) == {YOU: (1, 1)}
