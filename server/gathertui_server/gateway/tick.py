"""The frames of one tick: the cells are encoded once for all who see the same, only the acknowledgement differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gathertui.protocol import codec, presence
from gathertui.protocol.positions import Cell, Viewport, unpack_cells, unseen_blocks

_PREFIX_END: Final = codec.encode(presence.Tick(0, b"")).index(b"tick") + len(b"tick")
_PREFIX: Final = codec.encode(presence.Tick(0, b""))[:_PREFIX_END]


def _encode_uint(value: int) -> bytes:
    """MessagePack's shortest form of an unsigned integer below 2**32."""
    if value < 0x80:
        return bytes((value,))
    if value < 0x100:
        return bytes((0xCC, value))
    if value < 0x10000:
        return b"\xcd" + value.to_bytes(2, "big")
    return b"\xce" + value.to_bytes(4, "big")


def _encode_bin(data: bytes) -> bytes:
    """MessagePack's form of binary data below 4 GiB."""
    size = len(data)
    if size < 0x100:
        return bytes((0xC4, size)) + data
    if size < 0x10000:
        return b"\xc5" + size.to_bytes(2, "big") + data
    return b"\xc6" + size.to_bytes(4, "big") + data


class TickFrames:
    """Makes `Tick` frames of the same cells; equal to encoding each, at a fraction of the cost.

    `viewport` is where those look who get them, where they do see the cells.
    """

    __slots__ = ("_blocks", "_cells", "_suffix", "_viewport")

    def __init__(self, cells: bytes, viewport: Viewport | None = None) -> None:
        self._blocks = cells
        self._cells = _encode_bin(cells)
        self._suffix = self._cells + _encode_bin(b"")
        self._viewport = viewport

    def cells(self) -> Iterator[Cell]:
        """Yield the cells that this tick tells of; only those who miss it need to know."""
        for block in unpack_cells(self._blocks):
            yield block.cell

    def frame(self, ack: int, followed: Sequence[bytes] = ()) -> bytes:
        """Return the frame that acknowledges step `ack`.

        `followed` are blocks of single avatars for this client alone; those in view are left out.
        """
        if followed:
            unseen = unseen_blocks(followed, self._viewport) if self._viewport is not None else b"".join(followed)
            if unseen:
                return _PREFIX + _encode_uint(ack) + self._cells + _encode_bin(unseen)
        return _PREFIX + _encode_uint(ack) + self._suffix


NOTHING_IN_VIEW: Final = TickFrames(b"")
"""For clients that see none of what moved."""
