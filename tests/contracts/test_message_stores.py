"""What every MessageStore does."""

import asyncio

import msgspec
import pytest

from gathertui_server.chat.models import Channel, Message


def message(seq, channel="general", author="a1", text="hi", client_id="c1"):
    at = 1_700_000_000_123
    return Message(channel, seq, author_id=author, author_name="Ada", text=text, at=at, client_id=client_id)


async def fill(messages, seqs, channel="general"):
    for seq in seqs:
        assert await messages.insert(message(seq, channel, client_id=f"c{seq}"))


def seqs(page):
    return [found.seq for found in page]


async def test_a_channel_is_made_once(messages):
    await messages.add_channel("random", "Whatever")
    await messages.add_channel("general", "Everybody")
    await messages.add_channel("general", "Renamed")
    assert await messages.channels() == [Channel("general", "Everybody", 0), Channel("random", "Whatever", 0)]


async def test_a_channel_knows_its_newest_message(messages):
    await messages.add_channel("general", "")
    await fill(messages, [1, 2, 98, 99, 100, 101, 102])
    await fill(messages, [7], channel="random")
    assert await messages.channels() == [Channel("general", "", 102)]


async def test_a_message_comes_back_as_it_was_kept(messages):
    kept = message(1, text="naïve 🦊\nsecond line")
    assert await messages.insert(kept)
    assert await messages.page_before("general", None, 10) == [kept]
    found = await messages.find_by_client_id("general", "a1", "c1")
    assert found == kept
    assert msgspec.msgpack.encode(found) == msgspec.msgpack.encode(kept)  # of plain types, too: others can't be sent


async def test_a_seq_is_taken_once_even_at_once(messages):
    inserted = await asyncio.gather(*(messages.insert(message(1, client_id=f"c{n}")) for n in range(8)))
    assert sum(inserted) == 1
    assert len(await messages.page_before("general", None, 10)) == 1


async def test_a_client_id_is_taken_once_an_author_and_channel(messages):
    assert await messages.insert(message(1))
    assert not await messages.insert(message(2))
    assert await messages.insert(message(2, author="a2"))
    assert await messages.insert(message(2, channel="random"))
    assert (await messages.find_by_client_id("general", "a2", "c1")).seq == 2
    assert await messages.find_by_client_id("general", "a1", "c2") is None


async def test_the_newest_page_and_those_before_it(messages):
    await fill(messages, range(1, 13))
    assert seqs(await messages.page_before("general", None, 5)) == [8, 9, 10, 11, 12]
    assert seqs(await messages.page_before("general", 8, 5)) == [3, 4, 5, 6, 7]
    assert seqs(await messages.page_before("general", 3, 5)) == [1, 2]
    assert await messages.page_before("general", 1, 5) == []
    assert await messages.page_before("empty", None, 5) == []


async def test_pages_after(messages):
    await fill(messages, range(1, 13))
    assert seqs(await messages.page_after("general", 0, 5)) == [1, 2, 3, 4, 5]
    assert seqs(await messages.page_after("general", 10, 5)) == [11, 12]
    assert await messages.page_after("general", 12, 5) == []


@pytest.mark.parametrize("far", [-(2**70), 2**70])
async def test_a_seq_from_outside_may_be_any_number(messages, far):
    await fill(messages, [1, 2])
    assert seqs(await messages.page_before("general", far, 5)) == ([1, 2] if far > 0 else [])
    assert seqs(await messages.page_after("general", far, 5)) == ([] if far > 0 else [1, 2])


async def test_pages_reach_over_the_gaps_of_deleted_messages(messages):
    await fill(messages, [1, 2, 40, 9_000, 9_001])
    assert seqs(await messages.page_before("general", None, 3)) == [40, 9_000, 9_001]
    assert seqs(await messages.page_before("general", 9_000, 2)) == [2, 40]
    assert seqs(await messages.page_after("general", 1, 3)) == [2, 40, 9_000]
    assert seqs(await messages.page_after("general", 2, 10)) == [40, 9_000, 9_001]
