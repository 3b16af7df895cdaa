"""Sound and picture for a program: with this machine's devices, or with twins that need none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gathertui.client.media.devices import DeviceMaker, Twins
from gathertui.client.media.live import LiveMedia
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.mirror import Mirror
from gathertui.client.profile import config_folder

if TYPE_CHECKING:
    from gathertui.client.media.port import MakeMedia
    from gathertui.media.ports import Camera, Microphone, Speaker

SYNTHETIC: Final = "synthetic"
"""The id of a camera, a microphone and a loudspeaker that need no hardware, for tests and for trying things out."""

SYNTHETIC_TIME: Final = "synthetic-time"
"""The id of the same camera with the time in its pictures (`gathertui.testing.timecode`)."""


def live_media() -> MakeMedia:
    """Return what gives a client sound and picture with the devices that this person chose on this machine."""
    return lambda wire: LiveMedia(wire, memory=MediaMemory(config_folder()), maker=DeviceMaker(twins()))


def live_mirror() -> Mirror:
    """Return a mirror of the devices that this person chose on this machine."""
    return Mirror(DeviceMaker(twins()), MediaMemory(config_folder()))


def twins() -> Twins:
    """Return the devices that need no hardware; nothing is imported before one is asked for."""
    return Twins(
        microphones={SYNTHETIC: _speech},
        speakers={SYNTHETIC: _nobodys_ears},
        cameras={SYNTHETIC: _somebody, SYNTHETIC_TIME: lambda: _somebody(with_time=True)},
    )


def _speech() -> Microphone:
    from gathertui.testing.sounddevices import SyntheticMicrophone
    from gathertui.testing.speech import SyntheticSpeech

    return SyntheticMicrophone(SyntheticSpeech())


def _nobodys_ears() -> Speaker:
    from gathertui.testing.sounddevices import CollectingSpeaker

    return CollectingSpeaker()


def _somebody(*, with_time: bool = False) -> Camera:
    from gathertui.testing.camera import SyntheticCamera

    return SyntheticCamera(with_time=with_time)
