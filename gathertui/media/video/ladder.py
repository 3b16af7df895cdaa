"""Which pictures each peer gets: what they want, as far as the crowd, their connection and our processor let us.

Pure: it is told the time, and asked a few times a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from gathertui.media.quality import Quality
from gathertui.protocol.media import LARGE_PICTURES, MEDIUM_PICTURES, NO_PICTURES, SMALL_PICTURES

MOST_MEDIUM: Final = 3
"""With more peers than that the pictures are small."""

POOR_SECONDS: Final = 3.0
"""So long things must go badly before a rung is left."""
GOOD_SECONDS: Final = 10.0
"""So long they must go well before the next is tried."""
LONGEST_GOOD_SECONDS: Final = 160.0
"""What that grows to where the next rung proved too high again and again."""
PROVEN_SECONDS: Final = 60.0
"""A rung that was tried and held for so long was no mistake."""


class Demand(Protocol):
    """What a peer wants to see, at most, and how the connection to them is; None while nobody knows."""

    @property
    def wants(self) -> int: ...  # noqa: D102
    @property
    def quality(self) -> Quality | None: ...  # noqa: D102


class VideoLadder:
    """Remembers how well it went, so that nobody's pictures change back and forth."""

    def __init__(self) -> None:
        self._links: dict[int, _Climber] = {}
        self._processor = _Climber()
        self._focus: int | None = None

    def rungs(self, now: float, demands: Mapping[int, Demand], peers: int, cpu_late: bool) -> dict[int, int]:
        """Return the rung of everybody in `demands`, `NO_PICTURES` to `LARGE_PICTURES`.

        `now` is in seconds and never goes back, `peers` says how many are
        connected, and `cpu_late` that this machine doesn't keep up.
        """
        self._links = {avatar: self._links.get(avatar) or _Climber() for avatar in demands}
        # In a crowd one peer may have large pictures: who had them, else the lowest number.
        eager = sorted(avatar for avatar, demand in demands.items() if demand.wants >= LARGE_PICTURES)
        if self._focus not in eager:
            self._focus = eager[0] if eager else None
        crowd = MEDIUM_PICTURES if peers <= MOST_MEDIUM else SMALL_PICTURES
        most = {
            avatar: min(demand.wants, LARGE_PICTURES if avatar == self._focus else crowd)
            for avatar, demand in demands.items()
        }
        highest = max(most.values(), default=NO_PICTURES)
        processor = self._processor.limit(now, highest, Quality.POOR if cpu_late else Quality.GOOD)
        return {
            avatar: min(most[avatar], processor, self._links[avatar].limit(now, most[avatar], demand.quality))
            for avatar, demand in demands.items()
        }


class _Climber:
    """A limit that falls a rung when things went badly for a while, and rises when they went well for longer.

    A rung that has to be left soon after it was tried takes twice as long to be tried again.
    """

    def __init__(self) -> None:
        self._limit = LARGE_PICTURES
        self._quality: Quality | None = None
        self._since = 0.0  # when the quality became what it is, or the limit last changed
        self._patience = GOOD_SECONDS
        self._rose_at: float | None = None

    def limit(self, now: float, most: int, quality: Quality | None) -> int:
        """Return the highest rung that may be used, where `most` is the highest that would be."""
        if quality is not self._quality:
            self._quality, self._since = quality, now
        if self._rose_at is not None and now - self._rose_at >= PROVEN_SECONDS:
            self._rose_at, self._patience = None, GOOD_SECONDS
        held = now - self._since
        if quality is Quality.POOR and held >= POOR_SECONDS:
            self._fall(now, min(most, self._limit) - 1)
        elif quality is Quality.GOOD and held >= self._patience and self._limit < LARGE_PICTURES:
            # A rung that nobody would use proves nothing, and does no harm.
            if most > self._limit:
                self._rose_at = now
            self._limit += 1
            self._since = now
        return self._limit

    def _fall(self, now: float, limit: int) -> None:
        self._since = now
        limit = max(limit, SMALL_PICTURES)
        if limit < self._limit and self._rose_at is not None:
            self._patience = min(2 * self._patience, LONGEST_GOOD_SECONDS)
            self._rose_at = None
        self._limit = min(limit, self._limit)
