"""What the office says of sound and picture: without a server, a path or a camera, and how loud you are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.style import Style

from gathertui.client.media.state import CAMERA as CAMERA_PART
from gathertui.client.media.state import OwnMedia, PeerMedia, Phase, Switch
from gathertui.errors import ServerUnreachable
from gathertui.protocol.media import CAMERA, CARRIED, MICROPHONE
from gathertui.render.palettes import DARK
from gathertui.ui.keys import command_named
from gathertui.ui.look import ASCII, Look
from gathertui.ui.screens.help import help_lines
from gathertui.ui.screens.preview import PreviewScreen
from gathertui.ui.statuslines import TopBar, map_hints, write_keys, write_top_bar
from gathertui.ui.strips import Span, changed_cells, strip_of_line
from gathertui.ui.tilearrangement import arrange
from gathertui.ui.tilesigns import own_words, sign_of_yourself
from tests.ui.test_media_arrangement import avatar, bar
from tests.ui.test_media_tiles import TALKS, in_company, wall

if TYPE_CHECKING:
    from tests.ui.conftest import Visit, Visits

NO_WAY = "No way through to [b]grace[/b]: the network lets no UDP out."


def top(visit: Visit) -> str:
    return visit.shown().splitlines()[0]


def context(visit: Visit) -> str:
    return visit.shown().splitlines()[-2]


def own_part(own: OwnMedia, width: int, look: Look, *, online: bool = True) -> str:
    told = TopBar("Office", "", 3, 0, "", online, "12:00", own=own_words(own, CARRIED, online=online))
    return "".join(span.text for span in write_top_bar(look, told, width)[1])


# ---------------------------------------------------------------- how loud you are


@pytest.mark.parametrize(("look", "loud", "quiet"), [(Look(DARK), "▂▄▆", "▁▁▁"), (Look(DARK, ASCII), "===", "...")])
def test_a_meter_stands_beside_the_microphone_while_it_is_on(look: Look, loud: str, quiet: str) -> None:
    live = OwnMedia(carried=True, microphone=Switch.ON, level=1.0)
    assert f"mic on {loud}" in own_part(live, 80, look)
    assert f"mic on {quiet}" in own_part(OwnMedia(carried=True, microphone=Switch.ON), 80, look)
    assert loud not in own_part(OwnMedia(carried=True, level=1.0), 80, look)
    assert loud not in own_part(live, 80, look, online=False)
    everything = OwnMedia(carried=True, microphone=Switch.ON, camera=Switch.ON, deafened=True, level=1.0)
    assert "deaf" in own_part(everything, 36, look) and loud not in own_part(everything, 36, look)


async def test_your_level_repaints_the_cells_of_its_meter(visits: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.set_own(microphone=Switch.ON)
        await visit.until(lambda: "mic on ▁▁▁" in top(visit))
        painted: list[int] = []
        bars = visit.screen._bars
        monkeypatch.setattr(
            bars.top, "refresh", lambda *regions, **_: painted.extend(region.width for region in regions)
        )
        company.media.set_own(level=1.0)
        await visit.until(lambda: bool(painted))
        assert painted == [3]


def test_changed_cells_hold_wide_characters_whole() -> None:
    style = Style()

    def line(text: str) -> object:
        return strip_of_line([Span(text, style)], 8, style)

    for before, after, columns in [
        ("abc", "abc", range(0)),
        ("abc", "axc", range(1, 2)),
        ("a日c", "a本c", range(1, 3)),
    ]:
        assert changed_cells(line(before), line(after)) == columns  # type: ignore[arg-type]


# ---------------------------------------------------------------- the server is gone


async def test_while_the_server_is_gone_nothing_is_said_to_be_on(visits: Visits) -> None:
    async with in_company(visits, 1, bits=CARRIED | MICROPHONE | CAMERA) as (visit, company):
        company.media.set_own(microphone=Switch.ON, camera=Switch.ON)
        company.show(0)
        await visit.until(lambda: "● mic on" in top(visit) and "● camera on" in top(visit))
        visits.office.transport.fail_next(ServerUnreachable("Nothing answers there."))
        visits.office.cut_all()
        await visit.until(lambda: "○ mic paused" in top(visit) and "○ camera paused" in top(visit))
        assert " on" not in top(visit)
        await visit.until(lambda: [tile.sign.words for tile in wall(visit).tiles] == ["paused", "paused"])
        assert [tile.sign.name for tile in wall(visit).tiles] == ["grace", "you"], "they keep their places"


# ---------------------------------------------------------------- no way through


@pytest.mark.parametrize("size", [(50, 16), (120, 40)])
async def test_why_nothing_comes_through_is_said_once_where_no_tile_says_it(
    visits: Visits, size: tuple[int, int]
) -> None:
    async with in_company(visits, 1, size=size, bits=CARRIED | MICROPHONE) as (visit, company):
        company.media.set_peer(company[0], PeerMedia(Phase.CONNECTING))
        company.media.set_peer(company[0], phase=Phase.NO_PATH, why=NO_WAY)
        if size[0] >= 60:
            await visit.until(lambda: "No way through" in visit.text_of(wall(visit).tiles[0]))
            assert "No way through" not in context(visit)
            return
        await visit.until(lambda: "No way through to [b]grace[/b]" in context(visit))
        visit.screen._notices._end()
        company.media.set_peer(company[0], phase=Phase.CONNECTING)
        company.media.set_peer(company[0], phase=Phase.NO_PATH)
        await visit.pilot.pause()
        assert "No way through" not in context(visit), "once, until there was a way"
        company.media.set_peer(company[0], TALKS)
        await visit.pilot.pause()
        company.media.set_peer(company[0], phase=Phase.NO_PATH, why=NO_WAY)
        await visit.until(lambda: "No way through" in context(visit))


# ---------------------------------------------------------------- no camera


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_without_a_camera_the_preview_says_why_once_and_offers_nothing(
    visits: Visits, size: tuple[int, int]
) -> None:
    why = "No camera was found. Name a film instead: GATHERTUI_CAMERA=file:PATH."
    async with in_company(visits, 1, size=size) as (visit, company):
        company.media.set_camera = lambda switch: company.media.fail(CAMERA_PART, why)  # type: ignore[method-assign]
        await visit.press("v")
        await visit.until(lambda: "No camera was found." in visit.shown() and "Esc back" in visit.shown())
        said = " ".join(visit.shown().replace("│", " ").split())
        assert said.count("No camera was found.") == 1 and "GATHERTUI_CAMERA=file:PATH." in said
        assert "go live" not in said and not visit.app._notifications
        assert isinstance(visit.app.screen, PreviewScreen)
        await visit.press("enter")
        await visit.until(lambda: not isinstance(visit.app.screen, PreviewScreen))
        assert ("set_camera", Switch.ON) not in company.media.asked


def test_your_tile_and_the_top_line_say_the_same_of_no_microphone() -> None:
    own = OwnMedia(carried=True, camera=Switch.ON, problems={"microphone": "Plug one in."})
    assert "∅ no mic" in bar(sign_of_yourself(avatar(CARRIED), own), 40, Look(DARK))
    assert "∅ no mic" in own_part(own, 80, Look(DARK))


# ---------------------------------------------------------------- places, orders, keys


async def test_your_conversation_and_who_is_near_come_first_in_the_list(visits: Visits) -> None:
    async with in_company(visits, 3) as (visit, company):
        await company.office.converse("id-ada", ["id-margaret"])
        await visit.until(lambda: len(visit.client.model.conversation) == 1)

        def names() -> list[str]:
            lines = visit.text_of(visit.screen.query_one("PeopleList")).splitlines()  # type: ignore[arg-type]
            return [name for line in lines for name in ("ada", "grace", "linus", "margaret") if f" {name} " in line]

        await visit.until(lambda: names() == ["ada", "margaret", "grace", "linus"])


def test_one_picture_in_a_strip_leaves_its_right_to_the_others_lines() -> None:
    strip = arrange(78, 9, pictures=1, bars=3, yours=False)
    assert strip.pictures[0].x == 0 and len(strip.bars) == 3
    assert all(line.x > strip.pictures[0].columns for line in strip.bars) and strip.rows == strip.pictures[0].rows


@pytest.mark.parametrize("pictures", [True, False])
@pytest.mark.parametrize(
    ("width", "words"), [(40, ("m mic", "? help")), (80, ("m mic", "v camera", "s deafen", "? help"))]
)
def test_the_keys_that_matter_fit(width: int, words: tuple[str, ...], pictures: bool) -> None:
    for look in (Look(DARK), Look(DARK, ASCII)):
        hints = map_hints(look, walking=True, narrow=width < 60, channels=2, pictures=pictures)
        shown = "".join(span.text for span in write_keys(look, hints, width))
        assert all(word in shown for word in words), shown
    assert command_named("quit").keys[0] == "ctrl+q"
    assert any("Ctrl-Q leaves" in span.text for line in help_lines(Look(DARK), 38) for span in line)
