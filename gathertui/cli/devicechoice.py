"""Which devices are chosen, by whom, and whether there are such devices. Nothing of them is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gathertui.client.media.devices import NONE, VARIABLES, Twins
from gathertui.client.media.memory import KINDS
from gathertui.client.media.state import CAMERA, MICROPHONE, SPEAKER
from gathertui.errors import DeviceError
from gathertui.media.video.opening import FILE_PREFIX

if TYPE_CHECKING:
    from gathertui.media.devices import DeviceList
    from gathertui.media.ports import Device

NAMES: Final = {MICROPHONE: "microphone", SPEAKER: "loudspeaker", CAMERA: "camera"}
"""What the kinds are called in sentences."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A device's id that was chosen, by an environment `variable` or, where that is "", by what is kept.

    `problem` is a sentence on why it can't be used, or "".
    """

    id: str
    variable: str
    is_listed: bool
    problem: str

    @property
    def origin(self) -> str:
        """Who says so, in words."""
        return f"set by {self.variable}" if self.variable else "chosen"


class Offer:
    """What can be chosen here: the devices that were found, and what needs none (`Twins`, `NONE`, a film)."""

    def __init__(self, found: DeviceList, twins: Twins) -> None:
        self._found = found
        self._listed = {MICROPHONE: found.microphones, SPEAKER: found.speakers, CAMERA: found.cameras}
        self._twins = {MICROPHONE: twins.microphones, SPEAKER: twins.speakers, CAMERA: twins.cameras}

    def listed(self, kind: str) -> tuple[Device, ...]:
        """The devices of a kind that were found."""
        return self._listed[kind]

    def chosen(self, kept: Mapping[str, str], named: Mapping[str, str]) -> dict[str, Choice]:
        """Return by kind what holds: what the environment names goes before what is kept."""
        return {
            kind: self.look_at(kind, named.get(kind) or kept[kind], VARIABLES[kind] if kind in named else "")
            for kind in KINDS
            if kind in named or kind in kept
        }

    def look_at(self, kind: str, device_id: str, variable: str = "") -> Choice:
        """Return what choosing that device means."""
        is_listed = any(device.id == device_id for device in self._listed[kind])
        needs_none = device_id in ("", NONE) or device_id in self._twins[kind]
        problem = "" if is_listed or needs_none else _problem_of_other(kind, device_id)
        return Choice(device_id, variable, is_listed, problem)

    def missing(self, chosen: Mapping[str, Choice]) -> list[str]:
        """Return a sentence for each thing that is missing, but for what nobody needs who chose so."""
        from gathertui.media.devices import NO_MICROPHONE, NO_SPEAKER
        from gathertui.media.video.cameras import NO_CAMERA

        kinds = {NO_MICROPHONE: MICROPHONE, NO_SPEAKER: SPEAKER, NO_CAMERA: CAMERA}
        served = {kind for kind, choice in chosen.items() if not choice.problem}
        return [why for why in self._found.problems if kinds.get(why) not in served]

    def ids(self, kind: str) -> list[str]:
        """Return all that can be chosen."""
        films = [f"{FILE_PREFIX}PATH"] if kind == CAMERA else []
        return [*(device.id for device in self._listed[kind]), *self._twins[kind], NONE, *films]


def absolute(device_id: str) -> str:
    """Return the id of a film so that it is found from every folder; any other as it is."""
    if not device_id.startswith(FILE_PREFIX):
        return device_id
    return f"{FILE_PREFIX}{Path(device_id.removeprefix(FILE_PREFIX)).expanduser().absolute()}"


def _problem_of_other(kind: str, device_id: str) -> str:
    if kind == CAMERA and device_id.startswith(FILE_PREFIX):
        return _problem_of_file(Path(device_id.removeprefix(FILE_PREFIX)).expanduser())
    if kind == CAMERA and Path(device_id).is_char_device():
        return ""  # another name of a camera
    return f"no such {NAMES[kind]}: {device_id}"


def _problem_of_file(path: Path) -> str:
    """Return why a file is no film or picture, or "". It is no camera, so looking into it turns no light on."""
    from gathertui.cli.picturefile import libraries_silenced
    from gathertui.media.video.filecamera import FileCamera

    if path.exists() and not path.is_file() and not path.is_dir():
        return f"{path} is no film and no picture."
    camera = FileCamera(path)
    try:
        with libraries_silenced():
            camera.open(320, 240, 15.0)
    except DeviceError as error:
        return error.message
    finally:
        camera.close()
    return ""
