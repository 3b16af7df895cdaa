from hypothesis import given
from hypothesis import strategies as st

from gathertui.client.outbox import MAX_PENDING, Outbox, PendingMessage


def test_messages_leave_in_the_order_they_were_written_and_stay_listed_until_seen() -> None:
    outbox = Outbox()
    one, two = PendingMessage("1", "general", "one"), PendingMessage("2", "random", "two")
    outbox.add(one)
    outbox.add(two)
    assert outbox.next_unsent() is one
    outbox.mark_stored("1")
    assert outbox.next_unsent() is two
    assert outbox.listed("general") == [one]
    assert outbox.remove("1") is one
    assert outbox.listed("general") == []
    assert outbox.remove("1") is None
    outbox.mark_stored("2")
    assert outbox.next_unsent() is None


def test_a_message_seen_before_its_reply_is_not_sent_again() -> None:
    outbox = Outbox()
    outbox.add(PendingMessage("1", "general", "one"))
    outbox.remove("1")
    outbox.mark_stored("1")
    assert outbox.next_unsent() is None


def test_an_outbox_has_an_end() -> None:
    outbox = Outbox()
    for number in range(MAX_PENDING):
        assert not outbox.full
        outbox.add(PendingMessage(str(number), "general", "text"))
    assert outbox.full


@given(st.integers(1, 8), st.data())
def test_however_often_the_line_breaks_a_message_is_stored_once_and_in_order(count: int, data: st.DataObject) -> None:
    """A server that stores a client id once, behind a line that loses a request or its reply."""
    outbox = Outbox()
    for number in range(count):
        outbox.add(PendingMessage(f"id-{number}", "general", str(number)))
    stored: list[str] = []
    while (pending := outbox.next_unsent()) is not None:
        fate = data.draw(st.sampled_from(["stored", "stored", "request lost", "reply lost", "seen, reply lost"]))
        if fate == "request lost":
            continue
        if pending.client_id not in stored:
            stored.append(pending.client_id)
        if fate == "stored":
            outbox.mark_stored(pending.client_id)
        elif fate == "seen, reply lost":
            outbox.remove(pending.client_id)
    assert stored == [f"id-{number}" for number in range(count)]
