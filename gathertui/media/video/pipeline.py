"""From a picture to what is made of it: one's own view, and a frame for each rung that is followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gathertui.media.video.blank import BlankDetector
from gathertui.media.video.encoder import TIME_BASE, Vp8Encoder
from gathertui.media.video.pacing import Pacer
from gathertui.media.video.rungs import RUNGS
from gathertui.media.video.scaling import Sizes, cut, mirrored

if TYPE_CHECKING:
    from gathertui.media.ports import Picture

OWN_SIZE: Final = (320, 240)
OWN_RATE: Final = 15.0
_OWN: Final = 0  # among the rungs' numbers

Active = Mapping[int, int]
"""The rungs that are sent, each with a number that is another each time it begins anew."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of one rung, VP8, of the beginning `generation`, at `pts` in 1/90000 s."""

    rung: int
    generation: int
    data: bytes
    pts: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What was made of one picture. `own`, mirrored, is None where it wasn't due or the lens is covered."""

    own: Picture | None
    is_blank: bool
    frames: tuple[Frame, ...]


class Pipeline:
    """Used by one thread at a time. Times are in seconds, of a clock that never goes back."""

    def __init__(self) -> None:
        self._pacers = {_OWN: Pacer(OWN_RATE)} | {number: Pacer(rung.rate) for number, rung in RUNGS.items()}
        self._encoders: dict[int, Vp8Encoder] = {}
        self._generations: dict[int, int] = {}
        self._last_pts: dict[int, int] = {}
        self._blank = BlankDetector()

    def is_due(self, at: float, tolerance: float, active: Active) -> bool:
        """Whether anything is to be made of a picture of that time, which may come `tolerance` early."""
        return any(self._pacers[number].is_due(at, tolerance) for number in (_OWN, *active))

    def process(self, picture: Picture, at: float, tolerance: float, active: Active, keys: set[int]) -> Taken:
        """Make of a picture, of any size, what is due; `keys` loses those rungs that got a key frame."""
        sizes = Sizes(cut(picture))
        is_own_due = self._pacers[_OWN].is_due(at, tolerance)
        due = [number for number in sorted(active, reverse=True) if self._pacers[number].is_due(at, tolerance)]
        own = None
        if is_own_due:
            self._pacers[_OWN].take(at)
            small = sizes.at(*OWN_SIZE)
            own = None if self._blank.look(at, small) else mirrored(small)
        frames = []
        for number in due:
            self._pacers[number].take(at)
            if not self._blank.is_blank:
                rung = RUNGS[number]
                small = sizes.at(rung.width, rung.height)
                frames.append(self._encode(number, active[number], small, at, keys))
        return Taken(own, self._blank.is_blank, tuple(frames))

    def _encode(self, number: int, generation: int, picture: Picture, at: float, keys: set[int]) -> Frame:
        if number not in self._encoders:
            self._encoders[number] = Vp8Encoder(RUNGS[number])
        key = number in keys or self._generations.get(number) != generation
        keys.discard(number)
        self._generations[number] = generation
        # Pictures may follow each other within one tick, but their time stamps must differ.
        pts = max(int(at / TIME_BASE), self._last_pts.get(number, 0) + 1)
        self._last_pts[number] = pts
        return Frame(number, generation, self._encoders[number].encode(picture, pts, key=key), pts)
