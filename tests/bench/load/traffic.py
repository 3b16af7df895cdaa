"""What the server sent to all clients of a process, counted."""

from __future__ import annotations

import struct
from collections import Counter
from typing import NamedTuple

from gathertui.protocol.positions import Cell, pack_cell

_HEADER = len(pack_cell(Cell(0, 0), []))
_ENTRY = len(pack_cell(Cell(0, 0), [(1, 0, 0, 0)])) - _HEADER
_GONE = len(pack_cell(Cell(0, 0), [], [1])) - _HEADER
_IDS = struct.Struct(f"<H{_ENTRY - 2}x")
_WHOLE = pack_cell(Cell(0, 0), [], whole=True)[0]

_REMEMBERED = 1024


class Blocks(NamedTuple):
    """What is in some cells' blocks: who moved, and how many places were told of cells that are told whole."""

    moved: frozenset[int]
    whole: int


class Traffic:
    """Counts frames and positions. `own` is always the receiver's own avatar, which is news to nobody else."""

    def __init__(self) -> None:
        self.frames: Counter[str] = Counter()
        self.updates = 0
        """Moves of others told."""
        self.snapshots = 0
        """Places told because a cell came into view."""
        self.position_bytes = 0
        """Bytes of the blocks that told both."""
        self._known: dict[bytes, Blocks] = {}

    def count_tick(self, own: int, cells: bytes, followed: bytes) -> None:
        """Count a `Tick`'s positions."""
        self._count(own, cells)
        if followed:
            self._count(own, followed)

    def _count(self, own: int, data: bytes) -> None:
        # Everybody with the same view gets the same bytes.
        blocks = self._known.get(data)
        if blocks is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            blocks = self._known[data] = read_blocks(data)
        self.updates += len(blocks.moved) - (own in blocks.moved)
        self.snapshots += blocks.whole
        self.position_bytes += len(data)


def read_blocks(data: bytes) -> Blocks:
    """Return what is in packed blocks, without looking at a single place."""
    moved: list[int] = []
    whole = at = 0
    while at < len(data):
        flags, here, gone = data[at], data[at + 2], data[at + 3]
        at += _HEADER
        end = at + here * _ENTRY
        if flags & _WHOLE:
            whole += here
        else:
            moved += [avatar for (avatar,) in _IDS.iter_unpack(data[at:end])]
        at = end + gone * _GONE
    return Blocks(frozenset(moved), whole)


def tag_of(frame: bytes) -> str:
    """Return a message's tag: the first item of its array, a string of at most 31 bytes."""
    size = frame[1] & 0x1F
    return frame[2 : 2 + size].decode("ascii")
