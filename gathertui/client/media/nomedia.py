"""For views that have neither sound nor picture: over ssh, by choice, or because something is not installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gathertui.client.events import MediaProblem, OfficeEvent
from gathertui.client.media.port import DeviceKind, MediaWire
from gathertui.client.media.state import MEDIA, OwnMedia, PeerMedia, Switch
from gathertui.protocol.base import Message

if TYPE_CHECKING:
    from gathertui.media.devices import DeviceList
    from gathertui.media.ports import Picture

NOT_IN_THIS_VIEW = "This view has no sound and no picture."


class NoMedia:
    """All is off and stays off; `why` is a sentence that says so, with what to do about it."""

    on_picture: Callable[[int | None], None] | None = None
    do_not_disturb = False
    own_picture: Picture | None = None

    def __init__(self, wire: MediaWire, why: str = NOT_IN_THIS_VIEW) -> None:
        self._wire = wire
        self._why = why
        self.own = OwnMedia(problems={MEDIA: why})
        self.peers: Mapping[int, PeerMedia] = {}
        self.chosen: Mapping[str, str] = {}
        self.cues_silenced: frozenset[str] = frozenset()

    def set_microphone(self, on: bool) -> None:
        """Say why not."""
        if on:
            self._wire.tell(MediaProblem(self._why))

    def set_camera(self, switch: Switch) -> None:
        """Say why not."""
        if switch is not Switch.OFF:
            self._wire.tell(MediaProblem(self._why))

    def set_deafened(self, on: bool) -> None:
        """Say why not."""
        self._wire.tell(MediaProblem(self._why))

    def mute_all(self, why: str) -> None:
        """Nothing is on."""

    async def wait_quiet(self) -> None:
        """Nothing is open."""

    def want(self, avatar: int, pictures: int) -> None:
        """Nothing comes."""

    def knocked(self) -> None:
        """Nothing is heard."""

    async def devices(self) -> DeviceList:
        """None are used here."""
        from gathertui.media.devices import DeviceList

        return DeviceList((), (), (), (self._why,))

    def choose(self, kind: DeviceKind, device_id: str) -> None:
        """Say why not."""
        self._wire.tell(MediaProblem(self._why))

    def silence_cue(self, name: str, silenced: bool) -> None:
        """Nothing is heard."""

    async def run(self) -> None:
        """There is nothing to do."""

    def take(self, event: OfficeEvent) -> None:
        """Nothing depends on it."""

    def receive(self, message: Message) -> None:
        """Nobody calls who knows that nothing is carried here."""

    async def close(self) -> None:
        """There is nothing to let go."""
