"""The real machinery of sound and picture. Importing this takes most of a second: it brings numpy, av and aiortc."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from gathertui.client.media.machinery import Hooks
from gathertui.client.media.peers import Line, Voice
from gathertui.client.media.state import CAMERA, Phase, Quality
from gathertui.media import quality
from gathertui.media.audio.cues import Cue
from gathertui.media.audio.engine import VoiceEngine
from gathertui.media.feeds import PacketFeed
from gathertui.media.ice import IceConfig, config_from
from gathertui.media.mesh import Mesh, PeerTerms
from gathertui.media.ports import Picture, Sound
from gathertui.media.video.ladder import VideoLadder
from gathertui.media.video.rungs import RUNGS
from gathertui.media.video.sender import VideoSender
from gathertui.net.address import host_of
from gathertui.protocol.media import CARRIED, NO_PICTURES, Signalled
from gathertui.protocol.presence import Avatar, Link

CLOSE_SECONDS: Final = 3.0
"""How long the devices' threads are waited for: a driver that hangs must not hold up the end."""

_QUALITIES: Final = {
    quality.Quality.GOOD: Quality.GOOD,
    quality.Quality.FAIR: Quality.FAIR,
    quality.Quality.POOR: Quality.POOR,
    None: Quality.UNKNOWN,
}


class Parts:
    """A `machinery.Machinery` of real devices and real connections. Made on the event loop's thread.

    `natural` False sends sound as it is, for music.
    """

    def __init__(self, hooks: Hooks, *, natural: bool = True) -> None:
        loop = asyncio.get_running_loop()
        self.calls: MeshCalls | None = None
        """Those that were made last."""
        self._hooks = hooks
        self._audio = PacketFeed("audio")
        self._video = {number: PacketFeed("video") for number in RUNGS}
        self.voice = VoiceEngine(
            feed=self._audio,
            loop=loop,
            on_level=hooks.level_changed,
            on_problem=hooks.device_failed,
            on_heard=hooks.voice_changed,
            natural=natural,
        )
        self.video = VideoSender(
            self._video,
            on_picture=hooks.own_picture_came,
            on_problem=lambda why: hooks.device_failed(CAMERA, why),
            loop=loop,
        )

    def make_calls(self, you: int) -> MeshCalls:
        """The calls of the avatar `you`."""
        self.calls = MeshCalls(you, self._hooks, self.voice, self.video, self._audio, self._video)
        return self.calls

    def voice_of(self, avatar: int) -> Voice:
        """How loud somebody is."""
        return Voice(self.voice.level(avatar), self.voice.is_speaking(avatar))

    def play(self, cue: str) -> None:
        """Make one of the sounds."""
        self.voice.play(Cue(cue))

    def silence(self, cues: frozenset[str]) -> None:
        """Make these no more."""
        self.voice.set_cues(frozenset(Cue(cue) for cue in cues))

    async def quiet(self) -> None:
        """Wait until microphone and camera are closed, where they are off."""
        await self.video.closed()
        await self.voice.settled()

    def stop(self) -> None:
        """Let go of all devices, for good and without waiting."""
        self.video.stop()
        self.voice.close()

    async def close(self) -> None:
        """Do as `stop` does, and wait until they are closed."""
        self.stop()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.video.closed()
                await self.voice.closed()
        except TimeoutError:
            return


class MeshCalls:
    """The calls of one avatar: its mesh, and the ladder that says which pictures each peer gets."""

    def __init__(
        self,
        you: int,
        hooks: Hooks,
        voice: VoiceEngine,
        video: VideoSender,
        audio: PacketFeed,
        rungs: Mapping[int, PacketFeed],
    ) -> None:
        self._hooks = hooks
        self._voice = voice
        self._video = video
        self._ladder = VideoLadder()
        self._mesh = Mesh(
            you, signal=hooks.signal, ice=self._ask_ice, audio=audio, video=rungs, sink=self, name_of=hooks.name_of
        )

    async def _ask_ice(self) -> IceConfig:
        return config_from(await self._hooks.ice_servers(), host_of(self._hooks.server))

    @property
    def connections(self) -> int:
        """How many connections there are, those included that are being made or closed."""
        return self._mesh.connections

    async def run(self) -> None:
        """Make and keep the calls, until cancelled."""
        await self._mesh.run()

    async def close(self) -> None:
        """End them all."""
        await self._mesh.close()
        self._video.set_rungs(frozenset())

    def set_peers(self, links: Mapping[int, Link], avatars: Mapping[int, Avatar]) -> None:
        """Have calls with exactly those in `links`."""
        self._mesh.set_peers(
            {
                avatar: PeerTerms(link.flow, bool(avatars[avatar].media & CARRIED))
                for avatar, link in links.items()
                if avatar in avatars
            }
        )

    def signalled(self, message: Signalled) -> None:
        """A peer told something."""
        self._mesh.signalled(message)

    def want(self, avatar: int, pictures: int) -> None:
        """Say how large somebody's pictures are wanted."""
        self._mesh.want(avatar, pictures)

    def pause(self) -> None:
        """The connection to the server is lost."""
        self._mesh.pause()

    def resume(self) -> None:
        """It is back; what is sent waits for `set_peers`."""
        self._mesh.resume()

    def line_of(self, avatar: int) -> Line | None:
        """How the connection with somebody is."""
        state = self._mesh.state(avatar)
        if state is None:
            return None
        return Line(Phase(state.phase.value), state.why, _QUALITIES[state.quality])

    def climb(self, now: float) -> None:
        """Give everybody the pictures that they want, as far as it goes."""
        demands = self._mesh.demands
        rungs = self._ladder.rungs(now, demands, len(demands), self._video.is_late)
        for avatar, rung in rungs.items():
            self._mesh.set_rung(avatar, rung)
        self._video.set_rungs(frozenset(rungs.values()) - {NO_PICTURES})

    # ------------------------------------------------------------ what the mesh tells us

    def peer_changed(self, avatar: int) -> None:
        """How the connection with somebody is is another."""
        self._hooks.line_changed(avatar)

    def sound_came(self, avatar: int, sound: Sound) -> None:
        """Somebody said something."""
        self._voice.hear(avatar, sound)

    def picture_came(self, avatar: int, picture: Picture) -> None:
        """The newest picture of somebody."""
        self._hooks.picture_came(avatar, picture)

    def wanted_pictures_changed(self) -> None:
        """Somebody wants other pictures."""
        self.climb(time.monotonic())
