"""The test card, and what is kept of its answers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gathertui.client.profile import Profile
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.terminal.capabilities import COMMON_GLYPHS, Capabilities
from gathertui.ui.app import OfficeApp
from gathertui.ui.entrance import Entrance
from gathertui.ui.look import ASCII, THEMES, Look
from gathertui.ui.screens.help import HelpScreen
from gathertui.ui.screens.office import OfficeScreen
from gathertui.ui.screens.testcard import QUESTION, Card, TestCardScreen, card_lines, figure
from gathertui.ui.settings import Settings
from gathertui.ui.strips import line_width
from gathertui.ui.themedapp import UNREPORTED_CAP

if TYPE_CHECKING:
    from tests.ui.conftest import Visits

LOOK = Look(THEMES["gathertui-dark"])
FOUND = Capabilities(
    depth=ColourDepth.TRUECOLOR,
    glyphs=COMMON_GLYPHS | {PictureMode.SEXTANT},
    cell_pixels=(9, 18),
    synchronized=True,
    kitty_graphics=True,
    name="kitty(0.26.5)",
)
SIZES = [(40, 12), (80, 24), (200, 60)]


def texts(card: Card, width: int, height: int, look: Look = LOOK) -> list[str]:
    return ["".join(span.text for span in line) for line in card_lines(look, card, width, height)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_card_shows_every_glyph_set_at_every_size(visits: Visits, size: tuple[int, int]) -> None:
    async with visits.open(token=visits.office.add_account("ada"), size=size) as visit:
        await visit.press("T")
        await visit.until(lambda: isinstance(visit.app.screen, TestCardScreen) and QUESTION in visit.shown())
        shown = visit.shown()
        for first, last in ((0x1FB00, 0x1FB3B), (0x1CD00, 0x1CDE5)):
            assert any(first <= ord(character) <= last for character in shown)
        assert set("▖▗▘▙▛▜▝▟") & set(shown) and set("▀▄") & set(shown)
        for hint in ("1-4 choose", "Esc back", "0 none"):
            assert hint in shown
        assert ("↑↓ more" in shown) is (size == SIZES[0])
        await visit.press("end")
        await visit.until(lambda: "Used:" in visit.shown())
        await visit.press("escape")
        assert isinstance(visit.app.screen, OfficeScreen)


@pytest.mark.parametrize(
    ("key", "mode"),
    [("0", "ascii"), ("1", "half"), ("2", "quad"), ("3", "sextant"), ("4", "octant")],
)
async def test_one_key_chooses_and_is_kept(visits: Visits, key: str, mode: str) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("T", key)
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        assert visit.app.capabilities.best_mode.value == mode
        assert mode in visit.shown()
        assert Settings(Profile().folder).glyphs() is PictureMode(mode)
        await visit.press("T", "a")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        assert visit.app.capabilities.best_mode is PictureMode.QUAD
        assert Settings(Profile().folder).glyphs() is None


async def test_it_is_found_by_name_and_from_the_help(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("colon", "t", "e", "s", "t", "enter")
        await visit.until(lambda: isinstance(visit.app.screen, TestCardScreen))
        await visit.press("q", "question_mark")
        await visit.until(lambda: isinstance(visit.app.screen, HelpScreen))
        await visit.press("T")
        await visit.until(lambda: isinstance(visit.app.screen, TestCardScreen))


async def test_a_choice_that_cannot_be_kept_holds_for_now_and_is_told(visits: Visits, monkeypatch) -> None:
    def fail(self: Settings, glyphs: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Settings, "keep_glyphs", fail)
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("T", "3")
        await visit.until(lambda: "Read-only file system" in visit.shown())
        assert visit.app.capabilities.best_mode is PictureMode.SEXTANT


async def test_where_only_ascii_is_shown_there_is_no_figure_and_no_choice(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada"), ascii_only=True, size=(80, 24)) as visit:
        await visit.press("T")
        await visit.until(lambda: "Here only ASCII is shown." in visit.shown())
        assert visit.shown().isascii()
        await visit.press("4")
        assert isinstance(visit.app.screen, TestCardScreen)
        assert visit.app.capabilities.best_mode is PictureMode.ASCII
        assert Settings(Profile().folder).glyphs() is None


def test_the_card_tells_what_was_found_and_what_is_used() -> None:
    told = " ".join(texts(Card(FOUND, FOUND, None), 80, 20))
    assert "Found: kitty(0.26.5), truecolor, glyphs up to sextant, cells of 9×18 pixels" in told
    assert "synchronized updates, kitty graphics." in told
    assert "Used: sextant, as found; truecolor, as found." in told
    chosen = " ".join(texts(Card(FOUND, replace(FOUND, depth=ColourDepth.SIXTEEN), PictureMode.SEXTANT), 80, 20))
    assert "Found: kitty(0.26.5), truecolor" in chosen
    assert "Used: sextant, as you chose; 16 colours, by your settings." in chosen
    mono = replace(FOUND, depth=ColourDepth.MONO)
    assert "Found: kitty(0.26.5), no colours" in " ".join(texts(Card(mono, mono, None), 80, 20))
    ascii_told = texts(Card(FOUND, FOUND, None), 80, 20, Look(THEMES["gathertui-dark"], ASCII))
    assert any("9x18" in text for text in ascii_told)


@pytest.mark.parametrize(("width", "height"), [(36, 7), (76, 18), (10, 3), (150, 50)])
def test_no_line_is_wider_than_the_card(width: int, height: int) -> None:
    lines = card_lines(LOOK, Card(FOUND, FOUND, None), width, height)
    assert max(map(line_width, lines)) <= width


def test_what_is_asked_fits_the_smallest_terminal() -> None:
    lines = texts(Card(FOUND, FOUND, None), 36, 7)
    assert lines[0] == QUESTION
    # Below the question and the numbers: the figures, then two lines of colours.
    assert all(any(ord(character) >= 0x2580 for character in line) for line in lines[2:5])
    assert lines[5].strip() == lines[6].strip() == ""


OCTANTS = {chr(code) for code in range(0x1CD00, 0x1CDE6)}


def test_a_multiplexer_is_not_given_what_it_may_drop() -> None:
    """tmux leaves octants out and shifts what follows, so the card's own frame would break."""
    inside = Capabilities(multiplexer="tmux", name="tmux 3.3a")
    for width, height in ((76, 18), (36, 7), (150, 50)):
        shown = texts(Card(inside, inside, None), width, height)
        assert not OCTANTS & set("".join(shown))
        assert "tmux" in "".join(line[width // 4 * 3 :] for line in shown[2:6])
        assert max(map(len, shown)) <= width
    outside = Capabilities()
    assert OCTANTS & set("".join(texts(Card(outside, outside, None), 76, 18)))


@pytest.mark.parametrize(("key", "mark"), [("0", None), ("1", "1"), ("4", "4")])
async def test_the_mark_is_at_what_was_chosen(visits: Visits, key: str, mark: str | None) -> None:
    async with visits.open(token=visits.office.add_account("ada"), size=(120, 40)) as visit:
        await visit.press("T", key)
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        await visit.press("T")
        await visit.until(lambda: QUESTION in visit.shown() and "as you chose" in visit.shown())
        numbers = next(line for line in visit.shown().splitlines() if "1 half" in line)
        assert re.findall(r"(\d) \w+ <", numbers) == ([mark] if mark else [])
        assert ("0 none <" in visit.shown()) is (mark is None)


def test_the_figure_is_one_face_that_touches_no_corner() -> None:
    picture = figure(8, 4, 0xFFFFFF, 0x102030)
    assert picture.shape == (96, 96, 3)
    assert {tuple(colour) for colour in picture.reshape(-1, 3).tolist()} == {(255, 255, 255), (16, 32, 48)}
    assert (picture == picture[:, ::-1]).all()
    assert (picture[:12, :12] == (16, 32, 48)).all()


# ---------------------------------------------------------------- settings


def test_settings_keep_each_other(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.keep_theme("gathertui-light")
    settings.keep_glyphs(PictureMode.OCTANT)
    settings.keep_theme("gathertui-dark")
    assert settings.glyphs() is PictureMode.OCTANT
    assert settings.theme() == "gathertui-dark"
    settings.keep_glyphs(None)
    assert settings.glyphs() is None


@pytest.mark.parametrize(
    ("held", "cap"),
    [
        ({}, None),
        ({"pictures": "120"}, 120_000),
        ({"pictures": "7.5"}, 7_500),
        ({"pictures": "0"}, None),
        ({"pictures": "-3"}, None),
        ({"pictures": "nan"}, None),
        ({"pictures": "inf"}, None),
        ({"pictures": "much"}, None),
    ],
)
def test_the_cap_is_in_kilobytes_a_second(tmp_path: Path, held: dict[str, str], cap: int | None) -> None:
    (tmp_path / "appearance.json").write_text(json.dumps(held))
    assert Settings(tmp_path).picture_cap() == cap


def test_what_makes_no_sense_is_as_found(tmp_path: Path) -> None:
    for text in ('{"glyphs": "hexagons", "colors": "12", "graphics": "oil"}', "[]", "{", '{"glyphs": 4}', ""):
        (tmp_path / "appearance.json").write_text(text)
        settings = Settings(tmp_path)
        assert (settings.glyphs(), settings.colours(), settings.graphics()) == (None, None, None)
    settings.keep_glyphs(PictureMode.HALF)
    assert settings.glyphs() is PictureMode.HALF


def test_the_settings_contradict_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "appearance.json").write_text(
        '{"glyphs": "octant", "colors": "16", "graphics": "none", "pictures": "50"}'
    )
    app = OfficeApp(Entrance(Profile(), "localhost:1"), Settings(tmp_path), capabilities=FOUND)
    assert app.capabilities.best_mode is PictureMode.OCTANT
    assert app.capabilities.depth is ColourDepth.SIXTEEN
    assert not app.capabilities.kitty_graphics
    assert app.canvases.gate.cap == 50_000


def test_where_the_terminal_reports_there_is_no_cap_but_a_chosen_one(tmp_path: Path) -> None:
    def cap_of(capabilities: Capabilities | None) -> int | None:
        app = OfficeApp(Entrance(Profile(), "localhost:1"), Settings(tmp_path), capabilities=capabilities)
        return app.canvases.gate.cap

    assert cap_of(replace(FOUND, cursor_reports=True)) is None
    assert cap_of(FOUND) == cap_of(None) == UNREPORTED_CAP
    (tmp_path / "appearance.json").write_text('{"pictures": "40"}')
    assert cap_of(replace(FOUND, cursor_reports=True)) == cap_of(FOUND) == 40_000
