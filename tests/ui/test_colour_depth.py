"""What is drawn has as many colours as the terminal, whatever this process's variables say of another one."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from rich.segment import Segment
from textual.color import Color

from gathertui.render.modes import ColourDepth
from gathertui.terminal.canvas.pictures import PicturePace
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.tmuxpane import SHOWN, PaneState
from gathertui.testing.clock import RunningClock
from gathertui.testing.office import MemoryOffice
from gathertui.ui import app as app_module
from gathertui.ui.colourdepth import MonoStyles
from gathertui.ui.look import make_style

if TYPE_CHECKING:
    from tests.ui.conftest import OnTerminal

PEN = re.compile(r"\x1b\[([\d;]*)m")
FIELD = 0x303848


def colours_of(text: str) -> set[str]:
    """The kinds of colours that pens are set to."""
    kinds = set()
    for match in PEN.finditer(text):
        numbers = [int(number or 0) for number in match[1].split(";")]
        place = 0
        while place < len(numbers):
            number = numbers[place]
            if number in (38, 48):
                kinds.add("rgb" if numbers[place + 1] == 2 else "indexed")
                place += 5 if numbers[place + 1] == 2 else 3
                continue
            if 30 <= number <= 47 or 90 <= number <= 107:
                kinds.add("sixteen")
            place += 1
    return kinds - {""}


@pytest.mark.parametrize(
    ("depth", "kinds"),
    [
        (ColourDepth.TRUECOLOR, {"rgb"}),
        (ColourDepth.INDEXED, {"indexed"}),
        (ColourDepth.SIXTEEN, {"sixteen"}),
        (ColourDepth.MONO, set()),
    ],
)
@pytest.mark.parametrize("says", ["truecolor", ""])
async def test_widgets_and_canvases_keep_to_the_depth_that_was_found(
    on_terminal: OnTerminal, depth: ColourDepth, kinds: set[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with MemoryOffice(RunningClock()) as office:
        token = office.add_account("ada")
        monkeypatch.setenv("COLORTERM", says)
        async with on_terminal(office, token, capabilities=Capabilities(depth=depth)) as terminal:
            written = terminal.read()
            assert "ada" in "\n".join(terminal.screen.display)
            assert colours_of(written) == kinds


def test_without_colours_what_is_bright_or_marked_is_reversed() -> None:
    styles = MonoStyles(lambda: FIELD)
    lines = [make_style(0xC0C0C0, 0x101010, bold=True), make_style(0xC0C0C0, FIELD), make_style(0x101010, 0xE0E0E0)]
    shown = styles.apply([Segment("x", style) for style in lines] + [Segment("y")], Color(0, 0, 0))
    assert [segment.style and segment.style.reverse for segment in shown] == [False, True, True, None]
    assert shown[0].style is not None and shown[0].style.bold
    assert all(segment.style is None or segment.style.color is None for segment in shown)


class Pane:
    """A pane of tmux that is shown, or not."""

    now = SHOWN
    asked = 0

    async def state(self) -> PaneState:
        self.asked += 1
        return self.now


async def test_while_nobody_sees_the_pane_there_are_no_moving_pictures(
    on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = Pane()
    monkeypatch.setattr(app_module, "PANE_SECONDS", 0.01)
    async with MemoryOffice(RunningClock()) as office:
        token = office.add_account("ada")
        async with on_terminal(office, token, pane=pane) as terminal:
            ladder = terminal.app.canvases.ladder
            await asyncio.sleep(0.05)
            assert pane.asked == 0  # nothing moves, so nobody needs to know
            monkeypatch.setattr(PicturePace, "are_shown", True)
            pane.now = PaneState(attached=True, seen=False)
            await terminal.until(lambda: ladder.hidden)
            pane.now = SHOWN
            await terminal.until(lambda: not ladder.hidden)
