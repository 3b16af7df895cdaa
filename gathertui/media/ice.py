"""Ways to a peer: which of our addresses it is offered, and by which servers.

Gathering is our own, on top of aioice's, which knows one STUN and one TURN server
and waits five seconds for either. Here all TURN addresses are tried, a little
apart, until one works; so where a network blocks UDP, TCP or TLS gets through.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import random
import re
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aioice import stun
from aioice.ice import StunProtocol, TransportPolicy, relayed_candidate, server_reflexive_candidate
from aiortc import RTCBundlePolicy, RTCConfiguration
from aiortc.rtcconfiguration import RTCIceTransportPolicy

from gathertui.protocol.media import IceServer, IceServers

if TYPE_CHECKING:
    from aioice import Candidate, Connection

HASTE: Final = 1.0
"""Seconds that a first attempt waits for servers: who needs none shall not wait for those that are dead."""

PATIENCE: Final = 3.0
"""Seconds that later attempts wait, and all for TURN where no STUN server answered: there it may be the only way."""

GLANCE: Final = 0.25
"""Seconds that a first attempt waits for servers that did not answer the last time."""

LINGER: Final = 0.2
"""Seconds that others of our addresses have once a STUN server answered one of them: not all lead outside."""

STAGGER: Final = 0.25
"""Seconds until the next address of a TURN server is tried as well, as in RFC 8305."""

CHECK_EVERY: Final = 2.0
"""Seconds between two looks whether a way still leads to the peer (RFC 7675)."""

MISSES: Final = 3
"""So many looks in vain, of a second and a half each, and it doesn't. aioice takes half a minute to say so."""

MAX_HOSTS: Final = 20
"""Addresses of this machine that are offered. It may have a hundred, for containers, and `MAX_SDP` holds for all."""

LOOPBACK: Final = "127.0.0.1"

_TURN: Final = ("turn:", "turns:")


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """The address of a STUN or TURN server. `transport` is "udp" or "tcp"."""

    scheme: str
    host: str
    port: int
    transport: str


_URL: Final = re.compile(
    r"(?P<scheme>stun|turns?):(?:\[(?P<ipv6>[0-9a-fA-F:.]+)\]|(?P<name>[^?:\[\]]+))"
    r"(?::(?P<port>\d{1,5}))?(?:\?transport=(?P<transport>udp|tcp))?"
)


def parse_url(url: str) -> ServerUrl:
    """Return what a URL (RFC 7064, RFC 7065) says, with its defaults. Raises ValueError."""
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(f"not the URL of a STUN or TURN server that can be used: {url}")
    secure = match["scheme"] == "turns"
    transport = match["transport"] or ("tcp" if secure else "udp")
    if secure and transport == "udp":
        raise ValueError(f"TURN over DTLS is not supported: {url}")
    port = int(match["port"]) if match["port"] else 5349 if secure else 3478
    return ServerUrl(match["scheme"], match["ipv6"] or match["name"], port, transport)


@dataclass(frozen=True, slots=True)
class IceConfig:
    """By which servers to connect. Their URLs are `stun:`, `turn:` and `turns:`, the best first.

    `relay_only`: our addresses are not shown to a peer. `loopback`: peers may be on
    this very machine, and it may have no network.
    """

    servers: tuple[IceServer, ...] = ()
    relay_only: bool = False
    loopback: bool = False

    def configuration(self) -> RTCConfiguration:
        """Return aiortc's settings. They name no server, for we gather ourselves; unset would mean a public one."""
        policy = RTCIceTransportPolicy.RELAY if self.relay_only else RTCIceTransportPolicy.ALL
        return RTCConfiguration(iceServers=[], iceTransportPolicy=policy, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


def is_loopback(host: str) -> bool:
    """Say whether a server with this name or address is on this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def config_from(reply: IceServers, host: str) -> IceConfig:
    """Return what the office on `host` says about how to connect."""
    stun_server = [IceServer([f"stun:{host}:{reply.stun_port}"], "", "")] if reply.stun_port else []
    return IceConfig((*stun_server, *reply.servers), reply.relay_only, is_loopback(host))


class Relay(Enum):
    """What came of asking TURN servers for a way."""

    NONE = auto()  # there are none
    WORKS = auto()
    REFUSED = auto()
    UNREACHABLE = auto()
    UNTRUSTED = auto()


@dataclass(slots=True)
class Gathered:
    """What came of gathering: how many ways we can offer, and what STUN and TURN servers had to do with it."""

    candidates: int = 0
    relay: Relay = Relay.NONE
    reflected: bool = False
    """Whether a STUN server answered."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for STUN servers, and, where one of those answered, for TURN servers."""

    stun: float = HASTE
    turn: float = HASTE


PATIENT: Final = Patience(PATIENCE, PATIENCE)


class ServersKnown:
    """Remembers which servers did not answer, so that not every call waits for them."""

    def __init__(self) -> None:
        self._silent: set[str] = set()

    def patience(self, config: IceConfig) -> Patience:
        """Return how long a first attempt waits."""
        if config.relay_only:
            return PATIENT
        return Patience(self._seconds(_stun_urls(config)), self._seconds(_turn_urls(config)))

    def learn(self, config: IceConfig, gathered: Gathered) -> None:
        """Take in how it went."""
        answered = {"stun": gathered.reflected, "turn": gathered.relay not in (Relay.NONE, Relay.UNREACHABLE)}
        for kind, urls in (("stun", _stun_urls(config)), ("turn", _turn_urls(config))):
            if answered[kind]:
                self._silent.difference_update(urls)
            else:
                self._silent.update(urls)

    def _seconds(self, urls: list[str]) -> float:
        return GLANCE if self._silent.issuperset(urls) else HASTE


def why_no_path(name: str, gathered: Gathered | None, *, answered: bool) -> str:
    """Return a sentence for people on why there is no way to `name`."""
    if gathered is None or (not answered and gathered.candidates):
        return f"No answer from {name}."
    if gathered.relay is Relay.REFUSED:
        return "The office's TURN server refused us: its secret may be wrong, or this machine's clock."
    if gathered.relay is Relay.UNTRUSTED:
        return "The office's TURN server shows a certificate that this machine does not trust."
    if gathered.relay is Relay.UNREACHABLE:
        return f"No way through to {name}: no direct one, and the office's TURN server can't be reached from here."
    if gathered.relay is Relay.NONE and not gathered.candidates:
        return "The office lets sound and picture go by a TURN server only, and has none."
    if gathered.relay is Relay.NONE:
        return f"No way through to {name}: the network lets no UDP through and the office has no TURN server."
    return f"No way through to {name}, not even by the office's TURN server."


@dataclass(slots=True)
class Gatherer:
    """Gathers for one connection; put in the place of its own `get_component_candidates`."""

    connection: Connection
    config: IceConfig
    patience: Patience
    hosts: Callable[..., Awaitable[list[Candidate]]]  # the connection's own, which has no server
    gathered: Gathered = field(default_factory=Gathered)

    async def __call__(self, component: int, addresses: list[str], timeout: float = 0) -> list[Candidate]:  # noqa: ASYNC109
        """Return the ways that we can offer. Servers that don't answer in time are left out."""
        direct = self.connection._transport_policy is TransportPolicy.ALL
        addresses = addresses[:MAX_HOSTS]
        if direct and self.config.loopback:
            addresses = [*addresses, LOOPBACK]
        candidates = await _to_its_end(self.hosts(component=component, addresses=addresses))
        now = asyncio.get_running_loop().time
        began, relay = now(), asyncio.create_task(self._relay(component, candidates))
        try:
            if direct:
                await _bounded(self._reflexives(candidates), self.patience.stun)
            # Where STUN is not heard UDP may be blocked altogether: then nothing goes without a relay, and the
            # address of it that works is the last to be tried.
            seconds = self.patience.turn if self.gathered.reflected else max(PATIENCE, self.patience.turn)
            await asyncio.wait({relay}, timeout=max(0.0, began + seconds - now()))
        finally:
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)
        self.gathered.candidates = len(candidates)
        return candidates

    def _ipv4_hosts(self) -> list[StunProtocol]:
        # What STUN says of loopback is nothing new.
        return [
            protocol
            for protocol in self.connection._protocols
            if protocol.local_candidate.type == "host"
            and ipaddress.ip_address(protocol.local_candidate.host).version == 4
            and protocol.local_candidate.host != LOOPBACK
        ]

    async def _reflexives(self, candidates: list[Candidate]) -> None:
        """Learn how our addresses look from outside."""
        asked = {asyncio.create_task(self._reflexive(host, candidates)) for host in self._ipv4_hosts()}
        waiting = asked
        try:
            while waiting and not self.gathered.reflected:
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if waiting:
                await asyncio.wait(waiting, timeout=LINGER)
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def _reflexive(self, host: StunProtocol, candidates: list[Candidate]) -> None:
        """Learn how a host's address looks from outside, from the first STUN server that answers."""
        for url in _stun_urls(self.config):
            try:
                server = parse_url(url)
                candidate, _ = await server_reflexive_candidate(host, (server.host, server.port))
            except (OSError, ValueError, stun.TransactionError):
                continue
            candidates.append(candidate)
            self.gathered.reflected = True
            return

    async def _relay(self, component: int, candidates: list[Candidate]) -> None:
        """Get a way by a TURN server: try its addresses a little apart, and take the first that works."""
        pending: set[asyncio.Task[tuple[Candidate, StunProtocol]]] = set()
        waiting = [
            partial(self._allocate, component, url, server.username, server.credential)
            for server in self.config.servers
            for url in server.urls
            if url.startswith(_TURN)
        ]
        if waiting:
            self.gathered.relay = Relay.UNREACHABLE
        try:
            while waiting or pending:
                if waiting:
                    pending.add(asyncio.create_task(waiting.pop(0)()))
                done, pending = await asyncio.wait(
                    pending, timeout=STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    if task.exception() is not None:
                        self._note(task.exception())
                    elif self.gathered.relay is Relay.WORKS:
                        pending.add(task)  # one is enough
                    else:
                        self._use(*task.result(), candidates)
                if self.gathered.relay is Relay.WORKS:
                    return
        finally:
            for task in pending:
                task.cancel()
            for result in await asyncio.gather(*pending, return_exceptions=True):
                if not isinstance(result, BaseException):
                    await result[1].close()

    def _use(self, candidate: Candidate, protocol: StunProtocol, candidates: list[Candidate]) -> None:
        self.gathered.relay = Relay.WORKS
        self.connection._protocols.append(protocol)
        candidates.append(candidate)

    def _note(self, error: BaseException | None) -> None:
        if isinstance(error, stun.TransactionFailed):
            self.gathered.relay = Relay.REFUSED
        elif isinstance(error, ssl.SSLError):
            self.gathered.relay = Relay.UNTRUSTED

    async def _allocate(self, component: int, url: str, user: str, password: str) -> tuple[Candidate, StunProtocol]:
        server = parse_url(url)
        return await relayed_candidate(
            component=component,
            hide_related_address=self.config.relay_only,
            protocol_factory=lambda: StunProtocol(self.connection),
            turn_server=(server.host, server.port),
            turn_username=user,
            turn_password=password,
            turn_ssl=server.scheme == "turns",
            turn_transport=server.transport,
        )


async def watch_way(connection: Connection) -> None:
    """Look now and then whether the chosen way still leads to the peer, and close the connection once it doesn't."""
    misses = 0
    while misses < MISSES:
        await asyncio.sleep(CHECK_EVERY * random.uniform(0.8, 1.2))
        for pair in connection._nominated.values():
            request = connection.build_request(pair, nominate=False)
            key = (connection.remote_password or "").encode()
            try:
                await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=1)
                misses = 0
            except stun.TransactionError:
                misses += 1
    connection._query_consent_task = None  # it would be cancelled, and is this
    await connection.close()


async def _to_its_end(opening: Awaitable[list[Candidate]]) -> list[Candidate]:
    """Wait for this even if nobody wants it any more: sockets that are only half opened would stay open for good."""
    task = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def _bounded(search: Coroutine[Any, Any, None], seconds: float) -> None:
    """Let a search go on so long at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await search


def _stun_urls(config: IceConfig) -> list[str]:
    return [url for server in config.servers for url in server.urls if url.startswith("stun:")]


def _turn_urls(config: IceConfig) -> list[str]:
    return [url for server in config.servers for url in server.urls if url.startswith(_TURN)]
