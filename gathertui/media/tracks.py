"""A WebRTC track of encoded packets, which can be switched from one feed to another, or to none, while it runs."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from gathertui.media.feeds import Kind, PacketFeed
from gathertui.media.ports import SAMPLE_RATE
from gathertui.media.timeline import Timeline

VIDEO_RATE: Final = 90_000
"""Units a second of a picture's time stamp (RFC 7741)."""

DEPTH: Final[dict[Kind, int]] = {"audio": 10, "video": 4}
"""Packets that may wait for the network. More only makes what is seen and heard older."""

_RATE: Final[dict[Kind, int]] = {"audio": SAMPLE_RATE, "video": VIDEO_RATE}


class PacketTrack(MediaStreamTrack):
    """Yields the packets of the feed that it follows; while it follows none, or none come, `recv` waits.

    What is sent by it has one row of time stamps, whatever it follows and however
    long it paused. Who reads too slowly misses sound, and pictures until the next
    key frame; so does who has not begun to read.
    """

    def __init__(self, kind: Kind, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.kind: Kind = kind
        self._clock = clock
        self._feed: PacketFeed | None = None
        self.on_cut: Callable[[], None] | None = None
        """Called when nothing of what it yielded is to be sent again."""
        self._timeline = Timeline(_RATE[kind])
        self._time_base = Fraction(1, _RATE[kind])
        self._packets: deque[tuple[bytes, int]] = deque()
        self._reading = False
        self._needs_keyframe = True
        self._wake: asyncio.Future[None] | None = None

    @property
    def feed(self) -> PacketFeed | None:
        """What it follows."""
        return self._feed

    def follow(self, feed: PacketFeed | None) -> None:
        """Yield this feed's packets from here on, and nothing of what the one before has left."""
        if feed is self._feed:
            return
        if self._feed is not None:
            self._feed.remove(self)
        self._feed = feed
        self._cut()
        self._timeline.change_source()
        self._needs_keyframe = True
        if feed is not None:
            feed.add(self)
            if self._reading:
                feed.want_keyframe()

    def silenced(self) -> None:
        """Yield nothing of what the feed has put so far; see `PacketFeed.silence`."""
        if self._packets and self.kind == "video":
            self._needs_keyframe = True
            self.want_keyframe()
        self._cut()

    def _cut(self) -> None:
        self._packets.clear()
        if self.on_cut is not None:
            self.on_cut()

    def want_keyframe(self) -> None:
        """Tell the encoder that the peer can't show what it gets."""
        if self._feed is not None:
            self._feed.want_keyframe()

    def packet_came(self, data: bytes, pts: int, keyframe: bool) -> None:
        """Take a packet of the feed; see `PacketFeed.put`."""
        if not self._reading or (self._needs_keyframe and not keyframe):
            return
        self._needs_keyframe = False
        if len(self._packets) >= DEPTH[self.kind]:
            if self.kind == "video":
                self._needs_keyframe = True
                self.want_keyframe()
                return
            self._packets.popleft()
        self._packets.append((data, self._timeline.stamp(pts, self._clock())))
        self._awake()

    async def recv(self) -> av.Packet[Any]:
        """Return the next packet. Raises `MediaStreamError` when the track has ended."""
        if not self._reading:
            self._reading = True
            self.want_keyframe()
        while not self._packets:
            if self.readyState != "live":
                raise MediaStreamError
            self._wake = asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None
        data, stamp = self._packets.popleft()
        packet = av.Packet(data)
        packet.pts = stamp
        packet.time_base = self._time_base
        return packet

    def stop(self) -> None:
        """End: leave the feed, and have `recv` raise."""
        self.follow(None)
        super().stop()
        self._awake()

    def _awake(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


def subscribe(feed: PacketFeed) -> PacketTrack:
    """Return a track that yields every packet of this feed from here on."""
    track = PacketTrack(feed.kind)
    track.follow(feed)
    return track
