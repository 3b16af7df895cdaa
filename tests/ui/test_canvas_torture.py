"""Any sequence of keys, overlays, sizes, lost frames and suspends, and the terminal shows exactly what it should."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING

import pytest

from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.terminal.capabilities import Capabilities
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.clock import RunningClock
from gathertui.testing.office import MemoryOffice
from gathertui.testing.walkers import Walkers
from gathertui.ui.screens.help import HelpScreen
from gathertui.ui.screens.notice import ReplacedScreen
from gathertui.ui.widgets.picture import PictureView

if TYPE_CHECKING:
    from tests.ui.conftest import EmulatedTerminal, OnTerminal

ROUNDS = int(os.environ.get("GATHERTUI_TORTURE_ROUNDS", "14"))
LONGEST_ROUND = 6
QUIET_SECONDS = 0.2
"""Longer than anything that is drawn once more after a while."""

ESCAPE = "\x1b[27u"
KEYS = ["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "n", "\t", "p", "]", "3l"]
TEXTS = ["hello there", "x", "Ωλ é", "会议 at five", "\r"]


class Torturer:
    """Does things to an app at random."""

    def __init__(self, terminal: EmulatedTerminal, walkers: Walkers, random: Random) -> None:
        self._terminal = terminal
        self._app = terminal.app
        self._walkers = walkers
        self._random = random
        self._cameras = [SyntheticCamera(seed, 160, 120) for seed in (1, 2)]
        self._pictures: list[PictureView] = []
        self._seconds = 0.0
        self._acts: list[Callable[[], Awaitable[None] | None]] = [
            *[self._press] * 3, *[self._write] * 2, *[self._escape] * 4, *[self._walk] * 2, *[self._film] * 3,
            self._help, self._palette, self._toast, self._toast, self._theme, self._resize, self._resize, self._bounce,
            self._say_the_size_again, self._too_small, self._stack, self._cover, self._lose, self._suspend,
            self._mouse, self._no_picture,
        ]  # fmt: skip

    async def set_up(self) -> None:
        """Put two pictures on the screen."""
        app = self._app
        with app._context():
            look = app.look
            self._pictures = [
                PictureView(look, "Grace 会", initials="GH", colour=3),
                PictureView(look, "Edsger", initials="ED", colour=7),
            ]
            for picture in self._pictures:
                picture.styles.height = 9
            await app.screen.query_one("#side").mount_all(self._pictures, before=0)
        await self._film()

    def pixels(self) -> list[tuple[int, int, int, int]]:
        """Where pictures must be in pixels: those that all of shows."""
        bare = [picture for picture in self._pictures if picture.overlay.is_laid]
        assert all(picture.is_bare for picture in bare)
        assert all(picture.region.size == picture.outer_size for picture in bare)
        return sorted((*each.region.offset, each.region.width, each.region.height - 1) for each in bare)

    def is_settled(self) -> bool:
        """Whether nothing waits to be painted, and the pictures in pixels are those that should be."""
        self._terminal.read()
        is_stale = any(canvas.is_stale for canvas in self._app.canvases._places)
        return not is_stale and sorted(self._terminal.images.values()) == self.pixels()

    async def act(self) -> str:
        """Do one thing; its name."""
        act = self._random.choice(self._acts)
        with self._app._context():
            done = act()
            if done is not None:
                await done
        await asyncio.sleep(self._random.random() * 0.03)
        return act.__name__

    def _type(self, text: str) -> None:
        self._terminal.driver.type(text)

    def _press(self) -> None:
        self._type(self._random.choice(KEYS))

    def _write(self) -> None:
        self._type("i")
        self._type(self._random.choice(TEXTS))

    def _escape(self) -> None:
        self._type(ESCAPE)

    async def _walk(self) -> None:
        await self._walkers.step()

    async def _film(self) -> None:
        self._seconds += 0.3
        for picture, camera in zip(self._pictures, self._cameras, strict=True):
            # Without the noise of a camera it takes so few bytes that it can be in pixels.
            picture.show(camera.frame(self._seconds) & 0xC0)

    def _no_picture(self) -> None:
        self._pictures[0].show(None)

    def _help(self) -> None:
        self._type("?")

    def _palette(self) -> None:
        self._type("\x10")
        self._type(self._random.choice(["th", "wa", ""]))

    def _toast(self) -> None:
        self._app.notify("Somebody came in. " * self._random.randint(1, 4), timeout=self._random.choice([0.1, 1.0]))

    def _theme(self) -> None:
        self._app.theme = self._random.choice(["gathertui-dark", "gathertui-light"])

    def _resize(self) -> None:
        self._terminal.resize(self._random.randint(60, 140), self._random.randint(24, 44))

    async def _bounce(self) -> None:
        for size in ((100, 35), (132, 43), (64, 20), (120, 40)):
            self._terminal.resize(*size)
            await asyncio.sleep(self._random.random() * 0.02)

    def _say_the_size_again(self) -> None:
        self._terminal.lose_everything()
        self._terminal.driver.resize(self._terminal.screen.columns, self._terminal.screen.lines)

    def _too_small(self) -> None:
        self._terminal.resize(self._random.choice([12, 40]), self._random.choice([4, 12]))

    def _stack(self) -> None:
        if len(self._app.screen_stack) < 5:
            self._app.push_screen(HelpScreen(self._app.look))

    async def _cover(self) -> None:
        """Another screen that nothing shines through, for a moment."""
        screen = ReplacedScreen(self._app.look, "Somebody else")
        await self._app.push_screen(screen)
        await asyncio.sleep(self._random.random() * 0.05)
        if self._app.screen is screen:
            await self._app.pop_screen()

    async def _lose(self) -> None:
        """The reader is too slow for a while."""
        driver = self._terminal.driver
        self._terminal.read()
        limit, driver.max_unread = driver.max_unread, -1
        self._type(self._random.choice([*KEYS, ESCAPE, "?"]))
        await self._film()
        await asyncio.sleep(0.15)
        self._terminal.read()
        driver.max_unread = limit

    async def _suspend(self) -> None:
        if not self._app.screen_stack:
            return
        with self._app.suspend():
            self._terminal.read()
            self._terminal.lose_everything()
            await self._film()
            await asyncio.sleep(0.02)

    def _mouse(self) -> None:
        column = self._random.randint(1, self._terminal.screen.columns)
        row = self._random.randint(1, self._terminal.screen.lines)
        for end in ("M", "m"):
            self._type(f"\x1b[<0;{column};{row}{end}")
        self._type(f"\x1b[<35;{column};{max(1, row - 3)}M")


WITH_PIXELS = Capabilities(
    ColourDepth.TRUECOLOR, frozenset(PictureMode), synchronized=True, cell_pixels=(8, 16), kitty_graphics=True
)


@pytest.mark.parametrize(("seed", "capabilities"), [(1, None), (2, None), (3, WITH_PIXELS)], ids=["1", "2", "pixels"])
async def test_every_cell_is_right_whatever_happens(
    on_terminal: OnTerminal, seed: int, capabilities: Capabilities | None
) -> None:
    random = Random(seed)
    compared = actions = 0
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 12, random)
        async with on_terminal(office, office.add_account("ada"), capabilities=capabilities) as terminal:
            torturer = Torturer(terminal, walkers, random)
            await torturer.set_up()
            for _ in range(ROUNDS):
                done = [await torturer.act() for _ in range(random.randint(1, LONGEST_ROUND))]
                wrong = await terminal.wrong_when_quiet(QUIET_SECONDS)
                assert wrong == [], (seed, done, len(terminal.app.screen_stack), len(wrong), wrong[:4])
                await terminal.until(torturer.is_settled)
                assert await terminal.wrong_when_quiet() == [], (seed, done)
                compared += terminal.screen.columns * terminal.screen.lines
                actions += len(done)
    print(f"seed {seed}: {actions} actions, {compared} cells compared")
