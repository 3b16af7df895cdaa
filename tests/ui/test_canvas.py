"""The canvases of the real app on an emulated terminal: what it shows is what the widgets are, cell by cell."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import DimFilter, LineFilter
from textual.strip import Strip
from textual.widgets import Static
from textual.widgets._toast import Toast

from gathertui.render.cells import BOLD, Cells
from gathertui.render.modes import ColourDepth
from gathertui.terminal.canvas.strips import CanvasStrip
from gathertui.terminal.capabilities import Capabilities
from gathertui.testing.clock import RunningClock
from gathertui.testing.office import MemoryOffice
from gathertui.testing.walkers import Walkers
from gathertui.ui.screens.help import HelpScreen
from gathertui.ui.screens.notice import ReplacedScreen
from gathertui.ui.widgets.composer import Composer
from gathertui.ui.widgets.mapview import MapView
from gathertui.world.geometry import Direction, Point

if TYPE_CHECKING:
    from tests.ui.conftest import OnTerminal

RIGHT, DOWN, ESCAPE = "\x1b[C", "\x1b[B", "\x1b[27u"
FRAME_BEGIN, FRAME_END = "\x1b[?2026h", "\x1b[?2026l"
REQUEST = "\x1b[6n"


async def test_the_map_is_drawn_straight_to_the_terminal(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 8, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            assert terminal.app.canvases.is_direct
            assert terminal.wrong() == []
            for _ in range(5):
                await walkers.step()
                assert await terminal.wrong_when_quiet() == []


async def test_a_step_costs_few_bytes_in_one_frame_and_then_nothing_is_written(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 1, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            await terminal.rest()
            terminal.read()
            frames = terminal.driver.frames_written
            avatar = office.avatars[walkers.accounts[0]]
            await office.move(walkers.accounts[0], Point(avatar.x + 1, avatar.y), Direction.EAST)
            await terminal.frame_after(frames)
            await terminal.rest()
            # Of the map: a figure and a name of 14 letters, here and there, and no more. Nothing else has changed.
            written = terminal.read()
            assert written.startswith(FRAME_BEGIN) and written.endswith(FRAME_END)
            assert written.count(FRAME_BEGIN) == written.count(FRAME_END) == 1
            assert len(written.encode()) < 600
            frames = terminal.driver.frames_written
            await terminal.quiet(0.3)
            assert terminal.driver.frames_written == frames


async def test_your_own_step_is_echoed_at_once_after_quiet(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office, on_terminal(office, office.add_account("ada")) as terminal:
        await terminal.rest()
        view = terminal.app.screen.query_one(MapView)
        frames = terminal.driver.frames_written
        view.changed()
        view.look = view.look
        for _ in range(4):
            await asyncio.sleep(0)
        # Nothing differs, so nothing is written, but it was painted within the loop's next turns.
        assert not view.is_stale
        assert terminal.driver.frames_written == frames


async def test_many_changes_are_one_frame(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 4, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            await terminal.rest()
            terminal.read()
            began, loop = terminal.driver.frames_written, asyncio.get_running_loop()
            since = loop.time()
            view = terminal.app.screen.query_one(MapView)
            while loop.time() - since < 0.5:
                await walkers.step()
                view.changed()
                await asyncio.sleep(0.002)
            # Those of Textual's own lines come on top of 30 a second.
            assert terminal.read().count(REQUEST) == 0
            assert terminal.driver.frames_written - began < 45
            assert await terminal.wrong_when_quiet() == []


async def test_the_terminals_own_cursor_is_where_you_stand_and_where_you_write(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            terminal.driver.type("z")  # two cells a tile, which are your initials
            await terminal.until(lambda: terminal.app.screen.query_one(MapView).zoom == 1)
            for key in (RIGHT, RIGHT, DOWN):
                frames = terminal.driver.frames_written
                terminal.driver.type(key)
                await terminal.frame_after(frames)
                await terminal.rest()
                terminal.read()
                cursor = terminal.screen.cursor
                assert "".join(cell.text for cell in terminal.cells()[cursor.y][cursor.x : cursor.x + 2]) == "ad"
            terminal.driver.type("i")
            await terminal.until(lambda: terminal.app.screen.query_one(Composer).has_focus)
            terminal.driver.type("hey")
            composer = terminal.app.screen.query_one(Composer)
            await terminal.until(lambda: composer.text == "hey")
            await terminal.rest()
            frames = terminal.driver.frames_written
            await walkers.step()
            await terminal.frame_after(frames)
            await terminal.rest()
            terminal.read()
            assert (terminal.screen.cursor.x, terminal.screen.cursor.y) == composer.cursor_screen_offset


async def test_two_apps_in_one_process_know_nothing_of_each_other(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as one, MemoryOffice(RunningClock()) as other:
        walkers = Walkers(one, 6, Random(1)), Walkers(other, 6, Random(2))
        async with on_terminal(other, other.add_account("grace"), size=(90, 30)) as hers:
            async with on_terminal(one, one.add_account("ada")) as his:
                assert his.wrong() == hers.wrong() == []
                await hers.rest()
                frames = hers.driver.frames_written
                await walkers[0].step()
                his.driver.type("?")
                assert await his.wrong_when_quiet() == []
                assert hers.driver.frames_written == frames
                await walkers[1].step()
                his.app.capabilities = Capabilities(ColourDepth.INDEXED)
                hers.driver.type("i")
                assert await hers.wrong_when_quiet() == []
                assert await his.wrong_when_quiet() == []
                assert "38;5;" not in hers.read()
            # She goes on when he has left.
            await walkers[1].step()
            assert await hers.wrong_when_quiet() == []


async def test_a_slow_reader_loses_whole_frames_and_gets_the_picture_later(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 8, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            await terminal.rest()
            terminal.read()
            driver = terminal.driver
            driver.max_unread = 4000
            terminal.driver.type("?")
            await terminal.until(lambda: driver.is_behind)
            view = terminal.app.screen_stack[1].query_one(MapView)
            written = driver.frames_written
            for _ in range(4):
                await walkers.step()
            # The canvases wait, and what Textual writes is lost.
            await terminal.until(lambda: view.is_stale)
            await terminal.quiet(0.1)
            assert view.is_stale
            terminal.driver.type(ESCAPE)
            await terminal.until(lambda: driver.frames_dropped > 0 and len(terminal.app.screen_stack) == 2)
            await asyncio.sleep(0.3)  # until all that shows the overlay's end is lost
            assert driver.frames_written == written
            driver.max_unread = 10**6
            text = terminal.read()
            assert text.count(FRAME_BEGIN) == text.count(FRAME_END)
            assert await terminal.wrong_when_quiet() == []


async def test_a_size_that_is_said_again_brings_the_picture_back(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office, on_terminal(office, office.add_account("ada")) as terminal:
        await terminal.rest()
        terminal.read()
        terminal.lose_everything()
        terminal.driver.resize(terminal.screen.columns, terminal.screen.lines)
        assert await terminal.wrong_when_quiet() == []


async def test_a_suspended_app_draws_nothing_and_then_everything(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            view = terminal.app.screen.query_one(MapView)
            await terminal.rest()
            with terminal.app._context(), terminal.app.suspend():
                terminal.read()
                terminal.lose_everything()
                await walkers.step()
                view.changed()
                await asyncio.sleep(0.2)
                assert view.is_stale
            assert await terminal.wrong_when_quiet() == []
            assert not view.is_stale


class Lowercase(LineFilter):
    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(text.lower(), style, control) for text, style, control in segments]


@pytest.mark.parametrize("why", ["a filter", "a missing name"])
async def test_where_cells_cannot_be_drawn_they_are_strips(
    on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "a missing name":
        monkeypatch.setattr("gathertui.terminal.canvas.bridge.missing_names", lambda app: ["App._display"])
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            if why == "a filter":
                terminal.app._filters.append(Lowercase())
                terminal.app.screen.refresh(layout=True)
            await walkers.step()
            assert await terminal.wrong_when_quiet() == []
            assert not terminal.app.canvases.is_direct
            terminal.driver.type("?")
            assert await terminal.wrong_when_quiet() == []
            terminal.driver.type(ESCAPE)
            await walkers.step()
            assert await terminal.wrong_when_quiet() == []
            if why == "a filter":
                terminal.app._filters.pop()
                terminal.app.screen.refresh(layout=True)
                await walkers.step()
                assert await terminal.wrong_when_quiet() == []
                assert terminal.app.canvases.is_direct


@pytest.mark.parametrize("depth", [ColourDepth.INDEXED, ColourDepth.SIXTEEN, ColourDepth.MONO])
async def test_fewer_colours_are_no_reason_for_strips(on_terminal: OnTerminal, depth: ColourDepth) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        capabilities = Capabilities(depth)
        async with on_terminal(office, office.add_account("ada"), capabilities=capabilities) as terminal:
            assert terminal.app.canvases.is_direct
            await terminal.rest()
            terminal.read()
            frames = terminal.driver.frames_written
            await walkers.step()
            await terminal.frame_after(frames)
            await terminal.rest()
            written = terminal.read()
            assert written and "38;2;" not in written and "48;2;" not in written
            if depth is ColourDepth.INDEXED:
                assert await terminal.wrong_when_quiet() == []


async def test_a_hidden_canvas_is_not_painted(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            view = terminal.app.screen.query_one(MapView)
            screen = ReplacedScreen(terminal.app.look, "Somebody else")
            with terminal.app._context():
                await terminal.app.push_screen(screen)
            await terminal.rest()
            await walkers.step()
            await terminal.until(lambda: view.is_stale)
            await terminal.quiet(0.2)
            assert view.is_stale
            with terminal.app._context():
                await terminal.app.pop_screen()
            await terminal.until(lambda: not view.is_stale)
            assert await terminal.wrong_when_quiet() == []


@pytest.mark.parametrize("depth", [ColourDepth.TRUECOLOR, ColourDepth.INDEXED])
async def test_what_changes_below_two_overlays_shines_through_both(on_terminal: OnTerminal, depth: ColourDepth) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 6, Random(1))
        capabilities = Capabilities(depth)
        async with on_terminal(office, office.add_account("ada"), capabilities=capabilities) as terminal:
            app, screen = terminal.app, terminal.app.screen
            with app._context():
                await app.push_screen(HelpScreen(app.look))
                await app.push_screen(HelpScreen(app.look))
            assert await terminal.wrong_when_quiet() == []
            with app._context():
                screen.notice("Something else is said.")
            assert await terminal.wrong_when_quiet() == []
            assert "Something else is said." in "".join(terminal.screen.display)
            await walkers.step()
            assert await terminal.wrong_when_quiet() == []


# ---------------------------------------------------------------- lines of cells


class Source:
    def __init__(self) -> None:
        self.cells: Cells | None = Cells(12, 1, foreground=0x112233, background=0x445566)
        self.cells.put(1, 0, "ab会议c", foreground=0xFF0000, attributes=BOLD)


@pytest.mark.parametrize(
    "ask",
    [
        lambda strip: strip.text,
        list,
        len,
        bool,
        lambda strip: strip.cell_length,
        lambda strip: strip.link_ids,
        lambda strip: strip.simplify(),
        lambda strip: strip.discard_meta(),
        lambda strip: strip.adjust_cell_length(20),
        lambda strip: strip.adjust_cell_length(5),
        lambda strip: strip.extend_cell_length(20),
        lambda strip: strip.apply_filter(DimFilter(), Color(1, 2, 3)),
        lambda strip: strip.crop_extend(1, 20, None),
        lambda strip: strip.crop_pad(12, 1, 1, Style()),
        lambda strip: strip.text_align(20, "center"),
        lambda strip: strip.apply_style(Style(bold=True)),
        lambda strip: strip.apply_meta({"a": 1}),
        lambda strip: strip.apply_offsets(1, 1),
        lambda strip: strip.index_to_cell_position(3),
        lambda strip: Strip.join([strip, Strip.blank(3)]),
        lambda strip: strip + Strip.blank(3),
        lambda strip: strip[2:9],
        lambda strip: strip.crop(3),
        lambda strip: strip.crop(2, 40),
        lambda strip: [piece.text for piece in strip.divide([2, 4, 5, 12])],
    ],
)
def test_a_live_strip_is_like_an_ordinary_one_of_its_cells(ask) -> None:  # type: ignore[no-untyped-def]
    live = CanvasStrip(Source(), 0, 0, 12)
    assert ask(live) == ask(live.settled())


def test_a_live_strip_tells_what_is_there_now_and_is_stepped_over() -> None:
    source = Source()
    live = CanvasStrip(source, 0, 1, 9)
    assert live.text == "ab会议c "
    assert source.cells is not None
    source.cells.put(1, 0, "xy", foreground=0)
    assert live.text == "xy会议c "
    assert live.crop(0, 4).render(None) == "\x1b[4C"  # type: ignore[arg-type]  # it needs no console
    assert live.crop(0, 3).text == "xy "
    source.cells = None
    assert live.text == " " * 8


async def test_what_hides_is_gone_also_when_somebody_asks_for_places_meanwhile(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office, on_terminal(office, office.add_account("ada")) as terminal:
        terminal.app.notify("Tea is ready", timeout=1000)
        await terminal.until(lambda: bool(terminal.read()) and "Tea" in "".join(terminal.screen.display))
        assert await terminal.wrong_when_quiet() == []
        toast = terminal.app.screen.query_one(Toast)
        toast.display = False
        # As when a widget that is not laid out yet wants to be drawn, and then anything is asked for its place.
        compositor = terminal.app.screen._compositor
        compositor.update_widgets({Static()})
        assert toast not in compositor.full_map
        assert await terminal.wrong_when_quiet() == []
        assert "Tea" not in "".join(terminal.screen.display)
