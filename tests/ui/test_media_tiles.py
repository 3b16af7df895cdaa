"""Pictures of a conversation on the screen: which show, which are asked for, and what it costs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest

from gathertui.client.media.state import PeerMedia, Phase, Quality, Switch
from gathertui.protocol.media import CAMERA, CARRIED, DEAF, LARGE_PICTURES, MICROPHONE, NO_PICTURES, SMALL_PICTURES
from gathertui.protocol.presence import Roster
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.render.palettes import DARK
from gathertui.terminal.capabilities import Capabilities
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.clock import RunningClock
from gathertui.testing.media import ScriptedMedia
from gathertui.testing.office import MemoryOffice
from gathertui.ui.mediaguard import Pane as TerminalPane
from gathertui.ui.panes import Pane
from gathertui.ui.widgets.picture import PictureView
from gathertui.ui.widgets.wall import Wall
from gathertui.world.geometry import Direction, Point

if TYPE_CHECKING:
    from tests.ui.conftest import EmulatedTerminal, OnTerminal, Visit, Visits

FACE = SyntheticCamera(1, 160, 120)
TALKS = PeerMedia(Phase.CONNECTED, quality=Quality.GOOD, microphone=True)
SHOWS = PeerMedia(Phase.CONNECTED, quality=Quality.GOOD, microphone=True, camera=True)
CELLS_ONLY = Capabilities(ColourDepth.TRUECOLOR, frozenset({PictureMode.HALF, PictureMode.ASCII}), synchronized=True)
NAMES = ("grace", "linus", "margaret", "ken", "barbara", "alan")


@dataclass
class Company:
    """Some people round you, and what comes from them."""

    office: MemoryOffice
    media: ScriptedMedia
    ids: list[int]

    def __getitem__(self, number: int) -> int:
        return self.ids[number]

    async def turn(self, number: int, media: int) -> None:
        """Have their avatar tell these bits."""
        account = f"id-{NAMES[number]}"
        self.office.avatars[account] = msgspec.structs.replace(self.office.avatars[account], media=media)
        await self.office._tell_room(Roster([], [self.office.avatars[account]]))

    def show(self, number: int, seconds: float = 0.0) -> None:
        self.media.set_peer(self[number], SHOWS)
        self.media.show(self[number], FACE.frame(seconds))

    @property
    def wants(self) -> dict[int, int]:
        """The last size that was asked for, by person's number."""
        return {self.ids.index(asked[1]): asked[2] for asked in self.media.asked if asked[0] == "want"}


async def gather(office: MemoryOffice, people: int, bits: int) -> list[int]:
    """Put people beside where you come in."""
    from gathertui.protocol.presence import Avatar

    ids = []
    for number, name in enumerate(NAMES[:people]):
        account = office.tokens[office.add_account(name)]
        place = Point(2 + number, 1)
        ids.append(100 + number)
        office.avatars[account.id] = Avatar(
            100 + number, account, name[:2].upper(), *place, int(Direction.SOUTH), media=bits
        )
    return ids


@contextlib.asynccontextmanager
async def in_company(
    visits: Visits,
    people: int,
    *,
    size: tuple[int, int] = (120, 40),
    bits: int = CARRIED,
    ascii_only: bool = False,
    pane: TerminalPane | None = None,
) -> AsyncIterator[tuple[Visit, Company]]:
    media = ScriptedMedia()
    ids = await gather(visits.office, people, bits)
    token = visits.office.add_account("ada")
    async with visits.open(token=token, size=size, media=media.join, ascii_only=ascii_only, pane=pane) as visit:
        await visits.office.converse("id-ada", [f"id-{name}" for name in NAMES[:people]])
        await visit.until(lambda: len(visit.client.model.conversation) == people)
        await visit.pilot.pause()
        yield visit, Company(visits.office, media, ids)


def wall(visit: Visit) -> Wall:
    return visit.app.screen.query_one(Wall)


def names(visit: Visit) -> list[str]:
    """Who has a tile that can be seen, a picture's or a line."""
    return [tile.sign.name for tile in wall(visit).tiles] if wall(visit).display else []


def with_pictures(visit: Visit) -> list[str]:
    return [tile.sign.name for tile in wall(visit).tiles if tile.size.height > 1] if wall(visit).display else []


def count_layouts(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    screen = visit.screen
    layouts: list[int] = []
    lay_out = screen._refresh_layout

    def counting(*arguments: object, **options: object) -> None:
        layouts.append(1)
        lay_out(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(screen, "_refresh_layout", counting)
    return layouts


# ---------------------------------------------------------------- which tiles there are


async def test_the_pane_is_folded_until_somebody_shows_a_picture_or_talks(visits: Visits) -> None:
    async with in_company(visits, 2) as (visit, company):
        assert names(visit) == [] and visit.chat.region.y < 20
        chat_was = visit.chat.size
        company.show(0)
        await visit.until(lambda: with_pictures(visit) == ["grace"])
        assert names(visit) == ["grace", "linus"], "who shows none has a line while there is room"
        await visit.until(lambda: visit.chat.size.height < chat_was.height)
        company.media.set_peer(company[0], PeerMedia(Phase.CONNECTED))
        company.media.show(company[0], None)
        await visit.until(lambda: names(visit) == [])
        await visit.until(lambda: visit.chat.size == chat_was)
        await company.turn(1, CARRIED | MICROPHONE)
        await visit.until(lambda: names(visit) == ["grace", "linus"] and with_pictures(visit) == [])


async def test_a_tile_shows_name_meter_mute_and_connection(visits: Visits) -> None:
    async with in_company(visits, 2) as (visit, company):
        await company.turn(0, CARRIED | MICROPHONE | CAMERA)
        await company.turn(1, CARRIED | CAMERA)
        company.media.set_peer(company[0], SHOWS, level=1.0, quality=Quality.POOR)
        company.media.set_peer(company[1], SHOWS, microphone=False)
        await visit.until(lambda: len(with_pictures(visit)) == 2)
        await visit.until(lambda: "▂▄▆" in visit.shown() or "▂▃▄▅▆▇" in visit.shown())
        assert "•··" in visit.shown() or "poor line" in visit.shown()
        assert "linus" in visit.shown() and "∅" in visit.shown()


async def test_who_is_off_the_screen_sends_no_pictures(visits: Visits) -> None:
    async with in_company(visits, 2) as (visit, company):
        assert company.wants == {0: NO_PICTURES, 1: NO_PICTURES}
        company.show(0)
        company.show(1)
        await visit.until(lambda: company.wants == {0: SMALL_PICTURES, 1: SMALL_PICTURES})
        await visit.pilot.resize_terminal(50, 20)
        await visit.until(lambda: company.wants == {0: NO_PICTURES, 1: NO_PICTURES})
        await visit.pilot.resize_terminal(80, 24)
        await visit.until(lambda: company.wants == {0: SMALL_PICTURES, 1: SMALL_PICTURES})
        await visit.press("o")  # the map alone
        await visit.until(lambda: company.wants == {0: NO_PICTURES, 1: NO_PICTURES})
        await visit.press("o")
        await visit.until(lambda: company.wants == {0: SMALL_PICTURES, 1: SMALL_PICTURES})


async def test_nothing_is_asked_again_while_nothing_changes(visits: Visits) -> None:
    async with in_company(visits, 2) as (visit, company):
        company.show(0)
        await visit.until(lambda: company.wants[0] == SMALL_PICTURES)
        company.media.asked.clear()
        for number in range(20):
            company.media.set_peer(company[0], level=number / 20)
            company.media.show(company[0], FACE.frame(number / 10))
        await visit.pilot.pause()
        assert company.media.asked == []


async def test_who_does_not_fit_is_asked_for_nothing_and_keeps_a_line(visits: Visits) -> None:
    async with in_company(visits, 6, size=(100, 24)) as (visit, company):
        for number in range(6):
            company.show(number)
        await visit.until(lambda: 0 < len(with_pictures(visit)) < 6)
        shown = with_pictures(visit)
        assert {NAMES[number] for number, pictures in company.wants.items() if pictures} == set(shown)


async def test_the_strip_above_the_chat_line_at_80_columns(visits: Visits) -> None:
    async with in_company(visits, 3, size=(80, 24)) as (visit, company):
        for number in range(3):
            company.show(number)
        await visit.until(lambda: len(with_pictures(visit)) == 3)
        await visit.until(lambda: wall(visit).region.bottom == visit.chat.region.y)
        assert len({tile.region.y for tile in wall(visit).tiles}) == 1, "in one row"
        assert visit.map_view.region.bottom <= wall(visit).region.y and visit.map_view.size.height >= 8
        assert visit.composer.region.bottom <= 22 and visit.chat.size.height >= 4


@pytest.mark.parametrize("size", [(40, 12), (50, 16)])
async def test_a_narrow_terminal_shows_pictures_with_o(visits: Visits, size: tuple[int, int]) -> None:
    async with in_company(visits, 2, size=size) as (visit, company):
        company.show(0)
        company.show(1)
        await visit.pilot.pause()
        assert names(visit) == []
        await visit.until(lambda: "o pictures" in visit.shown())
        await visit.press("o")
        await visit.until(lambda: {"grace", "linus"} <= set(names(visit)))
        await visit.until(lambda: company.wants == {0: SMALL_PICTURES, 1: SMALL_PICTURES})
        await visit.press("q")
        await visit.until(lambda: names(visit) == [] and visit.screen.pane is Pane.MAP)


async def test_your_own_picture_shows_while_it_goes_out(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.show(0)
        await visit.until(lambda: names(visit) == ["grace"])
        company.media.set_own(camera=Switch.PREVIEW)
        await visit.pilot.pause()
        assert names(visit) == ["grace"]
        company.media.set_own(camera=Switch.ON)
        await visit.until(lambda: names(visit) == ["grace", "you"])
        grace, you = wall(visit).tiles
        await visit.until(lambda: 0 < you.size.width < grace.size.width)
        company.media.show(None, FACE.frame(0.0))
        await visit.until(lambda: you.moving_cells > 0)
        company.media.show(None, None)  # the lens is covered: the avatar stands for you
        await visit.until(lambda: you.moving_cells == 0)
        company.media.set_own(camera=Switch.OFF)
        await visit.until(lambda: names(visit) == ["grace"])


async def test_a_conversation_that_ends_takes_its_pictures_along(visits: Visits) -> None:
    async with in_company(visits, 2) as (visit, company):
        company.show(0)
        await visit.until(lambda: len(names(visit)) == 2)
        await visit.press("shift+tab")
        assert visit.screen.pane is Pane.PICTURES
        await company.office.converse("id-ada", [])
        await visit.until(lambda: names(visit) == [] and visit.screen.pane is Pane.MAP)


async def test_why_nothing_comes_is_said_as_it_is(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.set_peer(company[0], PeerMedia(Phase.CONNECTING, camera=True))
        await visit.until(lambda: "connecting" in visit.shown())
        why = "No way through to [b]grace[/b]\x1b[31m: the network lets no UDP out."
        company.media.set_peer(company[0], phase=Phase.NO_PATH, why=why)
        await visit.until(lambda: "no path" in visit.shown())
        said = " ".join(visit.text_of(wall(visit).tiles[0]).split())
        assert "No way through to [b]grace[/b]" in said and "the network lets no UDP out." in said
        assert "\x1b" not in visit.shown()
        company.media.set_peer(company[0], SHOWS)
        await visit.until(lambda: "no path" not in visit.shown() and "UDP" not in visit.shown())


async def test_everything_shows_in_ascii(visits: Visits) -> None:
    async with in_company(visits, 3, ascii_only=True, bits=CARRIED) as (visit, company):
        company.show(0)
        company.media.set_peer(company[1], TALKS, level=1.0, speaking=True)
        await visit.until(lambda: "======" in visit.shown() or "===" in visit.shown())
        await visit.until(lambda: visit.shown().isascii())


# ---------------------------------------------------------------- looking closer


async def test_one_person_alone_in_large_and_the_grid_of_everybody(visits: Visits) -> None:
    async with in_company(visits, 2) as (visit, company):
        company.show(0)
        company.show(1)
        await visit.until(lambda: len(with_pictures(visit)) == 2)
        await visit.press("shift+tab")
        await visit.until(lambda: visit.screen.pane is Pane.PICTURES and "▸grace" in visit.shown())
        await visit.press("right")
        await visit.until(lambda: "▸linus" in visit.shown())
        await visit.press("o")
        await visit.until(lambda: company.wants == {0: NO_PICTURES, 1: LARGE_PICTURES})
        await visit.until(lambda: wall(visit).tiles[0].size.width > 100 and names(visit) == ["linus"])
        await visit.press("tab")  # you, without a camera
        await visit.until(lambda: names(visit) == ["you"] and not any(company.wants.values()))
        await visit.press("tab")
        await visit.until(lambda: company.wants == {0: LARGE_PICTURES, 1: NO_PICTURES})
        await visit.press("o")
        await visit.until(lambda: names(visit) == ["grace", "linus", "you"])
        assert all(tile.size.width > 40 for tile in wall(visit).tiles)
        await visit.press("q")
        await visit.until(lambda: visit.screen.pane is Pane.MAP and len(with_pictures(visit)) == 2)
        await visit.press("G")
        await visit.until(lambda: names(visit) == ["grace", "linus", "you"] and not visit.map_view.display)
        await visit.press("G")
        await visit.until(lambda: visit.screen.pane is Pane.MAP and visit.map_view.display)


async def test_a_letter_is_a_command_while_the_keys_go_to_the_pictures(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.show(0)
        await visit.until(lambda: bool(names(visit)))
        await visit.press("shift+tab", "m")
        assert ("set_microphone", True) in company.media.asked
        await visit.press("t")
        assert visit.screen.pane is Pane.CHAT


# ---------------------------------------------------------------- what it costs


async def test_levels_pictures_and_speaking_are_no_layout(visits: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    async with in_company(visits, 3) as (visit, company):
        for number in range(3):
            company.show(number)
        company.media.set_own(camera=Switch.ON, microphone=Switch.ON)
        await visit.until(lambda: len(with_pictures(visit)) == 4)
        await visit.pilot.pause()
        layouts = count_layouts(visit, monkeypatch)
        for number in range(30):
            company.media.set_peer(company[number % 3], level=number % 7 / 6, speaking=number % 2 == 0)
            company.media.show(company[number % 3], FACE.frame(number / 10))
            company.media.set_own(level=number % 5 / 4, speaking=number % 3 == 0)
            company.media.show(None, FACE.frame(number / 10))
            await visit.pilot.pause()
        assert layouts == []
        company.media.set_own(camera=Switch.OFF)
        await visit.until(lambda: len(with_pictures(visit)) == 3)
        await visit.until(lambda: bool(layouts))


@contextlib.asynccontextmanager
async def on_a_terminal(
    on_terminal: OnTerminal, people: int = 1
) -> AsyncIterator[tuple[EmulatedTerminal, Company, list[PictureView]]]:
    async with MemoryOffice(RunningClock()) as office:
        media = ScriptedMedia()
        ids = await gather(office, people, CARRIED | MICROPHONE | CAMERA)
        token = office.add_account("ada")
        async with on_terminal(office, token, capabilities=CELLS_ONLY, media=media.join) as terminal:
            await office.converse("id-ada", [f"id-{name}" for name in NAMES[:people]])
            company = Company(office, media, ids)
            for number in range(people):
                company.show(number)
            tiles = terminal.app.screen.query_one(Wall).tiles
            await terminal.until(lambda: len(tiles) == people and all(tile.moving_cells for tile in tiles))
            assert await terminal.wrong_when_quiet(0.3) == []
            yield terminal, company, tiles


async def test_a_level_repaints_its_own_cells_and_no_picture(on_terminal: OnTerminal) -> None:
    async with on_a_terminal(on_terminal) as (terminal, company, tiles):
        painted = len(terminal.app.canvases.pictures._painted)
        terminal.read()
        cells = terminal.cells()
        company.media.set_peer(company[0], level=1.0)
        assert await terminal.wrong_when_quiet(0.2) == []
        region = tiles[0].region
        changed = {
            (x, y)
            for y, (row, before) in enumerate(zip(terminal.cells(), cells, strict=True))
            for x, (now, then) in enumerate(zip(row, before, strict=True))
            if now != then and y > 0  # the top bar counts pictures
        }
        assert changed and {y for _, y in changed} == {region.bottom - 1} and len(changed) <= 6
        assert len(terminal.app.canvases.pictures._painted) == painted


async def test_who_speaks_has_a_ring_that_costs_no_picture(on_terminal: OnTerminal) -> None:
    async with on_a_terminal(on_terminal) as (terminal, company, tiles):
        painted = len(terminal.app.canvases.pictures._painted)
        region = tiles[0].region
        face = [row[region.x + 2 : region.right - 2] for row in terminal.cells()[region.y : region.bottom - 1]]

        def edge() -> set[int | None]:
            rows = terminal.cells()[region.y : region.bottom - 1]
            return {row[region.x].foreground for row in rows} | {row[region.right - 1].foreground for row in rows}

        company.media.set_peer(company[0], speaking=True)
        assert await terminal.wrong_when_quiet(0.2) == []
        assert edge() == {DARK.accent}
        assert terminal.cells()[region.bottom - 1][region.x].background == DARK.accent
        company.media.set_peer(company[0], speaking=False)
        assert await terminal.wrong_when_quiet(0.2) == []
        assert DARK.accent not in edge()
        assert [row[region.x + 2 : region.right - 2] for row in terminal.cells()[region.y : region.bottom - 1]] == face
        assert len(terminal.app.canvases.pictures._painted) == painted


async def test_your_own_level_costs_no_picture_of_yours(on_terminal: OnTerminal) -> None:
    async with on_a_terminal(on_terminal) as (terminal, company, _):
        company.media.set_own(camera=Switch.ON, microphone=Switch.ON)
        company.media.show(None, FACE.frame(1.0))
        assert await terminal.wrong_when_quiet(0.3) == []
        painted = len(terminal.app.canvases.pictures._painted)
        for number in range(7):
            company.media.set_own(level=number / 6)
            await terminal.quiet()
        assert len(terminal.app.canvases.pictures._painted) == painted


# ---------------------------------------------------------------- marks


async def test_marks_on_the_map_and_in_the_list_of_people(visits: Visits) -> None:
    async with in_company(visits, 3, bits=CARRIED | MICROPHONE) as (visit, company):
        await company.turn(1, CARRIED)
        await company.turn(2, CARRIED | DEAF)
        company.media.set_peer(company[0], TALKS, speaking=True)
        await visit.until(lambda: "♪" in visit.map_text())
        await visit.until(lambda: "∅" in visit.map_text() and "≡" in visit.map_text())
        people = visit.text_of(visit.screen.query_one("PeopleList"))  # type: ignore[arg-type]
        lines = {name: line for line in people.splitlines() for name in NAMES[:3] if name in line}
        assert "♪" in lines["grace"] and "∅" in lines["linus"] and "≡ text" in lines["margaret"]
        assert "margaret can't hear: write to them" in visit.shown()
        company.media.set_peer(company[0], speaking=False)
        await visit.until(lambda: "♪" not in visit.map_text())


async def test_speaking_is_drawn_at_once_and_quiet_costs_nothing(visits: Visits) -> None:
    async with in_company(visits, 1, bits=CARRIED | MICROPHONE) as (visit, company):
        company.media.set_peer(company[0], TALKS)
        await visit.until(lambda: not visit.map_view.is_stale)
        company.media.set_peer(company[0], level=0.7)
        assert not visit.map_view.is_stale
        began = time.monotonic()
        company.media.set_peer(company[0], speaking=True)
        await visit.until(lambda: "♪" in visit.map_text())
        assert time.monotonic() - began < 5.0
