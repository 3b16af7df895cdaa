import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.errors import Code, DatabaseUnavailable, Refused, StorageError
from gathertui_server.chat.models import Channel
from gathertui_server.chat.service import Chat
from gathertui_server.storage.memory import MemoryMessageStore


class Unreliable(MemoryMessageStore):
    """Inserts by plan: "ok", "lost" (fails, nothing stored) or "unseen" (stored, yet fails)."""

    def __init__(self, plan=()):
        super().__init__()
        self.plan = list(plan)

    async def insert(self, message):
        await asyncio.sleep(0)
        outcome = self.plan.pop(0) if self.plan else "ok"
        if outcome == "lost":
            raise DatabaseUnavailable("gone")
        inserted = await super().insert(message)
        if outcome == "unseen":
            raise DatabaseUnavailable("gone")
        return inserted


async def open_chat(store=None):
    published = []
    chat = Chat(store or Unreliable(), published.append, now=lambda: 1_700_000_000.5)
    await chat.start()
    return chat, published


async def post(chat, text="hi", client_id="c1", author="a1", channel="general"):
    return await chat.post(channel, author, "Ada", text, client_id)


async def refusal(awaitable):
    with pytest.raises(Refused) as refused:
        await awaitable
    return refused.value.code


async def test_there_is_a_general_and_a_random_channel():
    chat, _ = await open_chat()
    assert [(channel.name, channel.last_seq) for channel in chat.channels()] == [("general", 0), ("random", 0)]


async def test_a_post_is_stored_then_published():
    chat, published = await open_chat()
    message = await post(chat, channel="#General")
    assert (message.channel, message.seq, message.text, message.author_name) == ("general", 1, "hi", "Ada")
    assert message.at == 1_700_000_000_500
    assert published == [message] == await chat.history("#general")
    assert chat.channels()[0].last_seq == 1


async def test_channels_count_by_themselves():
    chat, _ = await open_chat()
    assert [(await post(chat, channel=name)).seq for name in ("general", "random")] == [1, 1]
    assert (await post(chat, client_id="c2")).seq == 2


async def test_the_same_client_id_posts_once():
    chat, published = await open_chat()
    first = await post(chat, "hi")
    assert await post(chat, "hi again") == first
    assert published == [first]
    assert (await post(chat, client_id="c1", author="a2")).seq == 2


async def test_fifty_at_once_are_numbered_and_published_in_order():
    chat, published = await open_chat()
    posted = await asyncio.gather(*(post(chat, f"text {n}", client_id=f"c{n}") for n in range(50)))
    assert sorted(message.seq for message in posted) == list(range(1, 51))
    assert [message.seq for message in published] == list(range(1, 51))
    assert await chat.history("general", limit=100) == published


async def test_the_same_client_id_at_once_posts_once():
    chat, published = await open_chat()
    posted = await asyncio.gather(*(post(chat) for _ in range(10)))
    assert len({message.seq for message in posted}) == len(published) == 1


async def test_refusals():
    chat, published = await open_chat()
    assert await refusal(post(chat, channel="nowhere")) is Code.UNKNOWN_CHANNEL
    assert await refusal(post(chat, " \n\t")) is Code.EMPTY_MESSAGE
    assert await refusal(post(chat, "x" * 4_001)) is Code.MESSAGE_TOO_LONG
    assert await refusal(post(chat, client_id="")) is Code.BAD_REQUEST
    assert await refusal(post(chat, client_id="c" * 65)) is Code.BAD_REQUEST
    assert await refusal(chat.history("nowhere")) is Code.UNKNOWN_CHANNEL
    assert await refusal(chat.history("general", 5, after_seq=1)) is Code.BAD_REQUEST
    assert published == []
    assert (await post(chat, "x" * 4_000)).seq == 1


async def test_history_pages_backwards_and_catches_up():
    chat, _ = await open_chat()
    for number in range(1, 11):
        await post(chat, str(number), client_id=f"c{number}")

    async def seqs(*where, **keywords):
        return [message.seq for message in await chat.history("general", *where, **keywords)]

    assert await seqs(None, 3) == [8, 9, 10]
    assert await seqs(8, 3) == [5, 6, 7]
    assert await seqs(2, 3) == [1]
    assert await seqs(limit=3, after_seq=4) == [5, 6, 7]
    assert await seqs(limit=3, after_seq=10) == []
    assert await seqs(limit=-5) == [10]
    assert len(await seqs(limit=10**9)) == 10


async def test_a_failed_write_publishes_nothing_and_its_number_is_used_again():
    chat, published = await open_chat(Unreliable(["lost"]))
    with pytest.raises(DatabaseUnavailable):
        await post(chat)
    assert published == []
    message = await post(chat)
    assert (message.seq, published) == (1, [message])


async def test_a_write_that_went_through_unseen_is_published_once_when_retried():
    chat, published = await open_chat(Unreliable(["unseen"]))
    with pytest.raises(DatabaseUnavailable):
        await post(chat)
    assert published == []
    message = await post(chat)
    assert (message.seq, published) == (1, [message])
    assert await post(chat) == message
    assert len(await chat.history("general")) == 1


async def test_a_write_that_went_through_unseen_is_published_before_the_next():
    chat, published = await open_chat(Unreliable(["unseen"]))
    with pytest.raises(DatabaseUnavailable):
        await post(chat, client_id="c1")
    await post(chat, client_id="c2")
    assert [message.seq for message in published] == [1, 2]
    assert (await post(chat, client_id="c1")).seq == 1
    assert len(published) == 2


async def test_a_caller_that_goes_away_in_the_middle_leaves_no_double():
    store = Unreliable()
    chat, published = await open_chat(store)
    task = asyncio.create_task(post(chat))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    message = await post(chat)
    assert (message.seq, published) == (1, [message])


async def test_after_a_restart_counting_goes_on():
    store = Unreliable()
    chat, _ = await open_chat(store)
    first = await post(chat)
    restarted, published = await open_chat(store)
    assert restarted.channels()[0].last_seq == 1
    assert await post(restarted) == first
    assert (await post(restarted, client_id="c2")).seq == 2
    assert [message.seq for message in published] == [2]


async def test_what_another_process_wrote_is_neither_doubled_nor_skipped():
    store = Unreliable()
    ours, published = await open_chat(store)
    theirs, _ = await open_chat(store)
    await post(theirs, client_id="c1", author="a2")
    await post(theirs, client_id="c2", author="a2")
    assert (await post(ours, client_id="c1")).seq == 3
    assert [(message.seq, message.author_id) for message in published] == [(1, "a2"), (2, "a2"), (3, "a1")]


async def test_a_channel_that_somebody_else_keeps_writing_is_given_up_with_an_error():
    class Contested(MemoryMessageStore):
        async def insert(self, message):
            return False

    chat, published = await open_chat(Contested())
    with pytest.raises(StorageError, match="from elsewhere"):
        await post(chat)
    assert published == []


async def test_a_channel_of_the_store_is_kept():
    store = Unreliable()
    await store.add_channel("lunch", "Food")
    chat, _ = await open_chat(store)
    assert Channel("lunch", "Food", 0) in chat.channels()


@given(st.lists(st.sampled_from(["ok", "lost", "unseen"]), max_size=30))
def test_whatever_fails_every_post_takes_effect_once_and_in_order(plan):
    async def run():
        chat, published = await open_chat(Unreliable(plan))

        async def insist(client_id):
            while True:
                try:
                    return await post(chat, client_id=client_id)
                except DatabaseUnavailable:
                    await asyncio.sleep(0)

        acknowledged = await asyncio.gather(*(insist(f"c{number}") for number in range(6)))
        assert [message.seq for message in published] == list(range(1, 7))
        assert sorted(message.seq for message in acknowledged) == list(range(1, 7))
        assert await chat.history("general") == published

    asyncio.run(run())
