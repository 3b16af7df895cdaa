"""Clients of a real server, in this process, whose devices are doubles: what they send is known, what comes is kept."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from gathertui.client.media.devices import DeviceMaker, Twins
from gathertui.client.media.live import LiveMedia
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.port import MediaPart, MediaWire
from gathertui.client.media.state import PeerMedia, Switch
from gathertui.client.model import OfficeModel
from gathertui.client.office import OfficeClient
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Block, Picture, Sound, Stereo
from gathertui.protocol.base import ConnectionKind, Role
from gathertui.protocol.media import Answer, IceServers, Offer, SignalBody

TONE = 620.0
"""What our microphones hear, in Hz: bursts, because a steady tone is noise to a noise suppressor."""

_BURST, _PAUSE = 12_000, 4_800  # samples
_KEPT = SAMPLE_RATE // 2  # samples of what was played that are kept


def strongest_tone(sound: Sound) -> tuple[float, float]:
    """Return the frequency in Hz of what is loudest in a sound, and its amplitude from 0 to 1."""
    if not len(sound):
        return 0.0, 0.0
    window = np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(sound * window))
    loudest = int(spectrum[1:].argmax()) + 1
    return loudest * SAMPLE_RATE / len(sound), float(spectrum[loudest] * 2 / window.sum())


class _Paced:
    """Does something every 10 ms, in a thread, until it is closed. It can be opened again."""

    is_lost = False

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def _run(self, work: Callable[[int], None]) -> None:
        begin = time.monotonic()
        turn = 0
        while not self._closing.wait(max(0.0, begin + turn * BLOCK / SAMPLE_RATE - time.monotonic())):
            work(turn)
            turn += 1

    def _start(self, work: Callable[[int], None]) -> None:
        self._closing.clear()
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None


class ToneMicrophone(_Paced):
    """Hears `hz`, a quarter of a second at a time."""

    def __init__(self, hz: float = TONE) -> None:
        super().__init__()
        at = np.arange(SAMPLE_RATE)
        bursts = (at % (_BURST + _PAUSE)) < _BURST
        self._sound: Sound = (0.3 * np.sin(2 * np.pi * hz * at / SAMPLE_RATE) * bursts).astype(np.float32)

    def open(self, deliver: Callable[[Block], None], tell: Callable[[str], None]) -> None:
        """Begin."""
        blocks = self._sound.reshape(-1, BLOCK)
        self._start(lambda turn: deliver(blocks[turn % len(blocks)].copy()))


class KeepingSpeaker(_Paced):
    """Keeps the last half second of what it was given to play."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = np.zeros((_KEPT, 2), np.float32)

    def open(self, fill: Callable[[Stereo], None], tell: Callable[[str], None]) -> None:
        """Begin."""

        def play(_turn: int) -> None:
            block = np.zeros((BLOCK, 2), np.float32)
            fill(block)
            self._kept = np.concatenate((self._kept[BLOCK:], block))

        self._start(play)

    def tone(self) -> tuple[float, float]:
        """Return frequency and amplitude of what is loudest in it."""
        return strongest_tone(self._kept.mean(axis=1))


class HalvesCamera:
    """Sees red on the left, blue on the right, and something white that crosses both."""

    def __init__(self) -> None:
        self._frame: tuple[int, int] = (0, 0)
        self._rate = 15.0
        self._begin = 0.0
        self._turn = 0

    def open(self, width: int, height: int, rate: float) -> None:
        """Begin."""
        self._frame, self._rate = (height, width), rate
        self._begin, self._turn = time.monotonic(), 0

    def read(self) -> Picture | None:
        """Return the next picture when it is time."""
        self._turn += 1
        time.sleep(max(0.0, self._begin + self._turn / self._rate - time.monotonic()))
        height, width = self._frame
        picture = np.zeros((height, width, 3), np.uint8)
        picture[:, : width // 2] = (220, 30, 30)
        picture[:, width // 2 :] = (30, 30, 220)
        side = height // 6
        left = self._turn * 6 % (width - side)
        picture[height // 2 : height // 2 + side, left : left + side] = 255
        return picture

    def skip(self) -> bool:
        """Let one pass."""
        return self.read() is not None

    def close(self) -> None:
        """Stop."""


# ---------------------------------------------------------------- the office that they are in

DEN = """
title = "Den"
grid = '''
######
#@@@@#
#@@@@#
######
'''
[legend]
" " = "floor"
"#" = "wall"
[spawns.door]
marker = "@"
"""
"""Wherever one stands in it one hears everybody."""

PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""


class Office:
    """A server process, and accounts to be somebody with."""

    def __init__(self, url: str, invite: str) -> None:
        self.url = url
        self._invite = invite
        self._names = iter(range(1000))

    async def token(self) -> str:
        """Sign up somebody new."""
        return await sign_up(self.url, f"somebody-{next(self._names)}", self._invite)


async def sign_up(url: str, name: str, invite: str) -> str:
    """Make an account and return what signs it in."""
    client = OfficeClient(url, kind=ConnectionKind.TOOL, device=name)
    await client.sign_up(name, "a long password", invite)
    await client.close()
    return client.token


def open_office(make: Callable, folder: Path, *options: str) -> Office:
    """Start a server with a room in which all are near each other."""
    den = folder / "den.toml"
    den.write_text(DEN)
    server = make("--map", str(den), *options)
    server.start()
    return Office(server.url, asyncio.run(_invite(server.url, server.owner_code())))


async def _invite(url: str, owner_code: str) -> str:
    owner = OfficeClient(url, kind=ConnectionKind.TOOL, device="owner")
    await owner.sign_up("owner", "a long password", owner_code)
    invite = await owner.create_invite(Role.MEMBER, 100, 3600)
    await owner.close()
    return invite.code


# ---------------------------------------------------------------- the clients


class WatchedWire:
    """What sound and picture say to the server, with the session descriptions kept."""

    def __init__(self, wire: MediaWire, ice: Callable[[IceServers], IceServers]) -> None:
        self._wire = wire
        self.ice = ice
        self.descriptions: list[str] = []

    @property
    def model(self) -> OfficeModel:
        return self._wire.model

    @property
    def server(self) -> str:
        return self._wire.server

    async def carry(self) -> None:
        await self._wire.carry()

    async def ice_servers(self) -> IceServers:
        return self.ice(await self._wire.ice_servers())

    def set_media(self, media: int) -> None:
        self._wire.set_media(media)

    def signal(self, avatar: int, call: int, body: SignalBody) -> None:
        if isinstance(body, Offer | Answer):
            self.descriptions.append(body.sdp.decode())
        self._wire.signal(avatar, call, body)

    def tell(self, event: object) -> None:
        self._wire.tell(event)


class Caller:
    """A client with a microphone that hears `TONE`, a camera that sees red and blue, and a speaker that keeps."""

    def __init__(self, office: Office, token: str, ice: Callable[[IceServers], IceServers]) -> None:
        self.speaker = KeepingSpeaker()
        self.colours: list[tuple[float, float, float]] = []
        """The mean colour of each picture that came."""
        self._ice = ice
        self._last: Picture | None = None
        self.client = OfficeClient(
            office.url, kind=ConnectionKind.VIEW, device="desk", token=token, media=self._make_media
        )
        self.client.media.on_picture = self._picture_came

    def _make_media(self, wire: MediaWire) -> MediaPart:
        self.wire = WatchedWire(wire, self._ice)
        twins = Twins(
            microphones={"tone": ToneMicrophone},
            speakers={"kept": lambda: self.speaker},
            cameras={"halves": HalvesCamera},
        )
        return LiveMedia(self.wire, memory=MediaMemory(None), maker=DeviceMaker(twins), environment={})

    @property
    def you(self) -> int:
        """Its avatar's id."""
        return self.client.model.you

    def peer(self, avatar: int) -> PeerMedia | None:
        """How it is with somebody."""
        return self.client.media.peers.get(avatar)

    def _picture_came(self, avatar: int | None) -> None:
        peer = None if avatar is None else self.peer(avatar)
        if peer is None or peer.picture is None:
            return
        if self._last is None or not np.array_equal(self._last, peer.picture):
            self._last = peer.picture
            red, green, blue = peer.picture.reshape(-1, 3).mean(axis=0)
            self.colours.append((float(red), float(green), float(blue)))

    def turn_on(self) -> None:
        """Turn on microphone and camera."""
        self.client.media.set_microphone(True)
        self.client.media.set_camera(Switch.ON)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until `condition` is true."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            peers = [(avatar, peer.phase, peer.why) for avatar, peer in self.client.media.peers.items()]
            own = self.client.media.own
            raise AssertionError(f"never came to this: {what}; peers: {peers}; own: {own}") from None

    def hears(self, hz: float) -> bool:
        """Whether what it plays is that tone."""
        frequency, amplitude = self.speaker.tone()
        return abs(frequency - hz) < 15 and amplitude > 0.005


def as_it_is(servers: IceServers) -> IceServers:
    """What the server hands out, unchanged."""
    return servers


@asynccontextmanager
async def join(office: Office, ice: Callable[[IceServers], IceServers] = as_it_is) -> AsyncIterator[Caller]:
    """Come into the office as somebody new, with microphone and camera on."""
    caller = Caller(office, await office.token(), ice)
    await caller.client.connect()
    await caller.client.enter()
    for kind, device in (("microphone", "tone"), ("speaker", "kept"), ("camera", "halves")):
        caller.client.media.choose(kind, device)
    running = asyncio.create_task(caller.client.run())
    try:
        caller.turn_on()
        await caller.until(lambda: caller.client.media.own.carried, "to carry sound and picture")
        yield caller
    finally:
        await caller.client.close()
        await asyncio.gather(running, return_exceptions=True)
