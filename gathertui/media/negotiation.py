"""How two ends come to one call: who offers, who asks, which attempt counts, and when to try again.

Pure: everything takes `now` and returns what is to be done. One `Negotiation` is
one end of a pair. What it is told may come late, but comes in order; the other
end may be a browser, may begin anew at any time (its media moved to another
view), or may not be there at all.

Of two ends the one with the lower avatar id offers, and the other asks for it. An
end that is asked although the other should have offered makes the offer itself:
there are programs that can't. Of two offers that cross, the lower id's counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final, TypeAlias

from gathertui.protocol.media import Answer, Ask, Candidate, HangUp, Offer, SignalBody

ATTEMPT: Final = 10.0
"""Seconds that an attempt may take."""

ASK_AGAIN: Final = 2.0
"""Seconds until who asked and got no offer asks again."""

PAUSES: Final = (10.0, 20.0, 40.0, 60.0)
"""Seconds until the next attempt, after the first, second, third and every later one that failed."""

BROKEN_PAUSE: Final = 1.0
"""Seconds until the next attempt after a call broke that had worked. Mostly we hear in time that they left."""

EARLY: Final = 5.0
"""Seconds that an offer or a wish for one is kept that comes before we may connect: two ends hear of it apart."""

RESTARTS: Final = 5
"""So often in `RESTART_SPAN` seconds the other end can have us begin a connection anew: each costs us a lot."""

RESTART_SPAN: Final = 20.0

MAX_CANDIDATES: Final = 40
"""Candidates that may wait for their description."""


class PeerPhase(StrEnum):
    """How it stands with a peer."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    NO_PATH = "no path"


class _State(Enum):
    IDLE = auto()  # not to connect
    ASKING = auto()  # they are to offer
    OFFERING = auto()  # our offer is being made
    OFFERED = auto()  # it was sent
    ANSWERING = auto()  # our answer is being made
    CONNECTING = auto()  # both descriptions are known
    CONNECTED = auto()
    PAUSING = auto()  # until the next attempt


_PHASES: Final = {
    _State.IDLE: PeerPhase.WAITING,
    _State.ASKING: PeerPhase.CONNECTING,
    _State.OFFERING: PeerPhase.CONNECTING,
    _State.OFFERED: PeerPhase.CONNECTING,
    _State.ANSWERING: PeerPhase.CONNECTING,
    _State.CONNECTING: PeerPhase.CONNECTING,
    _State.CONNECTED: PeerPhase.CONNECTED,
}


@dataclass(frozen=True, slots=True)
class Tell:
    """Send this to the other end."""

    call: int
    body: SignalBody


@dataclass(frozen=True, slots=True)
class MakeOffer:
    """Make a connection for this call; then call `offer_made`, or `failed`."""

    call: int


@dataclass(frozen=True, slots=True)
class MakeAnswer:
    """Make a connection for this call from their offer; then call `answer_made`, or `failed`."""

    call: int
    sdp: bytes


@dataclass(frozen=True, slots=True)
class TakeAnswer:
    """Give this answer to the call's connection; call `connected` when it is, or `failed`."""

    call: int
    sdp: bytes


@dataclass(frozen=True, slots=True)
class TakeCandidate:
    """Give this to the call's connection, whose remote description is known or about to be."""

    call: int
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class End:
    """Close the call's connection, whatever state it is in."""

    call: int


Action: TypeAlias = Tell | MakeOffer | MakeAnswer | TakeAnswer | TakeCandidate | End


class Negotiation:
    """One end of a pair."""

    def __init__(self, offers: bool, number: Callable[[], int]) -> None:
        """`offers`: ours is the lower id. `number` gives numbers for calls, from 1 to 2³²-1, that don't come again."""
        self._offers = offers
        self._number = number
        self._state = _State.IDLE
        self._call = 0
        self._asked = 0  # the number of our `Ask`
        self._crossed = 0  # of theirs, that may have crossed our offer
        self._early: tuple[float, int, Offer | Ask] | None = None
        self._candidates: list[Candidate] = []
        self._restarts: deque[float] = deque(maxlen=RESTARTS)
        self._deadline = 0.0
        self._ask_at = 0.0
        self._failures = 0
        self._why = ""

    @property
    def call(self) -> int:
        """The number of the call that counts; 0 while there is none."""
        return self._call

    @property
    def phase(self) -> PeerPhase:
        """How it stands."""
        if self._state is _State.PAUSING:
            return PeerPhase.NO_PATH if self._why else PeerPhase.WAITING
        return _PHASES[self._state]

    @property
    def why(self) -> str:
        """Why there is no path, in a sentence; empty in every other phase, and when a call just broke."""
        return self._why if self._state is _State.PAUSING else ""

    @property
    def is_asking(self) -> bool:
        """Whether we wait for their offer."""
        return self._state is _State.ASKING

    @property
    def was_answered(self) -> bool:
        """Whether the other end has said anything to this attempt."""
        return self._state in (_State.ANSWERING, _State.CONNECTING, _State.CONNECTED)

    @property
    def next_attempt(self) -> float | None:
        """When the next attempt begins, while one is waited for."""
        return self._deadline if self._state is _State.PAUSING else None

    @property
    def due(self) -> float | None:
        """When to call `check`, or None."""
        if self._state in (_State.IDLE, _State.CONNECTED):
            return None
        return min(self._deadline, self._ask_at) if self._state is _State.ASKING else self._deadline

    def start(self, now: float) -> list[Action]:
        """We may connect from here on."""
        if self._state is not _State.IDLE:
            return []
        early, self._early = self._early, None
        self._failures = 0
        if early is not None and now - early[0] <= EARLY:
            if isinstance(early[2], Offer):
                return self._accept(now, early[1], early[2])
            return self._offer(now)
        return self._begin(now)

    def stop(self) -> list[Action]:
        """We may not any more: hang up."""
        told = self._state not in (_State.IDLE, _State.OFFERING)
        actions: list[Action] = [Tell(self._call, HangUp())] if self._call and told else []
        actions += self._end()
        self._state = _State.IDLE
        self._early = None
        return actions

    def check(self, now: float, why: Callable[[], str]) -> list[Action]:
        """Do what is due. `why` is asked for a sentence if it turns out that there is no path."""
        due = self.due
        if due is None or now < due:
            return []
        if self._state is _State.PAUSING:
            return self._begin(now)
        if now >= self._deadline:
            return self._give_up(now, why())
        self._ask_at = now + ASK_AGAIN
        return [Tell(self._asked, Ask())]

    def offer_made(self, call: int, sdp: bytes) -> list[Action]:
        """The offer for that call is ready."""
        if call != self._call or self._state is not _State.OFFERING:
            return []
        self._state = _State.OFFERED
        return [Tell(call, Offer(sdp))]

    def offer_in_vain(self, now: float, call: int, sdp: bytes, why: str) -> list[Action]:
        """The offer for that call is ready, but we found no way: they get it all the same, to look for theirs."""
        if call != self._call or self._state is not _State.OFFERING:
            return []
        return [Tell(call, Offer(sdp)), *self._fail(now, why)]

    def answer_made(self, call: int, sdp: bytes) -> list[Action]:
        """The answer for that call is ready."""
        if call != self._call or self._state is not _State.ANSWERING:
            return []
        self._state = _State.CONNECTING
        return [Tell(call, Answer(sdp))]

    def connected(self, call: int) -> None:
        """That call's connection works."""
        if call == self._call and self._state is _State.CONNECTING:
            self._state = _State.CONNECTED
            self._failures = 0

    def failed(self, now: float, call: int, why: str) -> list[Action]:
        """That call's connection could not be made, or broke. `why` is a sentence for people."""
        if call != self._call:
            return []
        if self._state is _State.CONNECTED:
            return [Tell(call, HangUp()), *self._pause(now, BROKEN_PAUSE, "")]
        return self._give_up(now, why)

    def received(self, now: float, call: int, body: SignalBody, why: Callable[[], str]) -> list[Action]:
        """The other end says this. `why`: see `check`."""
        if self._state is _State.IDLE:
            self._keep_early(now, call, body)
            return []
        match body:
            case Ask():
                return self._asked_for_offer(now, call)
            case Offer():
                if call == self._call or (self._offers and self._state in (_State.OFFERING, _State.OFFERED)):
                    return []
                if self._state is not _State.ASKING and not self._may_restart(now):
                    return []
                return [*self._end(), *self._accept(now, call, body)]
        if call != self._call:
            return []
        match body:
            case Answer() if self._state is _State.OFFERED:
                self._state = _State.CONNECTING
                waiting, self._candidates = self._candidates, []
                return [TakeAnswer(call, body.sdp), *(TakeCandidate(call, candidate) for candidate in waiting)]
            case Candidate() if self._state is _State.OFFERED:
                self._candidates = [*self._candidates, body][:MAX_CANDIDATES]
            case Candidate() if self._state in (_State.ANSWERING, _State.CONNECTING):
                return [TakeCandidate(call, body)]
            case HangUp():
                return self._hung_up(now, why)
        return []

    def _keep_early(self, now: float, call: int, body: SignalBody) -> None:
        if isinstance(body, Offer | Ask):
            self._early = (now, call, body)
        elif isinstance(body, HangUp) and self._early is not None and self._early[1] == call:
            self._early = None

    def _begin(self, now: float) -> list[Action]:
        if self._offers:
            return self._offer(now)
        self._state = _State.ASKING
        self._asked = self._number()
        self._deadline = now + ATTEMPT
        self._ask_at = now + ASK_AGAIN
        return [Tell(self._asked, Ask())]

    def _offer(self, now: float) -> list[Action]:
        self._state = _State.OFFERING
        self._call = self._number()
        self._crossed = 0
        self._deadline = now + ATTEMPT
        return [MakeOffer(self._call)]

    def _accept(self, now: float, call: int, offer: Offer) -> list[Action]:
        self._state = _State.ANSWERING
        self._call = call
        self._deadline = now + ATTEMPT
        return [MakeAnswer(call, offer.sdp)]

    def _asked_for_offer(self, now: float, number: int) -> list[Action]:
        """Offer, unless our offer is on its way and they may have asked before it came."""
        if self._state is _State.OFFERING:
            return []
        if self._state is _State.OFFERED and not self._crossed:
            self._crossed = number
            return []
        return [*self._end(), *self._offer(now)] if self._may_restart(now) else []

    def _may_restart(self, now: float) -> bool:
        if len(self._restarts) == RESTARTS and now - self._restarts[0] < RESTART_SPAN:
            return False
        self._restarts.append(now)
        return True

    def _hung_up(self, now: float, why: Callable[[], str]) -> list[Action]:
        if self._state is _State.CONNECTED:
            return self._pause(now, PAUSES[0], "")
        return self._fail(now, why())

    def _give_up(self, now: float, why: str) -> list[Action]:
        told: list[Action] = [Tell(self._call, HangUp())] if self._call and self._state is not _State.OFFERING else []
        return [*told, *self._fail(now, why)]

    def _fail(self, now: float, why: str) -> list[Action]:
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        return self._pause(now, pause, why)

    def _pause(self, now: float, pause: float, why: str) -> list[Action]:
        actions = self._end()
        self._state = _State.PAUSING
        self._deadline = now + pause
        self._why = why
        return actions

    def _end(self) -> list[Action]:
        ended: list[Action] = [End(self._call)] if self._call else []
        self._call = 0
        self._candidates = []
        return ended
