"""Two client processes on a real server: what one shows and hums, the other sees and hears."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aioice.ice import StunProtocol

from gathertui.client.office import OfficeClient
from gathertui.protocol.base import ConnectionKind, Role
from gathertui.testing.talker import Talker

pytestmark = pytest.mark.slow

OUR_HERTZ, THEIR_HERTZ = 440.0, 620.0
CLOSING_SECONDS = 1.0
"""Within which both ends of a link that is gone have closed their connection, from when each is told."""
ATTEMPTS = 3
FIRST_RTCP, LAST_RTCP = 72, 76
"""Payload types, as RTCP's packet types look in the same place (RFC 5761, 4)."""

CORRIDOR = """
title = "Corridor"
grid = '''
########################
#@                     #
########################
'''
[legend]
" " = "floor"
"#" = "wall"
[spawns.door]
marker = "@"
"""


class Child:
    """The other client's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def ask(self, line: str) -> dict[str, object]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{line}\n".encode())
        async with asyncio.timeout(30):
            answer = await self.process.stdout.readline()
        held: dict[str, object] = json.loads(answer)
        return held

    async def until(self, condition: Callable[[dict[str, object]], object], line: str = "report") -> dict[str, object]:
        async with asyncio.timeout(20):
            while not condition(answer := await self.ask(line)):
                line = "report"
                await asyncio.sleep(0.05)
        return answer

    async def end(self) -> None:
        assert self.process.stdin is not None
        if self.process.returncode is None:
            self.process.stdin.close()
            async with asyncio.timeout(20):
                await self.process.wait()


class Wire:
    """Counts the RTP packets that reach this process, by payload type."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.packets: dict[int, int] = {}
        taken = StunProtocol.datagram_received

        def take(protocol: StunProtocol, data: bytes, address: tuple[str, int]) -> None:
            if len(data) > 1 and 128 <= data[0] < 192 and not FIRST_RTCP <= data[1] & 0x7F <= LAST_RTCP:
                kind = data[1] & 0x7F
                self.packets[kind] = self.packets.get(kind, 0) + 1
            taken(protocol, data, address)

        monkeypatch.setattr(StunProtocol, "datagram_received", take)

    async def count(self, seconds: float) -> int:
        """How many come within so many seconds."""
        before = sum(self.packets.values())
        await asyncio.sleep(seconds)
        return sum(self.packets.values()) - before

    async def until_flowing(self, kinds: int) -> None:
        """Wait until packets of so many payload types come."""
        self.packets.clear()
        async with asyncio.timeout(20):
            while len(self.packets) < kinds:
                await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def office(session_folders: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """A server with one corridor; its URL and the tokens of two people."""
    folder = tmp_path_factory.mktemp("corridor")
    (folder / "corridor.toml").write_text(CORRIDOR)
    server = start_server(folder, "--map", str(folder / "corridor.toml"))
    try:
        yield server.url, *asyncio.run(_two_accounts(server.url, server.owner_code()))
    finally:
        server.stop()


def start_server(folder: Path, *options: str):  # type: ignore[no-untyped-def]
    from ..conftest import ServerProcess

    server = ServerProcess(folder / "server", *options)
    server.start()
    return server


async def _two_accounts(url: str, owner_code: str) -> tuple[str, str]:
    owner = OfficeClient(url, kind=ConnectionKind.TOOL, device="one")
    await owner.sign_up("ada", "a long password", owner_code)
    invite = await owner.create_invite(Role.MEMBER, 1, 600)
    other = OfficeClient(url, kind=ConnectionKind.TOOL, device="two")
    await other.sign_up("bob", "a long password", invite.code)
    await owner.close()
    await other.close()
    return owner.token, other.token


async def start_child(office: tuple[str, str, str]) -> asyncio.subprocess.Process:
    url, _, theirs = office
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gathertui.testing.talker", url, theirs, str(THEIR_HERTZ),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"\n"
    return process


Together = Callable[[], Awaitable[tuple[Talker, Child]]]


@pytest.fixture
async def together(office: tuple[str, str, str]) -> AsyncIterator[Together]:
    """Return `meet()`: both are in the office, near each other."""
    url, ours, _ = office
    talker = Talker(url, ours, OUR_HERTZ)
    children: list[Child] = []

    async def meet() -> tuple[Talker, Child]:
        children.append(Child(await start_child(office)))
        await talker.come()
        return talker, children[0]

    yield meet
    await talker.leave()
    for child in children:
        await child.end()


def only_peer(talker: Talker):  # type: ignore[no-untyped-def]
    return next(iter(talker.media.peers.values()), None)


async def connected(talker: Talker) -> None:
    await talker.until(lambda: (peer := only_peer(talker)) is not None and peer.phase == "connected")


async def test_picture_and_sound_go_both_ways(together: Together) -> None:
    talker, child = await together()
    await child.ask("mic on")
    await child.ask("camera on")
    await talker.obey("mic on")
    await talker.obey("camera on")
    await talker.until(lambda: len(talker.ages) > 10)
    await talker.until(lambda: abs(talker.hears() - THEIR_HERTZ) < 10)
    there = await child.until(lambda report: report["pictures"] > 10)  # type: ignore[operator]
    await child.until(lambda report: abs(report["hertz"] - OUR_HERTZ) < 10)  # type: ignore[operator]
    assert min(talker.ages) < 1.0
    assert isinstance(there["age"], float) and there["age"] < 2.0
    peer = only_peer(talker)
    assert peer.microphone and peer.camera and peer.picture is not None


async def test_nothing_leaves_while_muted(together: Together, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(monkeypatch)
    talker, child = await together()
    await connected(talker)
    assert await wire.count(0.7) == 0, "everything is off at first"
    await child.ask("mic on")
    await wire.until_flowing(1)
    await child.ask("camera preview")
    await wire.until_flowing(1)
    await asyncio.sleep(0.3)
    assert len(wire.packets) == 1, "the preview is nobody else's to see"
    await child.ask("camera on")
    await wire.until_flowing(2)
    await child.ask("mic off")
    await child.ask("camera off")
    await asyncio.sleep(0.2)  # what was on its way
    assert await wire.count(0.7) == 0
    await talker.until(lambda: not only_peer(talker).microphone and only_peer(talker).picture is None)


async def both_connected(talker: Talker, child: Child) -> None:
    await connected(talker)
    await child.until(lambda report: "connected" in report["peers"].values())  # type: ignore[attr-defined]
    assert talker.connections == (await child.ask("report"))["connections"] == 1


async def in_time(scenario: Callable[[], Awaitable[float]]) -> None:
    """Have both ends close within `CLOSING_SECONDS`; a machine that was busy just then gets another chance."""
    took = [await scenario()]
    while took[-1] > CLOSING_SECONDS and len(took) < ATTEMPTS:
        took.append(await scenario())
    assert took[-1] <= CLOSING_SECONDS, took


async def test_walking_apart_closes_the_connection_on_both_sides(
    together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire(monkeypatch)
    talker, child = await together()
    await child.ask("mic on")

    async def part() -> float:
        await wire.until_flowing(1)
        await both_connected(talker, child)
        before = len(talker.closings)
        there = await child.ask("walk east 9")
        assert there["microphone"] == "on", "walking mutes nobody"
        await talker.until(lambda: len(talker.closings) > before)
        there = await child.until(lambda report: len(report["closings"]) > before)  # type: ignore[arg-type]
        assert not talker.media.peers and not there["peers"]
        assert await wire.count(0.5) == 0
        await child.ask("walk west 9")
        return max(talker.closings[-1], there["closings"][-1])  # type: ignore[index]

    await in_time(part)
    await wire.until_flowing(1)


async def test_who_leaves_the_office_is_gone_at_once(together: Together, office: tuple[str, str, str]) -> None:
    talker, child = await together()

    async def leave() -> float:
        await both_connected(talker, child)
        before = len(talker.closings)
        await child.end()
        await talker.until(lambda: len(talker.closings) > before)
        assert not talker.media.peers and talker.connections == 0
        child.process = await start_child(office)
        return talker.closings[-1]

    await in_time(leave)
