"""Voices in and out: one microphone, one loudspeaker, and everybody who is heard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from gathertui.media.audio.cues import Cue, sound_of
from gathertui.media.audio.devicethread import DeviceThread, Slot, tell
from gathertui.media.audio.farend import FarEnd
from gathertui.media.audio.mirror import SoundMirror
from gathertui.media.audio.mixer import Mixer
from gathertui.media.audio.othervoices import OtherVoices
from gathertui.media.audio.ownvoice import Feed, OwnVoice
from gathertui.media.ports import Microphone, Sound, Speaker, Stereo

MICROPHONE: Final = "microphone"
SPEAKER: Final = "speaker"

_TICK: Final = 0.1
_LINGER: Final = 1.5  # seconds: what fades can fade, and the next sound need not wait for the loudspeaker


class VoiceEngine:
    """Hears you and plays the others.

    Its methods are called on the loop's thread (`hear` on any) and never block it;
    its callbacks come there. `on_level(level, speaking)` tells of your own voice,
    `on_heard(avatar)` that another's changed: each ten times a second at most.
    `on_problem(kind, why)` tells in a sentence why the `MICROPHONE` or the `SPEAKER`
    doesn't work as chosen, or with an empty one that it does again.

    The microphone is open only while it is live or monitored, the loudspeaker only
    while there is somebody to hear or a cue sounds. `natural` False sends all sound
    as it is: for music.
    """

    def __init__(
        self,
        *,
        feed: Feed,
        loop: asyncio.AbstractEventLoop,
        on_level: Callable[[float, bool], None],
        on_problem: Callable[[str, str], None],
        on_heard: Callable[[int], None] = lambda avatar: None,
        natural: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loop, self._clock = loop, clock
        self._on_level, self._on_problem, self._on_heard = on_level, on_problem, on_heard
        self._thread = DeviceThread(loop)
        self._far_end = FarEnd()
        self._mixer = Mixer()
        self._others = OtherVoices(self._mixer, heard=self._changed, clock=clock)
        self._own = OwnVoice(
            loop=loop,
            thread=self._thread,
            feed=feed,
            far_end=self._far_end,
            natural=natural,
            tell_problem=lambda why: tell(loop, self._problem, MICROPHONE, why),
            heard=self._changed,
            clock=clock,
        )
        self._speakers: Slot[Speaker] = Slot(self._thread, open_device=self._open, tell=self._tell_speaker)
        self._speaker: Speaker | None = None
        self._problems = {MICROPHONE: "", SPEAKER: ""}
        self._silenced: frozenset[Cue] = frozenset()
        self._lingering: asyncio.TimerHandle | None = None
        self._ticking: asyncio.TimerHandle | None = None
        self._asked_to_tick = False
        self._closed = False

    # ------------------------------------------------------------ you

    def use_microphone(self, microphone: Microphone | None) -> None:
        """Hear with this one; None is none."""
        if not self._closed:
            self._problem(MICROPHONE, "")
            self._own.use(microphone)

    def set_live(self, live: bool) -> None:
        """Send what you say; or nothing from now on, not even what is under way."""
        self._own.set_live(live and not self._closed)

    def set_monitor(self, monitoring: bool) -> None:
        """Hear yourself as others would, a second later. That alone sends nothing."""
        mirror = SoundMirror() if monitoring and not self._closed else None
        self._own.set_mirror(mirror)
        self._others.set_mirror(mirror.voice if mirror else None)
        self._linger()

    async def settled(self) -> None:
        """Wait until the microphone is closed that is not to be open any more; and what is to be open is, or failed."""
        await self._thread.done()

    # ------------------------------------------------------------ the others

    def use_speaker(self, speaker: Speaker | None) -> None:
        """Play with this one; None is none."""
        if not self._closed:
            self._problem(SPEAKER, "")
            self._speaker = speaker
            self._change_speaker()

    def set_deafened(self, deafened: bool) -> None:
        """Play nobody, or everybody again. Levels and cues stay."""
        self._mixer.deafened = deafened

    def hear(self, avatar: int, sound: Sound) -> None:
        """Play what somebody said; too much at once is dropped. Don't change the samples afterwards."""
        self._others.hear(avatar, sound)

    def place(self, avatar: int, gain: float, pan: float) -> None:
        """Hear somebody at a gain, 0 to 1, from a side, -1 (left) to 1. It gets there within 20 ms."""
        self._others.place(avatar, gain, pan)
        self._change_speaker()

    def forget(self, avatar: int) -> None:
        """Hear somebody no more: they fade."""
        self._others.forget(avatar)
        self._linger()

    def level(self, avatar: int) -> float:
        """How loud somebody is, 0 to 1, before their gain."""
        meter = self._others.meters.get(avatar)
        return meter.level(self._clock()) if meter else 0.0

    def is_speaking(self, avatar: int) -> bool:
        """Whether somebody speaks."""
        meter = self._others.meters.get(avatar)
        return meter is not None and meter.is_speaking(self._clock())

    # ------------------------------------------------------------ the office's own sounds

    def play(self, cue: Cue) -> None:
        """Let a cue sound, unless it is silenced."""
        if cue not in self._silenced and self._speaker is not None and not self._closed:
            self._mixer.play(sound_of(cue))
            self._linger()

    def set_cues(self, silenced: frozenset[Cue]) -> None:
        """Play these no more, and all others."""
        self._silenced = silenced

    # ------------------------------------------------------------ the end

    def close(self) -> None:
        """Send and play nothing any more. Returns at once; `closed` waits for the devices."""
        if self._closed:
            return
        self._closed = True
        self._own.use(None)
        self._own.set_live(False)
        self._own.set_mirror(None)
        for timer in (self._lingering, self._ticking):
            if timer is not None:
                timer.cancel()
        self._lingering = self._ticking = None
        self._change_speaker()
        self._thread.close()

    async def closed(self) -> None:
        """Wait, after `close`, until the devices are closed and no thread is left."""
        await self._thread.closed()

    # ------------------------------------------------------------ the loudspeaker

    def _change_speaker(self) -> None:
        needed = (bool(self._others) or self._lingering is not None) and not self._closed
        self._speakers.want(self._speaker if needed else None)

    def _linger(self) -> None:
        if self._closed:
            return
        if self._lingering is not None:
            self._lingering.cancel()
        self._lingering = self._loop.call_later(_LINGER, self._end_lingering)
        self._change_speaker()

    def _end_lingering(self) -> None:
        self._lingering = None
        self._others.tidy()
        self._mixer.forget_cues()  # that found no loudspeaker: too late to tell anything
        self._change_speaker()

    # In the thread that opens devices.
    def _open(self, speaker: Speaker) -> None:
        speaker.open(self._fill, self._tell_speaker)

    # In the loudspeaker's thread.
    def _fill(self, out: Stereo) -> None:
        self._mixer.fill(out)
        if self._own.is_open:
            self._far_end.play(out.mean(axis=1, dtype=np.float32))

    def _tell_speaker(self, why: str) -> None:
        tell(self._loop, self._problem, SPEAKER, why)

    # ------------------------------------------------------------ telling

    def _problem(self, kind: str, why: str) -> None:
        if why != self._problems[kind] and not self._closed:
            self._problems[kind] = why
            self._on_problem(kind, why)

    # From any thread.
    def _changed(self) -> None:
        if not self._asked_to_tick:
            self._asked_to_tick = True
            tell(self._loop, self._tick)

    def _tick(self) -> None:
        """Tell whose level changed; again and again until all is quiet."""
        self._ticking = None
        if self._closed:
            return
        self._change_speaker()  # somebody may be heard before they are placed
        now = self._clock()
        own = self._own.meter
        if own.changed(now):
            self._on_level(own.level(now), own.is_speaking(now))
        for avatar, meter in tuple(self._others.meters.items()):
            if meter.changed(now):
                self._on_heard(avatar)
        if own.is_resting(now) and all(meter.is_resting(now) for meter in self._others.meters.values()):
            self._asked_to_tick = False
        else:
            self._ticking = self._loop.call_later(_TICK, self._tick)
