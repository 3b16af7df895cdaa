"""Coming in, and what is said when that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from gathertui.client.credentials import Credentials
from gathertui.client.profile import Profile
from gathertui.errors import ServerUnreachable
from gathertui.protocol import auth
from gathertui.ui.screens.office import OfficeScreen
from gathertui.ui.screens.signin import Field, SignInScreen

if TYPE_CHECKING:
    from tests.ui.conftest import Visit, Visits


def value_of(visit: Visit, name: str) -> str:
    return visit.app.screen.query_one(f"#{name}", Field).value


async def fill(visit: Visit, **values: str) -> None:
    for name, value in values.items():
        field = visit.app.screen.query_one(f"#{name}", Field)
        visit.app.screen.set_focus(field)
        await visit.pilot.pause()
        field.value = ""
        visit.app.post_message(events.Paste(value))
        await visit.until(lambda field=field, value=value: field.value == value)


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_logging_in_with_the_keyboard_alone(visits: Visits, size: tuple[int, int]) -> None:
    visits.office.add_account("ada")
    async with visits.open(size=size) as visit:
        assert value_of(visit, "server") == "ws://localhost:7766"
        await visit.pilot.press(*"ada", "enter", *"secret", "enter")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        profile = Profile()
        assert profile.find_server() == "ws://localhost:7766"
        assert await Credentials(profile).load("ws://localhost:7766")


async def test_a_kept_sign_in_needs_no_form(visits: Visits) -> None:
    visits.office.add_account("ada")
    async with visits.open() as visit:
        await fill(visit, name="ada", password="secret")
        await visit.pilot.press("enter")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
    async with visits.open(server=None) as visit:
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))


async def test_signing_up_with_an_invite(visits: Visits) -> None:
    async with visits.open(size=(40, 12)) as visit:
        await visit.pilot.press("ctrl+n")
        assert "invite" in visit.shown().lower()
        await fill(visit, name="grace", password="secret", invite="welcome")
        await visit.pilot.press("enter")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        assert visit.client.account is not None and visit.client.account.name == "grace"


async def test_a_newcomer_learns_what_an_invite_is(visits: Visits) -> None:
    async with visits.open(size=(80, 24)) as visit:
        assert "First time here?" in visit.shown()
        await visit.pilot.press("ctrl+n")
        await visit.until(lambda: "An invite is a code" in visit.shown())


async def test_a_wrong_password_says_so_and_keeps_what_was_typed(visits: Visits) -> None:
    visits.office.add_account("ada")
    async with visits.open(size=(40, 12)) as visit:
        await fill(visit, name="ada", password="wrong")
        await visit.pilot.press("enter")
        await visit.until(lambda: "don't fit" in visit.shown())
        assert value_of(visit, "name") == "ada" and value_of(visit, "password") == "wrong"
        assert "wrong" not in visit.shown()


async def test_what_is_missing_is_asked_for(visits: Visits) -> None:
    async with visits.open() as visit:
        await visit.pilot.press("enter")
        await visit.until(lambda: "What is your name" in visit.shown())


async def test_an_address_that_is_none_says_how_to_write_one(visits: Visits) -> None:
    async with visits.open() as visit:
        await fill(visit, server="http://here", name="ada", password="secret")
        await visit.pilot.press("enter")
        await visit.until(lambda: "wss://" in visit.shown() and "http" in visit.shown())
        assert isinstance(visit.app.screen, SignInScreen)


async def test_an_unreachable_server_is_told_and_can_be_tried_again(visits: Visits) -> None:
    visits.office.add_account("ada")
    visits.office.transport.fail_next(ServerUnreachable("Nothing answers.", "Is [b]it[/b] running?"))
    async with visits.open() as visit:
        await fill(visit, name="ada", password="secret")
        await visit.pilot.press("enter")
        await visit.until(lambda: "Is [b]it[/b] running?" in visit.shown())
        await visit.pilot.press("enter")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))


async def test_connecting_can_be_stopped(visits: Visits) -> None:
    async def ignore(guest: object, message: object) -> bool:
        return isinstance(message, auth.LogIn)

    visits.office.add_account("ada")
    visits.office.intercept = ignore
    async with visits.open() as visit:
        await fill(visit, name="ada", password="secret")
        await visit.pilot.press("enter")
        await visit.until(lambda: "Connecting to" in visit.shown())
        await visit.pilot.press("escape")
        await visit.until(lambda: "Stopped" in visit.shown())
        assert value_of(visit, "password") == "secret"


async def test_escape_leaves(visits: Visits) -> None:
    async with visits.open() as visit:
        await visit.pilot.press("escape")
        await visit.until(lambda: visit.app.return_value == 0)


async def test_a_pasted_field_holds_one_clean_line(visits: Visits) -> None:
    async with visits.open() as visit:
        visit.app.post_message(events.Paste("\x1b[31mada\x1b]0;x\x07\nlovelace"))
        await visit.until(lambda: value_of(visit, "name") == "ada lovelace")


async def test_a_kept_sign_in_that_is_refused_asks_with_the_reason(
    visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATHERTUI_TOKEN", "long gone")
    async with visits.open() as visit:
        await visit.until(lambda: "That sign-in has ended." in visit.shown())
        assert isinstance(visit.app.screen, SignInScreen)
