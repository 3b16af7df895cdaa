"""What is drawn has as many colours as the terminal, whatever this process's variables say of another one."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from gathertui.render.fewcolours import palette_for
from gathertui.render.modes import ColourDepth
from gathertui.terminal.canvas.pictures import PicturePace
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.tmuxpane import SHOWN, PaneState
from gathertui.testing.clock import RunningClock
from gathertui.testing.office import MemoryOffice
from gathertui.ui import panewatch
from gathertui.ui.colourdepth import FewColours, MonoStyles
from gathertui.ui.look import THEMES, Look, make_style
from gathertui.ui.screens.help import HelpScreen

if TYPE_CHECKING:
    from pyte.screens import Char

    from tests.ui.conftest import EmulatedTerminal, OnTerminal

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
            terminal.app.canvases.repaint()
            await terminal.rest()
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


def drawn_in_sixteen(text: str, style: Style) -> tuple[int | None, int | None, bool]:
    """The numbers of ink and ground, and whether it is bold."""
    [segment] = FewColours(ColourDepth.SIXTEEN).apply([Segment(text, style)], Color(0, 0, 0))
    drawn = segment.style
    assert drawn is not None and drawn.color is not None and drawn.bgcolor is not None
    return drawn.color.number, drawn.bgcolor.number, bool(drawn.bold)


def test_of_sixteen_colours_none_that_bold_would_make_brighter_is_bold_on_a_bright_ground() -> None:
    assert drawn_in_sixteen("AD", make_style(0x000000, 0x00CD00, bold=True)) == (0, 2, False)
    assert drawn_in_sixteen("Keys", make_style(0x000000, 0xFFFFFF, bold=True)) == (0, 15, False)
    assert drawn_in_sixteen("?", make_style(0x0000EE, 0xFFFFFF, bold=True)) == (4, 15, False)
    assert drawn_in_sixteen("AD", make_style(0xFFFFFF, 0xCD0000, bold=True)) == (15, 1, True)
    # On black, the brighter one is only clearer.
    assert drawn_in_sixteen("Keys", make_style(0xE5E5E5, 0x000000, bold=True)) == (7, 0, True)


@pytest.mark.parametrize("theme", THEMES)
def test_of_sixteen_colours_text_in_a_field_can_be_read(theme: str) -> None:
    look = Look(palette_for(THEMES[theme], ColourDepth.SIXTEEN))
    palette = look.palette
    for colour in (palette.text, palette.dim, palette.accent, palette.red, palette.amber, *palette.people):
        ink, ground, _ = drawn_in_sixteen("Write to #général", make_style(colour, look.field))
        assert ink != ground
    if palette.name == "dark":
        assert drawn_in_sixteen("Write", make_style(palette.dim, look.field))[:2] == (7, 8)
        # Their brightness is all but equal.
        assert drawn_in_sixteen("^p", make_style(palette.accent, look.field))[:2] == (7, 8)


def test_of_sixteen_colours_pictures_stay_as_they_are() -> None:
    assert drawn_in_sixteen("▀▄", make_style(0x7F7F7F, 0x707070))[:2] == (8, 8)
    assert drawn_in_sixteen(" a", make_style(0x707070, 0x707070))[:2] == (8, 8)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("depth", [ColourDepth.SIXTEEN, ColourDepth.MONO])
async def test_with_few_colours_what_is_below_a_card_keeps_its_own(
    on_terminal: OnTerminal, depth: ColourDepth, theme: str
) -> None:
    async with MemoryOffice(RunningClock()) as office:
        token = office.add_account("ada")
        async with on_terminal(office, token, capabilities=Capabilities(depth=depth)) as terminal:
            terminal.app.theme = theme
            await terminal.rest()
            terminal.read()
            before = shown_cells(terminal)
            terminal.driver.type("?")
            await terminal.until(lambda: isinstance(terminal.app.screen, HelpScreen))
            await terminal.rest()
            terminal.read()
            card = terminal.app.screen.query_one("#card").region
            # The clock of the top bar may show another minute.
            beside = [place for place in before if place[1] and not card.contains(*place)]
            assert any(before[place].data.isalpha() for place in beside)
            after = shown_cells(terminal)
            assert [after[place] for place in beside] == [before[place] for place in beside]


def shown_cells(terminal: EmulatedTerminal) -> dict[tuple[int, int], Char]:
    """What is in the emulated terminal, by column and line. The ink of a space is not seen."""
    screen = terminal.screen
    cells = {(x, y): screen.buffer[y][x] for y in range(screen.lines) for x in range(screen.columns)}
    return {place: cell._replace(fg="") if cell.data == " " else cell for place, cell in cells.items()}


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
    monkeypatch.setattr(panewatch, "ASK_SECONDS", 0.01)
    monkeypatch.setattr(panewatch, "ASK_AGAIN_SECONDS", 0.01)
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
