"""Frames and pictures on slow, far, jittery and silent lines, in virtual time."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.render.modes import ColourDepth
from gathertui.terminal.pacing import FrameGate, Ladder
from gathertui.terminal.pacing.gate import LONGEST_PATIENCE, REQUEST

TICK = 1 / 100
TOP, NO_PICTURES = (15.0, 1.0), (0.0, 0.0)
KB = 1000

Place = tuple[int, int]
SHIFT_F3: Place = (1, 0)


def place_of(request: str) -> Place | None:
    """Where the cursor is put by a request, as (column, row) from 0."""
    found = re.fullmatch(r"\x1b\[(\d+);(\d+)H\x1b\[6n", request)
    return (int(found[2]) - 1, int(found[1]) - 1) if found else None


class Line:
    """A terminal at the far end of a line: bytes leave at a rate, reports come back after a delay."""

    def __init__(self, rate: Callable[[float], float], *, delay=0.02, jitter=0.0, loss=0.0, seed=0) -> None:
        self.rate, self.delay, self.jitter, self.loss = rate, delay, jitter, loss
        self.chance = random.Random(seed)
        self.queue: deque[list] = deque()
        self.reports: deque[tuple[float, Place]] = deque()
        self.extra: Callable[[float, Place], list[Place]] = lambda now, place: []
        """What comes besides with a report: (column, row) of each."""
        self.unreported = 0
        self.last_report_at = 0.0

    def write(self, byte_count: int, request: str, now: float) -> None:
        self.queue.append([byte_count, place_of(request), now])
        self.unreported += bool(request)

    def run(self, now: float) -> list[Place]:
        """Go on for a tick; the reports that have come back."""
        room = self.rate(now) * TICK
        while self.queue and room > 0:
            used = min(room, self.queue[0][0])
            room -= used
            self.queue[0][0] -= used
            if self.queue[0][0] <= 1e-6:
                place = self.queue.popleft()[1]
                if place and self.chance.random() >= self.loss:
                    late = self.chance.expovariate(1 / self.jitter) if self.jitter else 0.0
                    self.last_report_at = max(self.last_report_at, now + self.delay + late)
                    self.reports.append((self.last_report_at, place))
        come: list[Place] = []
        while self.reports and self.reports[0][0] <= now:
            place = self.reports.popleft()[1]
            self.unreported -= 1
            come += [place, *self.extra(now, place)]
        return come

    @property
    def behind(self) -> float:
        """Bytes that have not left."""
        return sum(item[0] for item in self.queue)


class Viewer:
    """A canvas that draws pictures and a map with walkers, as the gate and the ladder allow."""

    def __init__(self, line: Line, *, cap: int | None = None, reports: bool = True, cells: int = 1600) -> None:
        self.line, self.cells, self.now = line, cells, 0.0
        self.gate = FrameGate(reports=reports, cap=cap)
        self.ladder = Ladder(self.gate)
        self.chance = random.Random(1)
        self.sent: list[tuple[float, int]] = []
        self.rungs: list[tuple[float, tuple[float, float], ColourDepth]] = []
        self.most_unreported = 0
        self.most_behind = 0.0
        self.pictures: list[float] = []
        self.typed_bytes = 0
        self.spurious: Callable[[float], list[Place]] = lambda now: []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.now += TICK
            for column, row in self.line.run(self.now) + self.spurious(self.now):
                self.gate.acknowledged(column, row, self.now)
            if self.typed_bytes:
                self._count(self.typed_bytes)
                self.gate.also_sent(self.typed_bytes, self.now)
            if self.gate.may_draw(self.now):
                self._draw()
            self.most_unreported = max(self.most_unreported, self.line.unreported)
            self.most_behind = max(self.most_behind, self.line.behind)

    def _draw(self) -> None:
        rung = self.ladder.rung(self.now, self.cells)
        place = (rung.frames_per_second, rung.cell_scale) if rung.pictures else NO_PICTURES
        if not self.rungs or self.rungs[-1][1:] != (place, rung.depth):
            self.rungs.append((self.now, place, rung.depth))
        size = self.chance.randint(60, 300) if self.chance.random() < 10 * TICK else 0
        if rung.pictures and (not self.pictures or self.now - self.pictures[-1] >= 1 / rung.frames_per_second - 1e-9):
            self.pictures.append(self.now)
            bytes_per_cell = {ColourDepth.TRUECOLOR: 12, ColourDepth.INDEXED: 7}.get(rung.depth, 4)
            wanted = int(self.cells * rung.cell_scale**2 * bytes_per_cell * self.chance.uniform(0.7, 1.3))
            size += wanted if rung.budget_bytes_per_frame is None else min(wanted, rung.budget_bytes_per_frame)
        if size:
            request = self.gate.sent(size, self.now)
            assert not request or request.endswith(REQUEST)
            self._count(size + len(request))
            self.line.write(size + len(request), request, self.now)

    def _count(self, size: int) -> None:
        self.sent.append((self.now, size))

    def most_in_a_window(self, seconds: float = 2.0) -> int:
        window, total, most = deque[tuple[float, int]](), 0, 0
        for at, size in self.sent:
            window.append((at, size))
            total += size
            while window[0][0] <= at - seconds + 1e-9:
                total -= window.popleft()[1]
            most = max(most, total)
        return most

    def moves_after(self, seconds: float) -> int:
        return sum(1 for at, *_ in self.rungs if at > seconds)


def steady(rate: float) -> Callable[[float], float]:
    return lambda _: rate


def rates(low: float, high: float) -> st.SearchStrategy[float]:
    """Rates that differ by their magnitude."""
    return st.floats(0.0, 1.0).map(lambda place: low * (high / low) ** place)


# ---------------------------------------------------------------- the gate


@settings(max_examples=25, deadline=None)
@given(rate=rates(30 * KB, 10_000 * KB), delay=st.floats(0.0, 0.4), jitter=st.sampled_from([0.0, 0.01, 0.05]))
def test_never_more_than_one_frame_is_unacknowledged(rate: float, delay: float, jitter: float) -> None:
    viewer = Viewer(Line(steady(rate), delay=delay, jitter=jitter))
    viewer.run(15)
    assert viewer.most_unreported == 1
    assert len(viewer.sent) > 15


@settings(max_examples=25, deadline=None)
@given(
    rate=rates(30 * KB, 10_000 * KB),
    delay=st.floats(0.0, 0.4),
    copies=st.integers(0, 3),
    every=st.sampled_from([0.0, 0.03, 1.0]),
    place=st.sampled_from([SHIFT_F3, (5, 5), (119, 39), (0, 0)]),
)
def test_reports_of_other_places_and_doubled_ones_let_nothing_through(
    rate: float, delay: float, copies: int, every: float, place: Place
) -> None:
    viewer = Viewer(Line(steady(rate), delay=delay))
    viewer.line.extra = lambda now, own: [own] * copies
    viewer.spurious = lambda now: [place] if every and now % every < TICK else []
    viewer.run(15)
    assert viewer.most_unreported == 1
    assert len(viewer.sent) > 15


def test_a_doubled_report_is_not_taken_for_the_next_frames() -> None:
    gate = FrameGate(reports=True)
    first = place_of(gate.sent(100, 0.0))
    gate.acknowledged(*first, 0.1)
    second = place_of(gate.sent(100, 0.1))
    gate.acknowledged(*first, 0.11)
    gate.acknowledged(*SHIFT_F3, 0.12)
    assert not gate.may_draw(0.12)
    gate.acknowledged(*second, 0.2)
    assert gate.may_draw(0.2)


def test_a_gate_whose_terminal_is_known_better_forgets_nothing() -> None:
    gate = FrameGate(reports=False, cap=10 * KB)
    gate.sent(8 * KB, 0.0)
    gate.expect_reports(reports=True)
    assert not gate.may_draw(0.5)
    assert gate.rate(0.5) > 0
    place = place_of(gate.sent(100, 2.0))
    gate.expect_reports(reports=True)
    assert not gate.may_draw(2.3)
    gate.acknowledged(*place, 2.4)
    assert gate.may_draw(2.5)
    gate.sent(100, 2.5)
    gate.expect_reports(reports=False)
    assert gate.may_draw(2.6)
    assert gate.sent(100, 2.6) == ""


@settings(max_examples=25, deadline=None)
@given(
    cap=rates(4 * KB, 1000 * KB).map(int),
    rate=rates(3 * KB, 10_000 * KB),
    loss=st.sampled_from([0.0, 0.0, 0.05, 1.0]),
    reports=st.booleans(),
    cells=st.sampled_from([0, 200, 1600, 6000]),
    typed=st.sampled_from([0, 0, 20]),
)
def test_no_frame_begins_over_the_cap_of_any_two_seconds(cap, rate, loss, reports, cells, typed) -> None:
    viewer = Viewer(Line(steady(rate), loss=loss), cap=cap, reports=reports, cells=cells)
    viewer.typed_bytes = typed if typed * 100 < cap / 2 else 0
    viewer.run(12)
    # A frame that has begun is not cut: at most one goes over.
    longest = max((size for _, size in viewer.sent), default=0)
    assert viewer.most_in_a_window() <= cap * 2 + longest
    assert viewer.gate.rate(viewer.now) * KB <= cap + longest / 2


def test_what_nobody_can_hold_back_counts_under_the_cap() -> None:
    gate = FrameGate(reports=False, cap=100 * KB)
    gate.also_sent(50 * KB, 0.0)
    assert not gate.may_draw(0.1)
    assert gate.rate(0.1) == 25.0
    wait = gate.wait(0.1)
    assert not gate.may_draw(0.1 + wait - 0.01)
    assert gate.may_draw(0.1 + wait)


def test_a_full_repaint_over_the_cap_is_paid_for_within_two_seconds() -> None:
    gate = FrameGate(reports=False, cap=10 * KB)
    gate.sent(500 * KB, 0.0)
    assert not gate.may_draw(1.9)
    assert gate.may_draw(2.3)


def test_the_gate_tells_how_long_to_wait() -> None:
    gate = FrameGate(reports=True)
    assert gate.wait(0.0) == 0.0
    place = place_of(gate.sent(100, 0.0))
    assert 0.0 < gate.wait(0.01) <= 1.0
    gate.acknowledged(*place, 0.02)
    assert gate.may_draw(0.02)


def test_a_terminal_that_never_reports_is_drawn_on_by_the_cap_alone() -> None:
    viewer = Viewer(Line(steady(1000 * KB), loss=1.0), cap=50 * KB)
    assert not viewer.gate.blind
    viewer.run(30)
    assert viewer.gate.blind
    assert viewer.most_in_a_window() <= 2.1 * 50 * KB
    assert sum(1 for at in viewer.pictures if at > 20) >= 45
    viewer.line.loss = 0.0
    viewer.run(15)
    assert viewer.gate.one_at_a_time


def test_a_terminal_whose_reports_tell_nothing_is_never_asked() -> None:
    viewer = Viewer(Line(steady(1000 * KB)), cap=100 * KB, reports=False)
    viewer.run(10)
    assert viewer.most_unreported == 0
    assert not viewer.gate.blind
    viewer.gate.acknowledged(3, 4, viewer.now)  # something else asked


@pytest.mark.parametrize("loss", [0.02, 0.3])
def test_lost_reports_hold_up_and_no_more(loss: float) -> None:
    viewer = Viewer(Line(steady(1000 * KB), loss=loss, seed=3))
    viewer.run(60)
    gaps = [after - before for (before, _), (after, _) in itertools.pairwise(viewer.sent)]
    assert max(gaps) <= LONGEST_PATIENCE + 1.0
    assert len(viewer.sent) > 40


def test_a_line_that_stands_still_gets_a_few_small_frames_and_goes_on_at_once() -> None:
    viewer = Viewer(Line(lambda now: 1000 * KB if not 20 < now < 40 else 0.0))
    viewer.run(40)
    during = [(at, size) for at, size in viewer.sent if 21.5 < at < 40]
    assert 1 <= len(during) <= 8
    assert max(size for _, size in during) < 1000
    before = len(viewer.pictures)
    viewer.run(10)
    assert len(viewer.pictures) - before > 50
    assert viewer.line.unreported <= 1


def test_reports_that_come_late_are_not_taken_for_those_of_later_frames() -> None:
    gate = FrameGate(reports=True)
    gate.acknowledged(*place_of(gate.sent(100, 0.0)), 0.1)
    late = place_of(gate.sent(100, 1.0))
    assert gate.may_draw(5.0)
    place = place_of(gate.sent(100, 5.0))
    gate.acknowledged(*late, 5.1)
    assert not gate.may_draw(5.1)
    gate.acknowledged(*place, 5.2)
    assert gate.may_draw(5.2)
    assert not gate.behind


def test_a_report_tells_that_earlier_ones_are_lost() -> None:
    gate = FrameGate(reports=True)
    lost = place_of(gate.sent(100, 0.0))
    assert gate.may_draw(5.0)
    gate.acknowledged(*place_of(gate.sent(100, 5.0)), 5.1)
    assert gate.may_draw(5.1)
    assert not gate.behind
    gate.acknowledged(*lost, 5.2)


# ---------------------------------------------------------------- the ladder


@settings(max_examples=20, deadline=None)
@given(rate=rates(8 * KB, 5000 * KB), delay=st.floats(0.0, 0.3), cap=st.none() | rates(8 * KB, 1000 * KB).map(int))
def test_on_a_steady_line_the_ladder_comes_to_rest(rate: float, delay: float, cap: int | None) -> None:
    viewer = Viewer(Line(steady(rate), delay=delay), cap=cap)
    viewer.run(60)
    assert viewer.moves_after(30) <= 2


@pytest.mark.parametrize(
    ("rate", "worst"), [(5000, (15.0, 1.0)), (200, (10.0, 1.0)), (100, (5.0, 1.0)), (30, (5.0, 0.5)), (10, (5.0, 0.5))]
)
def test_the_slower_the_line_the_lower_the_rung(rate: int, worst: tuple[float, float]) -> None:
    viewer = Viewer(Line(steady(rate * KB)))
    viewer.run(30)
    assert viewer.rungs[-1][1] == worst
    # What waits on the line never takes long: keys come through.
    viewer.most_behind = 0.0
    viewer.run(10)
    assert viewer.most_behind / (rate * KB) < 0.35


def test_rungs_go_from_rate_to_cells_to_colours_to_none() -> None:
    seen = []
    for cap in (1000, 150, 100, 50, 20, 9, 6, 3):
        viewer = Viewer(Line(steady(10_000 * KB)), cap=cap * KB)
        viewer.run(5)
        seen.append(viewer.rungs[-1][1:])
    assert seen == [
        ((15.0, 1.0), ColourDepth.TRUECOLOR),
        ((10.0, 1.0), ColourDepth.TRUECOLOR),
        ((5.0, 1.0), ColourDepth.TRUECOLOR),
        ((5.0, 0.75), ColourDepth.TRUECOLOR),
        ((5.0, 0.5), ColourDepth.TRUECOLOR),
        ((5.0, 0.5), ColourDepth.MONO),
        ((5.0, 0.5), ColourDepth.MONO),
        (NO_PICTURES, ColourDepth.MONO),
    ]
    # The fewer-colours rung, between the two.
    viewer = Viewer(Line(steady(10_000 * KB)), cap=13 * KB)
    viewer.run(5)
    assert viewer.rungs[-1][1:] == ((5.0, 0.5), ColourDepth.INDEXED)


def test_colours_are_never_more_than_the_terminal_has() -> None:
    gate = FrameGate(reports=False)
    assert Ladder(gate, ColourDepth.SIXTEEN).rung(0.0, 100).depth is ColourDepth.SIXTEEN
    assert Ladder(gate, ColourDepth.MONO).rung(0.0, 100).depth is ColourDepth.MONO


@pytest.mark.parametrize("bad_rate", [8 * KB, 30 * KB, 100 * KB])
def test_when_the_line_recovers_so_do_the_pictures(bad_rate: int) -> None:
    viewer = Viewer(Line(lambda now: 2000 * KB if not 15 < now < 30 else bad_rate))
    viewer.run(30)
    assert viewer.rungs[-1][1] != TOP
    viewer.run(30)
    assert viewer.rungs[-1][1] == TOP
    assert viewer.rungs[-1][0] < 50


def test_a_hiccup_changes_nothing() -> None:
    viewer = Viewer(Line(lambda now: 2000 * KB if not 15 < now < 15.4 else 0.0))
    viewer.run(30)
    assert [rung[1] for rung in viewer.rungs] == [TOP]


@pytest.mark.parametrize("offset", [0.0, 0.02, 0.04, 0.06])
def test_after_a_standstill_pictures_are_what_they_were_at_once(offset: float) -> None:
    begin = 20 + offset
    viewer = Viewer(Line(lambda now: 1000 * KB if not begin < now < begin + 3 else 0.0))
    viewer.run(begin + 3.05)
    before = len(viewer.pictures)
    viewer.run(3)
    assert len(viewer.pictures) - before >= 38
    assert {rung[1] for rung in viewer.rungs if rung[0] > begin} == set()


def test_a_line_that_turns_slow_is_not_choked() -> None:
    viewer = Viewer(Line(lambda now: 1000 * KB if now < 20 else 5 * KB))
    viewer.run(40)
    assert viewer.most_behind / (5 * KB) < 6.0  # a frame that was sent before anybody could know takes 4.9 of these
    assert viewer.rungs[-1][1] in (NO_PICTURES, (5.0, 0.5))
    viewer.most_behind = 0.0
    viewer.run(20)
    assert viewer.most_behind / (5 * KB) < 0.6


def test_on_a_slow_and_far_line_nothing_piles_up() -> None:
    viewer = Viewer(Line(steady(8 * KB), delay=0.25))
    viewer.run(60)
    assert viewer.most_unreported == 1
    assert viewer.most_behind / (8 * KB) < 0.5
    assert viewer.moves_after(20) == 0


def test_where_no_picture_gets_through_they_are_tried_ever_more_rarely() -> None:
    viewer = Viewer(Line(steady(3 * KB)))
    viewer.run(180)
    assert viewer.moves_after(20) <= 12


@pytest.mark.parametrize("rate", [150 * KB, 170 * KB, 190 * KB])
def test_a_line_that_swings_round_what_a_rung_needs_makes_nothing_flap(rate: int) -> None:
    viewer = Viewer(Line(lambda now: rate * (1 + 0.2 * math.sin(now / 3))))
    viewer.run(120)
    assert viewer.moves_after(20) <= 2


@pytest.mark.parametrize("rate", [120 * KB, 210 * KB, 60 * KB])
def test_a_line_that_is_just_good_enough_makes_nothing_flap(rate: int) -> None:
    chance = random.Random(7)
    viewer = Viewer(Line(lambda _: rate * chance.uniform(0.8, 1.2), jitter=0.01))
    viewer.run(120)
    assert viewer.moves_after(20) <= 6


def test_while_nobody_looks_there_are_no_pictures() -> None:
    gate = FrameGate(reports=False, cap=100 * KB)
    ladder = Ladder(gate)
    ladder.hide()
    assert not ladder.rung(0.0, 800).pictures
    assert "nobody sees" in ladder.words(0.0, 0)
    ladder.show()
    assert ladder.rung(0.0, 800).pictures


def test_the_words_tell_the_rate_and_why_it_is_low() -> None:
    viewer = Viewer(Line(steady(5000 * KB)))
    viewer.run(10)
    words = viewer.ladder.words(viewer.now, 15)
    assert words == f"15 fps, {viewer.gate.rate(viewer.now):.0f} KB/s"
    viewer = Viewer(Line(steady(5000 * KB)), cap=3 * KB)
    viewer.run(5)
    assert viewer.ladder.words(viewer.now, 0) == "pictures off: the line is slow"
    viewer = Viewer(Line(steady(5000 * KB)), cap=15 * KB)
    viewer.run(5)
    assert viewer.ladder.words(viewer.now, 5).endswith("fewer colours")


def test_nothing_of_it_is_shared() -> None:
    one, other = FrameGate(reports=True), FrameGate(reports=True)
    one.sent(100, 0.0)
    assert other.may_draw(0.0)
