"""Two ends always come to one call, whatever crosses, is late, begins anew or hangs up."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.media.negotiation import (
    MAX_CANDIDATES,
    RESTART_SPAN,
    RESTARTS,
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
from gathertui.protocol.media import Answer, Ask, Candidate, HangUp, Offer, SignalBody

CANDIDATE = Candidate(b"a way", b"0", 0)


def why() -> str:
    return "No way."


def end(*, offers: bool, numbers: Callable[[], int] | None = None) -> Negotiation:
    return Negotiation(offers, numbers or itertools.count(1).__next__)


def connected_end(*, offers: bool) -> Negotiation:
    """One whose call has the number 1."""
    one = end(offers=offers)
    if offers:
        one.start(0)
        one.offer_made(1, b"o")
        one.received(0, 1, Answer(b"a"), why)
    else:
        one.start(0)
        one.received(0, 1, Offer(b"o"), why)
        one.answer_made(1, b"a")
    one.connected(1)
    assert one.phase is PeerPhase.CONNECTED
    return one


# ---------------------------------------------------------------- one end


def test_the_lower_id_offers() -> None:
    one = end(offers=True)
    assert one.start(0) == [MakeOffer(1)]
    assert one.phase is PeerPhase.CONNECTING
    assert one.offer_made(1, b"o") == [Tell(1, Offer(b"o"))]
    assert one.received(1, 1, Answer(b"a"), why) == [TakeAnswer(1, b"a")]
    one.connected(1)
    assert one.phase is PeerPhase.CONNECTED
    assert one.due is None


def test_the_higher_id_asks_and_asks_again_until_an_offer_comes() -> None:
    one = end(offers=False)
    assert one.start(0) == [Tell(1, Ask())]
    assert one.due == 2.0
    assert one.check(2.0, why) == [Tell(1, Ask())]
    assert one.received(3, 77, Offer(b"o"), why) == [MakeAnswer(77, b"o")]
    assert one.answer_made(77, b"a") == [Tell(77, Answer(b"a"))]
    one.connected(77)
    assert one.call == 77


def test_who_is_asked_although_the_other_should_offer_makes_the_offer() -> None:
    one = end(offers=False)
    one.start(0)
    assert one.received(0.1, 9, Ask(), why) == [MakeOffer(2)]


def test_an_ask_that_crossed_our_offer_changes_nothing_and_one_more_means_it_got_lost() -> None:
    one = end(offers=True)
    one.start(0)
    assert one.received(0, 9, Ask(), why) == []
    one.offer_made(1, b"o")
    assert one.received(0.1, 9, Ask(), why) == []
    assert one.received(2.1, 9, Ask(), why) == [End(1), MakeOffer(2)]


def test_an_ask_during_a_call_means_that_they_began_anew() -> None:
    assert connected_end(offers=True).received(5, 9, Ask(), why) == [End(1), MakeOffer(2)]


def test_an_offer_during_a_call_replaces_it() -> None:
    for offers in (True, False):
        assert connected_end(offers=offers).received(5, 50, Offer(b"n"), why) == [End(1), MakeAnswer(50, b"n")]


def test_of_two_offers_that_cross_the_lower_ids_counts() -> None:
    lower, higher = end(offers=True), end(offers=False, numbers=itertools.count(100).__next__)
    lower.start(0)
    lower.offer_made(1, b"l")
    higher.start(0)
    higher.received(0, 9, Ask(), why)
    higher.offer_made(101, b"h")
    assert lower.received(0, 101, Offer(b"h"), why) == []
    assert higher.received(0, 1, Offer(b"l"), why) == [End(101), MakeAnswer(1, b"l")]


def test_candidates_wait_for_their_description_and_not_all_are_kept() -> None:
    one = end(offers=True)
    one.start(0)
    one.offer_made(1, b"o")
    for _ in range(MAX_CANDIDATES + 5):
        assert one.received(0, 1, CANDIDATE, why) == []
    taken = one.received(0, 1, Answer(b"a"), why)
    assert taken == [TakeAnswer(1, b"a")] + [TakeCandidate(1, CANDIDATE)] * MAX_CANDIDATES
    assert one.received(0, 1, CANDIDATE, why) == [TakeCandidate(1, CANDIDATE)]


def test_what_belongs_to_another_call_is_not_heard() -> None:
    one = end(offers=True)
    one.start(0)
    one.offer_made(1, b"o")
    for body in (Answer(b"a"), CANDIDATE, HangUp()):
        assert one.received(0, 2, body, why) == []
    assert one.offer_made(7, b"late") == one.answer_made(7, b"late") == one.failed(0, 7, "late") == []
    one.connected(7)
    assert one.phase is PeerPhase.CONNECTING


def test_an_offer_that_comes_before_the_link_is_kept_for_a_moment() -> None:
    one = end(offers=False)
    assert one.received(0, 5, Offer(b"o"), why) == []
    assert one.start(5.0) == [MakeAnswer(5, b"o")]
    late = end(offers=False)
    late.received(0, 5, Offer(b"o"), why)
    assert late.start(5.1) == [Tell(1, Ask())]
    gone = end(offers=False)
    gone.received(0, 5, Offer(b"o"), why)
    gone.received(0, 5, HangUp(), why)
    assert gone.start(1) == [Tell(1, Ask())]


def test_without_a_path_it_says_why_and_tries_again_at_growing_pauses() -> None:
    one = end(offers=True)
    one.start(0)
    now = 0.0
    pauses = []
    for call in range(1, 7):
        one.offer_made(call, b"o")
        now += 10.0
        assert one.check(now - 0.1, why) == []
        assert one.check(now, why) == [Tell(call, HangUp()), End(call)]
        assert (one.phase, one.why) == (PeerPhase.NO_PATH, "No way.")
        assert one.due is not None
        pauses.append(one.due - now)
        now = one.due
        assert one.check(now, why) == [MakeOffer(call + 1)]
        assert one.why == ""
    assert pauses == [10.0, 20.0, 40.0, 60.0, 60.0, 60.0]


def test_an_offer_ends_the_pause() -> None:
    one = end(offers=True)
    one.start(0)
    one.check(10.0, why)
    assert one.phase is PeerPhase.NO_PATH
    assert one.received(11.0, 50, Offer(b"o"), why) == [MakeAnswer(50, b"o")]


def test_a_failure_is_told_and_an_offer_that_was_never_sent_is_not() -> None:
    one = end(offers=True)
    one.start(0)
    assert one.failed(0.1, 1, "No servers.") == [End(1)]
    assert one.why == "No servers."
    one.check(10.1, why)
    one.offer_made(2, b"o")
    assert one.failed(12, 2, "Broken.") == [Tell(2, HangUp()), End(2)]


def test_an_offer_without_a_way_is_sent_all_the_same_so_that_they_look_for_theirs() -> None:
    one = end(offers=True)
    one.start(0)
    assert one.offer_in_vain(0.1, 1, b"o", "Refused.") == [Tell(1, Offer(b"o")), End(1)]
    assert (one.phase, one.why) == (PeerPhase.NO_PATH, "Refused.")
    assert one.offer_in_vain(0.2, 1, b"o", "Late.") == []


def test_a_call_that_breaks_is_soon_tried_again_without_blame() -> None:
    one = connected_end(offers=True)
    assert one.failed(50, 1, "No way.") == [Tell(1, HangUp()), End(1)]
    assert (one.phase, one.why) == (PeerPhase.WAITING, "")
    assert one.check(51.0, why) == [MakeOffer(2)]


def test_when_they_hang_up_the_call_ends_and_we_do_not_run_after_them() -> None:
    one = connected_end(offers=True)
    assert one.received(50, 1, HangUp(), why) == [End(1)]
    assert (one.phase, one.why) == (PeerPhase.WAITING, "")
    assert one.check(59.9, why) == []
    trying = end(offers=True)
    trying.start(0)
    trying.offer_made(1, b"o")
    assert trying.received(1, 1, HangUp(), why) == [End(1)]
    assert trying.phase is PeerPhase.NO_PATH


def test_stopping_hangs_up_and_says_nothing_where_there_is_nobody() -> None:
    one = connected_end(offers=False)
    assert one.stop() == [Tell(1, HangUp()), End(1)]
    assert one.phase is PeerPhase.WAITING
    assert one.stop() == []
    asking = end(offers=False)
    asking.start(0)
    assert asking.stop() == []
    assert asking.due is None


# ---------------------------------------------------------------- two ends


class Side:
    """One end with its inbox, and the connections that it has made."""

    def __init__(self, world: World, index: int) -> None:
        self.world = world
        self.index = index
        self.inbox: deque[tuple[int, SignalBody]] = deque()
        self.pending: list[Callable[[], None]] = []
        self.ready: set[int] = set()  # calls whose descriptions this end knows
        self.begin()

    def begin(self) -> None:
        """Begin anew, as another view does that takes over: nothing of before is known."""
        self.negotiation = Negotiation(self.index == 0, self.world.number)
        self.pending.clear()
        self.ready.clear()

    def act(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Tell(call, body):
                    self.world.sides[1 - self.index].inbox.append((call, body))
                case MakeOffer(call):
                    self.later(lambda n, call=call: n.offer_made(call, b"o"))
                case MakeAnswer(call):
                    self.ready.add(call)
                    self.later(lambda n, call=call: n.answer_made(call, b"a"))
                case TakeAnswer(call):
                    self.ready.add(call)
                case End(call):
                    self.ready.discard(call)

    def later(self, work: Callable[[Negotiation], list[Action]]) -> None:
        negotiation = self.negotiation

        def run() -> None:
            if self.negotiation is negotiation:
                self.act(work(negotiation))

        self.pending.append(run)

    def moves(self) -> list[Callable[[], None]]:
        """What may happen next at this end."""
        moves: list[Callable[[], None]] = [self.act_later] if self.pending else []
        if self.inbox:
            moves.append(self.hear)
        other = self.world.sides[1 - self.index]
        call = self.negotiation.call
        if call in self.ready and call in other.ready and self.negotiation.phase is PeerPhase.CONNECTING:
            moves.append(lambda: self.negotiation.connected(call))
        if self.negotiation.phase is PeerPhase.CONNECTED and call not in other.ready:
            moves.append(lambda: self.act(self.negotiation.failed(self.world.now, call, "gone")))
        return moves

    def act_later(self) -> None:
        self.pending.pop(0)()

    def hear(self) -> None:
        call, body = self.inbox.popleft()
        self.act(self.negotiation.received(self.world.now, call, body, why))


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.number = itertools.count(1).__next__
        self.sides: list[Side] = []
        self.sides += [Side(self, 0), Side(self, 1)]

    def moves(self) -> list[Callable[[], None]]:
        return [move for side in self.sides for move in side.moves()]

    def settle(self) -> bool:
        """Let everything happen that can; say whether it came to rest in one call."""
        for _ in range(10_000):
            moves = self.moves()
            if self.is_one_call() and not any(side.inbox or side.pending for side in self.sides):
                return True
            progressed = bool(moves)
            for move in moves[:1]:
                move()
            if len(moves) > 1:
                moves[-1]()
            if not progressed:
                due = [side.negotiation.due for side in self.sides if side.negotiation.due is not None]
                if not due:
                    return False
                self.now = max(self.now, min(due))
            self.check()
        return False

    def check(self) -> None:
        for side in self.sides:
            side.act(side.negotiation.check(self.now, why))

    def is_one_call(self) -> bool:
        one, two = (side.negotiation for side in self.sides)
        return one.phase is two.phase is PeerPhase.CONNECTED and one.call == two.call


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.sampled_from([0.05, 0.5, 1.9, 2.5, 11.0])),
        st.tuples(st.sampled_from(["start", "stop", "taken over", "taken over late"]), st.integers(0, 1)),
    ),
    max_size=60,
)


@pytest.mark.parametrize("first", ["both", "lower", "higher"])
@given(steps=STEPS)
@settings(max_examples=150)
def test_two_ends_come_to_one_call_whatever_happens_on_the_way(first: str, steps: list[tuple[str, float]]) -> None:
    world = World()
    for side in world.sides:
        if first in ("both", ["lower", "higher"][side.index]):
            side.act(side.negotiation.start(world.now))
    for step, what in steps:
        if step == "wait":
            world.now += what
            world.check()
        elif step == "move":
            moves = world.moves()
            if moves:
                moves[int(what) % len(moves)]()
        else:
            side = world.sides[int(what)]
            if step == "start":
                side.act(side.negotiation.start(world.now))
            elif step == "stop":
                side.act(side.negotiation.stop())
            else:
                if step == "taken over late":
                    side.inbox.clear()  # the view before has still heard that
                side.begin()
                side.act(side.negotiation.start(world.now))
    for side in world.sides:
        side.act(side.negotiation.start(world.now))
    assert world.settle()


@given(order=st.lists(st.integers(0, 5), max_size=60), first=st.sampled_from([(0, 1), (1, 0)]))
def test_where_nothing_goes_wrong_one_offer_is_made_and_nobody_waits(order: list[int], first: tuple[int, int]) -> None:
    world = World()
    for index in first:
        world.sides[index].act(world.sides[index].negotiation.start(0))
    for choice in order:
        moves = world.moves()
        if moves:
            moves[choice % len(moves)]()
    assert world.settle()
    assert world.now == 0
    lower, higher = (side.negotiation for side in world.sides)
    assert lower.call == higher.call <= 2, "numbers 1 and 2 are the ask's and the offer's"


@pytest.mark.parametrize("begin", [Ask(), Offer(b"o")])
def test_the_other_end_can_begin_anew_only_so_often(begin: SignalBody) -> None:
    one = connected_end(offers=False)
    begun = 0
    for number in range(100, 200):
        actions = one.received(1 + (number - 100) / 10, number, begin, why)
        begun += sum(isinstance(action, MakeOffer | MakeAnswer) for action in actions)
        if one.call != number:  # an offer of ours is ready at once
            one.offer_made(one.call, b"o")
    assert begun == RESTARTS
    actions = one.received(1 + RESTART_SPAN, 300, Offer(b"o"), why)
    assert MakeAnswer(300, b"o") in actions


def test_an_offer_that_we_asked_for_is_always_taken() -> None:
    one = end(offers=False)
    one.start(0)
    for number in range(100, 100 + 3 * RESTARTS):
        assert one.received(number, number, Offer(b"o"), why)[-1] == MakeAnswer(number, b"o")
        one.stop()
        one.start(number)
