"""The bot of the demo office that hums: seen and heard by whoever walks up, and by nobody else."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import msgspec
import pytest

from gathertui.cli.demo_bots import HUM_HERTZ, place_near_entrance
from gathertui.cli.demo_cast import HUMMER, Member, Stage
from gathertui.client.credentials import Credentials
from gathertui.client.profile import Profile
from gathertui.client.walking import walk_to
from gathertui.maplocator import bundled_map
from gathertui.protocol.media import CAMERA, CARRIED
from gathertui.testing.talker import Talker
from gathertui.world.hearing import HELD_REACH, earshot
from gathertui.world.mapfile import load_map


def test_the_place_is_in_sight_of_the_entrance_and_out_of_earshot() -> None:
    tilemap = load_map(bundled_map("office"))
    place = place_near_entrance(tilemap)
    assert tilemap.is_open(place)
    for entrance in tilemap.spawns[0].tiles:
        assert place not in earshot(tilemap, entrance, HELD_REACH - 1)
        assert abs(place.x - entrance.x) + abs(place.y - entrance.y) <= 15


@pytest.fixture
async def hummer(office_process, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[asyncio.subprocess.Process]:
    person = await asyncio.to_thread(office_process.member, HUMMER)
    token = await Credentials(Profile(person.folder)).load(office_process.url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gathertui.cli.demo_bots", stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(Stage(office_process.url, [Member(HUMMER, "", token)])) + b"\n")
    yield process
    process.stdin.close()
    async with asyncio.timeout(20):
        await process.wait()


@pytest.mark.slow
async def test_who_walks_up_sees_and_hears_her(office_process, hummer: asyncio.subprocess.Process) -> None:
    visitor = await asyncio.to_thread(office_process.member, "visitor")
    token = await Credentials(Profile(visitor.folder)).load(office_process.url)
    talker = Talker(office_process.url, token, 500.0)
    await talker.come()
    model = talker.client.model

    def her_media() -> int:
        return next((each.media for each in model.avatars.values() if each.account.name == HUMMER), 0)

    await talker.until(lambda: her_media() & CARRIED)
    place = place_near_entrance(model.tilemap)
    await talker.until(lambda: any((each.x, each.y) == place for each in model.avatars.values()))
    assert not her_media() & CAMERA, "nobody is near her"
    assert await walk_to(talker.client, place)
    await talker.until(lambda: any(peer.picture is not None for peer in talker.media.peers.values()))
    await talker.until(lambda: abs(talker.hears() - HUM_HERTZ) < 10)
    assert await walk_to(talker.client, model.tilemap.spawns[0].tiles[0])
    await talker.until(lambda: not her_media() & CAMERA)
    await talker.leave()
