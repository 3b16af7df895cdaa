"""Views with sound and picture in an office in memory, whose machinery only notes what it is told."""

import asyncio
from collections.abc import Awaitable, Callable

from gathertui.client.events import MediaMuted, MediaProblem, OfficeEvent
from gathertui.client.media.devices import DeviceMaker, Twins
from gathertui.client.media.live import LiveMedia
from gathertui.client.media.machinery import Hooks
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.port import MediaWire
from gathertui.client.office import OfficeClient
from gathertui.protocol.base import ConnectionKind
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.machinery import NotedCalls, NotedMachinery
from gathertui.testing.office import MemoryOffice


class Deaf:
    """A microphone and loudspeaker that are none."""

    def open(self, use: Callable[..., None]) -> None:
        pass

    def close(self) -> None:
        pass


class Substitute(Deaf):
    """Another one, that stands in for what was chosen."""

    is_open = True


TWINS = Twins(
    microphones={"": Deaf, "headset": Substitute},
    speakers={"": Deaf},
    cameras={"": SyntheticCamera, "other": SyntheticCamera},
)


class View:
    """One view of an account, with its media and what it told."""

    def __init__(
        self,
        office: MemoryOffice,
        clock: VirtualClock,
        token: str,
        device: str,
        environment: dict[str, str],
        memory: MediaMemory | None = None,
    ) -> None:
        self.clock = clock
        self.memory = memory or MediaMemory(None)
        self.slept = 0.0
        """For how long the computer slept, in which only the wall clock went on."""
        self.told: list[OfficeEvent] = []
        self.shown: list[int | None] = []
        self.machineries: list[NotedMachinery] = []
        self.client = OfficeClient(
            "ws://localhost:7766",
            kind=ConnectionKind.VIEW,
            device=device,
            token=token,
            dial=office.dial,
            media=lambda wire: self._make(wire, environment),
            clock=clock,
            sleep=clock.sleep,
            rng=lambda: 0.5,
        )
        self.tasks: list[asyncio.Task[None]] = []

    def _make(self, wire: MediaWire, environment: dict[str, str]) -> LiveMedia:
        self.media = LiveMedia(
            wire,
            memory=self.memory,
            maker=DeviceMaker(TWINS),
            environment=environment,
            load=lambda: self._machine,
            clock=self.clock,
            wall=lambda: self.clock() + self.slept,
            sleep=self.clock.sleep,
        )
        self.media.on_picture = self.shown.append
        return self.media

    def _machine(self, hooks: Hooks) -> NotedMachinery:
        self.machineries.append(NotedMachinery(hooks))
        return self.machineries[-1]

    @property
    def machinery(self) -> NotedMachinery:
        return self.machineries[-1]

    @property
    def calls(self) -> NotedCalls:
        return self.machinery.calls[-1]

    async def come(self) -> None:
        """Enter, and stay until the test ends."""
        await self.client.connect()
        await self.client.enter()
        self.tasks = [asyncio.create_task(self.client.run()), asyncio.create_task(self._read())]
        async with asyncio.timeout(5):
            while not self.media.own.carried:  # a thread imports the machinery
                await asyncio.sleep(0.001)
        await settle()  # what is on was told to the server

    async def _read(self) -> None:
        async for event in self.client.events():
            self.told.append(event)

    async def leave(self) -> None:
        await self.client.close()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def problems(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, MediaProblem)]

    def muted(self) -> list[str]:
        return [event.why for event in self.told if isinstance(event, MediaMuted)]


Come = Callable[..., Awaitable[View]]
"""`come(name, device)`: somebody enters, with a view that leaves when the test ends."""


async def link(office: MemoryOffice, one: str, other: str) -> int:
    """Let the two converse; return the other's avatar."""
    await office.converse(f"id-{one}", [f"id-{other}"])
    await office.converse(f"id-{other}", [f"id-{one}"])
    await settle()
    return office.avatars[f"id-{other}"].id


def media_of(office: MemoryOffice, name: str) -> int:
    return office.avatars[f"id-{name}"].media
