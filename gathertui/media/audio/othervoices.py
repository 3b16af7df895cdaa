"""The voices of the others: who there is, how loud, and from where."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from gathertui.media.audio.decibels import decibels_of
from gathertui.media.audio.levels import SPEAKING_DB, Meter
from gathertui.media.audio.mixer import Mixer, Voice
from gathertui.media.audio.panning import sides
from gathertui.media.ports import Sound


class OtherVoices:
    """Keeps the mixer's voices. `hear` is called from any thread, the rest on the loop's."""

    def __init__(self, mixer: Mixer, *, heard: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._mixer, self._heard, self._clock = mixer, heard, clock
        self._voices: dict[int, Voice] = {}
        self._fading: list[Voice] = []
        self._changing = threading.Lock()  # the mixer never takes it
        self._mirror: Voice | None = None
        self.meters: dict[int, Meter] = {}

    def __bool__(self) -> bool:
        """Whether there is anybody to hear."""
        return bool(self._voices) or self._mirror is not None

    def hear(self, avatar: int, sound: Sound) -> None:
        """Play what somebody said, and note how loud it is. Who has no place, or none any more, is not heard."""
        voice = self._voices.get(avatar)
        if voice is None:
            return
        if not self._mixer.deafened:
            voice.buffer.push(sound)
        decibels = decibels_of(sound)
        meter = self.meters.get(avatar)
        if meter is not None:
            now = self._clock()
            meter.hear(decibels, decibels > SPEAKING_DB, now)
            if not meter.is_resting(now):
                self._heard()

    def place(self, avatar: int, gain: float, pan: float) -> None:
        """Hear somebody at a gain, from a side."""
        voice = self._voices.get(avatar) or self._add(avatar)
        voice.wanted = sides(gain, pan)

    def forget(self, avatar: int) -> None:
        """Hear somebody no more."""
        with self._changing:
            self.meters.pop(avatar, None)
            voice = self._voices.pop(avatar, None)
            self._fade(voice)

    def set_mirror(self, mirror: Voice | None) -> None:
        """Hear yourself, or no more."""
        with self._changing:
            self._fade(self._mirror)
            self._mirror = mirror
            self._swap()

    def tidy(self) -> None:
        """Let go of those that fade; also where no loudspeaker plays them."""
        with self._changing:
            self._fading.clear()
            self._swap()

    def _add(self, avatar: int) -> Voice:
        with self._changing:
            if avatar not in self._voices:
                self.meters[avatar] = Meter()
                self._voices[avatar] = Voice()
                self._swap()
            return self._voices[avatar]

    def _fade(self, voice: Voice | None) -> None:
        if voice is not None:
            voice.leaving = True
            self._fading.append(voice)
            self._swap()

    def _swap(self) -> None:
        self._fading = [voice for voice in self._fading if not voice.gone]
        mirrors = () if self._mirror is None else (self._mirror,)
        self._mixer.voices = (*self._voices.values(), *self._fading, *mirrors)
