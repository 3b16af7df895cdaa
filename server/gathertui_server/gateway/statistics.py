"""What the gateway counts, for metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from gathertui.errors import Code


@dataclass(frozen=True, slots=True)
class GatewayStatistics:
    """The figures of one gateway at a moment. Those called `..._total` only grow while the server runs."""

    connections: int
    """Connections that are open."""
    connections_total: int
    """Connections that were opened."""
    views: int
    """Connections that see the room."""
    slow_connections: int
    """Connections that can't take a frame now."""
    waiting_bytes: int
    """Bytes that wait in outboxes for slow connections; what their sockets hold is not counted."""
    frames_in_total: int
    """Messages received."""
    bytes_in_total: int
    """Bytes received, handshakes and websocket headers too."""
    frames_out_total: int
    """Messages written."""
    bytes_out_total: int
    """Bytes of the messages written, with their websocket headers."""
    skipped_ticks_total: int
    """Ticks that were left out for slow connections, one a tick and connection."""
    failures_total: Mapping[Code, int]
    """Messages that were answered with a failure of this code: what is too much, what can't be read, and so on."""
    closings_total: Mapping[Code, int]
    """Connections that this end closed, for this reason."""
    silent_total: int
    """Connections that were cut because nothing was heard of them."""


class Counts:
    """What all connections of a gateway count together. One attribute each: most are touched with every frame."""

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "closings",
        "connections",
        "failures",
        "frames_in",
        "frames_out",
        "silent",
        "skipped_ticks",
    )

    def __init__(self) -> None:
        self.connections = self.silent = self.skipped_ticks = 0
        self.frames_in = self.bytes_in = self.frames_out = self.bytes_out = 0
        self.failures: Counter[Code] = Counter()
        self.closings: Counter[Code] = Counter()
