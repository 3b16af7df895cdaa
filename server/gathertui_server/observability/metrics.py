"""The server's figures in the words of Prometheus.

Nothing is counted here: a scrape asks gateway and rooms for their statistics.
Names follow Prometheus' conventions, base units included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from gathertui.errors import Code
from gathertui_server.gateway.statistics import GatewayStatistics
from gathertui_server.observability.endpoint import Page
from gathertui_server.rooms.statistics import RoomStatistics
from gathertui_server.signalling.models import SignallingStatistics

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class _Figure(Generic[S]):
    """One number of the statistics `S`: a counter if its name ends in `_total`, else a gauge."""

    name: str
    help: str
    of: Callable[[S], float]

    def family(self, labels: tuple[str, ...] = ()) -> CounterMetricFamily | GaugeMetricFamily:
        kind = CounterMetricFamily if self.name.endswith("_total") else GaugeMetricFamily
        return kind(self.name, self.help, labels=labels)


_GATEWAY: Final[tuple[_Figure[GatewayStatistics], ...]] = (
    _Figure("gathertui_gateway_connections", "Open connections.", lambda now: now.connections),
    _Figure(
        "gathertui_gateway_opened_connections_total", "Connections opened so far.", lambda now: now.connections_total
    ),
    _Figure(
        "gathertui_gateway_silent_connections_total",
        "Connections cut because nothing was heard of them.",
        lambda now: now.silent_total,
    ),
    _Figure(
        "gathertui_gateway_slow_connections",
        "Connections that can't take a frame now.",
        lambda now: now.slow_connections,
    ),
    _Figure("gathertui_gateway_views", "Connections that see the room.", lambda now: now.views),
    _Figure(
        "gathertui_gateway_outbox_bytes",
        "Bytes that wait for slow connections, those in their sockets not counted.",
        lambda now: now.waiting_bytes,
    ),
    _Figure("gathertui_gateway_received_messages_total", "Messages received.", lambda now: now.frames_in_total),
    _Figure(
        "gathertui_gateway_received_bytes_total",
        "Bytes received, handshakes and websocket headers too.",
        lambda now: now.bytes_in_total,
    ),
    _Figure("gathertui_gateway_sent_messages_total", "Messages written.", lambda now: now.frames_out_total),
    _Figure(
        "gathertui_gateway_sent_bytes_total",
        "Bytes of the messages written, with their websocket headers.",
        lambda now: now.bytes_out_total,
    ),
    _Figure(
        "gathertui_gateway_skipped_ticks_total",
        "Ticks left out for slow connections, one a tick and connection.",
        lambda now: now.skipped_ticks_total,
    ),
)

_SIGNALLING: Final[tuple[_Figure[SignallingStatistics], ...]] = (
    _Figure(
        "gathertui_signalling_turn_credentials_total",
        "Times that TURN credentials were handed out.",
        lambda now: now.turn_credentials_total,
    ),
    _Figure("gathertui_signalling_stun_answers_total", "STUN requests answered.", lambda now: now.stun_answers_total),
    _Figure(
        "gathertui_signalling_stun_limited_total",
        "STUN requests left unanswered because their address sent too many.",
        lambda now: now.stun_limited_total,
    ),
    _Figure(
        "gathertui_signalling_stun_ignored_total",
        "Datagrams to the STUN port that were no request.",
        lambda now: now.stun_ignored_total,
    ),
)

_ROOM: Final[tuple[_Figure[RoomStatistics], ...]] = (
    _Figure("gathertui_room_avatars", "People in the room, those marked away too.", lambda now: now.avatars),
    _Figure("gathertui_room_steps_total", "Steps asked for.", lambda now: now.steps_total),
    _Figure(
        "gathertui_room_blocked_steps_total",
        "Steps into a wall, furniture or the map's edge.",
        lambda now: now.blocked_steps_total,
    ),
    _Figure(
        "gathertui_room_fast_steps_total",
        "Steps refused because they came too fast.",
        lambda now: now.fast_steps_total,
    ),
    _Figure(
        "gathertui_room_expelled_views_total",
        "Views disconnected for impossible steps.",
        lambda now: now.expelled_total,
    ),
    _Figure("gathertui_room_ticks_total", "Times that moves were told.", lambda now: now.ticks_total),
    _Figure(
        "gathertui_room_moves_total",
        "Avatars told to have moved, one a tick at most.",
        lambda now: now.moves_total,
    ),
    _Figure(
        "gathertui_room_link_decisions_total",
        "Moves after which it was decided who hears whom.",
        lambda now: now.link_decisions_total,
    ),
    _Figure(
        "gathertui_room_link_changes_total",
        "Avatars whose conversation changed by that.",
        lambda now: now.link_changes_total,
    ),
    _Figure(
        "gathertui_room_links_waiting",
        "Moves after which it is yet to be decided who hears whom.",
        lambda now: now.links_waiting,
    ),
    _Figure(
        "gathertui_room_carried_avatars",
        "People whose sound and picture one of their terminals carries.",
        lambda now: now.carried,
    ),
    _Figure(
        "gathertui_room_signals_total",
        "Signals passed on from one end of a call to the other.",
        lambda now: now.signals_total,
    ),
    _Figure(
        "gathertui_room_refused_signals_total",
        "Signals refused: to strangers, or where nobody carries sound and picture.",
        lambda now: now.refused_signals_total,
    ),
    _Figure("gathertui_room_tick_interval_seconds", "Time from tick to tick now.", lambda now: now.tick_seconds),
    _Figure(
        "gathertui_room_tick_lag_seconds",
        "How late ticks came lately, on average.",
        lambda now: now.tick_lag_seconds,
    ),
    _Figure(
        "gathertui_room_load_ratio",
        "The part of a core that the room's thread used lately, 0 to 1.",
        lambda now: now.load,
    ),
    _Figure(
        "gathertui_room_overloaded",
        "1 while ticks are stretched because the process can't keep up, else 0.",
        lambda now: now.overloaded,
    ),
    _Figure("gathertui_room_overloads_total", "Times that this began.", lambda now: now.overloads_total),
)


class Metrics:
    """All figures of this process. `rooms` are by name."""

    def __init__(
        self,
        *,
        version: str,
        gateway: Callable[[], GatewayStatistics],
        signalling: Callable[[], SignallingStatistics],
        rooms: Mapping[str, Callable[[], RoomStatistics]],
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_OfficeCollector(version, gateway, signalling, rooms))
        ProcessCollector(registry=self._registry)

    def page(self) -> Page:
        """Return the figures as they are now, in Prometheus' text format."""
        return Page(HTTPStatus.OK, generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4)


class _OfficeCollector(Collector):
    """Asks for the statistics when it is asked for the metrics."""

    def __init__(
        self,
        version: str,
        gateway: Callable[[], GatewayStatistics],
        signalling: Callable[[], SignallingStatistics],
        rooms: Mapping[str, Callable[[], RoomStatistics]],
    ) -> None:
        self._version = version
        self._gateway = gateway
        self._signalling = signalling
        self._rooms = rooms

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("gathertui_build", "What runs here.", {"version": self._version})
        gateway = self._gateway()
        yield from _plain(_GATEWAY, gateway)
        yield _by_code(
            "gathertui_gateway_failures_total", "Messages answered with a failure, by its code.", gateway.failures_total
        )
        yield _by_code(
            "gathertui_gateway_closings_total", "Connections closed by the server, by reason.", gateway.closings_total
        )
        yield from _plain(_SIGNALLING, self._signalling())
        rooms = {name: statistics() for name, statistics in self._rooms.items()}
        for room_figure in _ROOM:
            family = room_figure.family(("room",))
            for name, room in rooms.items():
                family.add_metric((name,), room_figure.of(room))
            yield family


def _plain(figures: Iterable[_Figure[S]], now: S) -> Iterator[Metric]:
    """Return figures of which there is one each."""
    for figure in figures:
        family = figure.family()
        family.add_metric((), figure.of(now))
        yield family


def _by_code(name: str, description: str, counts: Mapping[Code, int]) -> CounterMetricFamily:
    """Return a counter with a sample for every code: a rate can't see a series' first step if it begins with it."""
    family = CounterMetricFamily(name, description, labels=("code",))
    for code in Code:
        family.add_metric((code.value,), counts.get(code, 0))
    return family
