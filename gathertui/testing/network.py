"""A network that loses and delays what one connection sends, the same way each time; and counts it.

It sits below the encryption: what it counts is what leaves. Nothing global is
changed, so connections without it are as they are.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from gathertui.media.peer import Peer

_FIRST_RTP, _LAST_RTP = 128, 191  # of a datagram's first byte (RFC 7983)
_RTCP: Final = range(192, 224)  # of its second (RFC 5761)

Send = Callable[[bytes], Awaitable[None]]


class ScriptedNetwork:
    """What lies between one peer and the other, in one direction: put it below each `Peer` with `attach`.

    `loss` is a part of 1, `delay` and `jitter` seconds; which datagrams are lost and
    how late each is depends on `seed` alone. Handshakes are not lost, only delayed.
    """

    def __init__(self, seed: int = 0, *, loss: float = 0.0, delay: float = 0.0, jitter: float = 0.0) -> None:
        self.loss = loss
        self.delay = delay
        self.jitter = jitter
        self.sent: Counter[str] = Counter()
        """Datagrams that were sent, lost ones too: of "audio", "video" (both RTP), "control" (RTCP) and "handshake"."""
        self.lost: Counter[str] = Counter()
        self._chance = random.Random(seed)

    def attach(self, peer: Peer) -> None:
        """Have everything that this peer sends go through here."""
        transport = peer.transport
        through: Send = transport._send

        async def send(data: bytes) -> None:
            kind = _kind(peer, data)
            self.sent[kind] += 1
            if kind != "handshake" and self._chance.random() < self.loss:
                self.lost[kind] += 1
                return
            late = self.delay + self.jitter * self._chance.random()
            if late:
                asyncio.get_running_loop().call_later(late, _begin, through, data)
            else:
                await through(data)

        transport._send = send


def _begin(through: Send, data: bytes) -> None:
    async def send() -> None:
        try:
            await through(data)
        except ConnectionError:
            return  # it was closed meanwhile

    # It ends within one turn of the loop: a datagram is sent or dropped, never waited for.
    task = asyncio.ensure_future(send())
    task.add_done_callback(lambda done: done.exception())


def _kind(peer: Peer, data: bytes) -> str:
    if not _FIRST_RTP <= data[0] <= _LAST_RTP:
        return "handshake"
    if data[1] in _RTCP:
        return "control"
    return peer.sources().get(int.from_bytes(data[8:12], "big"), "unknown")
