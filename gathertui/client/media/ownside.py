"""Your own sound and picture: what is turned on, with which devices, and what is told about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from gathertui.client.events import MediaMuted, MediaProblem, OfficeEvent, OwnMediaChanged
from gathertui.client.media.devices import NONE, DeviceMaker
from gathertui.client.media.machinery import Machinery
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.speech import SpeechWatch
from gathertui.client.media.state import CAMERA, MEDIA, MICROPHONE, SPEAKER, OwnMedia, Switch
from gathertui.errors import DeviceError
from gathertui.protocol import media

if TYPE_CHECKING:
    from gathertui.media.ports import Microphone, Picture, Speaker

NO_CAMERA: Final = "The camera is set to none: choose one."
NO_MICROPHONE: Final = "The microphone is set to none: choose one."


@runtime_checkable
class Replaceable(Protocol):
    """A device for which another one stands in when it is missing."""

    @property
    def is_open(self) -> bool:
        """Whether one of them works."""
        ...


class OwnSide:
    """What this view sends. It leaves nothing to the machinery's memory: `_apply` brings that to what `own` says.

    `tell` takes events, `shown` is called with every new picture of yourself,
    `claim` when this view is to carry the account's sound and picture, and
    `set_media` with the bits to tell the server. `speech.run` is to be running.
    """

    def __init__(
        self,
        maker: DeviceMaker,
        memory: MediaMemory,
        named: dict[str, str],
        *,
        tell: Callable[[OfficeEvent], object],
        shown: Callable[[], None],
        claim: Callable[[], None],
        set_media: Callable[[int], None],
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.own = OwnMedia()
        self.picture: Picture | None = None
        self.speech = SpeechWatch(clock=clock, sleep=sleep, changed=self._apply)
        self.chosen = {**memory.chosen, **named}
        self._maker = maker
        self._memory = memory
        self._tell = tell
        self._shown = shown
        self._claim = claim
        self._set_media = set_media
        self._machinery: Machinery | None = None
        self._sound: dict[str, Microphone | Speaker | None] = {}
        self._camera_started = False
        self._online = False
        self._told: int | None = None

    def attach(self, machinery: Machinery | None) -> None:
        """Use this from now on; None: there is none any more."""
        self._machinery = machinery
        if machinery is not None:
            self._make(MICROPHONE)
            self._make(SPEAKER)
        self._apply()

    # ------------------------------------------------------------ what the person wants

    def set_microphone(self, on: bool) -> None:
        """Turn it on or off; on, this view carries."""
        wanted = Switch.ON if on else Switch.OFF
        if wanted is self.own.microphone or (on and not self._may_turn_on(MICROPHONE, NO_MICROPHONE)):
            return
        self._change(microphone=wanted, level=0.0, speaking=False)
        if on and not self.own.carried:
            self._claim()

    def set_camera(self, switch: Switch) -> None:
        """Turn it on or off; on, this view carries."""
        if switch is self.own.camera or (switch is not Switch.OFF and not self._may_turn_on(CAMERA, NO_CAMERA)):
            return
        self._change(camera=switch)
        if switch is Switch.ON and not self.own.carried:
            self._claim()

    def _may_turn_on(self, kind: str, no_device: str) -> bool:
        """Whether it can be tried; if not, say why."""
        problem = self.own.problems.get(MEDIA) or ("" if self.chosen.get(kind) != NONE else no_device)
        if problem:
            self._tell(MediaProblem(problem))
        return not problem

    def set_deafened(self, on: bool) -> None:
        """Hear nobody, or everybody again."""
        if on is not self.own.deafened:
            self._change(deafened=on)

    def mute_all(self, why: str) -> None:
        """Turn off what is on, and say why."""
        if self.own.is_on:
            self._change(microphone=Switch.OFF, camera=Switch.OFF, level=0.0, speaking=False)
            self._tell(MediaMuted(why))

    def choose(self, kind: str, device_id: str) -> None:
        """Use another device, and keep that for the next run."""
        self.chosen[kind] = device_id
        if not device_id:
            del self.chosen[kind]
        try:
            self._memory.choose(kind, device_id)
        except DeviceError as error:
            self._tell(MediaProblem(str(error)))
        self._clear_problem(kind)
        if kind == CAMERA:
            self._stop_camera()
        elif self._machinery is not None:
            self._make(kind)
        self._change()

    def _make(self, kind: str) -> None:
        assert self._machinery is not None
        device_id = self.chosen.get(kind, "")
        try:
            if kind == MICROPHONE:
                microphone = self._sound[kind] = self._maker.microphone(device_id)
                self._machinery.voice.use_microphone(microphone)
            else:
                speaker = self._sound[kind] = self._maker.speaker(device_id)
                self._machinery.voice.use_speaker(speaker)
        except DeviceError as error:
            self.device_failed(kind, str(error))

    # ------------------------------------------------------------ what happens

    def pause(self) -> None:
        """The connection is lost: nothing is sent until this view is told again that it carries."""
        self._online = False
        self._apply()

    def set_carried(self, carried: bool) -> None:
        """The server says that this view carries, with nothing on as yet, or no longer."""
        self._online = carried
        self._told = None
        self._change(carried=carried)

    def device_failed(self, kind: str, why: str) -> None:
        """A device doesn't work, and what it was for goes off, unless another device stands in for it.

        An empty sentence: it works again, and stays off.
        """
        if not why:
            self._clear_problem(kind)
            self._change()
            return
        device = self._sound.get(kind)
        if not (isinstance(device, Replaceable) and device.is_open):
            changes: dict[str, Any] = {"problems": {**self.own.problems, kind: why}}
            if kind in (MICROPHONE, MEDIA):
                changes |= {"microphone": Switch.OFF, "level": 0.0, "speaking": False}
            if kind in (CAMERA, MEDIA):
                changes["camera"] = Switch.OFF
            self._change(**changes)
        self._tell(MediaProblem(why))

    def _clear_problem(self, kind: str) -> None:
        if kind in self.own.problems:
            problems = {name: why for name, why in self.own.problems.items() if name != kind}
            self.own = dataclasses.replace(self.own, problems=problems)

    def level_changed(self, level: float, speaking: bool) -> None:
        """Your own voice is louder or quieter."""
        if self.own.microphone is Switch.ON:
            self.speech.hear(speaking)
            self._change(level=level, speaking=speaking)

    def picture_came(self, picture: Picture | None) -> None:
        """There you are, or None: the camera sees nothing."""
        self.picture = picture if self.own.camera is not Switch.OFF else None
        self._shown()

    # ------------------------------------------------------------ bringing it about

    def _change(self, **changes: Any) -> None:
        before, self.own = self.own, dataclasses.replace(self.own, **changes)
        self._apply()  # first of all: the sound may have to open a loudspeaker, and what is off should be closed
        if self._machinery is not None and before.microphone is not self.own.microphone:
            self._machinery.play("mic_on" if self.own.microphone is Switch.ON else "mic_off")
        self._tell(OwnMediaChanged())

    def _apply(self) -> None:
        carries = self.own.carried and self._online
        if self.own.microphone is not Switch.ON:
            self.speech.end()
        if self._machinery is not None:
            voice = self._machinery.voice
            voice.set_live(carries and self.own.microphone is Switch.ON)
            voice.set_deafened(self.own.deafened)
            self._apply_camera(self._machinery, live=carries and self.own.camera is Switch.ON)
        on = self.bits()
        if carries and on != self._told:
            self._told = on
            self._set_media(on)

    def _apply_camera(self, machinery: Machinery, *, live: bool) -> None:
        if self.own.camera is Switch.OFF:
            self._stop_camera()
            return
        if not self._camera_started:
            try:
                camera = self._maker.camera(self.chosen.get(CAMERA, ""))
            except DeviceError as error:
                self.device_failed(CAMERA, str(error))
                return
            if camera is None:
                self.device_failed(CAMERA, NO_CAMERA)
                return
            self._camera_started = True
            machinery.video.start(camera)
        machinery.video.set_live(live)

    def _stop_camera(self) -> None:
        if self._camera_started and self._machinery is not None:
            self._machinery.video.set_live(False)
            self._machinery.video.stop()
        self._camera_started = False
        if self.picture is not None:
            self.picture = None
            self._shown()

    def bits(self) -> int:
        """What is on, as the server is told."""
        on = media.MICROPHONE if self.own.microphone is Switch.ON else 0
        on |= media.CAMERA if self.own.camera is Switch.ON else 0
        on |= media.SPEAKING if self.speech.is_on else 0
        deaf = self.own.deafened or SPEAKER in self.own.problems or self.chosen.get(SPEAKER) == NONE
        return on | (media.DEAF if deaf else 0)
