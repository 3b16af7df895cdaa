"""What the loudspeaker plays, for the echo canceller: block by block in step with the microphone."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from gathertui.media.ports import BLOCK, SAMPLE_RATE, Block, Sound

_MOST: Final = SAMPLE_RATE // 2
_WINDOW: Final = 200  # blocks between looks at how much is spare
_SPARE: Final = 2 * BLOCK


class FarEnd:
    """Carries sound from the loudspeaker's thread to the microphone's; neither waits for the other.

    The canceller finds out how much later the echo comes; it needs that to stay
    the same, and the echo never to come before its cause. So as little as possible
    waits here, and what proves to be spare for 2 s, as it does when the
    loudspeaker's clock is the faster one, is dropped.
    """

    def __init__(self) -> None:
        self._chunks: deque[Sound] = deque()
        self._played = 0  # written by the loudspeaker's thread
        self._taken = 0  # written by the microphone's
        self._rest: Sound = np.zeros(0, np.float32)
        self._least = _MOST
        self._blocks = 0

    def play(self, sound: Sound) -> None:
        """Note what is played; lost while nobody takes it."""
        if self._played - self._taken + len(sound) <= _MOST:
            self._chunks.append(sound)
            self._played += len(sound)

    def restart(self) -> None:
        """Forget what waits: the microphone begins anew."""
        self._gather(_MOST)
        self._drop(len(self._rest))
        self._least, self._blocks = _MOST, 0

    def block(self) -> Block:
        """What goes with the microphone's next block; silence where nothing is played."""
        if self._gather(BLOCK) < BLOCK:
            self._least = 0
            return np.zeros(BLOCK, np.float32)
        block = self._rest[:BLOCK]
        self._drop(BLOCK)
        self._least = min(self._least, self._played - self._taken)
        self._blocks += 1
        if self._blocks == _WINDOW:
            if self._least > _SPARE:
                self._gather(self._least)
                self._drop(self._least)
            self._least, self._blocks = _MOST, 0
        return block

    def _gather(self, count: int) -> int:
        parts, length = [self._rest], len(self._rest)
        while length < count and self._chunks:
            parts.append(self._chunks.popleft())
            length += len(parts[-1])
        if len(parts) > 1:
            self._rest = np.concatenate(parts)
        return length

    def _drop(self, count: int) -> None:
        self._rest = self._rest[count:]
        self._taken += count
