"""What makes sound and picture go, as `live.LiveMedia` sees it: an engine for voices, a sender of pictures, and calls.

The real ones are in `parts`, whose import is heavy. Their methods belong to the
event loop's thread and never block it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from gathertui.client.media.peers import Line, Voice
from gathertui.protocol.media import IceServers, SignalBody, Signalled
from gathertui.protocol.presence import Avatar, Link

if TYPE_CHECKING:
    from gathertui.media.ports import Camera, Microphone, Picture, Speaker


class Hooks(Protocol):
    """What the machinery tells and asks, on the event loop's thread."""

    def level_changed(self, level: float, speaking: bool) -> None:
        """Your microphone's level, 0 to 1, and whether that is a voice; at most ten times a second."""
        ...

    def voice_changed(self, avatar: int) -> None:
        """How loud somebody is is another; at most ten times a second for each."""
        ...

    def device_failed(self, kind: str, why: str) -> None:
        """A device of this kind doesn't work, and a sentence why; with an empty sentence it does again."""
        ...

    def own_picture_came(self, picture: Picture | None) -> None:
        """Yourself as in a mirror; None while the camera sees nothing."""
        ...

    def line_changed(self, avatar: int) -> None:
        """How the connection with somebody is is another."""
        ...

    def picture_came(self, avatar: int, picture: Picture) -> None:
        """The newest picture of somebody."""
        ...

    def wishes_changed(self) -> None:
        """What the peers want to see of you, or how well it comes, is another: `Calls.climb`."""
        ...

    async def ice_servers(self) -> IceServers:
        """Ask the server by which servers to connect. Raises `Refused`, `ConnectionLost`."""
        ...

    def signal(self, avatar: int, call: int, body: SignalBody) -> None:
        """Tell a peer something."""
        ...

    @property
    def server(self) -> str:
        """The office's URL."""
        ...

    def name_of(self, avatar: int) -> str:
        """What somebody is called."""
        ...


class VoiceMachine(Protocol):
    """Your microphone, your loudspeaker, and everybody's voice."""

    def use_microphone(self, microphone: Microphone | None) -> None: ...  # noqa: D102
    def use_speaker(self, speaker: Speaker | None) -> None: ...  # noqa: D102
    def set_live(self, live: bool) -> None: ...  # noqa: D102
    def set_deafened(self, deafened: bool) -> None: ...  # noqa: D102
    def place(self, avatar: int, gain: float, pan: float) -> None: ...  # noqa: D102
    def forget(self, avatar: int) -> None: ...  # noqa: D102


class PictureMachine(Protocol):
    """Your camera, and what is sent of it."""

    def start(self, camera: Camera) -> None: ...  # noqa: D102
    def stop(self) -> None: ...  # noqa: D102
    def set_live(self, live: bool) -> None: ...  # noqa: D102


class Calls(Protocol):
    """The calls of one avatar with everybody that it is linked with."""

    async def run(self) -> None:
        """Make and keep the calls, until cancelled."""
        ...

    async def close(self) -> None:
        """End them all."""
        ...

    def set_peers(self, links: Mapping[int, Link], avatars: Mapping[int, Avatar]) -> None:
        """Have calls with exactly those in `links`."""
        ...

    def signalled(self, message: Signalled) -> None:
        """A peer told something."""
        ...

    def want(self, avatar: int, pictures: int) -> None:
        """Say how large somebody's pictures are wanted."""
        ...

    def pause(self) -> None:
        """The connection to the server is lost: send nothing."""
        ...

    def resume(self) -> None:
        """It is back; send again once `set_peers` has said to whom."""
        ...

    def line_of(self, avatar: int) -> Line | None:
        """How the connection with somebody is; None where there is none."""
        ...

    def climb(self, now: float) -> None:
        """Give everybody the pictures that they want, as far as it goes."""
        ...


class Machinery(Protocol):
    """All of it, for one client."""

    @property
    def voice(self) -> VoiceMachine: ...  # noqa: D102
    @property
    def video(self) -> PictureMachine: ...  # noqa: D102

    def make_calls(self, you: int) -> Calls:
        """The calls of the avatar `you`."""
        ...

    def voice_of(self, avatar: int) -> Voice:
        """How loud somebody is."""
        ...

    def play(self, cue: str) -> None:
        """Make one of the sounds of `state.CUES`."""
        ...

    def silence(self, cues: frozenset[str]) -> None:
        """Make these no more."""
        ...

    async def quiet(self) -> None:
        """Wait until microphone and camera are closed, where they are off."""
        ...

    def stop(self) -> None:
        """Let go of all devices, for good and without waiting."""
        ...

    async def close(self) -> None:
        """Do as `stop` does, and wait until they are closed."""
        ...


MakeMachinery: TypeAlias = Callable[[Hooks], Machinery]
"""Makes it, on the event loop's thread."""
