"""Pictures that nobody sees are not sent for, and what is said while nobody reads waits for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual.screen import Screen

from gathertui.client.media.state import Switch
from gathertui.protocol.media import CAMERA, CARRIED, NO_PICTURES, SMALL_PICTURES
from gathertui.terminal.tmuxpane import PaneState
from gathertui.ui import panewatch
from gathertui.ui.notices import NOTICE_SECONDS, Notice, Notices
from gathertui.ui.panewatch import PaneWatch
from gathertui.ui.screens.help import HelpScreen
from gathertui.ui.screens.office import OfficeScreen
from tests.ui.test_keyboard import Alarm
from tests.ui.test_media_tiles import in_company, with_pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ui.conftest import Visit, Visits


class TestPane:
    """A pane of tmux that is in front, or is not."""

    __test__ = False

    def __init__(self) -> None:
        self.is_attached = True
        self.is_seen = True
        self.asked = 0

    async def state(self, patience: float = 1.0) -> PaneState:
        self.asked += 1
        return PaneState(self.is_attached, self.is_seen and self.is_attached)


@pytest.fixture
def quick_pane(monkeypatch: pytest.MonkeyPatch) -> TestPane:
    """Return a pane that is asked as often as can be."""
    monkeypatch.setattr(panewatch, "ASK_SECONDS", 0.01)
    monkeypatch.setattr(panewatch, "ASK_AGAIN_SECONDS", 0.01)
    return TestPane()


def context(visit: Visit) -> str:
    return visit.shown().splitlines()[-2]


# ---------------------------------------------------------------- pictures


async def test_behind_another_window_of_tmux_nobody_sends_pictures(visits: Visits, quick_pane: TestPane) -> None:
    async with in_company(visits, 2, bits=CARRIED | CAMERA, pane=quick_pane) as (visit, company):
        wanted = {0: SMALL_PICTURES, 1: SMALL_PICTURES}
        await visit.until(lambda: company.wants == wanted)
        for how in ("is_seen", "is_attached"):
            setattr(quick_pane, how, False)
            await visit.until(lambda: company.wants == {0: NO_PICTURES, 1: NO_PICTURES})
            assert with_pictures(visit) == ["grace", "linus"], "they keep their places"
            setattr(quick_pane, how, True)
            await visit.until(lambda: company.wants == wanted)


async def test_tmux_is_not_asked_while_nobody_is_linked(visits: Visits, quick_pane: TestPane) -> None:
    async with in_company(visits, 1, bits=CARRIED | CAMERA, pane=quick_pane) as (visit, company):
        await visit.until(lambda: quick_pane.asked > 3)
        await company.office.converse("id-ada", [])
        await visit.until(lambda: not visit.client.model.conversation and not visit.screen.asks_for_pictures)
        await visit.pilot.pause()
        asked = quick_pane.asked
        await asyncio.sleep(0.1)
        assert quick_pane.asked <= asked + 1


async def test_whoever_presses_a_key_sees_pictures_again_at_once(
    visits: Visits, quick_pane: TestPane, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with in_company(visits, 1, bits=CARRIED | CAMERA, pane=quick_pane) as (visit, company):
        company.show(0)
        quick_pane.is_seen = False
        ladder = visit.app.canvases.ladder
        await visit.until(lambda: ladder.hidden and company.wants == {0: NO_PICTURES})
        monkeypatch.setattr(panewatch, "ASK_AGAIN_SECONDS", 3600.0)
        asked = quick_pane.asked
        await visit.until(lambda: quick_pane.asked > asked)  # the last time for an hour
        await visit.press("n")
        assert company.wants == {0: SMALL_PICTURES} and not ladder.hidden


@pytest.mark.parametrize(("size", "covers"), [((80, 24), True), ((220, 60), False)])
async def test_pictures_behind_a_card_are_not_sent(visits: Visits, size: tuple[int, int], covers: bool) -> None:
    async with in_company(visits, 1, size=size, bits=CARRIED | CAMERA) as (visit, company):
        await visit.until(lambda: company.wants == {0: SMALL_PICTURES} or company.wants[0] > SMALL_PICTURES)
        wanted = company.wants
        await visit.press("question_mark")
        await visit.until(lambda: isinstance(visit.app.screen, HelpScreen))
        card = visit.app.screen.query_one("#card")
        await visit.until(lambda: card.region.area > 0)
        if covers:
            await visit.until(lambda: company.wants == {0: NO_PICTURES})
        else:
            await visit.pilot.pause(0.15)
            assert company.wants == wanted, "it can be seen beside the card"
        await visit.press("escape")
        await visit.until(lambda: company.wants == wanted)


async def test_a_screen_of_its_own_covers_everything(visits: Visits) -> None:
    async with in_company(visits, 1, size=(220, 60), bits=CARRIED | CAMERA) as (visit, company):
        await visit.until(lambda: company.wants.get(0, 0) > NO_PICTURES)
        wanted = company.wants
        await visit.app.push_screen(Screen())
        await visit.until(lambda: company.wants == {0: NO_PICTURES})
        await visit.app.pop_screen()
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen) and company.wants == wanted)


class Turns:
    """Time that goes on when it is told to."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._turn = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._turn.clear()
        await self._turn.wait()

    async def go_on(self) -> None:
        count = len(self.slept)
        self._turn.set()
        while len(self.slept) == count:
            await asyncio.sleep(0)


async def test_a_pane_is_asked_only_while_it_matters_and_told_of_changes_only() -> None:
    pane, turns, told = TestPane(), Turns(), list[bool]()
    matters = False
    watch = PaneWatch(pane, matters=lambda: matters, tell=told.append, sleep=turns.sleep)
    running = asyncio.create_task(watch.run())
    while not turns.slept:
        await asyncio.sleep(0)
    await turns.go_on()
    assert pane.asked == 0
    matters = True
    await turns.go_on()
    assert pane.asked == 1 and told == []
    pane.is_seen = False
    await turns.go_on()
    await turns.go_on()
    assert told == [False] and turns.slept[-1] < turns.slept[0]
    watch.looked_at()
    assert told == [False, True]
    running.cancel()


# ---------------------------------------------------------------- words


class Line:
    """What the context line says, on a clock of its own."""

    def __init__(self) -> None:
        self.alarms: list[Alarm] = []
        self.notices = Notices(self._set_timer, lambda: None)

    def _set_timer(self, delay: float, callback: Callable[[], None]) -> Alarm:
        assert delay == NOTICE_SECONDS
        self.alarms.append(Alarm(delay, callback))
        return self.alarms[-1]

    @property
    def says(self) -> str:
        return self.notices.notice.text if self.notices.notice is not None else ""

    def wait(self) -> None:
        for alarm in [alarm for alarm in self.alarms if not alarm.stopped]:
            alarm.act()


def test_what_nobody_read_waits_until_somebody_had_a_while_for_it() -> None:
    line = Line()
    line.notices.leave("Muted.")
    line.wait()
    line.notices.end_hint()
    assert line.says == "Muted."
    line.notices.reads()
    line.notices.reads()
    line.notices.end_hint()
    assert line.says == "Muted.", "the key that wakes them may lead to another pane"
    line.wait()
    assert line.says == ""


def test_what_holds_is_said_again_after_what_is_said_for_a_while() -> None:
    line = Line()
    line.notices.hold(Notice("Unsent."))
    line.notices.say("It broke.", wrong=True)
    assert line.says == "It broke."
    line.wait()
    assert line.says == "Unsent."
    line.notices.end_hint()
    assert line.says == ""


async def test_why_all_went_off_stands_until_somebody_comes_back(visits: Visits, quick_pane: TestPane) -> None:
    async with in_company(visits, 1, bits=CARRIED | CAMERA, pane=quick_pane) as (visit, company):
        company.media.set_own(microphone=Switch.ON)
        quick_pane.is_attached = False
        await visit.until(lambda: company.wants == {0: NO_PICTURES})
        company.media.mute_all("The microphone is off: nobody is attached.")
        await visit.until(lambda: "nobody is attached" in context(visit))
        assert visit.screen._notices._alarm is None, "it does not end by itself"
        quick_pane.is_attached = True
        await visit.until(lambda: company.wants == {0: SMALL_PICTURES})
        await visit.until(lambda: visit.screen._notices._alarm is not None)
        assert "nobody is attached" in context(visit)


async def test_a_key_starts_the_time_that_the_reason_stands(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.set_own(microphone=Switch.ON)
        company.media.mute_all("The microphone is off: nothing was pressed.")
        await visit.until(lambda: "nothing was pressed" in context(visit))
        assert visit.screen._notices._alarm is None
        await visit.press("t")
        assert visit.screen._notices._alarm is not None and "nothing was pressed" in context(visit)


# ---------------------------------------------------------------- letters faster than fingers


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_letters_that_became_text_are_said_until_the_map_or_sending(
    visits: Visits, size: tuple[int, int]
) -> None:
    async with in_company(visits, 1, size=size) as (visit, company):
        for leave in ("escape", "enter"):
            visit.screen.text_ended()  # what a burst of keys ends with
            await visit.until(lambda: "oo fast for keys" in context(visit) and "…" not in context(visit))
            await visit.press("m")
            assert visit.composer.text.endswith("m") and "oo fast for keys" in context(visit)
            assert ("set_microphone", True) not in company.media.asked
            await visit.press(leave)
            await visit.until(lambda: "oo fast for keys" not in context(visit))


async def test_a_burst_of_keys_ends_with_the_notice_and_a_paste_does_not(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        from textual import events

        visit.screen.post_message(events.Paste("hello"))
        await visit.until(lambda: visit.composer.text == "hello")
        assert "too fast" not in context(visit)
        await visit.press("escape")
        now = asyncio.get_running_loop().time()
        visit.screen.keyboard.press("s", "s", now)
        visit.screen.keyboard.press("m", "m", now + 0.01)
        await visit.until(lambda: "too fast for keys" in context(visit))
        assert visit.composer.text == "hellosm" and company.media.own.microphone is Switch.OFF
        assert not company.media.own.deafened
