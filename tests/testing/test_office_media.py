"""Sound and picture at an office in memory: it says what the server would say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest

from gathertui.errors import Code
from gathertui.protocol import codec, limits, media, presence
from gathertui.protocol.base import ConnectionKind, Failure, Message
from gathertui.protocol.handshake import Hello
from gathertui.testing.clock import VirtualClock
from gathertui.testing.office import MemoryOffice
from gathertui.testing.transport import MemoryConnection

M = TypeVar("M", bound=Message)


class Peer:
    """A view that says whatever a test wants."""

    def __init__(self, connection: MemoryConnection) -> None:
        self.connection = connection
        self.you = 0
        self._rid = 0

    async def send(self, message: Message) -> None:
        await self.connection.send(codec.encode(message))

    async def expect(self, kind: type[M]) -> M:
        async with asyncio.timeout(5):
            while True:
                message = codec.decode_server(await self.connection.receive())
                if isinstance(message, kind):
                    return message

    async def ask(self, make: Callable[[int], Message], kind: type[M]) -> M:
        self._rid += 1
        await self.send(make(self._rid))
        return await self.expect(kind)


@pytest.fixture
async def office() -> AsyncIterator[MemoryOffice]:
    async with MemoryOffice(VirtualClock()) as office:
        yield office


async def entered(office: MemoryOffice, token: str) -> Peer:
    peer = Peer(await office.dial("ws://office"))
    minor = limits.PROTOCOL_MINOR
    await peer.send(Hello("test", "1", minor, minor, f"device-{id(peer)}", ConnectionKind.VIEW, token))
    peer.you = (await peer.ask(presence.Enter, presence.Entered)).you
    return peer


async def carrying(office: MemoryOffice, name: str) -> Peer:
    peer = await entered(office, office.add_account(name))
    await peer.ask(media.CarryMedia, media.MediaCarried)
    return peer


async def media_of(peer: Peer, avatar: int) -> int:
    """Return the media of an avatar as the next roster that names it says."""
    while True:
        for here in (await peer.expect(presence.Roster)).here:
            if here.id == avatar:
                return here.media


async def test_everybody_sees_what_is_on() -> None:
    async with MemoryOffice(VirtualClock()) as office:
        ada, bob = await carrying(office, "ada"), await carrying(office, "bob")
        await media_of(ada, bob.you)
        await bob.send(media.SetMedia(media.MICROPHONE))
        while (seen := await media_of(ada, bob.you)) == media.CARRIED:
            pass
        assert seen == media.CARRIED | media.MICROPHONE
        await bob.connection.close()
        assert await media_of(ada, bob.you) == 0


async def test_another_view_takes_over(office: MemoryOffice) -> None:
    token = office.add_account("ada")
    first, second = await entered(office, token), await entered(office, token)
    await first.ask(media.CarryMedia, media.MediaCarried)
    await first.send(media.SetMedia(media.CAMERA))
    await second.ask(media.CarryMedia, media.MediaCarried)
    await first.expect(media.MediaTaken)
    assert office.avatars["id-ada"].media == media.CARRIED
    await first.send(media.SetMedia(media.CAMERA))
    assert (await first.expect(Failure)).code is Code.NOT_ALLOWED_NOW


async def test_signals_reach_whom_one_converses_with_and_no_stranger(office: MemoryOffice) -> None:
    ada, bob = await carrying(office, "ada"), await carrying(office, "bob")
    await ada.send(media.Signal(bob.you, 1, media.Offer(b"v=0\r\n")))
    refused = await ada.expect(Failure)
    assert (refused.rid, refused.code) == (0, Code.NOT_LINKED)
    await office.converse("id-ada", ["id-bob"])
    await ada.send(media.Signal(bob.you, 2, media.Offer(b"v=0\r\n")))
    assert await bob.expect(media.Signalled) == media.Signalled(ada.you, 2, media.Offer(b"v=0\r\n"))


async def test_ice_servers_are_those_that_the_test_names(office: MemoryOffice) -> None:
    ada = await entered(office, office.add_account("ada"))
    assert (await ada.ask(media.GetIceServers, media.IceServers)).servers == []
    turn = media.IceServer(["turn:turn.example.org:3478?transport=udp"], "name", "credential")
    office.media.ice = media.IceServers(0, [turn], 7766, True, 600)
    answer = await ada.ask(media.GetIceServers, media.IceServers)
    assert (answer.servers, answer.stun_port, answer.relay_only) == ([turn], 7766, True)
