from hypothesis import given
from hypothesis import strategies as st

from gathertui.client.cleaning import clean_received
from gathertui.errors import Code
from gathertui.protocol.auth import SignedIn
from gathertui.protocol.base import Account, Failure, Role
from gathertui.protocol.chat import ChatMessage, Posted
from gathertui.protocol.handshake import Welcome
from gathertui.protocol.presence import Entered, People, Person, Tick
from gathertui.protocol.text import clean_line, clean_message

EVIL = "a\x1b[31m\u202eb\nc"
EVE = Account(EVIL, EVIL, Role.MEMBER, 1)


def test_every_text_of_a_message_is_cleaned_however_deep() -> None:
    people = clean_received(People(1, [Person(EVE, EVIL, 1, 2, EVIL, False)]))
    (person,) = people.people
    assert (person.account.name, person.account.id, person.room, person.area) == ("ab c",) * 4
    assert person.account.role is Role.MEMBER
    welcome = clean_received(Welcome("s", "1", 0, EVIL, None, Failure(0, Code.SESSION_EXPIRED, EVIL, EVIL)))
    assert welcome.office == "ab c"
    assert welcome.refused == Failure(0, Code.SESSION_EXPIRED, "ab c", "ab c")


def test_a_chat_message_keeps_its_lines() -> None:
    posted = clean_received(Posted(ChatMessage("general", 1, "id", EVIL, EVIL, 1, "")))
    assert posted.message.text == "ab\nc"
    assert posted.message.author_name == "ab c"


def test_what_is_not_for_people_stays_as_it_is() -> None:
    signed_in = SignedIn(1, EVIL, Account("id", "ada", Role.MEMBER, 1))
    assert clean_received(signed_in) is signed_in
    entered = Entered(1, "Hall", b"\x1b", 1, [])
    assert clean_received(entered) is entered
    tick = Tick(1, b"\x1b\x00")
    assert clean_received(tick) is tick


@given(st.text(), st.text())
def test_cleaning_is_the_protocols(name: str, text: str) -> None:
    message = clean_received(ChatMessage("general", 1, "id", name, text, 1, ""))
    assert message.author_name == clean_line(name)
    assert message.text == clean_message(text)
    assert clean_received(message) is message or clean_received(message) == message
