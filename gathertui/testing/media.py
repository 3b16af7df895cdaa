"""Sound and picture that a test or a demonstration writes down: no device, no network, no thread."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from gathertui.client.events import (
    MediaMuted,
    MediaProblem,
    OfficeEvent,
    OwnMediaChanged,
    PeerMediaChanged,
)
from gathertui.client.media.port import DeviceKind, MediaWire
from gathertui.client.media.state import OwnMedia, PeerMedia, Switch
from gathertui.protocol.base import Message

if TYPE_CHECKING:
    from gathertui.media.devices import DeviceList
    from gathertui.media.ports import Picture


class ScriptedMedia:
    """A `MediaPart` whose peers, pictures and troubles are what it is told.

    `OfficeClient(..., media=scripted.join)` makes it a client's. Switches act at
    once; `asked` records everything that was asked of it, as (name, arguments...).
    """

    def __init__(self) -> None:
        self.on_picture: Callable[[int | None], None] | None = None
        self.do_not_disturb = False
        self.own = OwnMedia(carried=True)
        self.own_picture: Picture | None = None
        self.chosen: dict[str, str] = {}
        self.cues_silenced: frozenset[str] = frozenset()
        self.device_list: DeviceList | None = None
        """What `devices` answers; None for no devices at all."""
        self.asked: list[tuple[Any, ...]] = []
        self.quiet = asyncio.Event()
        """Cleared, the devices take their time to close."""
        self.quiet.set()
        self.closed = False
        self._peers: dict[int, PeerMedia] = {}
        self._wire: MediaWire | None = None

    def join(self, wire: MediaWire) -> Self:
        """Belong to this client."""
        self._wire = wire
        return self

    # ------------------------------------------------------------ the script

    def set_own(self, **changes: Any) -> None:
        """Change fields of `own`."""
        self.own = dataclasses.replace(self.own, **changes)
        self._tell(OwnMediaChanged())

    def set_peer(self, avatar: int, peer: PeerMedia | None = None, **changes: Any) -> None:
        """Put somebody among the peers, or change fields of theirs."""
        before = peer or self._peers.get(avatar) or PeerMedia()
        self._peers[avatar] = dataclasses.replace(before, **changes)
        self._tell(PeerMediaChanged(avatar))

    def lose_peer(self, avatar: int) -> None:
        """Take somebody from the peers."""
        del self._peers[avatar]
        self._tell(PeerMediaChanged(avatar))

    def show(self, avatar: int | None, picture: Picture | None) -> None:
        """Show a picture of somebody, or (None) of yourself; without a picture there is none any more."""
        if avatar is None:
            self.own_picture = picture
        else:
            self._peers[avatar] = dataclasses.replace(self._peers.get(avatar) or PeerMedia(), picture=picture)
        if self.on_picture is not None:
            self.on_picture(avatar)

    def fail(self, part: str, sentence: str) -> None:
        """Have something not work: `part` is one of `state.MICROPHONE`, `SPEAKER`, `CAMERA` and `MEDIA`."""
        self.set_own(problems={**self.own.problems, part: sentence})
        self._tell(MediaProblem(sentence))

    def _tell(self, event: OfficeEvent) -> None:
        if self._wire is not None:
            self._wire.tell(event)

    # ------------------------------------------------------------ the port

    @property
    def peers(self) -> Mapping[int, PeerMedia]:
        """Those that the script put there."""
        return self._peers

    def set_microphone(self, on: bool) -> None:
        """Turn it on or off."""
        self.asked.append(("set_microphone", on))
        self.set_own(microphone=Switch.ON if on else Switch.OFF, carried=self.own.carried or on)

    def set_camera(self, switch: Switch) -> None:
        """Turn it on or off."""
        self.asked.append(("set_camera", switch))
        self.set_own(camera=switch, carried=self.own.carried or switch is not Switch.OFF)

    def set_deafened(self, on: bool) -> None:
        """Hear nobody, or everybody."""
        self.asked.append(("set_deafened", on))
        self.set_own(deafened=on)

    def mute_all(self, why: str) -> None:
        """Turn both off."""
        self.asked.append(("mute_all", why))
        if self.own.microphone is not Switch.OFF or self.own.camera is not Switch.OFF:
            self.set_own(microphone=Switch.OFF, camera=Switch.OFF, level=0.0, speaking=False)
            self._tell(MediaMuted(why))

    async def wait_quiet(self) -> None:
        """Wait until `quiet` is set, as it is at first."""
        await self.quiet.wait()

    def want(self, avatar: int, pictures: int) -> None:
        """Note it."""
        self.asked.append(("want", avatar, pictures))

    def knocked(self) -> None:
        """Note it."""
        self.asked.append(("knocked",))

    async def devices(self) -> DeviceList:
        """Return `device_list`."""
        from gathertui.media.devices import DeviceList

        return self.device_list or DeviceList((), (), (), ())

    def choose(self, kind: DeviceKind, device_id: str) -> None:
        """Take the choice over."""
        self.asked.append(("choose", kind, device_id))
        self.chosen[kind] = device_id
        self._tell(OwnMediaChanged())

    def silence_cue(self, name: str, silenced: bool) -> None:
        """Take the choice over."""
        self.asked.append(("silence_cue", name, silenced))
        self.cues_silenced = self.cues_silenced | {name} if silenced else self.cues_silenced - {name}
        self._tell(OwnMediaChanged())

    async def run(self) -> None:
        """There is nothing to do."""

    def take(self, event: OfficeEvent) -> None:
        """The script says what happens."""

    def receive(self, message: Message) -> None:
        """The script says what happens."""

    async def close(self) -> None:
        """Note it."""
        self.closed = True
