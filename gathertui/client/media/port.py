"""What sound and picture look like from outside: `Media` to those who use them, `MediaPart` to the client itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from gathertui.client.events import OfficeEvent
from gathertui.client.media.state import OwnMedia, PeerMedia, Switch
from gathertui.client.model import OfficeModel
from gathertui.protocol.base import Message
from gathertui.protocol.media import IceServers, SignalBody

if TYPE_CHECKING:
    from gathertui.media.devices import DeviceList
    from gathertui.media.ports import Picture

DeviceKind: TypeAlias = Literal["microphone", "speaker", "camera"]


class Media(Protocol):
    """Your sound and picture, and those of your conversation. All of it belongs to the client's event loop.

    Nothing here blocks or raises: what does not work is in `own.problems`, and a
    `MediaProblem` tells of it. A change comes as `OwnMediaChanged` or
    `PeerMediaChanged`, levels at most ten times a second.
    """

    on_picture: Callable[[int | None], None] | None
    """Called when there is a new picture of this avatar, or of yourself (None). Pictures are no events."""
    do_not_disturb: bool
    """While set, no cue sounds but those of your own microphone, and those that `MediaMemory.undisturbing` names."""

    @property
    def own(self) -> OwnMedia:
        """How yours is."""
        ...

    @property
    def own_picture(self) -> Picture | None:
        """Yourself as in a mirror; None while the camera is off, or sees nothing."""
        ...

    @property
    def peers(self) -> Mapping[int, PeerMedia]:
        """How everybody's of your conversation is, by avatar id."""
        ...

    @property
    def chosen(self) -> Mapping[str, str]:
        """The chosen devices' ids by kind; the system's own choice where there is none."""
        ...

    @property
    def cues_silenced(self) -> frozenset[str]:
        """The names of the `CUES` that are not played."""
        ...

    def set_microphone(self, on: bool) -> None:
        """Be heard, or not. Turning it on makes this view the one that carries the account's sound and picture."""
        ...

    def set_camera(self, switch: Switch) -> None:
        """Be seen, see yourself only, or neither. Turning it on makes this view the one that carries."""
        ...

    def set_deafened(self, on: bool) -> None:
        """Hear nobody, or everybody again."""
        ...

    def mute_all(self, why: str) -> None:
        """Turn microphone and camera off; if one was on, `MediaMuted` says why, a sentence."""
        ...

    async def wait_quiet(self) -> None:
        """Wait until the devices are closed of what is off: a driver may take its time. It has no bound of its own."""
        ...

    def want(self, avatar: int, pictures: int) -> None:
        """Say how large their pictures are wanted: `protocol.media.NO_PICTURES` to `LARGE_PICTURES`."""
        ...

    def knocked(self) -> None:
        """Make the sound of a knock."""
        ...

    async def devices(self) -> DeviceList:
        """Look for what microphones, speakers and cameras there are now."""
        ...

    def choose(self, kind: DeviceKind, device_id: str) -> None:
        """Use this device from now on, and the next time on this machine; an empty id is the system's choice."""
        ...

    def silence_cue(self, name: str, silenced: bool) -> None:
        """Play one of the `CUES` no more, or again; kept for the next time."""
        ...


class MediaPart(Media, Protocol):
    """The same as the client drives it."""

    async def run(self) -> None:
        """Do the work, until cancelled or `close`. Raises nothing that is only sound's and picture's trouble."""
        ...

    def take(self, event: OfficeEvent) -> None:
        """Something happened in the office; the model has it already."""
        ...

    def receive(self, message: Message) -> None:
        """Take a message of the media family that came unasked."""
        ...

    async def close(self) -> None:
        """End all calls and let go of all devices."""
        ...


class MediaWire(Protocol):
    """What sound and picture need of the client."""

    @property
    def model(self) -> OfficeModel:
        """The office as it is known."""
        ...

    async def carry(self) -> None:
        """Have this view carry the account's sound and picture. Raises `Refused`, `ConnectionLost`."""
        ...

    async def ice_servers(self) -> IceServers:
        """Ask by which servers to connect. Raises `Refused`, `ConnectionLost`."""
        ...

    @property
    def server(self) -> str:
        """The server's URL."""
        ...

    def set_media(self, media: int) -> None:
        """Tell what is on, in bits of `protocol.media`; lost where there is no connection."""
        ...

    def signal(self, avatar: int, call: int, body: SignalBody) -> None:
        """Tell a peer something; lost where there is no connection."""
        ...

    def tell(self, event: OfficeEvent) -> None:
        """Put an event among the client's."""
        ...


MakeMedia: TypeAlias = Callable[[MediaWire], MediaPart]
"""Gives a client its sound and picture."""
