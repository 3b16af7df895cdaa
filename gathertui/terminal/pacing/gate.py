"""When the next frame may be drawn."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from gathertui.terminal.pacing.allowance import Allowance
from gathertui.terminal.pacing.line import LineMeter

REQUEST: Final = "\x1b[6n"
"""Asks where the cursor is. The answer tells that all before it was drawn."""
ASKING_ROW: Final = 1
ASKING_COLUMNS: Final = 16
"""Where the cursor is put for that, counted from 0: in this row, in one of so many columns after the other.

So a report tells which frame it is for, and others are known: Shift-F3 looks like one of the first row.
"""

FIRST_PATIENCE: Final = 1.0
LONGEST_PATIENCE: Final = 8.0
"""Seconds for which a report is waited for: at first, and at most when they stay out."""
PATIENCE_FACTOR: Final = 4.0
"""A report may take so many times as long as it should."""
SILENT_AFTER: Final = 2
"""So many frames without a report, and the terminal is one that gives none ..."""
LOST_AFTER: Final = 8
"""... or, if it gave some before, one that gives none any more."""
ASK_AGAIN_SECONDS: Final = 10.0
KB: Final = 1000.0


class _Frame(NamedTuple):
    sent_at: float
    byte_count: int
    column: int
    """Where the cursor was put to ask."""
    alone: bool
    """Whether nothing else was on its way."""


class FrameGate:
    """Lets one frame through at a time: the next after the terminal has reported that it drew the last.

    A loop draws when `may_draw` says so, from what is newest then; it tells of the
    frame by `sent`, appends what that returns to it, puts the cursor back, and tells of
    each report by `acknowledged`. `cap` is in bytes a second, None for none; `reports` False is for
    terminals whose reports tell nothing: the cap alone holds there.

    A report that stays out is given up in time, so nothing ever stands still for
    good. Where none comes at all, the cap alone holds, and now and then it asks again.
    """

    def __init__(self, *, reports: bool, cap: int | None = None) -> None:
        self._reports = reports
        self._one_at_a_time = reports
        self._allowance = Allowance(cap)
        self._waiting: _Frame | None = None
        self._owed: deque[_Frame] = deque(maxlen=LOST_AFTER)
        self._late: list[tuple[_Frame, float]] = []
        self._ever_heard = False
        self._given_up = 0
        self._ask_again_at = 0.0
        self._column = 0
        self.line = LineMeter()
        """What the reports told of the way to the terminal."""

    @property
    def one_at_a_time(self) -> bool:
        """Whether frames wait for reports: False where the terminal gives none, and the cap alone holds."""
        return self._one_at_a_time

    @property
    def blind(self) -> bool:
        """Whether reports are expected and none come."""
        return self._reports and not self._one_at_a_time

    @property
    def behind(self) -> bool:
        """Whether frames that were given up may still be on their way: nothing large should follow them."""
        return bool(self._owed)

    @property
    def cap(self) -> int | None:
        """Bytes a second."""
        return self._allowance.cap

    def may_draw(self, now: float) -> bool:
        """Whether a frame may be drawn now."""
        return self.wait(now) <= 0.0

    def wait(self, now: float) -> float:
        """Seconds until a frame may be drawn, 0.0 for now; a report can end it sooner."""
        self._give_up_in_time(now)
        wait = self._allowance.wait(now)
        if self._one_at_a_time and self._waiting is not None:
            wait = max(wait, self._given_up_at(self._waiting) - now)
        return wait

    def expect_reports(self, *, reports: bool) -> None:
        """From now on the terminal's reports tell something, or nothing. What was sent and is owed stays."""
        if reports is self._reports:
            return
        self._reports = self._one_at_a_time = reports
        self._given_up = 0
        if not reports:
            self._waiting = None
            self._owed.clear()

    def sent(self, byte_count: int, now: float) -> str:
        """A frame of so many bytes is sent now. Returns what to append to it: a request, or nothing.

        A request moves the cursor.
        """
        self._give_up_in_time(now)
        ask = self._reports and self._waiting is None and (self._one_at_a_time or now >= self._ask_again_at)
        request = ""
        if ask:
            self._column = (self._column + 1) % ASKING_COLUMNS
            request = f"\x1b[{ASKING_ROW + 1};{self._column + 1}H{REQUEST}"
        byte_count += len(request)
        self._allowance.spend(byte_count, now)
        if ask:
            self._waiting = _Frame(now, byte_count, self._column, alone=not self._owed)
            self._late.clear()
        return request

    def also_sent(self, byte_count: int, now: float) -> None:
        """Something else was sent that nobody can hold back. It counts under the cap."""
        self._allowance.spend(byte_count, now)

    def acknowledged(self, column: int, row: int, now: float) -> None:
        """The terminal says that its cursor was there, from 0, which may be for somebody else."""
        self._give_up_in_time(now)
        expected = [*self._owed] if self._waiting is None else [*self._owed, self._waiting]
        if row != ASKING_ROW or column not in [frame.column for frame in expected]:
            return
        self._ever_heard = True
        self._given_up = 0
        # Reports come in the order of their requests: those that should have come before this one are lost.
        while self._owed:
            owed = self._owed.popleft()
            if owed.column == column:
                self._late.append((owed, now))
                return
        if self._waiting is not None:
            for frame, reported_at in [*self._late, (self._waiting, now)]:
                if frame.alone:
                    self.line.record(frame.byte_count, reported_at - frame.sent_at, now)
            self._late.clear()
            self._waiting = None
            self._one_at_a_time = True

    def rate(self, now: float) -> float:
        """What is sent now, in KB/s of 1000 bytes, over the last two seconds."""
        return self._allowance.rate(now) / KB

    def _given_up_at(self, frame: _Frame) -> float:
        """When this frame's report counts as lost: patience begins anew with each report that comes before."""
        expected = self.line.delay + frame.byte_count / self.line.bytes_per_second(frame.sent_at)
        patience = max(FIRST_PATIENCE, PATIENCE_FACTOR * expected) * 2.0**self._given_up
        since = self._late[-1][1] if self._late else frame.sent_at
        return since + min(patience, LONGEST_PATIENCE)

    def _give_up_in_time(self, now: float) -> None:
        frame = self._waiting
        if frame is None or now < self._given_up_at(frame):
            return
        self._waiting = None
        self._owed.append(frame)
        self._given_up += 1
        if self._given_up >= (LOST_AFTER if self._ever_heard else SILENT_AFTER):
            self._one_at_a_time = False
            self._owed.clear()
            self._given_up = 0
            self._ask_again_at = now + ASK_AGAIN_SECONDS
