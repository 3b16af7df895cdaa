"""See and hear yourself as others would, with no office and nobody there. Cheap to import; `open` is not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from gathertui.client.media.devices import NONE, DeviceMaker, named_devices
from gathertui.client.media.loading import MISSING, find_devices
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.state import CAMERA, MEDIA, MICROPHONE, SPEAKER
from gathertui.errors import DeviceError
from gathertui.protocol.media import LARGE_PICTURES, MEDIUM_PICTURES, SMALL_PICTURES

if TYPE_CHECKING:
    from gathertui.client.media.reflection import Reflection
    from gathertui.media.devices import DeviceList
    from gathertui.media.ports import Picture

SIZES: Final = (SMALL_PICTURES, MEDIUM_PICTURES, LARGE_PICTURES)


class Sent(NamedTuple):
    """How pictures of one size are sent: pixels, pictures a second, bits a second."""

    width: int
    height: int
    rate: int
    bitrate: int


class Mirror:
    """Your camera's picture after it went through the encoder, and your voice a second later.

    `changed` is called on the event loop's thread when anything to be read here is
    another. With `changed` as it is, nobody is told. All is off until `open`.
    """

    def __init__(self, maker: DeviceMaker, memory: MediaMemory, *, environment: Mapping[str, str] = os.environ) -> None:
        self.changed: Callable[[], None] = lambda: None
        self.picture: Picture | None = None
        """You, as in a mirror; None while the camera shows nothing."""
        self.level = 0.0
        """Of your microphone, 0 to 1."""
        self.speaking = False
        """Whether that is a voice."""
        self.size = SMALL_PICTURES
        """How large the others would have your picture: one of `SIZES`."""
        self.listens = False
        """Whether you hear yourself."""
        self.problems: dict[str, str] = {}
        """One sentence for each part that doesn't work, as `OwnMedia.problems`."""
        self.names: dict[str, str] = {}
        """What the devices in use are called, by kind, as soon as that is known."""
        self.sent: Sent | None = None
        """How pictures of `size` are sent, once open."""
        self._maker = maker
        self._chosen = {**memory.chosen, **named_devices(environment)}
        self._reflection: Reflection | None = None
        self.is_off = False
        """Whether it was turned off, which is for good."""

    async def open(self) -> None:
        """Turn camera and microphone on. Raises nothing: what does not work is in `problems`."""
        try:
            make = await asyncio.to_thread(_load)
        except (ImportError, OSError) as error:
            self._fail(MEDIA, MISSING.format(error=error))
            return
        # Before anything is opened: to look for devices stops all sound for a moment.
        self._name(await asyncio.to_thread(find_devices))
        if self.is_off:
            return  # turned off while the libraries were loaded
        self._reflection = make(self)
        self._use(CAMERA, self._start_camera)
        self._use(MICROPHONE, self._start_microphone)
        self._use(SPEAKER, self._start_speaker)
        self.show(self.size)

    def show(self, size: int) -> None:
        """Send yourself pictures of this size."""
        self.size = size
        if self._reflection is not None:
            self.sent = Sent(*self._reflection.show(size))
        self.changed()

    def listen(self, on: bool) -> None:
        """Hear yourself, or not. The microphone is on in any case, for its level."""
        self.listens = on
        if self._reflection is not None:
            self._reflection.listen(on)
        self.changed()

    def turn_off(self) -> None:
        """Turn everything off, for good. Returns at once; `close` waits for the devices."""
        self.is_off = True
        if self._reflection is not None:
            self._reflection.turn_off()

    async def close(self) -> None:
        """Turn everything off, and wait until it is."""
        self.turn_off()
        if self._reflection is not None:
            await self._reflection.closed()

    def _use(self, kind: str, start: Callable[[str], bool]) -> None:
        try:
            if not start(self._chosen.get(kind, "")):
                self._fail(kind, f"The {kind} is set to none.")
        except DeviceError as error:
            self._fail(kind, str(error))

    def _start_camera(self, device: str) -> bool:
        camera = self._maker.camera(device)
        if camera is not None and self._reflection is not None:
            self._reflection.video.start(camera)
        return camera is not None

    def _start_microphone(self, device: str) -> bool:
        microphone = self._maker.microphone(device)
        if self._reflection is not None:
            self._reflection.voice.use_microphone(microphone)
        return microphone is not None

    def _start_speaker(self, device: str) -> bool:
        speaker = self._maker.speaker(device)
        if self._reflection is not None:
            self._reflection.voice.use_speaker(speaker)
        return speaker is not None

    def _name(self, found: DeviceList) -> None:
        for kind, devices in ((MICROPHONE, found.microphones), (SPEAKER, found.speakers), (CAMERA, found.cameras)):
            chosen = self._chosen.get(kind, "")
            if chosen and chosen != NONE:
                self.names[kind] = chosen
            for device in devices:
                if device.id == chosen or (not chosen and device.is_default):
                    self.names[kind] = device.name
        self.changed()

    # ------------------------------------------------------------ what the machinery tells

    def level_changed(self, level: float, speaking: bool) -> None:
        """Your microphone's level is another."""
        self.level, self.speaking = level, speaking
        self.changed()

    def device_failed(self, kind: str, why: str) -> None:
        """A device does not work, or (with an empty sentence) does again."""
        if why:
            self._fail(kind, why)
        elif self.problems.pop(kind, ""):
            self.changed()

    def picture_came(self, picture: Picture | None) -> None:
        """The camera shows something else."""
        self.picture = picture
        self.changed()

    def _fail(self, kind: str, why: str) -> None:
        self.problems[kind] = why
        if kind == CAMERA:
            self.picture = None
        self.changed()


def _load() -> Callable[[Mirror], Reflection]:
    from gathertui.client.media.reflection import Reflection

    return Reflection
