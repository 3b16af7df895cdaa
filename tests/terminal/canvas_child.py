"""The office on a real terminal, which does what it is told on a socket: `python canvas_child.py SOCKET SEED`.

Each line that comes is the name of something to do and its number, and is answered
by a line of JSON when it is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from random import Random

from textual.driver import Driver

from gathertui.client.office import OfficeClient
from gathertui.client.profile import Profile
from gathertui.protocol.base import ConnectionKind
from gathertui.terminal.capabilities import from_environment
from gathertui.terminal.meeting import met_terminal
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.clock import RunningClock
from gathertui.testing.expectedscreen import expected_screen
from gathertui.testing.office import MemoryOffice
from gathertui.testing.walkers import Walkers
from gathertui.ui.app import OfficeApp
from gathertui.ui.entrance import Entrance
from gathertui.ui.screens.help import HelpScreen
from gathertui.ui.screens.office import OfficeScreen
from gathertui.ui.settings import Settings
from gathertui.ui.widgets.picture import PictureView


class Child:
    """The app, the office that it shows, and those who move on it until they are told to stand still."""

    def __init__(self, app: OfficeApp, walkers: Walkers) -> None:
        self.app = app
        self._walkers = walkers
        self._cameras = [SyntheticCamera(seed, 160, 120) for seed in (1, 2)]
        self._views: list[PictureView] = []
        self._moves = True

    async def put_pictures(self) -> None:
        look = self.app.look
        self._views = [
            PictureView(look, "Grace 会", initials="GH", colour=3),
            PictureView(look, "Ed", initials="ED", colour=7),
        ]
        for view in self._views:
            view.styles.height = 9
        await self.app.screen.query_one("#side").mount_all(self._views, before=0)

    async def move(self) -> None:
        """People walk and talk."""
        seconds = 0.0
        while True:
            if self._moves:
                await self._walkers.step()
                seconds += 0.1
                for view, camera in zip(self._views, self._cameras, strict=True):
                    view.show(camera.frame(seconds))
            await asyncio.sleep(0.1)

    async def do(self, name: str, number: int) -> object:
        app = self.app
        match name:
            case "stand-still":
                self._moves = False
            case "move":
                self._moves = True
            case "toast":
                app.notify("Somebody came in. " * (1 + number % 4), timeout=(0.1, 1.5)[number % 2])
            case "theme":
                app.theme = ("gathertui-dark", "gathertui-light")[number % 2]
            case "help":
                if len(app.screen_stack) < 5:
                    app.push_screen(HelpScreen(app.look))
            case "suspend":
                with app.suspend():
                    os.write(2, b"\x1b[2J\x1b[Hsomebody else's words\r\n" * 3)
                    await asyncio.sleep(0.05)
            case "screen":
                return [[cell for cell in row if cell.text] for row in expected_screen(app)]
            case "stale":
                return any(canvas.is_stale for canvas in app.canvases._places)
            case "process":
                return os.getpid()
            case "stay" | "leave":
                self._end_only_if(name == "leave")
        return True

    def _end_only_if(self, is_told: bool) -> None:
        """Whatever is pressed or clicked at random, the app goes on until it is told to end."""
        if is_told:
            type(self.app).exit(self.app, 0)
        else:
            setattr(self.app, "exit", lambda *_, **__: None)  # noqa: B010  # a method

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            name, number = line.split()
            with self.app._context():
                answer = await self.do(name.decode(), int(number))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()


async def main(socket: str, seed: int, driver_class: type[Driver] | None) -> None:
    async with MemoryOffice(RunningClock()) as office:
        walkers = Walkers(office, 12, Random(seed))
        token = os.environ["GATHERTUI_TOKEN"] = office.add_account("ada")

        def make(address: str, device: str, kept: str) -> OfficeClient:
            return OfficeClient(address, kind=ConnectionKind.VIEW, device=device, token=token, dial=office.dial)

        profile = Profile()
        app = OfficeApp(
            Entrance(profile, "localhost:7766", make_client=make),
            Settings(profile.folder),
            capabilities=from_environment(os.environ),
        )
        app.driver_class = driver_class or app.driver_class
        child = Child(app, walkers)
        for number in (signal.SIGTERM, signal.SIGHUP):  # as `ui.program` does
            # Looked up when it comes: who is to stay does so whatever signal comes.
            asyncio.get_running_loop().add_signal_handler(number, lambda: app.exit(0))
        running = asyncio.create_task(app.run_async())
        while not (app.screen_stack and isinstance(app.screen, OfficeScreen) and app.screen.query("#side")):
            await asyncio.sleep(0.02)
        with app._context():
            await child.put_pictures()
        moving = asyncio.create_task(child.move())
        server = await asyncio.start_unix_server(child.serve, socket)
        await running
        if app.crash is not None:
            with Path(os.environ["GATHERTUI_LOG_DIR"], "crash.log").open("w") as log:
                traceback.print_exception(app.crash, file=log)
        moving.cancel()
        server.close()
        with contextlib.suppress(asyncio.CancelledError):
            await moving


if __name__ == "__main__":
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)  # they would hide every resize
    with met_terminal(os.environ, unicode=True) as met:
        asyncio.run(main(sys.argv[1], int(sys.argv[2]), met.driver_class))
