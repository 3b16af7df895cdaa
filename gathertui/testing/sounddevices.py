"""Microphones and loudspeakers that need no sound card, in real time or in the time that a test makes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from gathertui.errors import DeviceError
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Block, Sound, Stereo
from gathertui.testing.speech import Source

_BLOCK_SECONDS: Final = BLOCK / SAMPLE_RATE
_KEPT_SECONDS: Final = 60


class SyntheticMicrophone:
    """Hears a source: by itself as time goes by, or, with `real_time` False, when `advance` is called.

    With a `failure` it can't be opened, for that reason.
    """

    def __init__(self, source: Source, *, real_time: bool = True, failure: str = "") -> None:
        self._source, self._real_time, self.failure = source, real_time, failure
        self.is_lost = False
        """Whether it failed, and may be opened again."""
        self.tries = 0
        """How often somebody tried to open it."""
        self._deliver: Callable[[Block], None] | None = None
        self._tell: Callable[[str], None] | None = None
        self._pace: _Pace | None = None
        self.position = 0
        """Samples heard so far, of all times that it was open."""
        self.opened = threading.Event()
        self.closed = threading.Event()

    def open(self, deliver: Callable[[Block], None], tell: Callable[[str], None]) -> None:
        """Begin to hear."""
        self.tries += 1
        if self.failure:
            self.is_lost = True
            raise DeviceError(self.failure)
        if self.is_lost:
            self.is_lost = False
            tell("")
        self._deliver, self._tell = deliver, tell
        self.closed.clear()
        self.opened.set()
        if self._real_time and self._pace is None:
            self._pace = _Pace(self._hear_block)

    def close(self) -> None:
        """Hear nothing any more."""
        if self._pace is not None:
            self._pace.end()
            self._pace = None
        self._deliver = None
        self.is_lost = False
        self.opened.clear()
        self.closed.set()

    def advance(self, seconds: float) -> None:
        """Hear so much more, at once; nothing while it is closed."""
        for _ in range(round(seconds / _BLOCK_SECONDS)):
            self._hear_block()

    def hear(self, block: Block) -> None:
        """Hear this block instead of the source's next."""
        if self._deliver is not None:
            self.position += BLOCK
            self._deliver(block)

    def fail(self, why: str) -> None:
        """Tell that another device stands in for it, or, with an empty sentence, none any more."""
        if self._tell is not None:
            self._tell(why)

    def lose(self, why: str) -> None:
        """Be unplugged, with nothing that stands in; for as long as that is its `failure` it can't be opened either."""
        self.failure, self.is_lost = why, True
        self._deliver = None
        self.opened.clear()
        self.fail(why)

    def _hear_block(self) -> None:
        self.hear(self._source.samples(self.position, BLOCK))


class CollectingSpeaker:
    """Keeps what it plays: by itself as time goes by, or, with `real_time` False, when `advance` is called.

    With a `failure` it can't be opened, for that reason.
    """

    def __init__(self, *, real_time: bool = True, block: int = BLOCK, failure: str = "") -> None:
        self._real_time, self._block, self.failure = real_time, block, failure
        self._fill: Callable[[Stereo], None] | None = None
        self._pace: _Pace | None = None
        self._played: list[Stereo] = []
        self.is_lost = False
        """Whether it could not be opened, and may be opened again."""
        self.opened = threading.Event()
        self.closed = threading.Event()

    def open(self, fill: Callable[[Stereo], None], tell: Callable[[str], None]) -> None:
        """Begin to play."""
        if self.failure:
            self.is_lost = True
            raise DeviceError(self.failure)
        if self.is_lost:
            self.is_lost = False
            tell("")
        self._fill = fill
        self.closed.clear()
        self.opened.set()
        if self._real_time:
            self._pace = _Pace(self._play_block, self._block / SAMPLE_RATE)

    def close(self) -> None:
        """Play nothing any more. What was played stays."""
        if self._pace is not None:
            self._pace.end()
            self._pace = None
        self._fill = None
        self.is_lost = False
        self.opened.clear()
        self.closed.set()

    def advance(self, seconds: float) -> Stereo:
        """Play so much more, at once, and return it: (n, 2); silence while it is closed."""
        blocks = [self._play_block() for _ in range(round(seconds * SAMPLE_RATE / self._block))]
        return np.concatenate(blocks)

    @property
    def played(self) -> Stereo:
        """What it played, (n, 2), at most the last minute."""
        return np.concatenate(self._played) if self._played else np.zeros((0, 2), np.float32)

    def mono(self) -> Sound:
        """What it played, both sides together, (n,)."""
        both: Sound = self.played.mean(axis=1, dtype=np.float32)
        return both

    def _play_block(self) -> Stereo:
        out = np.zeros((self._block, 2), np.float32)
        if self._fill is not None:
            self._fill(out)
            self._played.append(out)
            del self._played[: -int(_KEPT_SECONDS * SAMPLE_RATE / self._block)]
        return out


class _Pace:
    """A thread that does something every so many seconds, and catches up when it was late."""

    def __init__(self, do: Callable[[], object], every: float = _BLOCK_SECONDS) -> None:
        self._do, self._every = do, every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="synthetic sound", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        at = time.monotonic()
        while not self._ended.wait(max(0.0, at - time.monotonic())):
            self._do()
            at += self._every
