"""What of a peer's packets is taken, so that no flood of them holds us up. Pure: takes the time."""

from __future__ import annotations

from typing import Final, Protocol

from gathertui.media.ratelimit import RateLimit

MAX_SOURCES: Final = 4
"""Sources (SSRC) of one kind of a peer's. There are two at most: what is sent first, and what is sent again."""

MAX_PACKETS: Final = {"audio": 300, "video": 1000}
"""Packets a second, by kind. Ours send 50 and about 100, browsers 100 and 300 at most."""

MAX_ASKED_AGAIN: Final = 100
"""Times a second that a peer is told what we miss."""

MAX_KEYFRAMES_ASKED: Final = 10
"""Times a second that a peer is asked for a key frame."""

KEPT: Final = 128
"""Packets that a sender can send again, as in aiortc: who misses more has to do without."""


class Intake:
    """Which packets of one kind are taken; the rest is dropped unseen."""

    def __init__(self, rate: float, sources: int = MAX_SOURCES) -> None:
        """`rate`: packets a second. Of more sources than `sources` the first count."""
        self._limit = RateLimit(rate)
        self._max_sources = sources
        self._sources: set[int] = set()

    def takes(self, source: int, now: float) -> bool:
        """Whether a packet from this source is taken that came at this time, in seconds."""
        if source not in self._sources:
            if len(self._sources) >= self._max_sources:
                return False
            self._sources.add(source)
        return self._limit.allows(now)

    def knows(self, source: int) -> bool:
        """Whether this source is one of those that packets are taken from."""
        return source in self._sources


class Numbered(Protocol):
    """What is needed of a packet: its place in the row, which starts over after 65535."""

    sequence_number: int


class Missed:
    """The numbers of packets that have not come, to be asked for again.

    Only the last `KEPT` count. A number that is further from the newest begins a new row: to walk
    there would take longer than all else that is done with a packet.
    """

    def __init__(self) -> None:
        self.missing: set[int] = set()
        self._newest: int | None = None

    def add(self, packet: Numbered) -> bool:
        """Note that this one came; say whether one more is missing now."""
        number = packet.sequence_number
        ahead = 0 if self._newest is None else ((number - self._newest + 0x8000) & 0xFFFF) - 0x8000
        if self._newest is None or abs(ahead) > KEPT:
            self.missing.clear()
            self._newest = number
            return False
        if ahead <= 0:
            self.missing.discard(number)
            return False
        passed = {(self._newest + step) & 0xFFFF for step in range(1, ahead)}
        self._newest = number
        self.missing = {each for each in self.missing if (number - each) & 0xFFFF <= KEPT} | passed
        return bool(passed)
