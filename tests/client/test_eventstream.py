import asyncio

from gathertui.client.events import (
    AvatarsMoved,
    ChannelsListed,
    OfficeEvent,
    OwnMediaChanged,
    PeerMediaChanged,
    RoomEntered,
)
from gathertui.client.eventstream import MAX_EVENTS, EventStream


async def read(stream: EventStream) -> list[OfficeEvent]:
    return [event async for event in stream]


async def test_moves_that_follow_each_other_become_one() -> None:
    stream = EventStream()
    one, two, three = (AvatarsMoved(frozenset({number})) for number in (1, 2, 3))
    for event in (one, two, RoomEntered(), three):
        stream.put(event)
    stream.close()
    assert await read(stream) == [AvatarsMoved(frozenset({1, 2})), RoomEntered(), three]


async def test_a_reader_who_waits_is_woken_by_an_event_and_by_the_end() -> None:
    stream = EventStream()
    reading = asyncio.create_task(read(stream))
    await asyncio.sleep(0)
    stream.put(RoomEntered())
    await asyncio.sleep(0)
    stream.close()
    stream.put(ChannelsListed())
    assert await reading == [RoomEntered()]


async def test_without_a_reader_the_oldest_events_go() -> None:
    stream = EventStream()
    for _ in range(MAX_EVENTS):
        stream.put(RoomEntered())
    stream.put(ChannelsListed())
    stream.close()
    events = await read(stream)
    assert len(events) == MAX_EVENTS
    assert events[-1] == ChannelsListed()


async def test_levels_that_wait_come_once_and_again_after_they_were_read() -> None:
    stream = EventStream()
    reader = aiter(stream)
    for _ in range(3):
        stream.put(PeerMediaChanged(1))
        stream.put(PeerMediaChanged(2))
        stream.put(OwnMediaChanged())
    assert [await anext(reader) for _ in range(3)] == [PeerMediaChanged(1), PeerMediaChanged(2), OwnMediaChanged()]
    stream.put(PeerMediaChanged(1))
    stream.put(RoomEntered())
    assert [await anext(reader) for _ in range(2)] == [PeerMediaChanged(1), RoomEntered()]
