"""The people of the demo office: a process of its own, so that they cost your screen nothing.

It reads one line of JSON (`Stage`) from standard input and plays until that ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from dataclasses import dataclass

import msgspec

from gathertui.cli.demo_cast import ANSWERS, GREETINGS, HUMMER, SMALL_TALK, Member, Stage
from gathertui.client.events import AvatarAppeared, AvatarChanged, ConversationChanged, MessagePosted, OfficeEvent
from gathertui.client.media.devices import DeviceMaker, Twins
from gathertui.client.media.live import LiveMedia
from gathertui.client.media.loading import load_for_music
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.port import MakeMedia, MediaWire
from gathertui.client.media.state import Switch
from gathertui.client.office import OfficeClient
from gathertui.client.walking import walk_to
from gathertui.protocol.base import ConnectionKind
from gathertui.protocol.media import CARRIED, NO_PICTURES
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.sounddevices import CollectingSpeaker, SyntheticMicrophone
from gathertui.testing.speech import Hum
from gathertui.world.geometry import Point
from gathertui.world.hearing import earshot
from gathertui.world.tilemap import NO_AREA, TileMap

WALK_SPEED = 4.0
"""Steps a second: somebody strolling, not running."""

PAUSE_SECONDS = (2.0, 14.0)
"""How long a bot stays where it went."""

TALK_SECONDS = (45.0, 150.0)
"""How long a bot is silent before it says something by itself."""

THINK_SECONDS = (1.5, 4.0)

HUM_HERTZ = 220.0
HUM_LOUDNESS = 0.03
"""Of 1; people talk at 0.1."""

OUT_OF_THE_WAY = 8
"""Tiles from the entrance where the humming one stands: in sight, and heard by nobody who does not walk up."""


@dataclass(frozen=True, slots=True)
class Troupe:
    """What the bots know of each other: their names, and who speaks up for all."""

    names: frozenset[str]
    greeter: str


class Bot:
    """One member of the demo office: strolls from area to area, chats, answers people."""

    def __init__(
        self, member: Member, server: str, troupe: Troupe, chance: random.Random, media: MakeMedia | None = None
    ) -> None:
        self.client = OfficeClient(
            server, kind=ConnectionKind.VIEW, device=f"demo-bot-{member.name}", token=member.token, media=media
        )
        self._name = member.name
        self._troupe = troupe
        self._chance = chance

    async def play(self) -> None:
        """Be in the office until cancelled, or until the connection ends for good."""
        client = self.client
        if await client.connect() is None:
            return
        await client.enter()
        await client.listen()
        try:
            async with asyncio.TaskGroup() as tasks:
                living = [tasks.create_task(work()) for work in (self.move_about, self._chat, self._answer)]
                await client.run()
                for task in living:
                    task.cancel()
        finally:
            await client.close()

    async def move_about(self) -> None:
        """Stroll from area to area, for ever."""
        while True:
            await asyncio.sleep(self._chance.uniform(*PAUSE_SECONDS))
            goal = self._choose_goal(self.client.model.tilemap)
            await walk_to(self.client, goal, steps_per_second=WALK_SPEED)

    def _choose_goal(self, tilemap: TileMap) -> Point:
        """An open tile of an area, each area as likely as any other, however small."""
        area = self._chance.randrange(len(tilemap.areas)) + 1 if tilemap.areas else NO_AREA
        tiles = [
            Point(number % tilemap.width, number // tilemap.width)
            for number, here in enumerate(tilemap.area_numbers)
            if here == area
        ]
        open_tiles = [tile for tile in tiles if tilemap.is_open(tile)]
        return self._chance.choice(open_tiles or [spawn.tiles[0] for spawn in tilemap.spawns])

    async def _chat(self) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(*TALK_SECONDS))
            channel = self._chance.choice(sorted(SMALL_TALK))
            self.client.post(channel, self._chance.choice(SMALL_TALK[channel]))

    def notice(self, event: OfficeEvent) -> None:
        """Something happened."""

    async def _answer(self) -> None:
        """One bot greets whoever comes; any may answer what a person writes."""
        async for event in self.client.events():
            self.notice(event)
            if isinstance(event, AvatarAppeared) and self._troupe.greeter == self._name:
                await self._react("general", GREETINGS, event.avatar.account.name)
            elif isinstance(event, MessagePosted) and self._chance.random() < 1.5 / len(self._troupe.names):
                await self._react(event.message.channel, ANSWERS, event.message.author_name)

    async def _react(self, channel: str, lines: tuple[str, ...], name: str) -> None:
        if name not in self._troupe.names:
            await asyncio.sleep(self._chance.uniform(*THINK_SECONDS))
            self.client.post(channel, self._chance.choice(lines).format(name=name))


class HummingBot(Bot):
    """Stays near the entrance, hums, and shows a moving picture, to those who come near and only as long as they do."""

    def __init__(self, member: Member, server: str, troupe: Troupe, chance: random.Random) -> None:
        twins = Twins(
            microphones={"": lambda: SyntheticMicrophone(Hum(HUM_HERTZ, HUM_LOUDNESS))},
            # Nobody plays what she hears, but who is heard need not be told that she is deaf.
            speakers={"": lambda: CollectingSpeaker(real_time=False)},
            cameras={"": lambda: SyntheticCamera(seed=5)},
        )

        def media(wire: MediaWire) -> LiveMedia:
            memory, maker = MediaMemory(None), DeviceMaker(twins)
            return LiveMedia(wire, memory=memory, maker=maker, environment={}, load=load_for_music)

        super().__init__(member, server, troupe, chance, media)

    async def move_about(self) -> None:
        """Walk to the place, and stay."""
        await walk_to(self.client, place_near_entrance(self.client.model.tilemap), steps_per_second=WALK_SPEED)

    def notice(self, event: OfficeEvent) -> None:
        """Be seen and heard while somebody is near. Nothing is wanted of them: it would be seen by nobody."""
        if isinstance(event, ConversationChanged | AvatarChanged):
            media, model = self.client.media, self.client.model
            company = [avatar for avatar in model.conversation if model.avatars[avatar].media & CARRIED]
            for avatar in company:
                media.want(avatar, NO_PICTURES)
            media.set_microphone(bool(company))
            media.set_camera(Switch.ON if company else Switch.OFF)


def place_near_entrance(tilemap: TileMap) -> Point:
    """An open tile `OUT_OF_THE_WAY` from where people come in, or there, where the map has none."""
    entrance = tilemap.spawns[0].tiles[0]
    distances = earshot(tilemap, entrance, OUT_OF_THE_WAY)
    places = [tile for tile, distance in distances.items() if distance == OUT_OF_THE_WAY and tilemap.is_open(tile)]
    return min(places, key=lambda tile: (abs(tile.y - entrance.y), tile), default=entrance)


async def play(stage: Stage) -> None:
    """Play until standard input ends: whoever started us is gone then."""
    names = frozenset(member.name for member in stage.bots)
    troupe = Troupe(names, greeter=min(names))
    bots = [_cast(member, stage.server, troupe) for member in stage.bots]
    async with asyncio.TaskGroup() as tasks:
        playing = [tasks.create_task(bot.play()) for bot in bots]
        await asyncio.to_thread(_wait_for_stdin_to_end)
        for task in playing:
            task.cancel()


def _cast(member: Member, server: str, troupe: Troupe) -> Bot:
    kind = HummingBot if member.name == HUMMER else Bot
    return kind(member, server, troupe, random.Random())


def _wait_for_stdin_to_end() -> None:
    with contextlib.suppress(OSError):
        while sys.stdin.buffer.read(1024):
            pass


def main() -> None:
    """Run the bots of the stage on standard input."""
    stage = msgspec.json.decode(sys.stdin.buffer.readline(), type=Stage)
    asyncio.run(play(stage))


if __name__ == "__main__":
    main()
