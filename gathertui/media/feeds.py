"""Encode once, send to many: packets of one encoder go to the tracks of all peers that follow it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Literal, Protocol

Kind = Literal["audio", "video"]

KEYFRAME_PAUSE: Final = 0.5
"""Seconds between two wishes for a key frame in the long run, however many peers ask."""

KEYFRAME_BURST: Final = 3
"""So many may follow each other sooner: peers that join together shall not wait for each other's pause."""


def is_keyframe(data: bytes) -> bool:
    """Say whether a VP8 frame can be shown without those before it (RFC 6386, 9.1: the first bit is 0)."""
    return bool(data) and not data[0] & 1


class Follower(Protocol):
    """Whoever gets a feed's packets."""

    def packet_came(self, data: bytes, pts: int, keyframe: bool) -> None:
        """Take a packet, or leave it; never wait."""
        ...

    def silenced(self) -> None:
        """Let nothing leave any more of the packets that came so far."""
        ...


class PacketFeed:
    """Where an encoder puts its packets, on the event loop's thread: Opus packets or VP8 frames.

    `on_keyframe_wanted` is called when a peer lacks a key frame; wishes are put
    together, and limited to one every `KEYFRAME_PAUSE` and `KEYFRAME_BURST` at once.
    """

    def __init__(self, kind: Kind, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.kind: Kind = kind
        self.on_keyframe_wanted: Callable[[], None] | None = None
        self._clock = clock
        self._followers: list[Follower] = []
        self._wanted = False
        self._asked_at = float("-inf")
        self._credit = float(KEYFRAME_BURST)

    @property
    def subscribers(self) -> int:
        """How many get its packets. While nobody does there is no need to encode. It may be asked from any thread."""
        return len(self._followers)

    def put(self, data: bytes, pts: int) -> None:
        """Hand a packet to everybody who follows. `pts` counts samples at 48 kHz for audio, 1/90000 s for video."""
        keyframe = self.kind == "audio" or is_keyframe(data)
        if self._wanted:
            if keyframe:
                self._wanted = False
            elif self._clock() - self._asked_at >= KEYFRAME_PAUSE:
                self._ask_for_keyframe()
        for follower in tuple(self._followers):
            follower.packet_came(data, pts, keyframe)

    def silence(self) -> None:
        """What was put is switched off: have nothing of it leave any more, not even again to who missed it."""
        for follower in tuple(self._followers):
            follower.silenced()

    def want_keyframe(self) -> None:
        """Ask the encoder for a key frame; again, later, if it was asked a moment ago and none has come."""
        if self.kind == "video" and not self._wanted:
            self._wanted = True
            self._ask_for_keyframe()

    def _ask_for_keyframe(self) -> None:
        now = self._clock()
        credit = min(KEYFRAME_BURST, self._credit + (now - self._asked_at) / KEYFRAME_PAUSE)
        if self.on_keyframe_wanted is not None and credit >= 1:
            self._asked_at, self._credit = now, credit - 1
            self.on_keyframe_wanted()

    def add(self, follower: Follower) -> None:
        """Give it the packets from here on."""
        self._followers.append(follower)

    def remove(self, follower: Follower) -> None:
        """Give it none any more."""
        self._followers.remove(follower)
