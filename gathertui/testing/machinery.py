"""A machinery of sound and picture that only notes what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from gathertui.client.media.machinery import Hooks
from gathertui.client.media.peers import Line, Voice
from gathertui.client.media.state import Phase
from gathertui.media.ports import Camera, Microphone, Speaker
from gathertui.protocol.media import Signalled
from gathertui.protocol.presence import Avatar, Link


class NotedVoice:
    """What the engine was told last."""

    def __init__(self) -> None:
        self.microphone: Microphone | None = None
        self.speaker: Speaker | None = None
        self.live = False
        self.deafened = False
        self.places: dict[int, tuple[float, float]] = {}

    def use_microphone(self, microphone: Microphone | None) -> None:
        """Note it."""
        self.microphone = microphone

    def use_speaker(self, speaker: Speaker | None) -> None:
        """Note it."""
        self.speaker = speaker

    def set_live(self, live: bool) -> None:
        """Note it."""
        self.live = live

    def set_deafened(self, deafened: bool) -> None:
        """Note it."""
        self.deafened = deafened

    def place(self, avatar: int, gain: float, pan: float) -> None:
        """Note it."""
        self.places[avatar] = (gain, pan)

    def forget(self, avatar: int) -> None:
        """Note it."""
        del self.places[avatar]


class NotedVideo:
    """What the sender was told last."""

    def __init__(self) -> None:
        self.camera: Camera | None = None
        self.live = False

    def start(self, camera: Camera) -> None:
        """Note it."""
        self.camera = camera

    def stop(self) -> None:
        """Note it."""
        self.camera = None
        self.live = False

    def set_live(self, live: bool) -> None:
        """Note it."""
        self.live = live


class NotedCalls:
    """What the mesh was told last; `lines` is what it says of the peers."""

    def __init__(self, you: int) -> None:
        self.you = you
        self.peers: set[int] = set()
        self.paused = False
        self._knows_peers = True
        self.heard: list[Signalled] = []
        self.wants: dict[int, int] = {}
        self.climbs = 0
        self.may_close = asyncio.Event()
        """Cleared, the calls take their time to end."""
        self.may_close.set()
        self.is_closed = False
        self.lines: dict[int, Line] = {}

    @property
    def sends(self) -> bool:
        """Whether anything may go to the peers: not from `pause` on, until `resume` and who they are have come."""
        return self._knows_peers and not self.paused

    async def run(self) -> None:
        """There is nothing to do."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Wait until `may_close` is set, as it is at first, and note it."""
        await self.may_close.wait()
        self.is_closed = True

    def set_peers(self, links: Mapping[int, Link], avatars: Mapping[int, Avatar]) -> None:
        """Note it."""
        self.peers = set(links)
        self._knows_peers = True

    def signalled(self, message: Signalled) -> None:
        """Note it."""
        self.heard.append(message)

    def want(self, avatar: int, pictures: int) -> None:
        """Note it."""
        self.wants[avatar] = pictures

    def pause(self) -> None:
        """Note it."""
        self.paused = True
        self._knows_peers = False

    def resume(self) -> None:
        """Note it."""
        self.paused = False

    def line_of(self, avatar: int) -> Line | None:
        """Return what `lines` says."""
        return self.lines.get(avatar, Line(Phase.CONNECTING)) if avatar in self.peers else None

    def climb(self, now: float) -> None:
        """Note it."""
        self.climbs += 1


class NotedMachinery:
    """All of it; `hooks` is where a test has it tell something."""

    def __init__(self, hooks: Hooks) -> None:
        self.hooks = hooks
        self.voice = NotedVoice()
        self.video = NotedVideo()
        self.calls: list[NotedCalls] = []
        self.voices: dict[int, Voice] = {}
        self.played: list[str] = []
        self.silenced: frozenset[str] = frozenset()
        self.is_quiet = asyncio.Event()
        """Cleared, the devices take their time to close."""
        self.is_quiet.set()
        self.is_stopped = False
        self.is_closed = False

    def make_calls(self, you: int) -> NotedCalls:
        """Make calls that only note."""
        self.calls.append(NotedCalls(you))
        return self.calls[-1]

    def voice_of(self, avatar: int) -> Voice:
        """Return what `voices` says."""
        return self.voices.get(avatar, Voice(0.0, speaking=False))

    def play(self, cue: str) -> None:
        """Note it, unless it is silenced."""
        if cue not in self.silenced:
            self.played.append(cue)

    def silence(self, cues: frozenset[str]) -> None:
        """Note it."""
        self.silenced = cues

    async def quiet(self) -> None:
        """Wait until `is_quiet` is set, as it is at first."""
        await self.is_quiet.wait()

    def stop(self) -> None:
        """Note it."""
        self.is_stopped = True

    async def close(self) -> None:
        """Note it."""
        self.is_closed = True
