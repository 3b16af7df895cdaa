"""What came over the network, put in order again. Pure: knows packets, no clock.

These take the place of aiortc's buffer (see `patches`), which gives out a picture
only when the next one begins, and one a packet: once something was lost, what
piled up behind it is late for the rest of the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

MAX_MISORDER: Final = 100
"""A packet that is late by more begins a new row: the sender did."""

SOUND_WAIT: Final = 2
"""Packets of sound after a gap that are held back, in case what is missing is only late."""

PICTURE_CAPACITY: Final = 512
"""Packets of pictures that are held at most, as in aiortc."""

PATIENCE: Final = 18_000
"""A gap that lasts so long, in 1/90000 s of the pictures' own time, is taken for lost: a key frame is wanted."""

REMINDER: Final = 45_000
"""1/90000 s until it is wanted again."""

_VP8_START: Final = b"\x9d\x01\x2a"
_H264_START: Final = b"\x00\x00\x00\x01"
_MAX_UNITS: Final = 32  # of a picture of H.264 that are looked at


class Packet(Protocol):
    """What is needed of an RTP packet; `_data` is the payload without the codec's header."""

    sequence_number: int
    timestamp: int
    marker: int
    _data: bytes


@dataclass(slots=True)
class Burst:
    """What goes to a decoder at once: packets of sound or whole pictures, in order, `lost` packets before them."""

    units: list[bytes]
    timestamp: int
    lost: int = 0


def begins_keyframe(data: bytes) -> bool:
    """Say whether a key frame of VP8 (RFC 6386, 9.1), or any unit of H.264, begins here."""
    return (data[3:6] == _VP8_START and not data[0] & 1) or data.startswith(_H264_START)


def is_keyframe(unit: bytes) -> bool:
    """Say whether a whole picture can be shown without those before it: VP8, or H.264 with start codes.

    One of H.264 can if it bears parameters or an IDR slice (NAL units 7 and 5, ITU-T H.264 7.4.1).
    """
    if not unit.startswith(_H264_START):
        return begins_keyframe(unit)
    at = 0
    for _ in range(_MAX_UNITS):
        at = unit.find(_H264_START, at)
        if at < 0:
            return False
        at += len(_H264_START)
        if unit[at : at + 1] and unit[at] & 0x1F in (5, 7):
            return True
    return False


def _distance(later: int, earlier: int) -> int:
    """How far a sequence number is ahead of another, from -32768 to 32767."""
    return ((later - earlier + 0x8000) & 0xFFFF) - 0x8000


def _elapsed(later: int, earlier: int) -> int:
    """How far a time stamp is ahead of another, of either sign."""
    return ((later - earlier + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class SoundBuffer:
    """Gives out every packet at once as long as they come in order.

    After a gap it waits for `SOUND_WAIT` more packets, then goes on without.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._held: dict[int, Packet] = {}

    def add(self, packet: Packet) -> tuple[bool, Burst | None]:
        """Return False, and what can be heard now, or None."""
        number = packet.sequence_number
        ahead = 0 if self._next is None else _distance(number, self._next)
        if self._next is None or abs(ahead) >= MAX_MISORDER:
            self._held.clear()
            self._next, ahead = number, 0
        if ahead < 0:
            return False, None
        self._held[number] = packet
        lost = 0
        if ahead and len(self._held) > SOUND_WAIT:
            first = min(self._held, key=lambda held: _distance(held, number))
            lost = _distance(first, self._next)
            self._next = first
        ready: list[Packet] = []
        while (following := self._held.pop(self._next, None)) is not None:
            ready.append(following)
            self._next = (self._next + 1) & 0xFFFF
        if not ready:
            return False, None
        return False, Burst([each._data for each in ready], ready[0].timestamp, lost)


class PictureBuffer:
    """Gives out every picture as soon as all its packets are there: its last one bears RTP's marker.

    One that is incomplete holds up those after it, which build upon it, until what
    is missing was sent again; but not for longer than it takes to get a key frame.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._held: dict[int, Packet] = {}
        self._shown = 0  # the time stamp of the last picture given out
        self._asked: int | None = None  # and of the packet that made us ask for a key frame

    def add(self, packet: Packet) -> tuple[bool, Burst | None]:
        """Return whether to ask for a key frame, and what can be shown now, or None."""
        number = packet.sequence_number
        ahead = 0 if self._next is None else _distance(number, self._next)
        asks = False
        if self._next is None or ahead <= -MAX_MISORDER or ahead >= PICTURE_CAPACITY:
            asks = self._next is not None
            self._restart(packet)
        elif ahead < 0:
            return False, None
        self._held[number] = packet
        burst = self._take_pictures()
        if burst is None and self._is_stuck(packet):
            if self._skip_to_keyframe():
                burst = self._take_pictures()
            elif self._asked is None or _elapsed(packet.timestamp, self._asked) >= REMINDER:
                self._asked = packet.timestamp
                asks = True
        return asks, burst

    def _restart(self, packet: Packet) -> None:
        self._held.clear()
        self._next = packet.sequence_number
        self._shown = packet.timestamp
        self._asked = None

    def _take_pictures(self) -> Burst | None:
        units: list[bytes] = []
        timestamp = 0
        assert self._next is not None
        while picture := self._picture_at(self._next):
            timestamp = picture[0].timestamp
            if unit := b"".join([packet._data for packet in picture]):  # browsers also send padding
                units.append(unit)
            for packet in picture:
                del self._held[packet.sequence_number]
            self._next = (self._next + len(picture)) & 0xFFFF
            self._shown = timestamp
            self._asked = None
        return Burst(units, timestamp) if units else None

    def _picture_at(self, number: int) -> list[Packet]:
        """Return all packets of the picture that begins there, or none if one of them is missing."""
        picture: list[Packet] = []
        while (packet := self._held.get(number)) is not None:
            if picture and packet.timestamp != picture[0].timestamp:
                return picture
            picture.append(packet)
            if packet.marker:
                return picture
            number = (number + 1) & 0xFFFF
        return []

    def _is_stuck(self, newest: Packet) -> bool:
        if _elapsed(newest.timestamp, self._shown) <= PATIENCE:
            return False
        assert self._next is not None
        number = self._next
        while number in self._held:
            number = (number + 1) & 0xFFFF
        return _distance(newest.sequence_number, number) > 0

    def _skip_to_keyframe(self) -> bool:
        """Begin at the next complete key frame, if there is one; say whether there was."""
        start = self._next
        assert start is not None
        for number in sorted(self._held, key=lambda held: _distance(held, start)):
            before = self._held.get((number - 1) & 0xFFFF)
            is_first = before is None or before.timestamp != self._held[number].timestamp
            if is_first and begins_keyframe(self._held[number]._data) and self._picture_at(number):
                for passed in [held for held in self._held if _distance(held, number) < 0]:
                    del self._held[passed]
                self._next = number
                return True
        return False
