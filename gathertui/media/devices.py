"""Which microphones, loudspeakers and cameras this machine has."""

from __future__ import annotations

from dataclasses import dataclass

from gathertui.errors import DeviceError
from gathertui.media.ports import Device

NO_MICROPHONE = "There is no microphone on this machine. Plug one in to be heard."
NO_SPEAKER = "There is no loudspeaker on this machine. Plug in one, or headphones, to hear the others."


@dataclass(frozen=True, slots=True)
class DeviceList:
    """The devices, each kind's default first, and a sentence for each thing that is missing and how to get it."""

    microphones: tuple[Device, ...]
    speakers: tuple[Device, ...]
    cameras: tuple[Device, ...]
    problems: tuple[str, ...] = ()


def list_devices() -> DeviceList:
    """Find the devices that there are now. It takes its time: not for the event loop's thread.

    Sound that plays stops for about a tenth of a second.
    """
    from gathertui.media.video.cameras import list_cameras

    microphones, speakers, problems = _list_sound()
    cameras, no_camera = list_cameras()
    return DeviceList(microphones, speakers, cameras, (*problems, no_camera) if no_camera else problems)


def _list_sound() -> tuple[tuple[Device, ...], tuple[Device, ...], tuple[str, ...]]:
    from gathertui.media.audio.portaudio import portaudio

    try:
        library = portaudio()
        library.look_anew()
        microphones = tuple(found.device for found in library.devices("input"))
        speakers = tuple(found.device for found in library.devices("output"))
    except DeviceError as error:
        return (), (), (str(error),)
    missing = ((microphones, NO_MICROPHONE), (speakers, NO_SPEAKER))
    return microphones, speakers, tuple(sentence for devices, sentence in missing if not devices)
