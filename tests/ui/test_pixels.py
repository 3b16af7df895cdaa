"""Pictures in pixels, on an emulated terminal that shows them by kitty's protocol."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from textual.containers import Vertical

from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.terminal.capabilities import Capabilities
from gathertui.testing.clock import RunningClock
from gathertui.testing.office import MemoryOffice
from gathertui.ui.screens.help import HelpScreen
from gathertui.ui.widgets.picture import PictureView

if TYPE_CHECKING:
    from tests.ui.conftest import EmulatedTerminal, OnTerminal

CELLS_ONLY = Capabilities(ColourDepth.TRUECOLOR, frozenset(PictureMode), synchronized=True, cell_pixels=(8, 16))
KITTY = Capabilities(
    ColourDepth.TRUECOLOR, frozenset(PictureMode), synchronized=True, cell_pixels=(8, 16), kitty_graphics=True
)
SIXEL = Capabilities(ColourDepth.TRUECOLOR, frozenset(PictureMode), synchronized=True, cell_pixels=(8, 16), sixel=True)


def flag(colour: int) -> np.ndarray:
    """A picture that takes few bytes."""
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[:60] = colour
    return picture


@contextlib.asynccontextmanager
async def opened(on_terminal: OnTerminal, capabilities: Capabilities) -> AsyncIterator[EmulatedTerminal]:
    """An office on a terminal that can do this."""
    async with (
        MemoryOffice(RunningClock()) as office,
        on_terminal(office, office.add_account("ada"), capabilities=capabilities) as terminal,
    ):
        yield terminal


async def hang(terminal: EmulatedTerminal) -> PictureView:
    """Put a picture on the screen."""
    app = terminal.app
    terminal.read()
    with app._context():
        view = PictureView(app.look, "Grace", initials="GH", colour=3)
        view.styles.height = 9
        await app.screen.query_one("#side", Vertical).mount(view, before=0)
        view.show(flag(200))
    await terminal.rest()
    terminal.read()
    return view


def blank(terminal: EmulatedTerminal, view: PictureView) -> bool:
    """Whether the cells of the picture show nothing."""
    x, y, width, height = view.region
    return all(not row[x : x + width].strip() for row in terminal.screen.display[y : y + height - 1])


async def test_a_picture_is_in_pixels_until_something_covers_it(on_terminal: OnTerminal) -> None:
    async with opened(on_terminal, KITTY) as terminal:
        view = await hang(terminal)
        app = terminal.app
        assert list(terminal.images.values()) == [(*view.region.offset, view.region.width, view.region.height - 1)]
        assert blank(terminal, view)
        with app._context():
            await app.push_screen(HelpScreen(app.look))
        await terminal.rest()
        assert terminal.wrong() == []
        assert terminal.images == {}
        assert not blank(terminal, view)
        with app._context():
            await app.pop_screen()
        await terminal.rest()
        assert terminal.wrong() == []
        assert len(terminal.images) == 1
        with app._context():
            await view.remove()
        await terminal.rest()
        assert terminal.wrong() == []
        assert terminal.images == {}


async def test_pixels_come_back_when_the_terminal_has_lost_them(on_terminal: OnTerminal) -> None:
    async with opened(on_terminal, KITTY) as terminal:
        await hang(terminal)
        terminal.lose_everything()
        terminal.driver.resize(120, 40)
        await terminal.rest()
        assert terminal.wrong() == []
        assert len(terminal.images) == 1


async def test_without_a_picture_there_are_initials_and_no_pixels(on_terminal: OnTerminal) -> None:
    async with opened(on_terminal, KITTY) as terminal:
        view = await hang(terminal)
        view.show(None)
        await terminal.rest()
        assert terminal.wrong() == []
        assert terminal.images == {}
        assert any("GH" in line for line in terminal.screen.display)


async def test_sixels_are_drawn_again_over_cells_that_were_written(on_terminal: OnTerminal) -> None:
    async with opened(on_terminal, SIXEL) as terminal:
        view = await hang(terminal)
        terminal.driver.resize(120, 40)
        await terminal.rest()
        drawn = terminal.driver.take()
        # All is drawn at once, and again when it is quiet; after each time the pixels come last.
        sixels = [found.start() for found in re.finditer(r"\x1bP0;1;0q", drawn)]
        column, row = view.region.offset
        cells = [found.start() for found in re.finditer(rf"\x1b\[{row + 1};{column + 1}H", drawn)]
        assert sixels
        assert cells[-1] <= sixels[-1]


@pytest.mark.parametrize("capabilities", [CELLS_ONLY, KITTY], ids=["cells", "pixels"])
async def test_a_person_may_want_no_pixels(on_terminal: OnTerminal, capabilities: Capabilities) -> None:
    async with opened(on_terminal, capabilities) as terminal:
        view = await hang(terminal)
        terminal.app.capabilities = CELLS_ONLY
        view.show(flag(90))
        await terminal.rest()
        assert terminal.wrong() == []
        assert terminal.images == {}
        assert not blank(terminal, view)
