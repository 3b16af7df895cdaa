"""The canvases of the real app on an emulated terminal: what it shows is what the widgets are, cell by cell."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from gathertui.testing.clock import RunningClock
from gathertui.testing.office import MemoryOffice
from gathertui.testing.walkers import Walkers

if TYPE_CHECKING:
    from tests.ui.conftest import OnTerminal


async def test_the_map_is_drawn_straight_to_the_terminal(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 8, Random(1))
        async with on_terminal(office, office.add_account("ada")) as terminal:
            assert terminal.app.canvases.is_direct
            assert terminal.wrong() == []
            for _ in range(5):
                await walkers.step()
                await terminal.quiet()
                assert terminal.wrong() == []
