"""How the moving pictures on the screen share what the line to the terminal bears."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, Protocol

from gathertui.terminal.pacing import Ladder, Rung

_RATE_SECONDS: Final = 2.0
"""The rate of pictures is counted over so long."""


class Moving(Protocol):
    """What may be a moving picture."""

    @property
    def moving_cells(self) -> int:
        """Cells that change all the time; 0 for what changes now and then."""


class PicturePace:
    """Says how good each picture may be. Times are in seconds of the monotonic clock."""

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        self._cells = 0
        self._tiles = 0
        self._rung: Rung | None = None
        self._painted: deque[float] = deque(maxlen=256)

    def begin_frame(self, now: float, shown: Iterable[Moving]) -> None:
        """A frame of these is about to be painted."""
        sizes = [canvas.moving_cells for canvas in shown if canvas.moving_cells]
        self._cells, self._tiles = sum(sizes), len(sizes)
        self._rung = self._ladder.rung(now, self._cells) if sizes else None

    @property
    def are_shown(self) -> bool:
        """Whether there are moving pictures on the screen."""
        return self._tiles > 0

    def rung(self, now: float) -> Rung:
        """How pictures may be drawn now, all together."""
        return self._rung or self._ladder.rung(now, self._cells)

    def budget(self, cells: int, now: float) -> int | None:
        """Bytes that one of so many cells may take of the frame; None: as many as it likes."""
        together = self.rung(now).budget_bytes_per_frame
        return None if together is None else together * cells // max(1, self._cells, cells)

    def painted(self, now: float) -> None:
        """One picture was painted."""
        self._painted.append(now)

    def words(self, now: float) -> str:
        """What a status line says about the pictures; empty where none show."""
        if not self._tiles:
            return ""
        return self._ladder.words(now, self.frames_per_second(now))

    def frames_per_second(self, now: float) -> float:
        """How many pictures were painted a second lately, each."""
        lately = sum(now - then <= _RATE_SECONDS for then in self._painted)
        return lately / _RATE_SECONDS / max(1, self._tiles)
