"""How canvases wait for the terminal, what is counted, and what all that relies on of Textual."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from textual import _compositor
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from gathertui.render.modes import ColourDepth
from gathertui.terminal.canvas.output import LOOK_AGAIN_SECONDS, MAX_QUEUED_WRITES
from gathertui.terminal.canvas.pictures import PicturePace
from gathertui.terminal.canvas.private import missing_names
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.pacing import FrameGate, Ladder
from gathertui.testing.clock import RunningClock
from gathertui.testing.office import MemoryOffice
from gathertui.testing.walkers import Walkers
from gathertui.ui.widgets.composer import Composer
from gathertui.ui.widgets.mapview import MapView

if TYPE_CHECKING:
    from rich.segment import Segment

    from tests.ui.conftest import EmulatedTerminal, OnTerminal

REQUEST = "\x1b[6n"
REPORTS = Capabilities(ColourDepth.TRUECOLOR, synchronized=True, cursor_reports=True)


BePatient = Callable[["EmulatedTerminal"], Awaitable[None]]


@pytest.fixture
def be_patient(monkeypatch: pytest.MonkeyPatch) -> BePatient:
    """From when it is called on every report is waited for, however late it comes."""

    async def be_patient(terminal: EmulatedTerminal) -> None:
        # One that was lost while the app began would be waited for, too.
        await terminal.until(lambda: terminal.app.canvases.gate.may_draw(time.monotonic()))
        monkeypatch.setattr("gathertui.terminal.pacing.gate.FIRST_PATIENCE", math.inf)
        monkeypatch.setattr("gathertui.terminal.pacing.gate.LONGEST_PATIENCE", math.inf)

    return be_patient


async def read_request(terminal: EmulatedTerminal) -> str:
    """Wait for a frame that asks for a report; all that comes until the app has nothing more to do."""
    texts: list[str] = []

    def has_come() -> bool:
        texts.append(terminal.read())
        return any(REQUEST in text for text in texts)

    await terminal.until(has_come)
    await terminal.quiet(0.1)
    return "".join(texts) + terminal.read()


async def test_frames_wait_until_the_terminal_has_drawn_the_last_but_typing_does_not(
    on_terminal: OnTerminal, be_patient: BePatient
) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        async with on_terminal(office, office.add_account("ada"), capabilities=REPORTS) as terminal:
            await terminal.answer_until_rest()
            await be_patient(terminal)
            view = terminal.app.screen.query_one(MapView)
            await walkers.step()
            assert (await read_request(terminal)).count(REQUEST) == 1
            for _ in range(3):
                await walkers.step()
            await terminal.until(lambda: view.is_stale)
            await terminal.quiet(0.1)
            assert REQUEST not in terminal.read()
            assert view.is_stale
            terminal.driver.type("i")
            await terminal.until(lambda: terminal.app.screen.query_one(Composer).has_focus)
            terminal.driver.type("typed")
            await terminal.until(lambda: bool(terminal.read()) and "typed" in "".join(terminal.screen.display))
            assert view.is_stale
            await terminal.answer_until_rest()
            assert terminal.wrong() == []
            # The reports are nobody's keys.
            assert terminal.app.screen.query_one(Composer).text == "typed"


async def test_frames_wait_for_the_thread_that_writes(on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch) -> None:
    class Queue:
        size = 5

        def qsize(self) -> int:
            return self.size

    class Thread:
        _queue = Queue()

    assert LOOK_AGAIN_SECONDS >= 0.2
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            monkeypatch.setattr(terminal.driver, "_writer_thread", Thread, raising=False)
            await walkers.step()
            view = terminal.app.screen.query_one(MapView)
            await terminal.until(lambda: view.is_stale)
            await terminal.quiet(0.2)
            assert view.is_stale
            Queue.size = 0
            await terminal.until(lambda: not view.is_stale)
            assert await terminal.wrong_when_quiet() == []


class Filter(LineFilter):
    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return segments


async def test_a_frame_that_waits_for_a_report_comes_with_it_and_with_no_other(
    on_terminal: OnTerminal, be_patient: BePatient
) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        async with on_terminal(office, office.add_account("ada"), capabilities=REPORTS) as terminal:
            await terminal.answer_until_rest()
            await be_patient(terminal)
            view = terminal.app.screen.query_one(MapView)
            await walkers.step()
            asked = await read_request(terminal)
            assert asked.count(REQUEST) == 1
            await walkers.step()
            await terminal.until(lambda: view.is_stale)
            for other in ("\x1b[1;2R", "\x1b[2;40R", "\x1b[9;3R"):
                terminal.driver.type(other)
            await terminal.quiet(0.2)
            assert view.is_stale
            assert terminal.report(asked) == 1
            await terminal.until(lambda: not view.is_stale)
            # The same report once more is not for the frame that was sent now.
            await walkers.step()
            await terminal.until(lambda: view.is_stale)
            terminal.report(asked)
            await terminal.quiet(0.2)
            assert view.is_stale
            await terminal.answer_until_rest()
            assert terminal.wrong() == []


@pytest.mark.parametrize("is_direct", [True, False], ids=["direct", "strips"])
async def test_every_byte_counts_under_the_cap(
    on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch, is_direct: bool
) -> None:
    counts: list[int] = []
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 1, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            if not is_direct:
                terminal.app._filters.append(Filter())
                terminal.app.screen.refresh(layout=True)
            await terminal.rest()
            terminal.read()
            spend = terminal.app.canvases.gate._allowance.spend
            monkeypatch.setattr(
                terminal.app.canvases.gate._allowance,
                "spend",
                lambda byte_count, now: (counts.append(byte_count), spend(byte_count, now)),
            )
            for act in (walkers.step, lambda: terminal.driver.type("?")):
                counts.clear()
                done = act()
                if done is not None:
                    await done
                await terminal.until(lambda: bool(counts))
                await terminal.rest()
                written = len(terminal.read().encode())
                assert terminal.app.canvases.is_direct is is_direct
                # Textual's marks of an update and its last move of the cursor come on top.
                assert counts and written - 40 * len(counts) <= sum(counts) <= written


async def test_strips_wait_for_reports_too(on_terminal: OnTerminal, be_patient: BePatient) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        async with on_terminal(office, office.add_account("ada"), capabilities=REPORTS) as terminal:
            terminal.app._filters.append(Filter())
            terminal.app.screen.refresh(layout=True)
            await terminal.answer_until_rest()
            await be_patient(terminal)
            assert not terminal.app.canvases.is_direct
            view = terminal.app.screen.query_one(MapView)
            await walkers.step()
            assert (await read_request(terminal)).count(REQUEST) == 1
            for _ in range(2):
                await walkers.step()
                await terminal.until(lambda: view.is_stale)
                await terminal.quiet(0.1)
            assert REQUEST not in terminal.read()
            assert view.is_stale
            await terminal.answer_until_rest()
            assert terminal.wrong() == []


class Looks:
    """Counts how often somebody looks whether the terminal takes more."""

    def __init__(self, terminal: EmulatedTerminal, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        output = terminal.app.canvases._output
        self._wait = output.wait
        monkeypatch.setattr(output, "wait", self.wait)

    def wait(self, now: float) -> float:
        self.count += 1
        return self._wait(now)


async def test_a_driver_that_is_behind_is_waited_for_without_asking_it_again(
    on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 1, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            await terminal.rest()
            terminal.read()
            view, driver = terminal.app.screen.query_one(MapView), terminal.driver
            driver.max_unread = -1
            await walkers.step()
            await terminal.until(lambda: view.is_stale)
            await terminal.quiet(0.2)
            looks = Looks(terminal, monkeypatch)
            await terminal.quiet(0.5)
            assert view.is_stale and looks.count <= 1
            assert driver.frames_dropped == 0
            terminal.read()
            driver.max_unread = 10**9
            await terminal.until(lambda: not view.is_stale)
            assert await terminal.wrong_when_quiet() == []


async def test_what_is_learnt_of_a_terminal_later_costs_nothing_of_what_is_known(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            canvases = terminal.app.canvases
            gate = canvases.gate
            canvases.ladder.hide()
            terminal.app.capabilities = Capabilities(ColourDepth.INDEXED, cursor_reports=True)
            assert canvases.gate is gate and canvases.ladder.hidden
            await terminal.rest()
            terminal.read()
            await walkers.step()
            await terminal.until(lambda: REQUEST in terminal.read())
            canvases.ladder.show()
            assert canvases.ladder.rung(0.0, 100).depth is ColourDepth.INDEXED


async def test_an_app_that_has_ended_asks_for_no_more_frames(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        async with on_terminal(office, office.add_account("ada")) as terminal:
            view, canvases = terminal.app.screen.query_one(MapView), terminal.app.canvases
        frames = terminal.driver.frames_written
        view.changed()
        canvases.schedule()
        assert canvases._schedule._timer is None
        await asyncio.sleep(0.1)
        assert terminal.driver.frames_written == frames


@pytest.mark.parametrize("odd", ["\x1b[119;1:3u", "\x1b[99999999999u", "\x1b[48;0;0;0;0t\x1b[<35;3;3M"])
async def test_an_odd_sequence_costs_no_key_round_it(on_terminal: OnTerminal, odd: str) -> None:
    async with MemoryOffice(RunningClock()) as office, on_terminal(office, office.add_account("ada")) as terminal:
        terminal.driver.type(f"{odd}i{odd}")
        await terminal.until(lambda: terminal.app.screen.query_one(Composer).has_focus)
        terminal.driver.type(f"a{odd}b")
        await terminal.until(lambda: terminal.app.screen.query_one(Composer).text == "ab")
        assert await terminal.wrong_when_quiet() == []


class Moving:
    def __init__(self, cells: int) -> None:
        self.moving_cells = cells


def test_pictures_share_what_a_frame_may_take() -> None:
    pace = PicturePace(Ladder(FrameGate(reports=False, cap=100_000)))
    pace.begin_frame(1.0, [Moving(600)])
    alone = pace.budget(600, 1.0)
    assert alone is not None and alone > 1000
    pace.begin_frame(2.0, [Moving(600), Moving(0), Moving(300)])
    one, other = pace.budget(600, 2.0), pace.budget(300, 2.0)
    assert one is not None and other is not None
    assert alone * 0.9 <= one + other <= alone
    assert one == pytest.approx(2 * other, rel=0.01)


# ---------------------------------------------------------------- what is relied on of Textual


async def test_textual_has_the_names_that_are_not_promised(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office, on_terminal(office, office.add_account("ada")) as terminal:
        assert missing_names(terminal.app) == []
        with contextlib.suppress(AttributeError):
            del terminal.app._sync_available
        assert missing_names(terminal.app) == ["App._sync_available"]
        terminal.app._sync_available = True
    from textual.drivers._writer_thread import MAX_QUEUED_WRITES as HELD
    from textual.drivers._writer_thread import WriterThread
    from textual.drivers.linux_driver import LinuxDriver

    assert HELD > 2 * MAX_QUEUED_WRITES and "_queue" in WriterThread.__init__.__code__.co_names
    assert "_writer_thread" in LinuxDriver.__init__.__code__.co_names


async def test_a_name_that_is_missing_or_takes_something_else_is_found(
    on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other:
        def __init__(self, chops: Any, spans: Any) -> None: ...

    async with MemoryOffice(RunningClock()) as office, on_terminal(office, office.add_account("ada")) as terminal:
        app = terminal.app

        def missing(owner: Any, name: str, value: Any) -> list[str]:
            with monkeypatch.context() as patch:
                if value is None:
                    patch.delattr(owner, name)
                else:
                    patch.setattr(owner, name, value, raising=False)
                return missing_names(app)

        assert missing(_compositor, "ChopsUpdate", Other) == ["textual._compositor.ChopsUpdate"]
        assert missing(Strip, "render", lambda self, console, more: "") == ["Strip.render"]
        assert missing(_compositor, "CompositorUpdate", object) == ["CompositorUpdate.render_segments"]
        assert missing(Strip, "_link_ids", None) == ["Strip._link_ids"]
        assert missing(_compositor.Compositor, "visible_widgets", None) == ["Compositor.visible_widgets"]
        assert missing(app._driver, "_writer_thread", object()) == ["WriterThread._queue"]
        assert missing_names(app) == []
