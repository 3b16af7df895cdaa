"""Headless Chromium with a page of ours in it, which is one more client of an office.

The page, in `page/`, is served by the test on a port of loopback. It does what it
is told over a websocket to the test, and reports a few times a second what it
hears and sees. Chromium's camera is its own fake device: a moving figure on green.
Its microphone plays a file that we make.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import signal
import struct
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

PAGE = Path(__file__).with_name("page")
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

TONE = 770.0
"""What the page's microphone hears, in Hz."""

RATE = 48_000
PATIENCE = 60.0
"""Seconds that anything may take; a browser starts slowly on a busy machine."""

Report = dict[str, Any]

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--password-store=basic",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # Its addresses as they are, instead of names that only multicast DNS knows; and all is on loopback.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
    "--enable-logging=stderr",
)


def write_tone(path: Path) -> None:
    """Write a second of `TONE`, which can be played in a loop without a click."""
    samples = (round(12_000 * math.sin(2 * math.pi * TONE * n / RATE)) for n in range(RATE))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


class PageServer:
    """Serves the page, and is the other end of its control socket."""

    def __init__(self) -> None:
        self.origin = ""
        self.socket: ServerConnection | None = None
        self.report: Report = {}
        self.problems: list[str] = []
        self.done: list[str] = []
        self._news = asyncio.Condition()
        self._server: Server | None = None

    async def start(self, port: int) -> None:
        """Listen on a port of loopback, which makes the page's `origin`."""
        self._server = await serve(self._converse, "127.0.0.1", port, process_request=self._answer)
        self.origin = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path == "/control":
            return None
        file = PAGE / (path.lstrip("/") or "index.html")
        if file.parent != PAGE or file.suffix not in TYPES or not file.is_file():
            return connection.respond(HTTPStatus.NOT_FOUND, "There is no such file.\n")
        body = file.read_bytes()
        headers = Headers([("Content-Type", TYPES[file.suffix]), ("Content-Length", str(len(body)))])
        return Response(HTTPStatus.OK.value, HTTPStatus.OK.phrase, headers, body)

    async def _converse(self, socket: ServerConnection) -> None:
        self.socket = socket
        with contextlib.suppress(ConnectionClosed):
            async for text in socket:
                said = json.loads(text)
                self.report = said.get("report", self.report)
                self.problems += [said["problem"]] if "problem" in said else []
                self.done += [said["done"]] if "done" in said else []
                async with self._news:
                    self._news.notify_all()

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until the page has said what makes `condition` true. Fails where it has a problem, or takes too long."""
        try:
            async with asyncio.timeout(PATIENCE), self._news:
                await self._news.wait_for(lambda: self.problems or condition())
        except TimeoutError:
            raise AssertionError(f"the page never came to this: {what}; last it said {self.report}") from None
        assert not self.problems, self.problems


class Browser:
    """Chromium with the page open."""

    def __init__(self, page: PageServer) -> None:
        self.page = page

    @property
    def report(self) -> Report:
        """What the page said last: see `report` in `page/main.js`."""
        return self.page.report

    @property
    def call(self) -> Report:
        """What it said of its call; empty where it has none."""
        return self.report.get("call") or {}

    async def tell(self, command: str, **options: object) -> None:
        """Have the page do something, and wait until it is done."""
        assert self.page.socket is not None
        count = len(self.page.done)
        await self.page.socket.send(json.dumps({"command": command, **options}))
        await self.page.until(lambda: len(self.page.done) > count, f"to have done {command}")

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a report that makes `condition` true."""
        await self.page.until(condition, what)

    async def reports(self, count: int) -> None:
        """Wait for so many reports more."""
        for _ in range(count):
            last = self.page.report
            await self.page.until(lambda last=last: self.page.report is not last, "to say anything")


@asynccontextmanager
async def open_browser(chromium: str, page: PageServer, folder: Path) -> AsyncIterator[Browser]:
    """Start `chromium` with the page, and its files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tone = folder / "tone.wav"
    write_tone(tone)
    log = folder / "chromium.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            chromium,
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--use-file-for-fake-audio-capture={tone}",
            page.origin + "/",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            browser = Browser(page)
            try:
                await page.until(lambda: page.report, "to be open")
            except AssertionError as error:
                raise AssertionError(f"{error}\n{log.read_text(errors='replace')[-2000:]}") from None
            yield browser
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End Chromium with all its processes: they are a process group of their own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await process.wait()
                return
