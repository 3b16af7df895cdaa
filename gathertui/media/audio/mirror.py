"""Hearing yourself as others would."""

from __future__ import annotations

from collections import deque
from typing import Final

from gathertui.media.audio.mixer import Voice
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Block

DELAY: Final = 1.0
"""Seconds until you hear what you said: while you still talk you would hear nothing but yourself."""


class SoundMirror:
    """Your own voice, later. Fed by the microphone's thread, played by the mixer like anybody's."""

    def __init__(self) -> None:
        self.voice = Voice()
        self._blocks: deque[Block] = deque()

    def hear(self, block: Block) -> None:
        """Note the next 10 ms of your voice."""
        self._blocks.append(block)
        if len(self._blocks) > DELAY * SAMPLE_RATE / BLOCK:
            self.voice.buffer.push(self._blocks.popleft())
