"""How your sound and picture are, and how those of the others are. Cheap to import: no numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gathertui.media.ports import Picture


class Switch(StrEnum):
    """What is done with the microphone or the camera."""

    OFF = "off"
    PREVIEW = "preview"
    """The camera shows you yourself, and nobody else. Microphones don't have it."""
    ON = "on"


class Phase(StrEnum):
    """How far the connection with somebody of your conversation is."""

    WAITING = "waiting"
    """There can't be one yet: nothing carries their sound and picture, or yours."""
    CONNECTING = "connecting"
    CONNECTED = "connected"
    NO_PATH = "no path"
    """The networks let nothing through; it is tried again."""


class Quality(StrEnum):
    """How well sound and picture come from somebody."""

    UNKNOWN = ""
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


MICROPHONE: Final = "microphone"
SPEAKER: Final = "speaker"
CAMERA: Final = "camera"
MEDIA: Final = "media"
"""What can have a problem, and, but for `MEDIA`, what can be chosen."""

CUES: Final[Mapping[str, str]] = {
    "near": "somebody comes near",
    "gone": "somebody is out of earshot",
    "knock": "a knock",
    "mic_on": "your microphone goes on",
    "mic_off": "your microphone goes off",
    "arrival": "somebody comes into the office",
}
"""The sounds that tell what happens, by name, each with what it tells. Each can be silenced."""


@dataclass(frozen=True, slots=True)
class OwnMedia:
    """What you send and hear. `level` is your microphone's, 0 to 1; `speaking` whether that is a voice.

    `carried`: this view carries the account's sound and picture; another one may.
    `problems` holds one sentence for each of `MICROPHONE`, `SPEAKER`, `CAMERA` and
    `MEDIA` (all of it) that doesn't work: what is missing and how to get it.
    """

    microphone: Switch = Switch.OFF
    camera: Switch = Switch.OFF
    deafened: bool = False
    carried: bool = False
    level: float = 0.0
    speaking: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_on(self) -> bool:
        """Whether microphone or camera is in use, if only for yourself to see."""
        return self.microphone is not Switch.OFF or self.camera is not Switch.OFF


@dataclass(frozen=True, slots=True)
class PeerMedia:
    """What comes from somebody of your conversation. `why` is a sentence about the phase, or empty.

    `microphone`, `camera` and `deaf` are what they say of themselves; `level`, 0 to
    1, and `speaking` are what is heard of them. `picture` is the newest; None where
    they are to be shown as their avatar.
    """

    phase: Phase = Phase.WAITING
    why: str = ""
    quality: Quality = Quality.UNKNOWN
    level: float = 0.0
    speaking: bool = False
    microphone: bool = False
    camera: bool = False
    deaf: bool = False
    picture: Picture | None = field(default=None, compare=False)
