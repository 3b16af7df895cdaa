"""Views with the real machinery and synthetic devices, in one process: what calls live through."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gathertui.client.media.devices import DeviceMaker, Twins
from gathertui.client.media.live import LiveMedia
from gathertui.client.media.loading import load_for_music
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.port import MediaWire
from gathertui.client.media.state import Phase, Switch
from gathertui.client.office import OfficeClient
from gathertui.media.ports import SAMPLE_RATE
from gathertui.protocol import codec, media
from gathertui.protocol.base import ConnectionKind
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.clock import RunningClock
from gathertui.testing.guest import Guest
from gathertui.testing.listening import frequency_of
from gathertui.testing.office import MemoryOffice
from gathertui.testing.sounddevices import CollectingSpeaker, SyntheticMicrophone
from gathertui.testing.speech import Hum

PATIENCE = 20.0


class View:
    """One view of somebody, with what it plays."""

    def __init__(self, office: MemoryOffice, name: str, token: str, device: str, hertz: float) -> None:
        self.office, self.name = office, name
        self.speaker = CollectingSpeaker()
        self.pictures = 0
        twins = Twins(
            {"": lambda: SyntheticMicrophone(Hum(hertz))}, {"": lambda: self.speaker}, {"": lambda: SyntheticCamera(1)}
        )

        def make(wire: MediaWire) -> LiveMedia:
            maker = DeviceMaker(twins)
            return LiveMedia(wire, memory=MediaMemory(None), maker=maker, environment={}, load=load_for_music)

        self.client = OfficeClient(
            "ws://localhost:7766",
            kind=ConnectionKind.VIEW,
            device=device,
            token=token,
            dial=office.dial,
            media=make,
            rng=lambda: 0.0,
        )
        self.media = self.client.media
        self.media.on_picture = self._shown
        self.running: asyncio.Task[None] | None = None

    def _shown(self, avatar: int | None) -> None:
        self.pictures += avatar is not None and self.media.peers[avatar].picture is not None

    async def come(self) -> None:
        await self.client.connect()
        await self.client.enter()
        self.running = asyncio.create_task(self.client.run())
        await self.until(lambda: self.media.own.carried)

    async def leave(self) -> None:
        await self.client.close()
        if self.running is not None:
            await asyncio.gather(self.running, return_exceptions=True)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)

    def turn_on(self) -> None:
        self.media.set_microphone(True)
        self.media.set_camera(Switch.ON)

    def hears(self, hertz: float) -> bool:
        last = self.speaker.mono()[-SAMPLE_RATE // 4 :]
        return len(last) > SAMPLE_RATE // 8 and abs(frequency_of(last) - hertz) < 15


Come = Callable[[str, str, float], Awaitable[View]]


@pytest.fixture
async def office() -> AsyncIterator[MemoryOffice]:
    async with MemoryOffice(RunningClock()) as office:
        yield office


@pytest.fixture
async def come(office: MemoryOffice) -> AsyncIterator[Come]:
    views: list[View] = []
    tokens: dict[str, str] = {}

    async def come(name: str, device: str, hertz: float) -> View:
        if name not in tokens:
            tokens[name] = office.add_account(name)
        views.append(View(office, name, tokens[name], device, hertz))
        await views[-1].come()
        return views[-1]

    yield come
    for view in views:
        await view.leave()


async def link(office: MemoryOffice) -> None:
    await office.converse("id-ada", ["id-bob"])
    await office.converse("id-bob", ["id-ada"])


async def test_a_call_outlives_a_short_loss_of_the_server(office: MemoryOffice, come: Come) -> None:
    ada, bob = await come("ada", "desk", 400.0), await come("bob", "desk", 600.0)
    ada.turn_on()
    bob.turn_on()
    await link(office)
    await bob.until(lambda: bob.pictures > 3 and bob.hears(400.0))
    offers: list[media.Signal] = []

    async def count(guest: Guest, message: codec.ClientMessage) -> bool:
        if isinstance(message, media.Signal) and isinstance(message.body, media.Offer | media.Ask):
            offers.append(message)
        return False

    office.intercept = count
    office.guests[0].connection.cut()
    await ada.until(lambda: not ada.client.model.conversation)
    await ada.until(lambda: media.CARRIED & office.avatars["id-ada"].media)
    await link(office)
    seen = bob.pictures
    await bob.until(lambda: bob.pictures > seen + 3 and bob.hears(400.0))
    await ada.until(lambda: ada.hears(600.0))
    assert offers == [], "it is the same call"
    assert office.avatars["id-ada"].media == media.CARRIED | media.MICROPHONE | media.CAMERA


async def test_another_view_takes_the_call_over_and_gives_it_back(office: MemoryOffice, come: Come) -> None:
    desk, bob = await come("ada", "desk", 400.0), await come("bob", "desk", 600.0)
    bob.turn_on()
    desk.turn_on()
    await link(office)
    await desk.until(lambda: desk.pictures > 3)
    await bob.until(lambda: bob.hears(400.0))
    laptop = await come("ada", "laptop", 800.0)
    await link(office)
    await laptop.until(lambda: laptop.pictures > 3 and laptop.hears(600.0))
    assert [peer.phase for peer in desk.media.peers.values()] == [Phase.WAITING]
    laptop.turn_on()
    await bob.until(lambda: bob.hears(800.0))
    desk.turn_on()
    await bob.until(lambda: bob.hears(400.0))
    assert not laptop.media.own.carried


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
async def test_coming_and_leaving_leaves_nothing_behind(office: MemoryOffice) -> None:
    """No thread, no socket; that no task is left is checked for every test."""

    async def once(number: int) -> None:
        views = [
            View(office, name, office.add_account(f"{name}{number}"), "desk", hertz)
            for name, hertz in (("ada", 400.0), ("bob", 600.0))
        ]
        for view in views:
            await view.come()
            view.turn_on()
        await office.converse(f"id-ada{number}", [f"id-bob{number}"])
        await office.converse(f"id-bob{number}", [f"id-ada{number}"])
        await views[1].until(lambda: views[1].pictures > 1)
        for view in views:
            await view.leave()

    def left() -> tuple[int, int]:
        threads = [thread for thread in threading.enumerate() if not thread.name.startswith("asyncio")]
        return len(threads), len(list(Path("/proc/self/fd").iterdir()))

    await once(0)  # what is made once and kept
    before = left()
    for number in range(1, 4):
        await once(number)
    assert left() == before
