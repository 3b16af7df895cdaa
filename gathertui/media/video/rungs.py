"""The sizes in which pictures are sent: the rungs of a ladder, few and far apart, so that a change can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gathertui.protocol.media import LARGE_PICTURES, MEDIUM_PICTURES, SMALL_PICTURES


@dataclass(frozen=True, slots=True)
class Rung:
    """Pictures of one size: pixels, pictures a second, bits a second."""

    number: int
    width: int
    height: int
    rate: int
    bitrate: int


RUNGS: Final = {
    rung.number: rung
    for rung in (
        Rung(SMALL_PICTURES, 160, 120, 12, 150_000),
        Rung(MEDIUM_PICTURES, 320, 240, 15, 300_000),
        Rung(LARGE_PICTURES, 640, 480, 24, 800_000),
    )
}
"""By number, from small to large. All are 4:3, and each half as wide as the next."""
