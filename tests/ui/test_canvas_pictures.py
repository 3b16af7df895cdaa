"""Somebody's picture on the screen: the newest one, as well as the line bears it, or their initials."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from random import Random
from typing import TYPE_CHECKING

import pytest

from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.render.palettes import DARK
from gathertui.terminal.capabilities import Capabilities
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.clock import RunningClock
from gathertui.testing.office import MemoryOffice
from gathertui.testing.walkers import Walkers
from gathertui.ui.screens.notice import ReplacedScreen
from gathertui.ui.widgets.picture import PictureView

if TYPE_CHECKING:
    from tests.ui.conftest import EmulatedTerminal, OnTerminal

CAMERA = SyntheticCamera(1, 160, 120)
CELLS_ONLY = Capabilities(ColourDepth.TRUECOLOR, frozenset({PictureMode.HALF, PictureMode.ASCII}), synchronized=True)


@contextlib.asynccontextmanager
async def a_picture(on_terminal: OnTerminal) -> AsyncIterator[tuple[EmulatedTerminal, PictureView]]:
    async with MemoryOffice(RunningClock()) as office:
        Walkers(office, 3, Random(1))
        token = office.add_account("ada")
        async with on_terminal(office, token, capabilities=CELLS_ONLY) as terminal:
            with terminal.app._context():
                view = PictureView(terminal.app.look, "Grace [b]会[/b]", initials="GH", colour=3)
                view.styles.height = 11
                await terminal.app.screen.query_one("#side").mount(view, before=0)
            await terminal.rest()
            yield terminal, view


def shown(terminal: EmulatedTerminal, view: PictureView) -> list[str]:
    """The rows of the view as the terminal shows them."""
    terminal.read()
    cells = terminal.cells()
    region = view.region
    return ["".join(cell.text for cell in cells[y][region.x : region.right]) for y in region.line_range]


async def test_without_a_picture_there_are_initials_on_their_colour_and_the_name_as_it_is(
    on_terminal: OnTerminal,
) -> None:
    async with a_picture(on_terminal) as (terminal, view):
        view.tell(view.sign._replace(words="connecting"))
        assert await terminal.wrong_when_quiet() == []
        *above, bar = shown(terminal, view)
        assert bar.strip().startswith("Grace [b]会[/b]") and bar.rstrip().endswith("connecting")
        row = next(number for number, line in enumerate(above) if "GH" in line)
        column = above[row].index("GH")
        cell = terminal.cells()[view.region.y + row][view.region.x + column]
        assert (cell.background, cell.foreground, cell.bold) == (DARK.person(3), DARK.ink, True)


async def test_the_newest_picture_is_shown_and_none_before_it(on_terminal: OnTerminal) -> None:
    async with a_picture(on_terminal) as (terminal, view):
        pace = terminal.app.canvases.pictures
        for number in range(20):
            view.show(CAMERA.frame(number / 3))
        newest = CAMERA.frame(10.0)
        view.show(newest)
        assert await terminal.wrong_when_quiet() == []
        assert len(pace._painted) == 1
        columns, rows = view.outer_size
        settings = FitSettings.for_faces(PictureMode.HALF)
        fitted = Fitter(columns, rows - 1, settings).fit(newest)
        assert view.cells is not None
        assert (view.cells.foreground[: rows - 1] == fitted.cells.foreground).mean() > 0.9


async def test_pictures_come_no_faster_than_they_may_and_the_bar_says_how_fast(on_terminal: OnTerminal) -> None:
    async with a_picture(on_terminal) as (terminal, view):
        began = len(terminal.app.canvases.pictures._painted)
        loop = asyncio.get_running_loop()
        since = loop.time()
        while loop.time() - since < 1.0:
            view.show(CAMERA.frame(loop.time() - since))
            await asyncio.sleep(0.004)
        painted = len(terminal.app.canvases.pictures._painted) - began
        assert 0 < painted <= 17
        await terminal.until(lambda: bool(terminal.read()) and " fps, " in terminal.screen.display[0])


async def test_a_picture_that_nobody_sees_is_not_computed(on_terminal: OnTerminal) -> None:
    async with a_picture(on_terminal) as (terminal, view):
        view.show(CAMERA.frame(0.0))
        await terminal.rest()
        painted = len(terminal.app.canvases.pictures._painted)
        with terminal.app._context():
            await terminal.app.push_screen(ReplacedScreen(terminal.app.look, "Somebody else"))
        await terminal.rest()
        for number in range(5):
            view.show(CAMERA.frame(number / 3))
            await terminal.quiet()
        assert len(terminal.app.canvases.pictures._painted) == painted and view.is_stale
        with terminal.app._context():
            await terminal.app.pop_screen()
        await terminal.until(lambda: not view.is_stale)
        assert await terminal.wrong_when_quiet() == []
        assert len(terminal.app.canvases.pictures._painted) == painted + 1


@pytest.mark.parametrize("how", ["no picture", "hidden terminal"])
async def test_initials_stand_for_a_picture_that_is_gone(on_terminal: OnTerminal, how: str) -> None:
    async with a_picture(on_terminal) as (terminal, view):
        view.show(CAMERA.frame(0.0))
        assert await terminal.wrong_when_quiet() == []
        assert "GH" not in "".join(shown(terminal, view))
        if how == "no picture":
            view.show(None)
        else:
            terminal.app.canvases.ladder.hide()
            view.show(CAMERA.frame(1.0))
        assert await terminal.wrong_when_quiet() == []
        assert "GH" in "".join(shown(terminal, view))
        terminal.app.canvases.ladder.show()
        view.show(CAMERA.frame(2.0))
        assert await terminal.wrong_when_quiet() == []
        assert "GH" not in "".join(shown(terminal, view))
