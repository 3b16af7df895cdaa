"""The views in the room: what each is told of what happens there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Generic, Protocol, TypeVar

from gathertui.protocol.positions import Viewport, first_viewport
from gathertui_server.bus import messages as bus
from gathertui_server.bus.ports import RoomBus
from gathertui_server.gateway.mosaic import Mosaic
from gathertui_server.gateway.sight import Sight
from gathertui_server.gateway.tick import NOTHING_IN_VIEW, TickFrames


class View(Protocol):
    """A connection, as far as the room concerns it. `ack` is its last settled step."""

    id: int
    ack: int

    def send_frame(self, frame: bytes) -> None:
        """Send a frame that must arrive."""

    def send_tick(self, frames: TickFrames, followed: Sequence[bytes] = ()) -> None:
        """Send a tick, and blocks of those who are followed.

        Cells that can't be taken now are made good by `make_whole`; who is followed arrives in any case.
        """


V = TypeVar("V", bound=View)


class Views(Generic[V]):
    """All views of this gateway that are in the room, and where they look."""

    def __init__(self, rooms: RoomBus) -> None:
        self._rooms = rooms
        self._views: dict[int, V] = {}
        self._sight: Sight[V] = Sight()

    def __len__(self) -> int:
        return len(self._views)

    def join(self, view: V, x: int, y: int) -> None:
        """The view is in the room, its avatar at (x, y), and was just told where everybody is."""
        self._views[view.id] = view
        self._sight.look(view, first_viewport(x, y))

    def leave(self, view_id: int) -> None:
        """The view is told nothing more."""
        view = self._views.pop(view_id, None)
        if view is not None:
            self._sight.close_eyes(view)

    def look(self, view: V, viewport: Viewport) -> None:
        """Let a view look elsewhere, and get it the cells that it did not see before."""
        fresh = self._sight.look(view, viewport)
        if fresh:
            self._rooms.send(bus.AskCells(view.id, [(cell.x, cell.y) for cell in fresh]))

    def make_whole(self, view: V, cells: Collection[tuple[int, int]]) -> None:
        """Get a view that missed ticks the cells concerned, as far as it still looks there, and what is settled."""
        viewport = self._sight.viewport(view)
        missed = [cell for cell in cells if viewport is not None and viewport.sees(cell)]
        if missed:
            self._rooms.send(bus.AskCells(view.id, missed))
        elif viewport is not None:
            view.send_tick(NOTHING_IN_VIEW)

    def deliver(self, delivery: bus.Moves | bus.WholeCells | bus.Broadcast | bus.Conversations) -> None:
        """Tell the views concerned."""
        match delivery:
            case bus.Moves():
                self._deliver_moves(delivery)
            case bus.Broadcast():
                for view in self._views.values():
                    view.send_frame(delivery.frame)
            case bus.WholeCells():
                self._deliver_whole_cells(delivery)
            case bus.Conversations():
                for view_id, frame in delivery.frames.items():
                    if view_id in self._views:
                        self._views[view_id].send_frame(frame)

    def _deliver_moves(self, moves: bus.Moves) -> None:
        followed: dict[int, list[bytes]] = {}
        for block, views in moves.followed:
            for view_id in views:
                followed.setdefault(view_id, []).append(block)
        for view_id, ack in moves.acks.items():
            view = self._views.get(view_id)
            if view is not None:
                view.ack = ack
        # Those concerned though they see none of the cells: their own step, or somebody they follow.
        apart = followed.keys() | moves.acks.keys()
        mosaic = Mosaic(moves.cells)
        for crowd in self._sight.watching(moves.cells):
            cells = mosaic.view(crowd.viewport)
            if not cells:
                continue
            frames = TickFrames(cells, crowd.viewport)
            apart -= crowd.onlookers.keys()
            for view_id, view in crowd.onlookers.items():
                view.send_tick(frames, followed.get(view_id, ()))
        for view_id in apart:
            view = self._views.get(view_id)
            if view is not None:
                view.send_tick(NOTHING_IN_VIEW, followed.get(view_id, ()))

    def _deliver_whole_cells(self, whole: bus.WholeCells) -> None:
        view = self._views.get(whole.view)
        if view is not None:
            view.ack = max(view.ack, whole.ack)
            view.send_tick(TickFrames(whole.cells))
