"""What somebody said, from when it comes until it is played.

One thread pushes and another pulls. They share a deque and two counters, each of
which one of them writes, so neither ever waits for the other.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from gathertui.media.ports import SAMPLE_RATE, Sound

MILLISECOND: Final = SAMPLE_RATE // 1000
LEAST: Final = 30 * MILLISECOND
MOST: Final = 60 * MILLISECOND
"""Samples that have to be here before it begins: from 30 ms where all comes evenly to 60 ms where it doesn't."""

BEGIN: Final = 40 * MILLISECOND
"""And before it is known. As much as a sender sends from before the voice, so it costs no time."""

CAPACITY: Final = 400 * MILLISECOND
"""A loudspeaker that stalls gets no more than that behind; the rest is dropped."""

_TOO_MUCH: Final = 80 * MILLISECOND
_FADE: Final = 5 * MILLISECOND
_CONCEALED: Final = 10 * MILLISECOND
_LATE: Final = 200 * MILLISECOND  # a longer silence is a pause of the speaker's, not of the network
_FRAME: Final = 20 * MILLISECOND  # what comes at a time
_TOO_FEW: Final = 5 * MILLISECOND
_GOOD: Final = 12 * MILLISECOND
_TOO_MANY: Final = 20 * MILLISECOND
_WINDOW: Final = SAMPLE_RATE  # over which it is looked at
_CALM: Final = 5  # windows
_FASTEST: Final = 0.01  # nobody hears a voice that is so much faster or slower
_UP = np.linspace(0, 1, _FADE, dtype=np.float32)
_DOWN = np.linspace(1, 0, _CONCEALED, dtype=np.float32)


class JitterBuffer:
    """Evens out what comes unevenly.

    It begins to play when enough is there, and plays a trifle faster or slower while
    there is too much or too little: clocks differ. Where something is missing the
    last 10 ms come again backwards while they fade, and what follows fades in.
    """

    def __init__(self) -> None:
        self._chunks: deque[Sound] = deque()
        self._pushed = 0  # written by who pushes
        self._pulled = 0  # written by who pulls
        self._rest: Sound = np.zeros(0, np.float32)
        self._place = 0.0  # in the rest, between two samples while the speed is not 1
        self._last: Sound = np.zeros(_CONCEALED, np.float32)
        self._tail: Sound = np.zeros(0, np.float32)
        self._playing = False
        self._silent = _LATE
        self._waited = 0
        self._seen = 0
        self._least, self._greatest = CAPACITY, 0
        self._swings: deque[int] = deque(maxlen=_CALM)
        self.target = BEGIN
        """Samples that have to be here before it begins, by what came late so far."""
        self.speed = 1.0

    @property
    def depth(self) -> int:
        """Samples that are here."""
        return self._pushed - self._pulled

    def push(self, sound: Sound) -> bool:
        """Add what came; False when it was dropped, because too much waits already."""
        if self.depth + len(sound) > CAPACITY:
            return False
        self._chunks.append(sound)
        self._pushed += len(sound)
        return True

    def pull(self, count: int) -> Sound | None:
        """Take `count` samples to play; None is silence."""
        if len(self._tail):
            sound = np.zeros(count, np.float32)
            end, self._tail = self._tail[:count], self._tail[count:]
            sound[: len(end)] = end
            return sound
        if not self._playing and not self._enough(count):
            return None
        self._skip_what_is_too_much()
        self._adapt(count)
        sound = self._take(count)
        return sound if len(sound) == count else self._conceal(sound, count)

    def _enough(self, count: int) -> bool:
        """Whether to begin, now that `count` samples more were silent."""
        self._silent += count
        self._waited = self._waited + count if self.depth else 0
        if not self.depth or (self.depth < self.target and self._waited <= self.target):
            return False
        self._begin()
        return True

    def _begin(self) -> None:
        if self._silent < _LATE:
            # It wasn't a pause: something came too late, or never.
            self.target = min(MOST, self.target + _FRAME)
            self._swings.clear()
        self._playing, self._waited, self.speed = True, 0, 1.0
        self._look_anew()
        here = self._gather(_FADE).copy()
        length = min(_FADE, len(here))
        here[:length] *= _UP[:length]
        self._rest = here

    def _adapt(self, count: int) -> None:
        left = self.depth - count
        self._least, self._greatest = min(self._least, left), max(self._greatest, left)
        self._seen += count
        if self._seen < _WINDOW:
            return
        # How unevenly it came; where it comes evenly that is 10 ms. What the speed did doesn't count.
        swing = self._greatest - self._least - abs(self.speed - 1.0) * self._seen
        self._swings.append(int(swing))
        if len(self._swings) == self._swings.maxlen:
            self.target = min(MOST, max(LEAST, max(self._swings) + _FRAME))
        # What was never needed is to spare. Once the speed changes it does so until that is good, and no longer.
        surplus = self._least - _GOOD
        hurried = self.speed != 1.0 and surplus * (self.speed - 1.0) > 0
        if hurried or not _TOO_FEW <= self._least <= _TOO_MANY:
            self.speed = 1.0 + max(-_FASTEST, min(_FASTEST, surplus / SAMPLE_RATE))
        else:
            self.speed = 1.0
        self._look_anew()

    def _look_anew(self) -> None:
        self._seen, self._least, self._greatest = 0, CAPACITY, 0

    def _skip_what_is_too_much(self) -> None:
        surplus = self.depth - self.target - _TOO_MUCH
        if surplus <= 0:
            return
        surplus += _TOO_MUCH
        kept = self._gather(_FADE)
        kept = kept[:_FADE]
        after = self._gather(surplus + _FADE)[surplus:]
        self._pulled += surplus
        # Cross-faded, so that the cut can't be heard as a click.
        self._rest = np.concatenate((kept * _UP[::-1] + after[:_FADE] * _UP, after[_FADE:]))
        self._look_anew()

    def _take(self, count: int) -> Sound:
        """Return the next `count` samples, or what is left of them."""
        if self.speed == 1.0:
            self._place = 0.0
            sound = self._gather(count)[:count].copy()
            used = len(sound)
        else:
            needed = self._place + count * self.speed
            here = self._gather(int(needed) + 2)
            places = self._place + np.arange(count) * self.speed
            places = places[places <= len(here) - 1]
            sound = np.interp(places, np.arange(len(here)), here).astype(np.float32)
            used = int(needed) if len(sound) == count else len(here)
            self._place = needed - used if len(sound) == count else 0.0
        self._rest = self._rest[used:]
        self._pulled += used
        self._last = np.concatenate((self._last, sound))[-_CONCEALED:]
        return sound

    def _conceal(self, sound: Sound, count: int) -> Sound:
        self._playing, self._silent, self._waited = False, count - len(sound), 0
        end = np.concatenate((sound, self._last[::-1] * _DOWN))
        whole = np.zeros(count, np.float32)
        whole[: len(end)] = end[:count]
        self._tail = end[count:]
        return whole

    def _gather(self, count: int) -> Sound:
        """Return what is here, joined, as far as it is needed; nothing is taken."""
        parts, length = [self._rest], len(self._rest)
        while length < count and self._chunks:
            parts.append(self._chunks.popleft())
            length += len(parts[-1])
        if len(parts) > 1:
            self._rest = np.concatenate(parts)
        return self._rest
