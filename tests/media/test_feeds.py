"""Packets of one encoder reach every peer, in time, and nobody who is slow holds up the others."""

from __future__ import annotations

import asyncio
import gc

import pytest
from aiortc.mediastreams import MediaStreamError

from gathertui.media.feeds import KEYFRAME_BURST, KEYFRAME_PAUSE, Kind, PacketFeed
from gathertui.media.timeline import Timeline
from gathertui.media.tracks import DEPTH, PacketTrack, subscribe
from gathertui.testing.clock import VirtualClock, settle

KEY = b"\x10"
DELTA = b"\x11"


async def began(track: PacketTrack) -> asyncio.Task[object]:
    """Begin to read."""
    reading = asyncio.ensure_future(track.recv())
    await settle()
    return reading


async def test_every_follower_gets_every_packet() -> None:
    feed = PacketFeed("audio")
    tracks = [subscribe(feed), subscribe(feed)]
    readings = [await began(track) for track in tracks]
    feed.put(b"one", 0)
    feed.put(b"two", 960)
    assert [bytes(await reading) for reading in readings] == [b"one", b"one"]
    assert [bytes(await track.recv()) for track in tracks] == [b"two", b"two"]
    assert feed.subscribers == 2


async def test_a_track_that_stops_leaves_the_feed_and_ends_its_reader() -> None:
    feed = PacketFeed("audio")
    track = subscribe(feed)
    reading = await began(track)
    track.stop()
    with pytest.raises(MediaStreamError):
        await reading
    with pytest.raises(MediaStreamError):
        await track.recv()
    assert feed.subscribers == 0


async def test_who_has_not_begun_to_read_misses_what_is_put() -> None:
    feed = PacketFeed("audio")
    track = subscribe(feed)
    feed.put(b"early", 0)
    reading = await began(track)
    feed.put(b"now", 960)
    assert bytes(await reading) == b"now"


async def test_a_slow_reader_loses_the_oldest_sound() -> None:
    feed = PacketFeed("audio")
    track = subscribe(feed)
    reading = await began(track)
    for number in range(DEPTH["audio"] + 3):
        feed.put(bytes([number]), 960 * number)
    assert bytes(await reading) == bytes([3])


async def test_a_slow_reader_gets_no_picture_until_the_next_key_frame_and_asks_for_it() -> None:
    clock = VirtualClock()
    feed = PacketFeed("video", clock=clock)
    wishes: list[float] = []
    feed.on_keyframe_wanted = lambda: wishes.append(clock())
    track = subscribe(feed)
    reading = await began(track)
    await clock.advance(KEYFRAME_PAUSE)
    feed.put(KEY + b"0", 0)
    for number in range(DEPTH["video"] + 2):
        feed.put(DELTA + b"%d" % number, 6000 * (1 + number))
    assert len(wishes) == 2, "one to begin with, one when it fell behind"
    seen = [bytes(await reading)] + [bytes(await track.recv()) for _ in range(DEPTH["video"] - 1)]
    assert seen == [KEY + b"0", DELTA + b"0", DELTA + b"1", DELTA + b"2"], "what waits is still in order"
    feed.put(DELTA + b"late", 90_000)
    feed.put(KEY + b"new", 96_000)
    assert bytes(await track.recv()) == KEY + b"new"


async def test_many_wishes_for_a_key_frame_are_one_and_are_not_forgotten() -> None:
    clock = VirtualClock()
    feed = PacketFeed("video", clock=clock)
    wishes: list[float] = []
    feed.on_keyframe_wanted = lambda: wishes.append(clock())
    for _ in range(5):
        feed.want_keyframe()
    feed.put(DELTA, 0)
    assert len(wishes) == 1, "it is on its way"
    await clock.advance(KEYFRAME_PAUSE)
    feed.put(DELTA, 6000)
    assert len(wishes) == 2, "it should have come"
    feed.put(KEY, 12000)
    await clock.advance(KEYFRAME_PAUSE)
    feed.put(DELTA, 18000)
    assert len(wishes) == 2, "it came"


async def test_key_frames_are_not_wanted_all_the_time() -> None:
    clock = VirtualClock()
    feed = PacketFeed("video", clock=clock)
    wishes: list[float] = []
    feed.on_keyframe_wanted = lambda: wishes.append(clock())
    for number in range(100):
        feed.want_keyframe()
        feed.put(KEY if len(wishes) > number else DELTA, 900 * number)
        await clock.advance(0.1)
    assert len([at for at in wishes if at < wishes[0] + KEYFRAME_PAUSE]) == KEYFRAME_BURST
    assert len(wishes) == pytest.approx(KEYFRAME_BURST + 10 / KEYFRAME_PAUSE, abs=1)


async def test_pictures_of_another_feed_begin_with_a_key_frame() -> None:
    small, large = PacketFeed("video"), PacketFeed("video")
    wishes: list[str] = []
    large.on_keyframe_wanted = lambda: wishes.append("large")
    track = subscribe(small)
    reading = await began(track)
    small.put(KEY + b"small", 0)
    await reading
    small.put(DELTA + b"left over", 6000)
    track.follow(large)
    assert wishes == ["large"]
    assert small.subscribers == 0
    reading = await began(track)
    large.put(DELTA + b"large", 0)
    small.put(KEY + b"small", 12000)
    large.put(KEY + b"large", 6000)
    assert bytes(await reading) == KEY + b"large"
    track.follow(None)
    assert not (await began(track)).done(), "while it follows none it waits"
    track.stop()
    gc.collect()


async def test_time_stamps_count_what_was_not_sent_and_never_go_back() -> None:
    clock = VirtualClock()
    feeds = [PacketFeed("audio"), PacketFeed("audio")]
    track = PacketTrack("audio", clock=clock)
    track.follow(feeds[0])
    reading = await began(track)
    stamps = []
    for pts in (0, 960, 1920):
        feeds[0].put(b"x", pts)
        await clock.advance(0.02)
    stamps.append((await reading).pts)
    stamps += [(await track.recv()).pts for _ in range(2)]
    await clock.advance(1.98)
    feeds[0].put(b"after silence that the source counted", 1920 + 96_000)
    stamps.append((await track.recv()).pts)
    await clock.advance(2.0)
    feeds[0].put(b"after silence that it did not count", 1920 + 96_960)
    stamps.append((await track.recv()).pts)
    await clock.advance(1.0)
    track.follow(feeds[1])
    feeds[1].put(b"another encoder", 960)
    stamps.append((await track.recv()).pts)
    assert stamps == [0, 960, 1920, 97_920, 193_920, 241_920]


def test_steps_are_the_sources_own_when_it_delivers_in_bursts() -> None:
    timeline = Timeline(48_000)
    assert [timeline.stamp(960 * i, 0.04 * (i // 2)) for i in range(6)] == [960 * i for i in range(6)]


def test_a_source_that_begins_anew_is_stamped_by_the_clock() -> None:
    timeline = Timeline(90_000)
    timeline.stamp(0, 0.0)
    timeline.stamp(6000, 1 / 15)
    assert timeline.stamp(0, 2 / 15) == 12_000
    assert timeline.stamp(0, 2 / 15) == 12_001, "it always rises"


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_what_waits_of_a_feed_that_falls_silent_never_leaves(kind: Kind) -> None:
    feed, other = PacketFeed(kind), PacketFeed(kind)
    track, elsewhere = subscribe(feed), subscribe(other)
    cuts: list[str] = []
    track.on_cut = lambda: cuts.append("cut")
    for one in (track, elsewhere):
        reading = await began(one)
        one.feed.put(KEY, 0)  # type: ignore[union-attr]
        await reading
        one.feed.put(DELTA, 3000)  # type: ignore[union-attr]
    feed.silence()
    assert cuts == ["cut"]
    reading = await began(track)
    assert not reading.done()
    if kind == "video":
        feed.put(DELTA, 6000)
        await settle()
        assert not reading.done(), "what it builds upon never left"
    feed.put(KEY, 9000)
    assert bytes(await reading) == KEY
    assert bytes(await elsewhere.recv()) == DELTA


async def test_what_another_feed_left_is_cut_off() -> None:
    feed = PacketFeed("audio")
    track = subscribe(feed)
    cuts: list[str] = []
    track.on_cut = lambda: cuts.append("cut")
    track.follow(feed)
    assert cuts == []
    track.follow(PacketFeed("audio"))
    track.follow(None)
    assert cuts == ["cut", "cut"]
