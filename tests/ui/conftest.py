"""An office inside the process, and the app in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Self

import pyte
import pytest
from textual.pilot import Pilot

from gathertui.client.media.port import MakeMedia
from gathertui.client.office import OfficeClient
from gathertui.client.profile import Profile
from gathertui.protocol.base import ConnectionKind
from gathertui.testing.clock import VirtualClock
from gathertui.testing.collectingdriver import CollectingDriver
from gathertui.testing.expectedscreen import Difference, ShownCell, differences, expected_screen
from gathertui.testing.office import MemoryOffice
from gathertui.ui.app import OfficeApp
from gathertui.ui.entrance import Entrance
from gathertui.ui.mediaguard import Pane
from gathertui.ui.screens.office import OfficeScreen
from gathertui.ui.screens.too_small import TooSmall
from gathertui.ui.settings import Settings
from gathertui.ui.widgets.chatlog import ChatLog
from gathertui.ui.widgets.chatpane import ChatPane
from gathertui.ui.widgets.composer import Composer
from gathertui.ui.widgets.drawn import Drawn
from gathertui.ui.widgets.mapview import MapView

PATIENCE = 60.0
"""Seconds until a condition that doesn't come true fails the test: long enough for a machine that has much to do."""

TURN_SECONDS = 0.005
"""How long a test waits before it looks again."""


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the app run until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        await pilot.pause()
        await asyncio.sleep(0.001)


class StoppedClock(datetime):
    """The time of day, which stands still: at the turn of a minute the top bar is drawn again."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2024, 5, 1, 12, 0, tzinfo=tz)


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no minute begin while a test counts what is drawn."""
    for module in ("gathertui.ui.officebars", "gathertui.ui.screens.office"):
        monkeypatch.setattr(f"{module}.datetime", StoppedClock)


@dataclass
class Visit:
    """A person who looks at the app."""

    office: MemoryOffice
    clock: VirtualClock
    app: OfficeApp
    pilot: Pilot[int]

    @property
    def screen(self) -> OfficeScreen:
        assert isinstance(self.app.screen, OfficeScreen)
        return self.app.screen

    @property
    def map_view(self) -> MapView:
        return self.app.screen.query_one(MapView)

    @property
    def chat(self) -> ChatPane:
        return self.app.screen.query_one(ChatPane)

    @property
    def composer(self) -> Composer:
        return self.app.screen.query_one(Composer)

    @property
    def log(self) -> ChatLog:
        return self.app.screen.query_one(ChatLog)

    @property
    def client(self) -> OfficeClient:
        return self.screen.client

    @property
    def is_drawn(self) -> bool:
        """Whether the map is, or the terminal is too small for one."""
        return self.map_view.cells is not None or self.screen.query_one(TooSmall).is_on_screen

    def text_of(self, widget: Drawn) -> str:
        return "\n".join(widget.render_line(y).text for y in range(widget.size.height))

    def shown(self) -> str:
        """All that the terminal shows, as text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    def map_text(self) -> str:
        cells = self.map_view.cells
        assert cells is not None
        return "\n".join(cells.row_text(y) for y in range(cells.rows))

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each alone for long enough to act."""
        for key in keys:
            await self.pilot.press(key)
            await self.settled()

    async def settled(self) -> None:
        """Wait until no letter waits for its 30 ms."""
        screen = self.app.screen
        if isinstance(screen, OfficeScreen):
            await until(self.pilot, lambda: screen.keyboard.is_idle)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(self.pilot, condition)


class Visits:
    """Opens the app for a test, signed in or not."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.office = MemoryOffice(self.clock)

    @contextlib.asynccontextmanager
    async def open(
        self,
        *,
        token: str = "",
        size: tuple[int, int] = (120, 40),
        server: str | None = "localhost:7766",
        ascii_only: bool = False,
        media: MakeMedia | None = None,
        pane: Pane | None = None,
    ) -> AsyncIterator[Visit]:
        def make(address: str, device: str, kept: str) -> OfficeClient:
            return OfficeClient(
                address,
                kind=ConnectionKind.VIEW,
                device=device,
                token=kept or token,
                dial=self.office.dial,
                media=media,
                clock=self.clock,
                sleep=self.clock.sleep,
                rng=lambda: 0.5,
            )

        profile = Profile()
        with pytest.MonkeyPatch.context() as patch:
            if token:
                patch.setenv("GATHERTUI_TOKEN", token)
            async with self.office:
                app = OfficeApp(
                    Entrance(profile, server, make_client=make),
                    Settings(profile.folder),
                    ascii_only=ascii_only,
                    pane=pane,
                )
                async with app.run_test(size=size) as pilot:
                    visit = Visit(self.office, self.clock, app, pilot)
                    if token:
                        await until(pilot, lambda: isinstance(app.screen, OfficeScreen))
                        await until(pilot, lambda: visit.is_drawn)
                    await pilot.pause()
                    yield visit


@pytest.fixture
def visits() -> Visits:
    """Return an office with nobody in it, to be visited."""
    return Visits()


# ---------------------------------------------------------------- an emulated terminal, for what is drawn cell by cell


class EmulatedTerminal:
    """What a terminal shows of an app that writes to a `CollectingDriver`, once `read` is called."""

    def __init__(self, app: OfficeApp, columns: int, rows: int) -> None:
        self.app = app
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self.screen)
        self.images: dict[int, tuple[int, int, int, int]] = {}
        """The pictures in pixels by kitty's protocol: column, row, columns and rows of each by its number."""
        self.characters = 0
        """How many came."""

    @property
    def driver(self) -> CollectingDriver:
        driver = self.app._driver
        assert isinstance(driver, CollectingDriver)
        return driver

    def read(self) -> str:
        text = self.driver.take()
        self.characters += len(text)
        self._place_images(text)
        # pyte would show what is in a string for others.
        self._stream.feed(re.sub(r"\x1b_[^\x1b]*\x1b\\", "", text))
        return text

    def _place_images(self, text: str) -> None:
        cursor = (0, 0)
        for row, column, keys in re.findall(r"\x1b\[(\d+);(\d+)H|\x1b_G([^;\x1b]*)", text):
            if row:
                cursor = (int(column) - 1, int(row) - 1)
                continue
            values = dict(pair.split("=") for pair in keys.split(",") if pair)
            if values.get("a") == "T":
                self.images[int(values["i"])] = (*cursor, int(values["c"]), int(values["r"]))
            elif values.get("d") == "I":
                self.images.pop(int(values["i"]), None)
            elif values.get("d") == "A":
                self.images.clear()

    def report(self, text: str) -> int:
        """Tell where the cursor is as often as this asks; how often that was."""
        asked = re.findall(r"\x1b\[(\d+;\d+)H\x1b\[6n", text)
        for place in asked:
            self.driver.type(f"\x1b[{place}R")
        return len(asked)

    def lose_everything(self) -> None:
        """Show nothing, as after a programme that wrote over all of it."""
        self.images.clear()
        self.screen.reset()

    def resize(self, columns: int, rows: int) -> None:
        self.read()
        self.screen.resize(rows, columns)
        self.driver.resize(columns, rows)

    def cells(self) -> list[list[ShownCell]]:
        rows = []
        for y in range(self.screen.lines):
            line = self.screen.buffer[y]
            row = []
            for x in range(self.screen.columns):
                cell = line[x]
                colours = [None if c == "default" else int(c, 16) for c in (cell.fg, cell.bg)]
                ink, ground = reversed(colours) if cell.reverse else colours
                row.append(ShownCell(cell.data, ink, ground, cell.bold))
            rows.append(row)
        return rows

    def wrong(self) -> list[Difference]:
        """The cells that show something else than they should, now that all was read."""
        self.read()
        return differences(expected_screen(self.app), self.cells())

    def shows_the_office(self) -> bool:
        """Whether the map is drawn. Until then all is read, and reported where the app asks for that."""
        if self.app._driver is not None:
            self.report(self.read())
        top = self.app.screen_stack[-1] if self.app.screen_stack else None
        return isinstance(top, OfficeScreen) and any(view.cells is not None for view in top.query(MapView))

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "it never came true"
            await asyncio.sleep(TURN_SECONDS)

    async def frame_after(self, frames: int) -> None:
        """Wait until the app has written more frames than these."""
        await self.until(lambda: self.driver.frames_written > frames)

    @property
    def has_to_draw(self) -> bool:
        """Whether the canvases ask for a frame, or will once more after a change of size."""
        canvases = self.app.canvases
        settling = canvases._settle_timer
        is_settling = settling is not None and not settling.cancelled() and settling.when() > time.monotonic()
        return is_settling or canvases._schedule._timer is not None

    async def rest(self, seconds: float = 0.05) -> None:
        """Wait until all is drawn: nobody asks for a frame, and the app has had nothing to do for so long."""
        while True:
            await self.until(lambda: not self.has_to_draw)
            await self.quiet(seconds)
            if not self.has_to_draw:
                return

    async def answer_until_rest(self) -> None:
        """Report where the cursor is as often as the app asks, until all is drawn."""
        deadline = time.monotonic() + PATIENCE
        while True:
            await self.quiet()
            if not self.report(self.read()) and not self.has_to_draw:
                return
            assert time.monotonic() < deadline, "it asks again and again"

    async def quiet(self, seconds: float = 0.05) -> None:
        """Wait until the app has had nothing to do for so long, counted in turns of the loop in which it could have."""
        turns, last = 0, -1
        while turns * TURN_SECONDS < seconds:
            then = time.monotonic()
            await asyncio.sleep(TURN_SECONDS)
            was_busy = time.monotonic() - then > 0.03  # this task would have run again sooner
            is_shown = bool(self.app.screen_stack) and self.app.screen._compositor.size == self.app.size
            if self.driver.frames_written != last or not is_shown:
                turns, last = 0, self.driver.frames_written
            elif not was_busy:
                turns += 1

    async def wrong_when_quiet(self, seconds: float = 0.05) -> list[Difference]:
        """`wrong` after a `rest`, and after that would not have been long enough."""
        while True:
            await self.rest(seconds)
            wrong, written = self.wrong(), self.driver.frames_written
            if not wrong:
                return []
            await asyncio.sleep(1.0)
            if self.driver.frames_written == written:
                return wrong


OnTerminal = Callable[..., contextlib.AbstractAsyncContextManager[EmulatedTerminal]]


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> OnTerminal:
    """Return `open(office, token, size=)`, which runs an app on a terminal with all colours, in the office."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)

    @contextlib.asynccontextmanager
    async def open_terminal(
        office: MemoryOffice,
        token: str,
        *,
        size: tuple[int, int] = (120, 40),
        media: MakeMedia | None = None,
        **options: Any,
    ) -> AsyncIterator[EmulatedTerminal]:
        def make(address: str, device: str, kept: str) -> OfficeClient:
            return OfficeClient(
                address, kind=ConnectionKind.VIEW, device=device, token=token, dial=office.dial, media=media
            )

        profile = Profile()
        monkeypatch.setenv("GATHERTUI_TOKEN", token)
        app = OfficeApp(
            Entrance(profile, "localhost:7766", make_client=make), Settings(profile.folder / token), **options
        )
        app.driver_class = CollectingDriver
        running = asyncio.create_task(app.run_async(size=size))
        terminal = EmulatedTerminal(app, *size)
        try:
            await terminal.until(terminal.shows_the_office)
            await terminal.quiet()  # and no `rest`: whoever asks for reports may get none
            terminal.driver.max_unread = 10**9  # read or not, until a test says otherwise
            terminal.read()
            yield terminal
        finally:
            app.exit(0)
            await running

    return open_terminal
