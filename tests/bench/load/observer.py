"""A client that looks closely: it keeps the product's own copy of the room."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Mapping

from gathertui.client.events import AvatarsMoved, OfficeEvent
from gathertui.client.roomcopy import RoomCopy
from gathertui.protocol import codec, presence
from gathertui.protocol.positions import Viewport, cell_of
from load.steps import StepLog
from load.traffic import read_blocks

Place = tuple[int, int, int]
"""x, y and facing."""


class ReadingDesk:
    """Where frames wait for observers, which read one a turn of the loop: no socket waits for their reading.

    Until `open` nothing is read at all, so as not to slow the entering.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[Observer, bytes, float]] = deque()
        self._open = False

    def put(self, observer: Observer, frame: bytes, at: float) -> None:
        """Let `observer` read a frame that came at `at`."""
        self._waiting.append((observer, frame, at))
        if self._open and len(self._waiting) == 1:
            self._loop.call_soon(self._run)

    def _run(self) -> None:
        observer, frame, at = self._waiting[0]
        observer.read(frame, at)
        self._waiting.popleft()
        if self._waiting:
            self._loop.call_soon(self._run)

    async def open(self) -> None:
        """Read what waits, and from here on what comes."""
        while self._waiting:
            observer, frame, at = self._waiting.popleft()
            observer.read(frame, at)
            await asyncio.sleep(0)
        self._open = True

    @property
    def is_clear(self) -> bool:
        """Whether all was read."""
        return not self._waiting


class Observer:
    """Reads everything that one client is sent.

    The copy is told of no step of the client's own, so that even its own place is the server's word alone.
    """

    def __init__(self, log: StepLog) -> None:
        self._log = log
        self._copy = RoomCopy()
        self._viewport: Viewport | None = None
        self._seen: dict[int, int] = {}  # the last step read of each avatar that is in sight
        self._ticked = 0.0

    def read(self, frame: bytes, at: float) -> None:
        """Take over what a frame says, which came at `at`."""
        message = codec.decode_server(frame)
        for event in self._apply(message):
            if isinstance(event, AvatarsMoved):
                self._note(event.ids, at)
        match message:
            case presence.Tick() if read_blocks(message.cells).moved:  # else it is what came into view
                self._ticked = at
            case presence.Entered() if self._viewport is not None:
                self._copy.look(self._viewport)

    def _apply(self, message: codec.ServerMessage | None) -> list[OfficeEvent]:
        copy = self._copy
        match message:
            case presence.Tick():
                return copy.tick(message)
            case presence.Links():
                return copy.link(message)
            case presence.Roster():
                return copy.call_roll(message)
            case presence.Whereabouts():
                return copy.hear_whereabouts(message)
            case presence.StepRefused():
                return copy.refuse_step(message)
            case presence.Entered():
                return copy.enter(message)
            case _:
                return []

    def _note(self, moved: Collection[int], at: float) -> None:
        for avatar in moved:
            if avatar == self._copy.you or avatar not in self._log.steps:
                continue
            if avatar not in self._copy.in_sight:
                self._seen.pop(avatar, None)
                continue
            last = self._seen.get(avatar)
            if last is None:  # it came into view, perhaps long after its last step
                self._seen[avatar] = self._log.newest(avatar)
            else:
                self._seen[avatar] = self._log.read(avatar, self._place(avatar), at, last, self._ticked)

    def _place(self, avatar: int) -> Place:
        known = self._copy.avatars[avatar]
        return known.x, known.y, known.facing

    def look(self, viewport: Viewport) -> None:
        """The client looks elsewhere."""
        self._viewport = viewport
        if self._copy.look(viewport):
            in_sight = self._copy.in_sight
            self._seen = {avatar: seq for avatar, seq in self._seen.items() if avatar in in_sight}

    def check(self, places: Mapping[int, Place]) -> tuple[int, int]:
        """Compare with where everybody really is; return how many places were compared and how many were wrong.

        Compared is everybody in the cells in view, and whoever is thought to be in sight.
        """
        copy = self._copy
        compared = wrong = 0
        for avatar, place in places.items():
            in_view = copy.viewport is not None and copy.viewport.sees(cell_of(place[0], place[1]))
            if not in_view and avatar not in copy.in_sight:
                continue
            compared += 1
            if avatar not in copy.in_sight or self._place(avatar) != place:
                wrong += 1
        return compared, wrong
