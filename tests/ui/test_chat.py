"""Reading and writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from gathertui.errors import Code, Refused
from gathertui.protocol import chat
from gathertui.ui.screens.office import Pane

if TYPE_CHECKING:
    from tests.ui.conftest import Visits


async def test_what_is_written_is_sent_and_shown_in_your_name(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("t", "h", "i", "enter")
        await visit.until(lambda: [m.text for m in visits.office.messages["general"]] == ["hi"])
        await visit.until(lambda: "you hi" in visit.text_of(visit.log))
        assert visit.composer.has_focus and not visit.composer.text


async def test_a_message_is_marked_until_it_is_stored(visits: Visits) -> None:
    async def ignore_said(guest: object, message: object) -> bool:
        return isinstance(message, chat.Say)

    async with visits.open(token=visits.office.add_account("ada")) as visit:
        visits.office.intercept = ignore_said
        await visit.press("t", "h", "i", "enter")
        await visit.until(lambda: "○   you hi" in visit.text_of(visit.log))


async def test_a_message_that_is_refused_says_why(visits: Visits) -> None:
    async def refuse_said(guest: object, message: object) -> bool:
        if isinstance(message, chat.Say):
            raise Refused(Code.NOT_PERMITTED, "Only members [b]write[/b] here.")
        return False

    async with visits.open(token=visits.office.add_account("ada")) as visit:
        visits.office.intercept = refuse_said
        await visit.press("t", "h", "i", "enter")
        await visit.until(lambda: "Not sent: Only" in visit.text_of(visit.log))
        assert "[b]write[/b]" in visit.text_of(visit.log)


async def test_a_message_that_is_too_long_stays_in_the_composer(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("t")
        visit.composer.text = "x" * 4001
        await visit.press("enter")
        assert "4000" in visit.shown()
        assert len(visit.composer.text) == 4001


async def test_control_j_begins_a_line_and_the_composer_grows(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("t", "a", "ctrl+j", "b")
        assert visit.composer.text == "a\nb"
        await visit.until(lambda: visit.composer.size.height == 2)


async def test_a_draft_is_kept_on_the_map_and_for_each_channel(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("t", "d", "r", "escape")
        assert visit.screen.pane is Pane.MAP and visit.composer.text == "dr"
        await visit.press("right_square_bracket")
        assert visit.chat.channel == "random" and not visit.composer.text
        await visit.press("left_square_bracket", "enter")
        assert visit.composer.text == "dr" and visit.composer.has_focus


async def test_enter_on_nothing_goes_back_to_the_map(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("t", "enter")
        assert visit.map_view.has_focus


async def test_messages_elsewhere_are_counted_until_they_are_looked_at(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visits.office.post("random", "id-grace", "one")
        await visits.office.post("random", "id-grace", "two")
        await visit.until(lambda: "#random •2" in visit.shown())
        assert "•2" in visit.shown().splitlines()[0]
        await visit.press("right_square_bracket")
        await visit.until(lambda: "two" in visit.text_of(visit.log))
        assert "•2" not in visit.shown()


async def test_on_a_narrow_terminal_the_chat_that_does_not_show_counts(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada"), size=(40, 12)) as visit:
        await visits.office.post("general", "id-grace", "hello")
        await visit.until(lambda: "•1" in visit.shown().splitlines()[0])
        await visit.press("t")
        await visit.until(lambda: "•1" not in visit.shown())
        await visit.until(lambda: "hello" in visit.text_of(visit.log))


async def test_scrolling_up_loads_what_was_before(visits: Visits) -> None:
    for number in range(120):
        await visits.office.post("general", "id-grace", f"message-{number}")
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.until(lambda: "message-119" in visit.text_of(visit.log))
        for _ in range(40):
            await visit.press("pageup")
            if "message-0 " in visit.text_of(visit.log):
                break
        assert "message-0 " in visit.text_of(visit.log)


async def test_new_messages_do_not_move_what_is_being_read(visits: Visits) -> None:
    for number in range(40):
        await visits.office.post("general", "id-grace", f"message-{number}")
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.until(lambda: "message-39" in visit.text_of(visit.log))
        await visit.press("pageup")
        reading = visit.text_of(visit.log).splitlines()[:-1]
        await visits.office.post("general", "id-grace", "news")
        await visit.until(lambda: "1 new message" in visit.text_of(visit.log))
        assert visit.text_of(visit.log).splitlines()[:-1] == reading
        await visit.press("pagedown", "pagedown")
        assert "news" in visit.text_of(visit.log)


async def test_a_burst_with_enter_is_not_sent_from_the_composer_either(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await visit.press("t")
        for key, character in (("a", "a"), ("b", "b"), ("c", "c"), ("enter", "\r"), ("d", "d")):
            visit.app.post_message(events.Key(key, character))
        await visit.until(lambda: visit.composer.text == "abc\nd")
        assert not visits.office.messages["general"]
