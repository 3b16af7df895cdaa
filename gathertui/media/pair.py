"""What we have with one other avatar: the negotiation, the call that came of it, and what goes each way."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from gathertui.errors import GathertuiError
from gathertui.media.feeds import PacketFeed
from gathertui.media.ice import PATIENT, IceConfig, Patience, ServersKnown, why_no_path
from gathertui.media.negotiation import (
    Action,
    End,
    MakeAnswer,
    MakeOffer,
    Negotiation,
    PeerPhase,
    TakeAnswer,
    TakeCandidate,
    Tell,
)
from gathertui.media.peer import Ears, Peer, Unfit
from gathertui.media.ports import Picture, Sound
from gathertui.media.quality import Quality, QualityMeter
from gathertui.protocol.media import SMALL_PICTURES, SignalBody, Want
from gathertui.protocol.presence import RECEIVE, SEND

GRACE: Final = 5.0
"""Seconds that a call outlives its control: ours, or that the other's media is carried."""


@dataclass(frozen=True, slots=True)
class PeerTerms:
    """What we may exchange with a peer (`presence.SEND`, `RECEIVE`), and whether a view carries its media."""

    flow: int
    carried: bool


class MakePeer(Protocol):
    """Makes the connection for a call."""

    def __call__(self, config: IceConfig, ears: Ears, *, patience: Patience) -> Peer:
        """See `Peer`."""
        ...


class Surroundings(Protocol):
    """What all pairs of a mesh share."""

    audio: PacketFeed
    video: Mapping[int, PacketFeed]
    make_peer: MakePeer
    servers: ServersKnown

    @property
    def is_paused(self) -> bool:
        """Whether nothing can be told to the other ends."""
        ...

    @property
    def may_send(self) -> bool:
        """Whether sound and pictures may go to anybody at all."""
        ...

    def now(self) -> float:
        """The time."""
        ...

    def tell(self, avatar: int, call: int, body: SignalBody) -> None:
        """Send this to the other end."""
        ...

    async def ice(self) -> IceConfig:
        """Ask by which servers to connect."""
        ...

    def name_of(self, avatar: int) -> str:
        """What they are called."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Have this done by a task that the mesh waits for when it ends."""
        ...

    def changed(self, avatar: int) -> None:
        """The pair's state may be another."""
        ...

    def sound_came(self, avatar: int, sound: Sound) -> None:
        """They were heard."""
        ...

    def picture_came(self, avatar: int, picture: Picture) -> None:
        """They were seen."""
        ...


class Call:
    """One attempt of a pair, in a task that ends with it: a connection, and what is to be done to it in order."""

    def __init__(self) -> None:
        self.number = 0  # while it has none it looks for ways already
        self.has_failed = False
        self.peer: Peer | None = None
        self.jobs: asyncio.Queue[MakeOffer | MakeAnswer | TakeAnswer | TakeCandidate] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None


class Pair:
    """One other avatar. All methods are called on the event loop's thread."""

    def __init__(self, avatar: int, *, offers: bool, around: Surroundings, number: Callable[[], int]) -> None:
        self.avatar = avatar
        self.terms: PeerTerms | None = None
        self.expires: float | None = None  # when it ends, unless what it lacks comes
        self.wants = SMALL_PICTURES
        self.rung = 0
        self._we_want = SMALL_PICTURES
        self._around = around
        self._negotiation = Negotiation(offers, number)
        self._call: Call | None = None
        self._prepared: Call | None = None  # for the offer that we asked for
        self._is_patient = False
        self._sent = QualityMeter()
        self._received = QualityMeter()

    # ------------------------------------------------------------ how it stands

    @property
    def phase(self) -> PeerPhase:
        """How it stands."""
        return self._negotiation.phase

    @property
    def why(self) -> str:
        """What is wrong, in a sentence, or nothing."""
        if self.phase is PeerPhase.CONNECTED and self._peer is not None and not self._peer.takes_pictures:
            return f"{self._name}'s program can't show our pictures: it lacks VP8."
        return self._negotiation.why

    @property
    def quality(self) -> Quality | None:
        """How good the connection is, the worse of both ways; None while nothing is known."""
        known = [meter.quality for meter in (self._sent, self._received) if meter.quality is not None]
        return min(known) if known and self.phase is PeerPhase.CONNECTED else None

    @property
    def sent_quality(self) -> Quality | None:
        """How well they get what we send."""
        return self._sent.quality

    @property
    def may_send(self) -> bool:
        """Whether anything may go to them now."""
        allowed = self.terms is not None and bool(self.terms.flow & SEND)
        return allowed and self.phase is PeerPhase.CONNECTED and self._around.may_send

    @property
    def _peer(self) -> Peer | None:
        return self._call.peer if self._call is not None else None

    @property
    def _name(self) -> str:
        return self._around.name_of(self.avatar)

    # ------------------------------------------------------------ what others decide

    def set_terms(self, terms: PeerTerms) -> None:
        """They are linked with us, on these terms."""
        self.terms = terms
        if terms.carried:
            self.expires = None
            if not self._around.is_paused:
                self._do(self._negotiation.start(self._around.now()))
        elif self.expires is None:
            self.expires = self._around.now() + GRACE
        self.route()
        self._around.changed(self.avatar)

    def received(self, call: int, body: SignalBody) -> None:
        """They say this."""
        if isinstance(body, Want):
            if call == self._negotiation.call:
                self.wants = body.pictures
                self._around.changed(self.avatar)
            return
        self._do(self._negotiation.received(self._around.now(), call, body, self._why_no_path))

    def want(self, pictures: int) -> None:
        """We want these pictures of them at most."""
        if pictures != self._we_want:
            self._we_want = pictures
            self._tell_wish()

    def set_rung(self, rung: int) -> None:
        """They get these pictures of us; 0: none."""
        self.rung = rung
        self.route()

    def stop(self, *, tells: bool) -> None:
        """End the call; a pair that `tells` hangs up, one whose link is gone can't."""
        actions = self._negotiation.stop()
        self._do([action for action in actions if tells or not isinstance(action, Tell)])

    def check(self) -> None:
        """Do what is due."""
        now = self._around.now()
        if self.expires is not None and self._is_over(now):
            self.stop(tells=False)
        self._do(self._negotiation.check(now, self._why_no_path))

    def _is_over(self, now: float) -> bool:
        """Whether to have no call with somebody whose media isn't carried; a new attempt would be in vain."""
        begins = self._negotiation.next_attempt
        if begins is not None:
            return now >= begins
        return now >= (self.expires or 0.0) and self.phase is not PeerPhase.WAITING

    async def measure(self) -> None:
        """See how good the connection is."""
        peer = self._peer
        if peer is None or self.phase is not PeerPhase.CONNECTED:
            return
        before = self.quality, self.sent_quality
        sent, received = await peer.measure()
        if sent is not None:
            self._sent.observe(sent)
        if received is not None:
            self._received.observe(received)
        if (self.quality, self.sent_quality) != before:
            self._around.changed(self.avatar)

    def route(self) -> None:
        """Have what may go each way go, and nothing else."""
        peer = self._peer
        if peer is None or self.phase is not PeerPhase.CONNECTED:
            return
        peer.follow("audio", self._around.audio if self.may_send else None)
        shown = self._around.video.get(self.rung) if self.may_send and peer.takes_pictures else None
        peer.follow("video", shown)
        peer.set_receiving(self.terms is not None and bool(self.terms.flow & RECEIVE))

    # ------------------------------------------------------------ the call

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Tell():
                    self._around.tell(self.avatar, action.call, action.body)
                case End():
                    self._end_call(action.call)
                case _:
                    self._give_job(action)
        self._prepare()
        if self.phase is PeerPhase.NO_PATH:
            self._is_patient = True  # only the first attempt is in haste
        self._around.changed(self.avatar)

    def _give_job(self, job: MakeOffer | MakeAnswer | TakeAnswer | TakeCandidate) -> None:
        if isinstance(job, MakeOffer | MakeAnswer):
            prepared, self._prepared = self._prepared, None
            self._call = prepared if prepared is not None and not prepared.has_failed else self._new_call()
            self._call.number = job.call
            self.wants = SMALL_PICTURES
            self._sent, self._received = QualityMeter(), QualityMeter()
        if self._call is not None and self._call.number == job.call:
            self._call.jobs.put_nowait(job)

    def _new_call(self) -> Call:
        call = Call()
        call.task = self._around.spawn(self._run(call))
        return call

    def _prepare(self) -> None:
        """Look for ways while we wait for an offer: servers that are slow, or dead, then cost no time of their own."""
        if not self._negotiation.is_asking:
            prepared, self._prepared = self._prepared, None
            self._leave(prepared)
        elif self._prepared is None:
            self._prepared = self._new_call()

    def _end_call(self, number: int) -> None:
        if self._call is not None and self._call.number == number:
            call, self._call = self._call, None
            self._leave(call)

    def _leave(self, call: Call | None) -> None:
        if call is None:
            return
        if call.task is not None and call.task is not asyncio.current_task():
            call.task.cancel()
        if call.peer is not None:
            call.peer.follow("audio", None)
            call.peer.follow("video", None)

    async def _run(self, call: Call) -> None:
        try:
            config = await self._around.ice()
            patience = PATIENT if self._is_patient else self._around.servers.patience(config)
            call.peer = self._around.make_peer(config, self._ears(call), patience=patience)
            if call is self._prepared:
                await call.peer.gather()
            while call in (self._call, self._prepared):
                job = await call.jobs.get()
                await self._work(call, call.peer, job)
                if isinstance(job, MakeOffer | MakeAnswer):
                    self._around.servers.learn(config, call.peer.gathered)
        except Unfit:
            self._failed(call, f"{self._name}'s program and ours don't understand each other.")
        except GathertuiError as error:
            self._failed(call, f"The connection to {self._name} failed: {error}")
        except Exception:
            traceback.print_exc()
            self._failed(call, f"The connection to {self._name} failed in a way that it should not.")
        finally:
            if call.peer is not None:
                await call.peer.close()

    async def _work(self, call: Call, peer: Peer, job: MakeOffer | MakeAnswer | TakeAnswer | TakeCandidate) -> None:
        match job:
            case MakeOffer():
                sdp = await peer.offer()
                if peer.gathered.candidates:
                    self._do(self._negotiation.offer_made(call.number, sdp))
                else:
                    now, why = self._around.now(), self._why_no_path()
                    self._do(self._negotiation.offer_in_vain(now, call.number, sdp, why))
            case MakeAnswer():
                sdp = await peer.answer(job.sdp)
                if peer.gathered.candidates:
                    self._do(self._negotiation.answer_made(call.number, sdp))
                else:
                    self._failed(call, self._why_no_path())
            case TakeAnswer():
                await peer.take_answer(job.sdp)
            case TakeCandidate():
                await peer.take_candidate(job.candidate)

    def _ears(self, call: Call) -> Ears:
        def state(state: str) -> None:
            if state == "connected":
                self._connected(call)
            elif state in ("failed", "closed"):
                self._failed(call, self._why_no_path())

        def sound(sound: Sound) -> None:
            if call is self._call:  # the connection may outlive the call by seconds
                self._around.sound_came(self.avatar, sound)

        def picture(picture: Picture) -> None:
            if call is self._call:
                self._around.picture_came(self.avatar, picture)

        return Ears(sound, picture, state)

    def _connected(self, call: Call) -> None:
        self._negotiation.connected(call.number)
        if call is self._call:
            self.route()
            if self._we_want != SMALL_PICTURES:
                self._tell_wish()
        self._around.changed(self.avatar)

    def _failed(self, call: Call, why: str) -> None:
        if call is self._prepared:
            call.has_failed = True  # what is wrong shows, and is said, when their offer comes
        elif call is self._call:
            self._do(self._negotiation.failed(self._around.now(), call.number, why))

    def _tell_wish(self) -> None:
        if self.phase is PeerPhase.CONNECTED:
            self._around.tell(self.avatar, self._negotiation.call, Want(self._we_want))

    def _why_no_path(self) -> str:
        peer = self._peer
        if self._call is not None and peer is None:
            return f"The office has not said yet how to reach {self._name}."
        answered = self._negotiation.was_answered
        return why_no_path(self._name, peer.gathered if peer is not None else None, answered=answered)
