"""Ways to a peer are found quickly, servers that are dead hold up nobody, and what is wrong is said."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from typing import Any, cast

import aioice.ice
import pytest
from aioice import Candidate, Connection, TransportPolicy, stun
from aioice.ice import StunProtocol

from gathertui.media import ice, patches, peer
from gathertui.media.ice import (
    LOOPBACK,
    Gathered,
    IceConfig,
    Patience,
    Relay,
    ServersKnown,
    ServerUrl,
    config_from,
    is_loopback,
    parse_url,
    why_no_path,
)
from gathertui.media.peer import Ears, Peer
from gathertui.protocol.media import MAX_SDP, IceServer, IceServers

ELSEWHERE = "127.0.0.2"
"""An address of this machine that is, to aioice, none of loopback."""

OUTSIDE = ("203.0.113.7", 4242)
RELAYED = ("203.0.113.8", 5151)


@pytest.mark.parametrize(
    ("url", "parsed"),
    [
        ("stun:office.example", ServerUrl("stun", "office.example", 3478, "udp")),
        ("turn:10.0.0.1:99", ServerUrl("turn", "10.0.0.1", 99, "udp")),
        ("turn:office.example?transport=tcp", ServerUrl("turn", "office.example", 3478, "tcp")),
        ("turns:office.example:443?transport=tcp", ServerUrl("turns", "office.example", 443, "tcp")),
        ("turns:[2001:db8::1]", ServerUrl("turns", "2001:db8::1", 5349, "tcp")),
    ],
)
def test_urls_are_read_with_their_defaults(url: str, parsed: ServerUrl) -> None:
    assert parse_url(url) == parsed


@pytest.mark.parametrize(
    "url", ["", "turn:", "http://x", "turns:x?transport=udp", "turn:x?transport=sctp", "turn:2001:db8::1"]
)
def test_urls_that_can_not_be_used_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"TURN"):
        parse_url(url)


def test_the_office_names_its_own_stun_server_by_the_address_that_we_know_it_by() -> None:
    turn = IceServer(["turn:relay.example"], "u", "p")
    config = config_from(IceServers(0, [turn], 7766, True, 600), "office.example")
    assert config == IceConfig((IceServer(["stun:office.example:7766"], "", ""), turn), relay_only=True)
    assert config_from(IceServers(0, [], 0, False, 600), "office.example") == IceConfig()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_where_the_office_is_on_this_machine_so_may_be_the_peers(host: str) -> None:
    assert is_loopback(host)
    assert config_from(IceServers(0, [], 0, False, 600), host).loopback


@pytest.mark.parametrize("host", ["office.example", "10.0.0.1", "localhost.example", "2001:db8::1", ""])
def test_elsewhere_loopback_is_not_offered(host: str) -> None:
    assert not is_loopback(host)


def test_no_public_server_is_ever_asked() -> None:
    assert IceConfig().configuration().iceServers == []


@pytest.mark.parametrize(
    ("gathered", "answered", "word"),
    [
        (None, False, "No answer from Ada"),
        (Gathered(2), False, "No answer from Ada"),
        (Gathered(2, reflected=True), True, "lets no UDP"),
        (Gathered(3, Relay.WORKS), True, "not even"),
        (Gathered(2, Relay.REFUSED), True, "secret may be wrong"),
        (Gathered(2, Relay.UNREACHABLE), True, "can't be reached"),
        (Gathered(2, Relay.UNTRUSTED), True, "does not trust"),
        (Gathered(0, Relay.REFUSED), False, "secret may be wrong"),
        (Gathered(0), False, "TURN server only, and has none"),
    ],
)
def test_why_there_is_no_path_is_one_sentence(gathered: Gathered | None, answered: bool, word: str) -> None:
    sentence = why_no_path("Ada", gathered, answered=answered)
    assert word in sentence
    assert sentence.endswith(".")


# ---------------------------------------------------------------- gathering


class Server(asyncio.DatagramProtocol):
    """A STUN and TURN server that answers as a test says, or not at all."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[stun.Method] = []
        self.answer: Callable[[stun.Message], stun.Message | None] = lambda request: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        request = stun.parse_message(data)
        self.asked.append(request.message_method)
        if (answer := self.answer(request)) is not None:
            self.transport.sendto(bytes(answer), address)


def reply(request: stun.Message, kind: stun.Class, **attributes: object) -> stun.Message:
    answer = stun.Message(request.message_method, kind, transaction_id=request.transaction_id)
    for name, value in attributes.items():
        answer.attributes[name.replace("_", "-")] = value
    return answer


def serves(request: stun.Message) -> stun.Message:
    """What a server says that lets everybody in."""
    mapped = {"XOR_MAPPED_ADDRESS": OUTSIDE}
    if request.message_method is stun.Method.ALLOCATE:
        return reply(request, stun.Class.RESPONSE, XOR_RELAYED_ADDRESS=RELAYED, LIFETIME=600, **mapped)
    return reply(request, stun.Class.RESPONSE, LIFETIME=0, **mapped)


def refuses(request: stun.Message) -> stun.Message:
    """And one that lets nobody in."""
    return reply(request, stun.Class.ERROR, ERROR_CODE=(401, "Unauthorized"))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(Server, local_addr=(LOOPBACK, 0))
    yield server
    transport.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of TCP where nobody listens, and nobody else will."""
    with closing(socket.socket()) as taken:
        taken.bind((LOOPBACK, 0))
        yield taken.getsockname()[1]


@pytest.fixture(autouse=True)
def one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine has one address."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [ELSEWHERE])


ENDLESS = Patience(5, 5)


async def gather(config: IceConfig, patience: Patience = ENDLESS) -> tuple[list[Candidate], Gathered]:
    policy = TransportPolicy.RELAY if config.relay_only else TransportPolicy.ALL
    connection = Connection(ice_controlling=True, transport_policy=policy)
    gathered = patches.find_ways(connection, config, patience)
    async with asyncio.timeout(20):
        await connection.gather_candidates()
        candidates = connection.local_candidates
        await connection.close()
    return candidates, gathered


def stun_at(port: int) -> IceServer:
    return IceServer([f"stun:{LOOPBACK}:{port}"], "", "")


def turn_at(*urls: str) -> IceServer:
    return IceServer(list(urls), "user", "secret")


async def test_without_servers_our_own_addresses_are_offered_at_once() -> None:
    candidates, gathered = await gather(IceConfig())
    assert [(one.type, one.host) for one in candidates] == [("host", ELSEWHERE)]
    assert gathered == Gathered(1, Relay.NONE)


async def test_loopback_is_offered_only_where_it_may_be() -> None:
    assert [one.host for one in (await gather(IceConfig(loopback=True)))[0]] == [ELSEWHERE, LOOPBACK]
    assert await gather(IceConfig(loopback=True, relay_only=True)) == ([], Gathered(0, Relay.NONE))


async def test_a_stun_server_tells_how_we_look_from_outside(server: Server) -> None:
    server.answer = serves
    candidates, _ = await gather(IceConfig((stun_at(server.port),), loopback=True))
    assert [(one.type, one.host, one.port) for one in candidates if one.type == "srflx"] == [("srflx", *OUTSIDE)]


async def test_a_stun_server_that_is_dead_holds_up_nobody_for_long(server: Server) -> None:
    candidates, _ = await gather(IceConfig((stun_at(server.port),)), Patience(0.2, 0.2))
    assert [one.type for one in candidates] == ["host"]
    assert server.asked


async def test_a_relay_is_offered_too(server: Server) -> None:
    server.answer = serves
    candidates, gathered = await gather(IceConfig((turn_at(f"turn:{LOOPBACK}:{server.port}"),)))
    assert {(one.type, one.host) for one in candidates} == {("host", ELSEWHERE), ("relay", RELAYED[0])}
    assert gathered == Gathered(2, Relay.WORKS)


async def test_with_relays_only_nothing_tells_of_us(server: Server) -> None:
    server.answer = serves
    config = IceConfig(
        (turn_at(f"turn:{LOOPBACK}:{server.port}"), stun_at(server.port)), relay_only=True, loopback=True
    )
    candidates, _ = await gather(config)
    assert [(one.type, one.host, one.related_address) for one in candidates] == [("relay", RELAYED[0], "0.0.0.0")]
    assert stun.Method.BINDING not in server.asked


async def test_the_first_address_of_a_relay_that_works_is_taken(
    server: Server, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice, "STAGGER", 0.01)
    server.answer = serves
    silent, dead = f"turn:{LOOPBACK}:9", f"turn:{LOOPBACK}:{closed_port}?transport=tcp"
    good = f"turn:{LOOPBACK}:{server.port}"
    for urls in ([silent, dead, good], [dead, good, silent], [good, good, good], ["turn:[", good]):
        candidates, gathered = await gather(IceConfig((turn_at(*urls),), relay_only=True))
        assert [one.host for one in candidates] == [RELAYED[0]]
        assert gathered == Gathered(1, Relay.WORKS)


async def test_a_relay_that_refuses_us_is_told_from_one_that_is_not_there(server: Server, closed_port: int) -> None:
    server.answer = refuses
    refusing, dead = f"turn:{LOOPBACK}:{server.port}", f"turn:{LOOPBACK}:{closed_port}?transport=tcp"
    for urls, relay in (
        ([refusing, dead], Relay.REFUSED),
        ([dead], Relay.UNREACHABLE),
        (["turn:["], Relay.UNREACHABLE),
    ):
        assert (await gather(IceConfig((turn_at(*urls),), relay_only=True)))[1] == Gathered(0, relay)


async def test_a_relay_whose_certificate_is_not_known_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    async def show_certificate(**options: object) -> None:
        raise ssl.SSLCertVerificationError("self-signed certificate")

    monkeypatch.setattr(ice, "relayed_candidate", show_certificate)
    config = IceConfig((turn_at("turns:relay.example"),), relay_only=True)
    assert (await gather(config))[1] == Gathered(0, Relay.UNTRUSTED)


async def test_leaving_does_not_wait_for_a_relay_that_is_gone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "CLOSING", 0.1)
    server.answer = serves
    config = IceConfig((turn_at(f"turn:{LOOPBACK}:{server.port}"),), relay_only=True)
    one = Peer(config, Ears(lambda sound: None, lambda picture: None, lambda state: None), patience=Patience())
    assert b"typ relay" in await one.offer()
    server.answer = lambda request: None
    async with asyncio.timeout(5):
        await one.close()
    assert one.is_closed


async def test_one_of_our_addresses_that_leads_nowhere_does_not_hold_up_the_others(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [ELSEWHERE, "127.0.0.3"])
    first: list[tuple[str, int]] = []

    def serves_one(request: stun.Message) -> stun.Message | None:
        first.append(OUTSIDE)
        return serves(request) if len(first) == 1 else None

    server.answer = serves_one
    began = asyncio.get_running_loop().time()
    candidates, gathered = await gather(IceConfig((stun_at(server.port),)), Patience(10, 10))
    assert [one.type for one in candidates] == ["host", "host", "srflx"]
    assert gathered.reflected
    assert asyncio.get_running_loop().time() - began < 5


HURRIED = Patience(ice.GLANCE, ice.GLANCE)
"""What is left of a first attempt's patience when neither server answered the last time."""


def by_slow_tls(monkeypatch: pytest.MonkeyPatch, seconds: float = 0.6) -> None:
    """TURN by TLS takes its time; by UDP it is never heard of, and nothing listens for TCP."""

    async def allocate(**options: Any) -> tuple[Candidate, StunProtocol]:
        if not options["turn_ssl"]:
            await asyncio.Event().wait()
        await asyncio.sleep(seconds)
        way = options["protocol_factory"]()
        way.local_candidate = Candidate.from_sdp(f"1 1 udp 1 {RELAYED[0]} {RELAYED[1]} typ relay")

        async def close() -> None:
            return

        way.close = close
        return way.local_candidate, way

    monkeypatch.setattr(ice, "relayed_candidate", allocate)


@pytest.mark.parametrize("patience", [Patience(), HURRIED])
async def test_where_no_udp_is_heard_the_relay_behind_tls_is_found_on_the_first_attempt(
    server: Server, monkeypatch: pytest.MonkeyPatch, patience: Patience
) -> None:
    by_slow_tls(monkeypatch)
    urls = ["turn:relay.example", "turn:relay.example?transport=tcp", "turns:relay.example"]
    candidates, gathered = await gather(IceConfig((stun_at(server.port), turn_at(*urls))), patience)
    assert [one.type for one in candidates] == ["host", "relay"]
    assert gathered == Gathered(2, Relay.WORKS)
    assert (await gather(IceConfig((turn_at(*urls),)), patience))[1].relay is Relay.WORKS, "nor without STUN"


async def test_where_udp_is_heard_a_relay_that_is_silent_holds_up_nobody_for_long(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_slow_tls(monkeypatch, seconds=60)
    server.answer = serves
    began = asyncio.get_running_loop().time()
    _, gathered = await gather(IceConfig((stun_at(server.port), turn_at("turns:relay.example"))), HURRIED)
    assert gathered == Gathered(2, Relay.UNREACHABLE, reflected=True)
    assert asyncio.get_running_loop().time() - began < ice.PATIENCE - 1


def test_servers_that_did_not_answer_are_not_waited_for_again_until_they_do() -> None:
    known = ServersKnown()
    both = IceConfig((stun_at(1), turn_at("turn:a", "turns:a")))
    assert known.patience(both) == Patience(ice.HASTE, ice.HASTE)
    known.learn(both, Gathered(1, Relay.UNREACHABLE))
    assert known.patience(both) == Patience(ice.GLANCE, ice.GLANCE)
    known.learn(both, Gathered(2, Relay.WORKS))
    assert known.patience(both) == Patience(ice.GLANCE, ice.HASTE)
    known.learn(both, Gathered(2, Relay.REFUSED, reflected=True))
    assert known.patience(both) == Patience(ice.HASTE, ice.HASTE)
    assert known.patience(IceConfig(relay_only=True)) == ice.PATIENT, "where nothing goes without, they are waited for"


async def test_of_two_relays_that_answer_at_once_one_is_used_and_the_other_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ice, "STAGGER", 0)
    both, closed = asyncio.Event(), []
    asked: list[tuple[str, int]] = []

    class Way:
        def __init__(self, name: str) -> None:
            self.name, self.transport = name, None

        async def close(self) -> None:
            closed.append(self.name)

    async def allocate(*, turn_server: tuple[str, int], component: int, **options: object) -> tuple[Candidate, Way]:
        asked.append(turn_server)
        if len(asked) == 2:
            both.set()
        await both.wait()
        name = turn_server[0]
        return Candidate(name, component, "udp", 1, "203.0.113.8", 5151, "relay"), Way(name)

    monkeypatch.setattr(ice, "relayed_candidate", allocate)
    candidates, gathered = await gather(IceConfig((turn_at("turn:one.example", "turn:two.example"),), relay_only=True))
    assert gathered == Gathered(1, Relay.WORKS)
    assert len(candidates) == 1
    assert sorted(closed) == ["one.example", "two.example"], "one at once, the one that is used with the connection"


async def test_a_machine_of_many_networks_offers_some_and_its_offer_can_be_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [f"127.0.{number}.2" for number in range(1, 81)]
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: many)
    one = Peer(IceConfig(), Ears(lambda sound: None, lambda picture: None, lambda state: None), patience=Patience())
    offer = await one.offer()
    assert len(offer) <= MAX_SDP
    assert len({line.split()[4] for line in offer.decode().splitlines() if line.startswith("a=candidate")}) == 20
    await one.close()


@pytest.mark.parametrize("steps", range(6))
async def test_to_look_for_ways_no_further_leaves_no_socket_open(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    make, made = loop.create_datagram_endpoint, []

    async def noted(*args: Any, **options: Any) -> Any:
        transport, protocol = await make(*args, **options)
        made.append(transport)
        await asyncio.sleep(0)
        return transport, protocol

    monkeypatch.setattr(loop, "create_datagram_endpoint", noted)
    one = Peer(
        IceConfig(loopback=True),
        Ears(lambda sound: None, lambda picture: None, lambda state: None),
        patience=Patience(),
    )
    gathering = asyncio.create_task(one.gather())
    for _ in range(steps):
        await asyncio.sleep(0)
    gathering.cancel()
    await asyncio.wait({gathering})
    await one.close()
    assert all(transport.is_closing() for transport in made)
