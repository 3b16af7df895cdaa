"""A client without a screen, whose camera shows the time and whose microphone hums: for tests, benchmarks and bots.

As a program, `python -m gathertui.testing.talker URL TOKEN HERTZ`, it obeys lines on
standard input (`Talker.obey`) and answers each with a line of JSON, until `leave` or
the end. The first line that it writes is empty: it carries sound and picture.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from gathertui.client.events import ConversationChanged
from gathertui.client.media.devices import DeviceMaker, Twins
from gathertui.client.media.live import LiveMedia
from gathertui.client.media.machinery import Hooks
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.parts import Parts
from gathertui.client.media.port import MediaWire
from gathertui.client.media.state import Switch
from gathertui.client.office import OfficeClient
from gathertui.media.ports import SAMPLE_RATE
from gathertui.protocol.base import ConnectionKind
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.listening import frequency_of
from gathertui.testing.sounddevices import CollectingSpeaker, SyntheticMicrophone
from gathertui.testing.speech import Hum
from gathertui.testing.timecode import age
from gathertui.world.geometry import Direction

PATIENCE: Final = 20.0
STEP_SECONDS: Final = 0.12


class Talker:
    """Somebody in the office at `url`, and what they see and hear. `hertz` is what they hum."""

    def __init__(self, url: str, token: str, hertz: float) -> None:
        self.speaker = CollectingSpeaker()
        self.twins = Twins(
            microphones={"": lambda: SyntheticMicrophone(Hum(hertz))},
            speakers={"": lambda: self.speaker},
            cameras={"": lambda: SyntheticCamera(3, with_time=True)},
        )
        self.client = OfficeClient(
            url, kind=ConnectionKind.VIEW, device=f"talker-{hertz}", token=token, media=self._make_media
        )
        self.media = self.client.media
        self.media.on_picture = self._shown
        self.ages: list[float] = []
        """How old each picture was that came, in seconds; both ends' clocks must be the same machine's."""
        self.closings: list[float] = []
        """For each time that the last link went: after how many seconds the last connection was closed."""
        self._parts: Parts | None = None
        self._running: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    def _make_media(self, wire: MediaWire) -> LiveMedia:
        maker = DeviceMaker(self.twins)
        return LiveMedia(wire, memory=MediaMemory(None), maker=maker, environment={}, load=lambda: self._make_parts)

    def _make_parts(self, hooks: Hooks) -> Parts:
        self._parts = Parts(hooks, natural=False)
        return self._parts

    @property
    def connections(self) -> int:
        """How many connections to others there are, those included that are being made or closed."""
        calls = self._parts.calls if self._parts is not None else None
        return calls.connections if calls is not None else 0

    def _shown(self, avatar: int | None) -> None:
        peer = self.media.peers.get(avatar) if avatar is not None else None
        if peer is not None and peer.picture is not None:
            old = age(peer.picture, time.monotonic())
            if old is not None:
                self.ages.append(old)

    async def come(self) -> None:
        """Enter, and return once sound and picture are carried."""
        await self.client.connect()
        await self.client.enter()
        self._running = asyncio.create_task(self.client.run())
        self._watching = asyncio.create_task(self._watch_closings())
        await self.until(lambda: self.media.own.carried)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until it is so. Raises TimeoutError after `PATIENCE`."""
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110  # sound that was played tells nobody
                await asyncio.sleep(0.01)

    async def leave(self) -> None:
        """Leave the office."""
        await self.client.close()
        for task in (self._running, self._watching):
            if task is not None:
                await asyncio.gather(task, return_exceptions=True)

    async def _watch_closings(self) -> None:
        async for event in self.client.events():
            if isinstance(event, ConversationChanged) and event.left and not self.client.model.conversation:
                since = time.monotonic()
                await self.until(lambda: not self.connections)
                self.closings.append(time.monotonic() - since)

    def hears(self) -> float:
        """The frequency of the last half second that was played, in hertz; 0 for silence."""
        last = self.speaker.mono()[-SAMPLE_RATE // 2 :]
        return frequency_of(last) if len(last) and float(np.abs(last).max()) > 0.003 else 0.0

    async def obey(self, line: str) -> dict[str, object]:
        """Do what a line says, and return how things are.

        The lines are `mic on|off`, `camera on|preview|off`, `walk DIRECTION STEPS` and `report`.
        """
        match line.split():
            case ["mic", on]:
                self.media.set_microphone(on == "on")
            case ["camera", switch]:
                self.media.set_camera(Switch(switch))
            case ["walk", direction, steps]:
                for _ in range(int(steps)):
                    self.client.step(Direction[direction.upper()])
                    await asyncio.sleep(STEP_SECONDS)
        return {
            "you": self.client.model.you,
            "pictures": len(self.ages),
            "age": statistics.median(self.ages) if self.ages else None,
            "hertz": self.hears(),
            "connections": self.connections,
            "closings": self.closings,
            "peers": {str(avatar): peer.phase for avatar, peer in self.media.peers.items()},
            "microphone": self.media.own.microphone,
            "camera": self.media.own.camera,
            "cpu": time.process_time(),
        }


async def main(url: str, token: str, hertz: float) -> None:
    """Talk until told to leave, or standard input ends."""
    talker = Talker(url, token, hertz)
    await talker.come()
    _write("")
    while (line := await asyncio.to_thread(sys.stdin.readline)) and line != "leave\n":
        _write(json.dumps(await talker.obey(line)))
    await talker.leave()


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
