"""Loads the real machinery of sound and picture, which takes up to a second: call all of this in a thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from gathertui.client.media.machinery import MakeMachinery

if TYPE_CHECKING:
    from gathertui.media.devices import DeviceList

MISSING: Final = "Sound and picture can't be had: {error}. Installing gathertui anew helps."
"""What to say where the import fails."""


def load_machinery() -> MakeMachinery:
    """Import what it takes. Raises ImportError, OSError."""
    from gathertui.client.media.parts import Parts

    return Parts


def load_for_music() -> MakeMachinery:
    """As `load_machinery`, for a microphone whose sound is not a voice in a room: it is sent as it is."""
    from gathertui.client.media.parts import Parts

    return partial(Parts, natural=False)


def find_devices() -> DeviceList:
    """Look for what microphones, loudspeakers and cameras there are now."""
    from gathertui.media.devices import list_devices

    return list_devices()
