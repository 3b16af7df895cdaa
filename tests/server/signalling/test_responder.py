"""STUN over real sockets, asked by the library that our clients use."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aioice import stun

from gathertui_server.auth.throttle import Limit
from gathertui_server.signalling.responder import StunResponder


class Asker(asyncio.DatagramProtocol):
    """A socket that asks with aioice's own transactions."""

    def __init__(self) -> None:
        self.transactions: dict[bytes, stun.Transaction] = {}

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        message = stun.parse_message(data)
        self.transactions[message.transaction_id].response_received(message, address)

    def send_stun(self, message: stun.Message, address: Any) -> None:
        self.transport.sendto(bytes(message), address)

    @property
    def address(self) -> tuple[str, int]:
        name = self.transport.get_extra_info("sockname")
        return name[0], name[1]

    async def ask(self, address: Any, *, fingerprint: bool = False) -> tuple[str, int]:
        """Return the address that the server sees us at. Raises aioice's TransactionTimeout where it is silent."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        if fingerprint:
            request.add_fingerprint()
        transaction = stun.Transaction(request, address, self, retransmissions=0)
        self.transactions[request.transaction_id] = transaction
        response, _ = await transaction.run()
        return response.attributes["XOR-MAPPED-ADDRESS"]  # type: ignore[no-any-return]


async def asker(host: str) -> Asker:
    _, protocol = await asyncio.get_running_loop().create_datagram_endpoint(Asker, local_addr=(host, 0))
    return protocol


@pytest.fixture
async def responder() -> AsyncIterator[StunResponder]:
    responder = StunResponder()
    yield responder
    responder.close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("fingerprint", [False, True])
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6"))],
)
async def test_a_client_learns_its_address(responder: StunResponder, host: str, fingerprint: bool) -> None:
    port = await responder.listen(host, 0)
    client = await asker(host)
    assert await client.ask((host, port), fingerprint=fingerprint) == client.address
    assert (responder.answers, responder.limited, responder.ignored) == (1, 0, 0)
    client.transport.close()


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not for Windows")
def test_it_answers_on_the_loop_that_a_server_runs_on() -> None:
    import uvloop

    async def ask() -> None:
        responder = StunResponder()
        port = await responder.listen("127.0.0.1", 0)
        client = await asker("127.0.0.1")
        assert await client.ask(("127.0.0.1", port)) == client.address
        client.transport.close()
        responder.close()

    uvloop.run(ask())


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("host", [None, "localhost"])
async def test_all_addresses_of_a_name_answer_at_one_port(responder: StunResponder, host: str | None) -> None:
    port = await responder.listen(host, 0)
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    for address in {info[4][0] for info in infos}:
        client = await asker(address)
        assert await client.ask((address, port)) == client.address
        client.transport.close()


async def test_what_is_no_request_is_counted_and_not_answered(responder: StunResponder) -> None:
    port = await responder.listen("127.0.0.1", 0)
    client = await asker("127.0.0.1")
    client.transport.sendto(b"hello", ("127.0.0.1", port))
    await client.ask(("127.0.0.1", port))  # comes after it
    assert (responder.answers, responder.ignored) == (1, 1)
    client.transport.close()


async def test_who_asks_too_much_is_not_answered_and_others_are() -> None:
    responder = StunResponder(Limit(count=3, seconds=3600.0))
    request = bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
    answers = [responder.answer(request, "192.0.2.1", port) for port in range(1, 6)]
    assert [answer is not None for answer in answers] == [True, True, True, False, False]
    assert responder.answer(request, "192.0.2.2", 1) is not None
    assert (responder.answers, responder.limited) == (4, 2)


async def test_a_site_of_ipv6_counts_as_one() -> None:
    responder = StunResponder(Limit(count=1, seconds=3600.0))
    request = bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
    assert responder.answer(request, "2001:db8::1", 1) is not None
    assert responder.answer(request, "2001:db8::2", 1) is None
    assert responder.answer(request, "2001:db8:0:1::1", 1) is not None


async def test_a_port_in_use_is_an_error_and_nothing_stays_open(responder: StunResponder) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="in use"):
            await responder.listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
async def test_a_port_in_use_at_one_address_leaves_none_open(responder: StunResponder) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("::", 0))
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            await responder.listen(None, port)
        other = StunResponder()
        assert await other.listen("127.0.0.1", port) == port
        other.close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_an_address_that_is_none_of_this_machine_is_an_error(responder: StunResponder, host: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        await responder.listen(host, 0)


async def test_a_closed_one_frees_its_port(responder: StunResponder) -> None:
    port = await responder.listen("127.0.0.1", 0)
    responder.close()
    await asyncio.sleep(0)
    again = StunResponder()
    assert await again.listen("127.0.0.1", port) == port
    again.close()
