"""All peers of one view: a connection to each whom it is linked with, from the link's first moment to its last.

The mesh decides nothing about who: `set_peers` says that, with what may go each
way. It speaks to the other ends through `signal`, and tells its sink what came.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from gathertui.errors import Refused
from gathertui.media.feeds import PacketFeed
from gathertui.media.ice import IceConfig, ServersKnown
from gathertui.media.negotiation import EARLY, PeerPhase
from gathertui.media.pair import GRACE, MakePeer, Pair, PeerTerms
from gathertui.media.peer import Peer
from gathertui.media.ports import Picture, Sound
from gathertui.media.quality import Quality
from gathertui.protocol.media import SignalBody, Signalled

__all__ = ["Demand", "Mesh", "MeshSink", "PeerPhase", "PeerState", "PeerTerms", "Quality"]

TICK: Final = 0.25
"""Seconds between two looks at what is due."""

MEASURE_EVERY: Final = 8
"""Ticks between two measures of the connections' quality."""

SERVERS_KEPT: Final = 3.0
"""Seconds that the office isn't asked again by which servers to connect.

It wants to be asked before each call, for what it hands out expires; but who
enters a crowd makes many calls at once.
"""

CLOSING: Final = 5.0
"""Seconds that all calls have to end in, when the mesh closes. What takes longer is left to itself."""

GIVING_UP: Final = 0.5
"""Seconds that what is left to itself has to notice it."""

MAX_EARLY: Final = 32
"""Avatars that are heard out although we know of no link with them yet."""


@dataclass(frozen=True, slots=True)
class PeerState:
    """How it stands with a peer. `why` says what is wrong, in a sentence, where something is."""

    phase: PeerPhase
    why: str = ""
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a connected peer wants to see at most, and how well it gets what we send (None: not known yet)."""

    wants: int
    quality: Quality | None


class MeshSink(Protocol):
    """Whom a mesh tells, on the event loop's thread. What it passes on is nobody else's to change."""

    def peer_changed(self, avatar: int) -> None:
        """`Mesh.state` of this avatar is another, or it is gone."""
        ...

    def sound_came(self, avatar: int, sound: Sound) -> None:
        """They were heard: mostly 20 ms, as soon as it was decoded."""
        ...

    def picture_came(self, avatar: int, picture: Picture) -> None:
        """They were seen; older pictures that were not delivered yet were dropped."""
        ...

    def wanted_pictures_changed(self) -> None:
        """`Mesh.demands` are others."""
        ...


class Mesh:
    """The peers of the view that carries its account's media. All methods are called on the event loop's thread."""

    def __init__(
        self,
        you: int,
        *,
        signal: Callable[[int, int, SignalBody], None],
        ice: Callable[[], Awaitable[IceConfig]],
        audio: PacketFeed,
        video: Mapping[int, PacketFeed],
        sink: MeshSink,
        name_of: Callable[[int], str],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        make_peer: MakePeer = Peer,
    ) -> None:
        """`you`: our avatar. `signal(avatar, call, body)` sends to another's carrier; `video`: a feed a rung."""
        self.audio = audio
        self.make_peer = make_peer
        self.servers = ServersKnown()
        self.video = video
        self._you = you
        self._signal = signal
        self._ice = ice
        self._sink = sink
        self._name_of = name_of
        self._clock = clock
        self._sleep = sleep
        self._pairs: dict[int, Pair] = {}
        self._states: dict[int, PeerState] = {}
        self._demands: dict[int, Demand] = {}
        self._wanted: dict[int, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._paused_at: float | None = None
        self._knows_links = True  # they may be others since the control connection was lost
        self._is_closing = False
        self._is_closed = False
        self._config: IceConfig | None = None
        self._config_until = 0.0
        self._asking = asyncio.Lock()
        self._occupied = asyncio.Event()  # whether there is anything that can become due

    # ------------------------------------------------------------ what it is told

    async def run(self) -> None:
        """Do what is due until `close`. Cancelled, it closes."""
        ticks = 0
        try:
            while not self._is_closed:
                await self._occupied.wait()
                await self._sleep(TICK)
                ticks += 1
                self._check()
                if ticks % MEASURE_EVERY == 0:
                    for pair in tuple(self._pairs.values()):
                        await pair.measure()
        finally:
            await self.close()

    def set_peers(self, peers: Mapping[int, PeerTerms]) -> None:
        """Be linked with these and nobody else."""
        if self._is_closing:
            return
        self._knows_links = True
        for avatar in [avatar for avatar, pair in self._pairs.items() if pair.terms and avatar not in peers]:
            self._drop(avatar)
        for avatar in [avatar for avatar in self._wanted if avatar not in peers]:
            del self._wanted[avatar]
        for avatar, terms in peers.items():
            self._pair(avatar).set_terms(terms)

    def signalled(self, message: Signalled) -> None:
        """Hear what another's carrier says. Of whom we have no link with yet, it is kept for a moment."""
        avatar = message.avatar
        if self._is_closing or avatar == self._you:
            return
        if avatar not in self._pairs:
            if sum(pair.terms is None for pair in self._pairs.values()) >= MAX_EARLY:
                return
            self._pair(avatar).expires = self._clock() + EARLY
        self._pairs[avatar].received(message.call, message.body)

    def want(self, avatar: int, pictures: int) -> None:
        """Ask a peer for these pictures at most, now and whenever it is connected."""
        self._wanted[avatar] = pictures
        if avatar in self._pairs:
            self._pairs[avatar].want(pictures)

    def set_rung(self, avatar: int, rung: int) -> None:
        """Send a peer the pictures of this feed; 0: none."""
        if avatar in self._pairs:
            self._pairs[avatar].set_rung(rung)

    def pause(self) -> None:
        """Our control connection is lost: send nothing from now on, and end all calls unless it is back soon."""
        if self._paused_at is None:
            self._paused_at = self._clock()
            self._knows_links = False
            self._route()

    def resume(self) -> None:
        """It is back: calls go on to be made, and `set_peers` is waited for before anything is sent."""
        if self._paused_at is not None:
            self._paused_at = None
            for pair in tuple(self._pairs.values()):
                if pair.terms is not None:
                    pair.set_terms(pair.terms)

    def state(self, avatar: int) -> PeerState | None:
        """Return how it stands with somebody; None if we have no link with them."""
        return self._states.get(avatar)

    @property
    def demands(self) -> Mapping[int, Demand]:
        """What the peers want that may be sent to."""
        return self._demands

    @property
    def connections(self) -> int:
        """How many connections there are, those included that are being made or closed."""
        return len(self._tasks)

    async def close(self) -> None:
        """End all calls, and wait until nothing of them is left, or for `CLOSING` at most."""
        if not self._is_closing:
            # First of all: the sink is told of each that goes, and may answer by saying whom we are linked with.
            self._is_closing = True
            for avatar in tuple(self._pairs):
                self._drop(avatar, tells=True)
            self._is_closed = True
            self._occupied.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING)
        late = set(self._tasks)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=GIVING_UP)

    # ------------------------------------------------------------ what pairs need (see pair.Surroundings)

    @property
    def is_paused(self) -> bool:
        """Whether our control connection is lost."""
        return self._paused_at is not None

    @property
    def may_send(self) -> bool:
        """Whether we know with whom we are linked."""
        return self._paused_at is None and self._knows_links

    def now(self) -> float:
        """The time."""
        return self._clock()

    def tell(self, avatar: int, call: int, body: SignalBody) -> None:
        """Send this to the other end."""
        if not self.is_paused and not self._is_closed:
            self._signal(avatar, call, body)

    async def ice(self) -> IceConfig:
        """Ask by which servers to connect, or know it still. Where the office says that it is asked too often, wait."""
        async with self._asking:
            while self._config is None or self._clock() >= self._config_until:
                try:
                    self._config = await self._ice()
                except Refused as refused:
                    if not refused.retry_after:
                        raise
                    await self._sleep(refused.retry_after)
                else:
                    self._config_until = self._clock() + SERVERS_KEPT
            return self._config

    def name_of(self, avatar: int) -> str:
        """What they are called."""
        return self._name_of(avatar)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have this done by a task that `close` waits for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def sound_came(self, avatar: int, sound: Sound) -> None:
        """They were heard."""
        self._sink.sound_came(avatar, sound)

    def picture_came(self, avatar: int, picture: Picture) -> None:
        """They were seen."""
        self._sink.picture_came(avatar, picture)

    def changed(self, avatar: int) -> None:
        """Tell the sink, if anything is another."""
        pair = self._pairs.get(avatar)
        state = demand = None
        if pair is not None and pair.terms is not None:
            state = PeerState(pair.phase, pair.why, pair.quality)
            demand = Demand(pair.wants, pair.sent_quality) if pair.may_send else None
        is_other_demand = demand != self._demands.get(avatar)
        is_other_state = state != self._states.get(avatar)
        _put(self._demands, avatar, demand)
        _put(self._states, avatar, state)
        if is_other_state:
            self._sink.peer_changed(avatar)
        if is_other_demand:
            self._sink.wanted_pictures_changed()

    # ------------------------------------------------------------ inside

    def _pair(self, avatar: int) -> Pair:
        if avatar not in self._pairs:
            pair = Pair(avatar, offers=self._you < avatar, around=self, number=_call_number)
            self._pairs[avatar] = pair
            self._occupied.set()
            if avatar in self._wanted:
                pair.want(self._wanted[avatar])
        return self._pairs[avatar]

    def _drop(self, avatar: int, *, tells: bool = False) -> None:
        self._pairs[avatar].stop(tells=tells)
        del self._pairs[avatar]
        if not self._pairs:
            self._occupied.clear()
        self.changed(avatar)

    def _check(self) -> None:
        now = self._clock()
        if self._paused_at is not None:
            if now - self._paused_at >= GRACE:
                for pair in tuple(self._pairs.values()):
                    pair.stop(tells=False)
            return
        for avatar, pair in tuple(self._pairs.items()):
            if pair.terms is None and pair.expires is not None and now >= pair.expires:
                self._drop(avatar)
            else:
                pair.check()

    def _route(self) -> None:
        for avatar, pair in tuple(self._pairs.items()):
            pair.route()
            self.changed(avatar)


def _call_number() -> int:
    return secrets.randbelow(0xFFFFFFFF) + 1


def _put(table: dict[int, Any], key: int, value: object) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
