"""What the screen says of those round you: with whom you talk, who walks by, and what is in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from gathertui.client.chatlog import ChatLog
from gathertui.client.model import OfficeModel, StepOutcome
from gathertui.client.outbox import Outbox
from gathertui.client.roomcopy import RoomCopy
from gathertui.protocol import presence
from gathertui.protocol.base import Account, Role
from gathertui.protocol.media import CARRIED
from gathertui.render.palettes import DARK
from gathertui.testing.office import SMALL_MAP, MemoryOffice
from gathertui.ui.bumps import BUMP_SECONDS, Bumps, name_obstacle
from gathertui.ui.look import Look
from gathertui.ui.statuslines import write_company
from gathertui.ui.strips import spread
from gathertui.ui.surroundings import Surroundings
from gathertui.ui.widgets.people import PeopleList
from gathertui.world.geometry import Direction, Point
from gathertui.world.mapfile import load_map

if TYPE_CHECKING:
    from tests.ui.conftest import Visit, Visits

FURNISHED = load_map(b"""
title = "Hall"
grid = '''
S.W
.T_
'''
[legend]
"W" = "window"
"T" = { look = "armchair", solid = true }
"_" = "void"
"." = "floor"
[spawns.door]
marker = "S"
""")


def people(count: int, *, away: bool = False) -> tuple[presence.Avatar, ...]:
    names = ["grace", "linus", "margaret", "ken", "barbara", "alan", "donald"]
    return tuple(
        presence.Avatar(number, Account(f"id-{name}", name, Role.MEMBER, number), name[:2], number, 1, 0, away, CARRIED)
        for number, name in enumerate(names[:count], 2)
    )


def company(
    width: int,
    talking: tuple[presence.Avatar, ...] = (),
    *,
    heard: int | None = None,
    in_earshot: int | None = None,
    near: tuple[presence.Avatar, ...] = (),
) -> str:
    """The context line, as it shows."""
    look = Look(DARK)
    around = Surroundings(FURNISHED, 1, Point(1, 1), {}, near, talking)
    heard = len(talking) if heard is None else heard
    line = write_company(look, around, heard, heard if in_earshot is None else in_earshot, width)
    text = spread(*line, width, look.text).text
    assert len(text) == width
    return text


@pytest.mark.parametrize(
    ("width", "talking", "in_earshot", "expected"),
    [
        (120, 2, 2, " Talking with grace, linus"),
        (80, 6, 6, " Talking with grace, linus, margaret, ken, barbara, alan"),
        (80, 6, 14, " Talking with grace, linus, margaret, ken, barbara, alan       you hear 6 of 14 "),
        (60, 7, 7, " Talking with grace, linus, margaret, ken, barbara, alan +1"),
        (40, 2, 2, " With grace, linus"),
        (40, 6, 6, " With grace, linus, margaret, ken +2"),
        (40, 6, 14, " With grace, linus +4      hear 6 of 14 "),
        (20, 6, 14, " With grace +5"),
    ],
)
def test_names_are_cut_well(width: int, talking: int, in_earshot: int, expected: str) -> None:
    assert company(width, people(talking), in_earshot=in_earshot).rstrip() == expected.rstrip()


def test_a_long_name_is_cut_and_the_others_are_counted() -> None:
    account = Account("id", "a-name-as-long-as-anybody-may-have", Role.MEMBER, 1)
    long = presence.Avatar(9, account, "AN", 1, 1, 0, media=CARRIED)
    shown = company(40, (long, *people(3)))
    assert shown.startswith(" With a-name-as-long-as") and shown.endswith("… +3")


def test_nobody_to_talk_with_is_said_clearly() -> None:
    assert company(120).rstrip() == " Quiet here. Walk up to someone, or press p to see who is in."
    assert company(40).rstrip() == " Quiet here. Walk up to someone."
    assert company(80, near=people(2, away=True)).rstrip() == " Near, but away: grace, linus"
    assert company(80, near=people(2)).rstrip() == company(80).rstrip()  # the server has linked nobody
    assert company(40, heard=0, in_earshot=12).rstrip() == " You hear 0 of 12: too many talk here."


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (Point(2, 0), "A window is in the way."),
        (Point(1, 1), "An armchair is in the way."),
        (Point(2, 1), "The way ends here."),
        (Point(-1, 0), "The way ends here."),
        (Point(1, 0), "The way is shut."),
    ],
)
def test_obstacles_have_names(point: Point, words: str) -> None:
    assert name_obstacle(FURNISHED, point) == words


class Alarms:
    """Timers that ring when told to."""

    def __init__(self) -> None:
        self.acts: list[Callable[[], None]] = []

    def set(self, delay: float, act: Callable[[], None]) -> Alarms:
        assert delay == BUMP_SECONDS
        self.acts.append(act)
        return self

    def stop(self) -> None:
        self.acts.clear()

    def ring(self) -> None:
        self.acts.pop()()


def test_a_key_held_against_a_wall_is_told_once() -> None:
    copy, alarms, told = RoomCopy(), Alarms(), []
    copy.enter(presence.Entered(1, "Hall", SMALL_MAP, 9, [presence.Avatar(9, people(1)[0].account, "AL", 1, 1, 0)]))
    bumps = Bumps(OfficeModel(copy, ChatLog(Outbox())), alarms.set, lambda: told.append(bumps.text))
    bumps.take(StepOutcome.TURNED)
    bumps.take(StepOutcome.BLOCKED)
    alarms.ring()
    bumps.take(StepOutcome.BLOCKED)
    assert told == ["A wall is in the way.", ""] and not alarms.acts
    bumps.take(StepOutcome.MOVED)
    bumps.take(StepOutcome.HELD)
    bumps.take(StepOutcome.BLOCKED)
    bumps.take(StepOutcome.MOVED)
    assert told == ["A wall is in the way.", ""] * 2 and not alarms.acts


def put(office: MemoryOffice, name: str, place: tuple[int, int], *, away: bool = False) -> str:
    """Have somebody stand in the room, and return their account id."""
    account = office.tokens[office.add_account(name)]
    number = 10 + len(office.avatars)
    office.avatars[account.id] = presence.Avatar(number, account, name[:2].upper(), *place, 0, away)
    return account.id


async def test_the_server_says_with_whom_you_talk(visits: Visits) -> None:
    office = visits.office
    grace, linus = put(office, "grace", (2, 1)), put(office, "linus", (3, 1))
    async with visits.open(token=office.add_account("ada")) as visit:
        listed = visit.screen.query_one(PeopleList)
        assert "Quiet here" in visit.shown()  # two stand near, but nobody is linked
        await office.converse("id-ada", [grace, linus])
        await visit.until(lambda: "Talking with grace, linus" in visit.shown())
        assert marked(visit, listed) == {"grace", "linus"}
        await office.converse("id-ada", [linus], in_earshot=9)
        await visit.until(lambda: "Talking with linus" in visit.shown())
        assert "you hear 1 of 9" in visit.shown()
        assert marked(visit, listed) == {"linus"}
        await office.converse("id-ada", [])
        await visit.until(lambda: "Quiet here" in visit.shown())
        assert marked(visit, listed) == set()


def marked(visit: Visit, listed: PeopleList) -> set[str]:
    """Who has the mark of your conversation in the list of people."""
    lines = visit.text_of(listed).splitlines()
    return {name for name in ("ada", "grace", "linus") for line in lines if name in line and "●" in line}


async def test_a_lost_connection_ends_the_conversation(visits: Visits) -> None:
    office = visits.office
    grace = put(office, "grace", (2, 1))
    async with visits.open(token=office.add_account("ada")) as visit:
        listed = visit.screen.query_one(PeopleList)
        await office.converse("id-ada", [grace])
        await visit.until(lambda: marked(visit, listed) == {"grace"})
        office.cut_all()
        await visit.until(lambda: "No connection" in visit.shown())
        assert marked(visit, listed) == set()
        await visits.clock.advance(30.0)
        await visit.until(lambda: "Quiet here" in visit.shown())


async def test_others_walk_tile_by_tile_and_then_nothing_is_drawn(visits: Visits) -> None:
    office = visits.office
    grace = put(office, "grace", (6, 3))
    async with visits.open(token=office.add_account("ada")) as visit:
        for tiles in [3, -3] * 10:
            columns = await columns_of_a_walk(visit, grace, tiles)
            assert columns[-1] - columns[0] == tiles and columns == sorted(columns, reverse=tiles < 0)
            if len(columns) == 4:  # on a machine that is held up while she walks she may be drawn further on
                break
        assert len(columns) == 4


async def columns_of_a_walk(visit: Visit, account: str, tiles: int) -> list[int]:
    """Where she is drawn on her way east, or west, until nothing more is to be drawn."""
    columns: list[int] = []

    def has_arrived() -> bool:
        row = next(line for line in visit.map_text().splitlines() if "GR" in line)
        column = row.index("GR") // (2 * visit.map_view.zoom)
        if not columns or columns[-1] != column:
            columns.append(column)
        return not visit.map_view.is_stale and column == columns[0] + tiles

    has_arrived()
    here = visit.office.avatars[account]
    await visit.office.move(account, Point(here.x + tiles, 3), Direction.EAST if tiles > 0 else Direction.WEST)
    await visit.until(has_arrived)
    return columns


async def test_a_bump_is_told_once_and_nothing_is_sent_again(visits: Visits) -> None:
    office = visits.office
    async with visits.open(token=office.add_account("ada")) as visit:
        (guest,) = office.guests
        await visit.press("up")
        assert "A wall is in the way." in visit.shown()
        visit.screen.notice("Something else.")
        for _ in range(20):
            await visit.press("up")
            await visits.clock.advance(0.1)
        assert "Something else." in visit.shown()
        steps = [message for message in guest.received if isinstance(message, presence.Step)]
        assert len(steps) == 1
        assert visit.client.step(Direction.NORTH) is StepOutcome.BLOCKED


async def test_walking_on_takes_the_words_away(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("up")
        assert "in the way" in visit.shown()
        await visit.press("right")
        assert "in the way" not in visit.shown() and "Quiet here" in visit.shown()
        await visit.press("up")
        assert "in the way" in visit.shown()
