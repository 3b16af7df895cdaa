"""From a device's id to the device: real ones, a film as a camera, and whatever twins the program brings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gathertui.client.media.memory import KINDS

if TYPE_CHECKING:
    from gathertui.media.ports import Camera, Microphone, Speaker

NONE: Final = "none"
"""The id of no device at all."""

VARIABLES: Final[Mapping[str, str]] = {kind: f"GATHERTUI_{kind.upper()}" for kind in KINDS}
"""The environment variables that name a device's id, before what was chosen in the program."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Devices that need no hardware, by the id that asks for them. They are made when somebody does."""

    microphones: Mapping[str, Callable[[], Microphone]] = field(default_factory=dict)
    speakers: Mapping[str, Callable[[], Speaker]] = field(default_factory=dict)
    cameras: Mapping[str, Callable[[], Camera]] = field(default_factory=dict)


NO_TWINS: Final = Twins()


def named_devices(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the ids of the devices that the environment names, by kind."""
    return {kind: environment[variable] for kind, variable in VARIABLES.items() if environment.get(variable)}


class DeviceMaker:
    """Makes devices; none is opened here. An empty id is the system's choice."""

    def __init__(self, twins: Twins = NO_TWINS) -> None:
        self._twins = twins

    def microphone(self, device_id: str) -> Microphone | None:
        """A microphone, None for `NONE`."""
        if device_id == NONE:
            return None
        twin = self._twins.microphones.get(device_id)
        if twin is not None:
            return twin()
        from gathertui.media.audio.system import SystemMicrophone

        return SystemMicrophone(device_id)

    def speaker(self, device_id: str) -> Speaker | None:
        """A loudspeaker, None for `NONE`."""
        if device_id == NONE:
            return None
        twin = self._twins.speakers.get(device_id)
        if twin is not None:
            return twin()
        from gathertui.media.audio.system import SystemSpeaker

        return SystemSpeaker(device_id)

    def camera(self, device_id: str) -> Camera | None:
        """A camera, None for `NONE`; `file:PATH` is a film or a picture."""
        if device_id == NONE:
            return None
        twin = self._twins.cameras.get(device_id)
        if twin is not None:
            return twin()
        from gathertui.media.video.opening import make_camera

        return make_camera(device_id)
