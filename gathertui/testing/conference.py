"""Several media meshes in one process, joined by signals that take no server: for tests and benchmarks.

Everybody in a `Conference` has a mesh of their own, a voice that is a steady tone,
and a camera whose pictures bear the time. What they hear and see is kept and can
be asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable
from types import TracebackType
from typing import Final

import numpy as np

from gathertui.media.audio.opus import PACKET, OpusEncoder
from gathertui.media.feeds import PacketFeed
from gathertui.media.ice import IceConfig, Patience
from gathertui.media.mesh import Mesh, PeerPhase, PeerState, PeerTerms
from gathertui.media.peer import Ears, Peer
from gathertui.media.ports import SAMPLE_RATE, Picture, Sound
from gathertui.media.video.encoder import Vp8Encoder
from gathertui.media.video.rungs import RUNGS
from gathertui.protocol.media import SMALL_PICTURES, SignalBody, Signalled
from gathertui.protocol.presence import RECEIVE, SEND
from gathertui.testing.network import ScriptedNetwork
from gathertui.testing.timecode import age, write_time

BOTH_WAYS: Final = PeerTerms(SEND | RECEIVE, carried=True)

PATIENCE: Final = 20.0
"""Seconds that `until` waits."""

LOOK_EVERY: Final = 5
"""Pictures of which the age of one is read: that takes as long as all that a mesh does with it."""

_KEPT: Final = SAMPLE_RATE  # samples of each voice that are kept
_LATENCIES: Final = 1000


class Attendee:
    """One of a conference: a mesh, and what it was told. It is the mesh's sink."""

    def __init__(self, avatar: int, name: str, conference: Conference, ice: IceConfig) -> None:
        self.avatar = avatar
        self.name = name
        self.ice = ice
        self.conference = conference
        self.signals: list[tuple[int, int, SignalBody]] = []
        self.changes: list[tuple[int, PeerState | None]] = []
        self.sounds: dict[int, deque[Sound]] = defaultdict(lambda: deque(maxlen=_KEPT // PACKET))
        self.heard: dict[int, int] = defaultdict(int)
        self.seen: dict[int, int] = defaultdict(int)
        self.pictures: dict[int, Picture] = {}
        self.on_sound: Callable[[int, Sound], None] | None = None
        """Who hears it besides."""
        self.latencies: deque[float] = deque(maxlen=_LATENCIES)
        self.network = ScriptedNetwork(avatar)
        """What all that they send goes through."""
        self.peers: list[Peer] = []
        """Every connection that they made, the newest last."""
        self.voice = PacketFeed("audio")
        self.cameras = {number: PacketFeed("video") for number in RUNGS}
        self.mesh = Mesh(
            avatar,
            signal=self._signal,
            ice=self._ice,
            audio=self.voice,
            video=self.cameras,
            sink=self,
            name_of=conference.name_of,
            clock=conference.clock,
            make_peer=self._make_peer,
        )
        self.links: dict[int, PeerTerms] = {}
        self.work = [asyncio.create_task(self.mesh.run())]

    async def _ice(self) -> IceConfig:
        return self.ice

    def _make_peer(self, config: IceConfig, ears: Ears, *, patience: Patience) -> Peer:
        peer = Peer(config, ears, patience=patience)
        self.network.attach(peer)
        self.peers.append(peer)
        return peer

    def _signal(self, avatar: int, call: int, body: SignalBody) -> None:
        self.signals.append((avatar, call, body))
        self.conference.deliver(avatar, Signalled(self.avatar, call, body))

    # ------------------------------------------------------------ what they do

    def link(self, other: int, terms: PeerTerms | None) -> None:
        """Be linked with somebody on these terms, or, with None, not any more."""
        self.links.pop(other, None)
        if terms is not None:
            self.links[other] = terms
        self.mesh.set_peers(self.links)

    def speak(self, pitch: float) -> asyncio.Task[None]:
        """Hum, until the task is cancelled."""
        self.work.append(asyncio.create_task(self._hum(pitch)))
        return self.work[-1]

    def show(self, rung: int = SMALL_PICTURES) -> asyncio.Task[None]:
        """Be seen in pictures of that rung, until the task is cancelled."""
        for other in self.links:
            self.mesh.set_rung(other, rung)
        self.work.append(asyncio.create_task(self._film(rung)))
        return self.work[-1]

    async def _hum(self, pitch: float) -> None:
        encoder, at, began = OpusEncoder(), 0, time.monotonic()
        while True:
            times = np.arange(at, at + PACKET) / SAMPLE_RATE
            self.voice.put(encoder.encode((0.3 * np.sin(2 * np.pi * pitch * times)).astype(np.float32)), at)
            at += PACKET
            await asyncio.sleep(began + at / SAMPLE_RATE - time.monotonic())

    async def _film(self, number: int) -> None:
        rung, feed = RUNGS[number], self.cameras[number]
        encoder, wishes, count, began = Vp8Encoder(rung), [True], 0, time.monotonic()
        rows = np.arange(rung.height, dtype=np.uint8)[:, None, None]
        columns = np.arange(rung.width, dtype=np.uint8)[None, :, None]
        feed.on_keyframe_wanted = lambda: wishes.append(True)
        while True:
            picture = np.broadcast_to(rows + columns + np.uint8(4 * count % 256), (rung.height, rung.width, 3)).copy()
            write_time(picture, time.monotonic())
            pts = count * 90_000 // rung.rate
            frame = encoder.encode(picture, pts, key=bool(wishes))
            wishes.clear()
            feed.put(frame, pts)
            count += 1
            await asyncio.sleep(began + count / rung.rate - time.monotonic())

    async def leave(self) -> None:
        """Stop everything and end all calls."""
        for task in self.work:
            task.cancel()
        await asyncio.gather(*self.work, return_exceptions=True)
        await self.mesh.close()

    # ------------------------------------------------------------ what they notice

    def phase_of(self, other: Attendee) -> PeerPhase | None:
        """How it stands with somebody."""
        state = self.mesh.state(other.avatar)
        return state.phase if state is not None else None

    def pitch_of(self, other: Attendee) -> float:
        """The strongest frequency of what was heard of somebody last, in Hz."""
        sound = np.concatenate(self.sounds[other.avatar])
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
        return float(np.argmax(spectrum)) * SAMPLE_RATE / len(sound)

    def seconds_of(self, other: Attendee) -> float:
        """How much was heard of somebody."""
        return self.heard[other.avatar] / SAMPLE_RATE

    def pictures_of(self, other: Attendee) -> int:
        """How many pictures came of somebody."""
        return self.seen[other.avatar]

    def peer_changed(self, avatar: int) -> None:
        """Keep how it stands now."""
        self.changes.append((avatar, self.mesh.state(avatar)))

    def sound_came(self, avatar: int, sound: Sound) -> None:
        """Keep it."""
        self.sounds[avatar].append(sound)
        self.heard[avatar] += len(sound)
        if self.on_sound is not None:
            self.on_sound(avatar, sound)

    def picture_came(self, avatar: int, picture: Picture) -> None:
        """Keep it, and how old it is."""
        self.seen[avatar] += 1
        self.pictures[avatar] = picture
        if self.seen[avatar] % LOOK_EVERY == 1:
            old = age(picture, time.monotonic())
            if old is not None:
                self.latencies.append(old)

    def wanted_pictures_changed(self) -> None:
        """Nothing to do: `show` says what is sent."""


class Conference:
    """Everybody who is there; leaving it ends them all."""

    def __init__(self, *, ice: IceConfig | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.ice = ice or IceConfig(loopback=True)
        self.clock = clock
        self.attendees: dict[int, Attendee] = {}
        self.underway: Callable[[int, Signalled], Signalled | None] = lambda to, message: message
        """What becomes of a signal on its way to an avatar; None: it is lost."""

    def join(self, name: str, *, avatar: int = 0, ice: IceConfig | None = None) -> Attendee:
        """Let somebody in, with the next avatar id if none is given."""
        avatar = avatar or max(self.attendees, default=0) + 1
        self.attendees[avatar] = Attendee(avatar, name, self, ice or self.ice)
        return self.attendees[avatar]

    async def leave(self, attendee: Attendee) -> None:
        """Let somebody go, without a word to the others."""
        if self.attendees.get(attendee.avatar) is attendee:
            del self.attendees[attendee.avatar]
        await attendee.leave()

    def name_of(self, avatar: int) -> str:
        """What somebody is called."""
        return self.attendees[avatar].name if avatar in self.attendees else f"#{avatar}"

    def link(self, one: Attendee, other: Attendee, terms: PeerTerms | None = BOTH_WAYS) -> None:
        """Link two on the same terms, or, with None, not any more."""
        one.link(other.avatar, terms)
        other.link(one.avatar, terms)

    def deliver(self, avatar: int, message: Signalled) -> None:
        """Bring a signal to somebody, soon."""
        arrives = self.underway(avatar, message)
        if arrives is not None:
            asyncio.get_running_loop().call_soon(self._arrive, avatar, arrives)

    def _arrive(self, avatar: int, message: Signalled) -> None:
        if avatar in self.attendees:
            self.attendees[avatar].mesh.signalled(message)

    async def connected(self, *attendees: Attendee) -> None:
        """Wait until all of these are connected with each other."""
        pairs = [(one, other) for one in attendees for other in attendees if one is not other]
        await self.until(lambda: all(one.phase_of(other) is PeerPhase.CONNECTED for one, other in pairs))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - what is waited for lies in many places
                await asyncio.sleep(0.01)

    async def __aenter__(self) -> Conference:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*[self.leave(attendee) for attendee in tuple(self.attendees.values())])
