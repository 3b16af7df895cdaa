"""The metrics of a running server, scraped over a socket."""

from __future__ import annotations

import asyncio
import json
import math
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gathertui import __version__
from gathertui.client.prediction import StepOutcome
from gathertui.errors import Code, GathertuiError, Refused
from gathertui.protocol.limits import SUBPROTOCOL
from gathertui.world.geometry import Direction
from gathertui_server.settings import ListenAddress

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: office\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: " + SUBPROTOCOL.encode() + b"\r\n\r\n"
)

GUIDE = Path(__file__).parents[3] / "docs" / "operating.md"


@pytest.fixture
def scrape(office, get):
    """Return `scrape()`: the samples of a scrape by name; those by code are `name{code}`."""

    async def scrape() -> dict[str, float]:
        page = await get(office.server.metrics_url)
        assert page.status == 200
        samples = {}
        for family in text_string_to_metric_families(page.body):
            for sample in family.samples:
                code = sample.labels.get("code")
                samples[f"{sample.name}{{{code}}}" if code else sample.name] = sample.value
        return samples

    return scrape


async def walk(client) -> int:
    """Step this way and that until one has led somewhere; return the steps that the server has had to judge."""
    outcomes = []
    for direction in Direction:
        outcomes.append(client.step(direction))
        if outcomes[-1] is StepOutcome.MOVED:
            break
    assert outcomes.pop() is StepOutcome.MOVED
    await client.who()  # answered after the steps
    return 1 + outcomes.count(StepOutcome.TURNED)


async def test_the_figures_of_an_empty_office(scrape) -> None:
    samples = await scrape()
    assert samples["gathertui_build_info"] == 1
    for figure in ("connections", "views", "slow_connections", "outbox_bytes", "sent_messages_total"):
        assert samples["gathertui_gateway_" + figure] == 0
    assert samples["gathertui_room_avatars"] == 0
    assert samples["gathertui_room_overloaded"] == 0
    assert samples["gathertui_room_tick_interval_seconds"] == pytest.approx(0.05)
    assert all(math.isfinite(value) for value in samples.values())


async def test_the_figures_move_when_people_enter_and_walk(office, scrape) -> None:
    ada = await office.enter("ada")
    await office.enter("bob")
    inside = await scrape()
    assert inside["gathertui_gateway_connections"] == inside["gathertui_gateway_views"] == 2
    assert inside["gathertui_gateway_opened_connections_total"] == 2
    assert inside["gathertui_room_avatars"] == 2
    assert inside["gathertui_room_steps_total"] == 0

    steps = await walk(ada)
    walked = await scrape()
    assert walked["gathertui_room_steps_total"] == steps
    for figure in ("received_messages_total", "received_bytes_total", "sent_messages_total", "sent_bytes_total"):
        assert walked["gathertui_gateway_" + figure] > inside["gathertui_gateway_" + figure]

    await ada.close(goodbye=True)
    left = await scrape()
    async with asyncio.timeout(10):
        while left["gathertui_gateway_connections"] == 2:  # until the server has read that she is gone
            left = await scrape()
    assert left["gathertui_gateway_views"] == 1
    assert left["gathertui_gateway_opened_connections_total"] == 2


async def test_a_failure_is_counted_by_its_code(office, scrape) -> None:
    ada = await office.enter("ada")
    before = await scrape()
    assert before["gathertui_gateway_failures_total{unknown_channel}"] == 0
    with pytest.raises(Refused):
        await ada.say("nowhere", "hello")
    after = await scrape()
    assert after["gathertui_gateway_failures_total{unknown_channel}"] == 1
    changed = {name for name in after if name.startswith("gathertui_gateway_failures") and after[name] != before[name]}
    assert changed == {"gathertui_gateway_failures_total{unknown_channel}"}


async def test_a_connection_that_the_server_closes_is_counted_by_the_reason(office, scrape) -> None:
    await office.enter("ada")
    await office.enter("ada", new=False)  # the same device once more
    samples = await scrape()
    assert samples["gathertui_gateway_closings_total{replaced}"] == 1
    assert samples["gathertui_gateway_closings_total{too_slow}"] == 0
    assert samples["gathertui_gateway_views"] == 1


async def test_every_code_is_there_from_the_start(scrape) -> None:
    samples = await scrape()
    for code in Code:
        assert samples[f"gathertui_gateway_failures_total{{{code.value}}}"] == 0
        assert samples[f"gathertui_gateway_closings_total{{{code.value}}}"] == 0


async def test_what_is_exposed_keeps_to_prometheus_conventions(office, get) -> None:
    page = await get(office.server.metrics_url)
    assert "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n" in page.head
    for family in text_string_to_metric_families(page.body):
        assert family.documentation
        assert family.type in ("counter", "gauge")
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")
            if sample.name.startswith("gathertui_room_"):
                assert set(sample.labels) == {"room"}
    assert f'gathertui_build_info{{version="{__version__}"}} 1.0' in page.body


async def test_the_guide_lists_what_is_exposed(scrape) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    exposed = {name.partition("{")[0] for name in await scrape() if name.startswith("gathertui_")}
    assert sorted(rows) == sorted(exposed)


async def test_the_guide_names_no_other_metric(scrape) -> None:
    named = set(re.findall(r"gathertui_\w+", GUIDE.read_text(encoding="utf-8")))
    assert named <= {name.partition("{")[0] for name in await scrape()}


@pytest.mark.skipif(sys.platform != "linux", reason="the process' figures come from /proc")
async def test_the_process_is_told_of(scrape) -> None:
    samples = await scrape()
    assert samples["process_resident_memory_bytes"] > 1e6
    assert samples["process_cpu_seconds_total"] > 0
    assert samples["process_open_fds"] > 0


async def test_health(office, get) -> None:
    page = await get(office.server.metrics_url.replace("/metrics", "/healthz"))
    assert (page.status, page.body) == (200, "ok\n")


async def test_a_stopping_server_says_so_until_it_is_gone(open_office, get) -> None:
    opened: asyncio.Future = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    async def serve() -> None:
        async with open_office(metrics_listen=ListenAddress.parse("0")) as office:
            opened.set_result(office.server)
            await stop.wait()

    serving = asyncio.create_task(serve())
    server = await opened
    health = server.metrics_url.replace("/metrics", "/healthz")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HANDSHAKE)
    await reader.readuntil(b"\r\n\r\n")
    stop.set()
    await reader.read(1)  # the server's goodbye, which it now waits for an answer to
    page = await get(health)
    assert (page.status, page.body) == (503, "not accepting connections\n")
    writer.close()
    await serving
    with pytest.raises(ConnectionRefusedError):
        await get(health)


async def test_there_is_no_endpoint_unless_it_is_asked_for(open_office, tmp_path) -> None:
    ready = tmp_path / "ready.json"
    async with open_office(ready_file=ready) as office:
        assert office.server.metrics_url == ""
        assert "metrics_url" not in json.loads(ready.read_text())


async def test_the_ready_file_says_where_the_metrics_are(open_office, tmp_path, get) -> None:
    ready = tmp_path / "ready.json"
    async with open_office(ready_file=ready, metrics_listen=ListenAddress.parse("127.0.0.1:0")) as office:
        assert json.loads(ready.read_text())["metrics_url"] == office.server.metrics_url
        assert (await get(office.server.metrics_url)).status == 200


async def test_a_port_in_use_is_said(open_office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(GathertuiError, match=rf"127\.0\.0\.1, port {port}: .*in use.*--metrics-listen"):
            async with open_office(metrics_listen=ListenAddress("127.0.0.1", port)):
                pass


@pytest.mark.parametrize("host", ["a..b", "192.0.2.1"])
async def test_an_address_that_is_none_of_this_machine_is_said(open_office, host) -> None:
    with pytest.raises(GathertuiError, match=re.escape(host)):
        async with open_office(metrics_listen=ListenAddress(host, 0)):
            pass


def test_a_server_without_metrics_loads_nothing_of_them() -> None:
    program = (
        "import sys, gathertui_server.running\n"
        "sys.exit(any(name.startswith(('prometheus_client', 'gathertui_server.observability.metrics'))"
        " for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
