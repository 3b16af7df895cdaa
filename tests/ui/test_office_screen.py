"""Walking, panes, and what the lines round the map say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from gathertui.errors import Code, ServerUnreachable
from gathertui.protocol import presence
from gathertui.testing.office import MemoryOffice
from gathertui.ui.screens.help import HelpScreen
from gathertui.ui.screens.notice import ReplacedScreen
from gathertui.ui.screens.office import OfficeScreen, Pane
from gathertui.ui.screens.overlay import Overlay
from gathertui.ui.screens.palette import PaletteScreen
from gathertui.ui.screens.signin import SignInScreen
from gathertui.ui.widgets.people import PeopleList
from gathertui.world.geometry import Direction, Point

if TYPE_CHECKING:
    from tests.ui.conftest import Visit, Visits

SIZES = [(40, 12), (80, 24), (120, 40), (200, 60)]
HOSTILE = ("[@click=app.quit]x[/]", "[red]x[/]", "[bold")


def place_of(visit: Visit) -> tuple[int, int]:
    return visit.client.model.me.x, visit.client.model.me.y


async def ignore_steps(guest: object, message: object) -> bool:
    return isinstance(message, presence.Step)


async def test_a_step_is_drawn_before_the_server_answers(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        visits.office.intercept = ignore_steps
        before = visit.map_text()
        x, y = place_of(visit)
        await visit.press("right")
        assert place_of(visit) == (x + 1, y)
        await visit.until(lambda: visit.map_text() != before)
        assert "ad" in visit.map_text()


async def test_letters_walk_too(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        x, y = place_of(visit)
        await visit.press("l", "j")
        assert place_of(visit) == (x + 1, y + 1)


async def test_a_count_walks_that_far(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        x, y = place_of(visit)
        await visit.press("3")
        assert "3 steps" in visit.shown()
        await visit.press("l")
        # The client's clock stands still: three steps are what it allows at once.
        await visit.until(lambda: place_of(visit) == (x + 3, y))


async def test_a_held_key_does_not_walk_faster_than_allowed(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        x, y = place_of(visit)
        await visit.press(*["right"] * 8)
        assert place_of(visit) == (x + 3, y)
        await visits.clock.advance(0.1)
        await visit.press("right")
        assert place_of(visit) == (x + 4, y)


async def test_only_rows_that_changed_are_drawn_again(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        visit.map_view.changed()
        await visit.pilot.pause()
        rows = list(visit.map_view._strips)
        await visit.press("down")
        await visit.until(lambda: visit.map_view._strips != rows)
        kept = [old is new for old, new in zip(rows, visit.map_view._strips, strict=True)]
        assert sum(not same for same in kept) < len(rows) // 2


async def test_others_appear_move_and_go(visits: Visits) -> None:
    office = visits.office
    grace = office.add_account("grace")
    async with visits.open(token=office.add_account("ada")) as visit:
        account = office.tokens[grace]
        avatar = presence.Avatar(9, account, "GH", 16, 3, 0)
        office.avatars[account.id] = avatar
        (guest,) = office.guests
        await guest.send(presence.Roster([], [avatar]))
        people = visit.screen.query_one(PeopleList)
        await visit.until(lambda: "grace" in visit.text_of(people))
        await visit.until(lambda: "GH" in visit.map_text())
        assert "2 here" in visit.shown()
        assert "Quiet here" in visit.shown()
        await office.move(account.id, Point(3, 2), Direction.WEST)
        await office.converse("id-ada", [account.id])
        await visit.until(lambda: "Talking with grace" in visit.shown())
        await guest.send(presence.Roster([9], []))
        await visit.until(lambda: "grace" not in visit.text_of(people))


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_shows_the_panes_side_by_side_and_none_over_another(
    visits: Visits, size: tuple[int, int]
) -> None:
    async with visits.open(token=visits.office.add_account("ada"), size=size) as visit:
        for key in ("escape", "tab", "tab"):
            await visit.press(key)
            leaves = [w for w in visit.screen.query("*") if w.is_on_screen and not w.children and w.region.area]
            for number, widget in enumerate(leaves):
                assert visit.screen.region.contains_region(widget.region)
                for other in leaves[number + 1 :]:
                    assert not widget.region.overlaps(other.region), (widget, other)
            assert visit.shown().splitlines()[-1].strip()


async def test_a_narrow_terminal_shows_one_pane_at_a_time(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada"), size=(40, 12)) as visit:
        assert visit.map_view.display and visit.map_view.size == (40, 9)
        await visit.press("tab")
        assert not visit.map_view.is_on_screen and visit.composer.has_focus
        await visit.press("tab")
        assert visit.screen.query_one(PeopleList).has_focus
        await visit.press("tab")
        assert visit.map_view.has_focus


async def test_a_tiny_terminal_says_so(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada"), size=(19, 12)) as visit:
        assert "Too small" in visit.shown()
        await visit.pilot.resize_terminal(60, 12)
        await visit.until(lambda: "Too small" not in visit.shown() and "Test office" in visit.shown())


@pytest.mark.parametrize("size", SIZES)
async def test_a_terminal_without_unicode_gets_ascii(visits: Visits, size: tuple[int, int]) -> None:
    office = visits.office
    account = office.tokens[office.add_account("a-name-that-is-long")]
    office.avatars[account.id] = presence.Avatar(9, account, "AN", 5, 3, 0, away=True)
    await office.post("general", account.id, "hello")
    async with visits.open(token=office.add_account("ada"), size=size, ascii_only=True) as visit:
        for key in ("n", "tab", "tab", "question_mark"):
            await visit.press(key)
            assert visit.shown().isascii()
        await visit.pilot.press("escape")
        await visit.press("ctrl+p")
        assert visit.shown().isascii()


@pytest.mark.parametrize("key", ["question_mark", "ctrl+p", "colon"])
async def test_escape_leads_from_an_overlay_back_to_the_office(visits: Visits, key: str) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        office = visit.app.screen
        await visit.press(key)
        await visit.until(lambda: isinstance(visit.app.screen, Overlay))
        await visit.pilot.press("escape")
        await visit.until(lambda: visit.app.screen is office)
        assert "Hall" in visit.shown()
        await visit.press("right")
        assert place_of(visit) == (2, 1)


async def test_two_offices_in_one_process_know_nothing_of_each_other(visits: Visits) -> None:
    other = type(visits)()
    async with visits.open(token=visits.office.add_account("ada")) as first:
        async with other.open(token=other.office.add_account("bob"), size=(80, 24)) as second:
            await first.press("right")
            await second.press("t", "h", "i", "enter")
            await second.until(lambda: len(other.office.messages["general"]) == 1)
            assert first.screen.pane is Pane.MAP and not visits.office.messages["general"]
            first.app.theme = "gathertui-light"
            await first.pilot.pause()
            assert second.app.theme == "gathertui-dark"
        await first.press("right")
        assert place_of(first) == (3, 1)


async def test_names_can_be_hidden(visits: Visits) -> None:
    office = visits.office
    account = office.tokens[office.add_account("grace")]
    office.avatars[account.id] = presence.Avatar(9, account, "GH", 10, 3, 0)
    async with visits.open(token=office.add_account("ada")) as visit:
        assert "grace" in visit.map_text()
        await visit.press("n")
        await visit.until(lambda: "grace" not in visit.map_text())


async def test_tiles_can_be_large(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        view = visit.map_view
        before, where = view.zoom, visit.app.cursor_position
        await visit.press("z")
        await visit.until(lambda: view.zoom != before)
        assert not view.is_stale
        assert visit.app.cursor_position != where, "the cursor stays where you stand"
        await visit.press("z")
        await visit.until(lambda: (view.zoom, visit.app.cursor_position) == (before, where))


async def test_a_room_that_fits_is_shown_large(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada"), size=(120, 40)) as visit:
        room = visit.client.model.tilemap.size
        columns, rows = visit.map_view.size
        fits = 4 * room.width <= columns and 2 * room.height <= rows
        assert visit.map_view.zoom == (2 if fits else 1)


_LINE = "#" + "." * 118 + "#\n"
HALL = f"""
title = "Hall"
grid = '''
{"#" * 120}
#S{_LINE[2:]}{_LINE * 57}{"#" * 120}
'''
[legend]
"#" = "wall"
"." = "floor"
[spawns.door]
marker = "S"
""".encode()


async def test_a_small_map_shows_where_you_are_in_a_room_larger_than_the_view(visits: Visits) -> None:
    visits.office = MemoryOffice(visits.clock, map_text=HALL)
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        assert "@" not in visit.map_text()
        await visit.press("M")
        await visit.until(lambda: "@" in visit.map_text())
        await visit.press("M")
        await visit.until(lambda: "@" not in visit.map_text())


@pytest.mark.parametrize(
    ("size", "words"), [((120, 40), "whole room is in view"), ((60, 20), "No room for the small map")]
)
async def test_a_small_map_that_cannot_show_says_why(visits: Visits, size: tuple[int, int], words: str) -> None:
    if "No room" in words:
        visits.office = MemoryOffice(visits.clock, map_text=HALL)
    async with visits.open(token=visits.office.add_account("ada"), size=size) as visit:
        await visit.press("M")
        await visit.until(lambda: words in visit.shown())
        assert "@" not in visit.map_text()


async def test_help_shows_every_key_and_closes(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada"), size=(40, 12)) as visit:
        await visit.press("question_mark")
        assert isinstance(visit.app.screen, HelpScreen)
        assert "figure marked" in visit.shown()
        await visit.pilot.press("end")
        await visit.until(lambda: "Leave the office" in visit.shown())
        await visit.pilot.press("q")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))


async def test_the_palette_does_what_is_chosen(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("ctrl+p")
        assert isinstance(visit.app.screen, PaletteScreen)
        await visit.pilot.press(*"light", "enter")
        await visit.until(lambda: visit.app.theme == "gathertui-light")
        await visit.press("colon")
        await visit.until(lambda: isinstance(visit.app.screen, PaletteScreen))
        await visit.pilot.press(*"random", "enter")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        await visit.until(lambda: visit.chat.channel == "random")


async def test_a_hint_gives_way_to_what_the_next_pane_has_to_say_but_what_went_wrong_stays(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("q")
        await visit.until(lambda: "Press Ctrl-Q to leave" in visit.shown())
        await visit.press("t")
        await visit.until(lambda: "Writing to #general" in visit.shown())
        assert "Ctrl-Q" not in visit.shown()
        screen = visit.app.screen
        assert isinstance(screen, OfficeScreen)
        screen.notice("It can't be kept.", wrong=True)
        await visit.press("escape")
        await visit.until(lambda: "Writing to" not in visit.shown())
        assert "It can't be kept." in visit.shown()


async def test_colon_q_leaves_and_control_c_does_not(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("ctrl+c")
        assert "Ctrl-Q" in visit.shown()
        await visit.press("q")
        assert isinstance(visit.app.screen, OfficeScreen)
        await visit.press("colon")
        await visit.until(lambda: isinstance(visit.app.screen, PaletteScreen))
        await visit.pilot.press("q", "enter")
        await visit.until(lambda: visit.app.return_value == 0)


async def test_a_theme_is_remembered(visits: Visits) -> None:
    token = visits.office.add_account("ada")
    async with visits.open(token=token) as visit:
        dark = visit.map_view.cells.background.copy()
        await visit.press("ctrl+p")
        await visit.pilot.press(*"theme: light", "enter")
        await visit.until(lambda: visit.app.theme == "gathertui-light")
        await visit.until(lambda: bool((visit.map_view.cells.background != dark).any()))
    async with visits.open(token=token) as visit:
        assert visit.app.theme == "gathertui-light"


async def test_a_lost_connection_is_told_and_comes_back(visits: Visits) -> None:
    office = visits.office
    async with visits.open(token=office.add_account("ada")) as visit:
        bright = visit.map_view.cells.background.copy()
        office.transport.fail_next(ServerUnreachable("Nothing answers there."))
        office.cut_all()
        await visit.until(lambda: "No connection" in visit.shown())
        assert "reconnecting" in visit.shown()
        assert "walk" not in visit.shown().splitlines()[-1]
        await visit.until(lambda: bool((visit.map_view.cells.background != bright).any()))
        await visit.press("t")
        await visit.press("y", "o", "enter")
        assert "yo" in visit.shown()
        await visits.clock.advance(30)
        await visit.until(lambda: "No connection" not in visit.shown())
        await visit.until(lambda: [m.text for m in office.messages["general"]] == ["yo"])


async def test_a_replaced_window_waits_to_be_asked_back(visits: Visits) -> None:
    office = visits.office
    async with visits.open(token=office.add_account("ada")) as visit:
        await office.close_all(Code.REPLACED, "This office is open in another window.")
        await visit.until(lambda: isinstance(visit.app.screen, ReplacedScreen))
        assert "another window" in visit.shown() and "Enter" in visit.shown()
        await visit.pilot.press("enter")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))


async def test_signed_out_elsewhere_leads_to_the_sign_in_with_the_reason(visits: Visits) -> None:
    office = visits.office
    async with visits.open(token=office.add_account("ada")) as visit:
        await office.close_all(Code.SESSION_EXPIRED, "You were signed out.")
        await visit.until(lambda: isinstance(visit.app.screen, SignInScreen))
        await visit.until(lambda: "You were signed out." in visit.shown())


async def test_a_server_that_stops_says_so(visits: Visits) -> None:
    office = visits.office
    async with visits.open(token=office.add_account("ada"), size=(160, 40)) as visit:
        await office.close_all(Code.SERVER_STOPPING, "The server is stopping.", retry_after=5)
        await visit.until(lambda: "The server is stopping." in visit.shown())


async def test_logging_out_leads_to_the_sign_in(visits: Visits) -> None:
    office = visits.office
    token = office.add_account("ada")
    async with visits.open(token=token) as visit:
        await visit.press("ctrl+p")
        await visit.pilot.press(*"log out", "enter")
        await visit.until(lambda: isinstance(visit.app.screen, SignInScreen))
        assert "logged out" in visit.shown()
        assert token not in office.tokens


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_what_others_write_is_never_markup(visits: Visits, hostile: str) -> None:
    office = visits.office
    account = office.tokens[office.add_account(hostile)]
    office.avatars[account.id] = presence.Avatar(9, account, "[/", 4, 2, 0)
    await office.post("general", account.id, f"hear {hostile}")
    async with visits.open(token=office.add_account("ada"), size=(160, 40)) as visit:
        await visit.until(lambda: f"hear {hostile}" in visit.text_of(visit.log))
        assert hostile in visit.text_of(visit.screen.query_one(PeopleList))
        await office.converse("id-ada", [account.id])
        await visit.until(lambda: f"Talking with {hostile}" in visit.shown())
        visit.client.office = hostile
        visit.client.model.channels["general"].title = hostile
        visit.screen.notice(hostile)
        await visit.press("down")
        assert visit.shown().count(hostile) >= 4
        await visit.pilot.click(PeopleList, offset=(6, 2))
        assert visit.app.return_value is None


async def test_a_paste_on_the_map_lands_in_the_composer_unsent(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        here = place_of(visit)
        visit.app.post_message(events.Paste("hjkl\n\x1b[31mqqq\n"))
        await visit.until(lambda: visit.composer.text == "hjkl\nqqq\n")
        await visit.until(lambda: visit.screen.pane is Pane.CHAT)
        assert place_of(visit) == here and not visits.office.messages["general"]
        visit.app.post_message(events.Paste("more"))
        await visit.until(lambda: visit.composer.text == "hjkl\nqqq\nmore")


async def test_a_burst_of_letters_is_text(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        here = place_of(visit)
        for key, character in (*((c, c) for c in "hjln"), ("enter", "\r"), *((c, c) for c in "qq")):
            visit.app.post_message(events.Key(key, character))
        await visit.until(lambda: visit.screen.pane is Pane.CHAT)
        assert visit.composer.text == "hjln\nqq"
        assert place_of(visit) == here and not visits.office.messages["general"]
