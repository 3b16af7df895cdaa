"""What the office costs on a terminal of 142 by 50: people who walk, two moving pictures, and somebody who types.

Prints one line of JSON a figure. The app runs in a process of its own on a
pseudo-terminal, with an office in memory; `cpu_percent` is its processor time,
without the office's, of one core. `echo_ms` runs from writing a key to the
terminal until its letter comes back. Nothing that reads the terminal counts.

step: one of the 100 takes a step. scroll: a map of about 120 by 40 cells moves by a
tile, with everything on it. `frame_ms` is the painting, comparing, encoding and
writing of the frame that shows it, `bytes` what the terminal is sent for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import AsyncIterator, Callable
from random import Random
from statistics import median

import cv2

from gathertui.client.office import OfficeClient
from gathertui.client.profile import Profile
from gathertui.maplocator import bundled_map
from gathertui.protocol.base import ConnectionKind
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.clock import RunningClock
from gathertui.testing.collectingdriver import CollectingDriver
from gathertui.testing.office import MemoryOffice
from gathertui.testing.walkers import Walkers
from gathertui.ui.app import OfficeApp
from gathertui.ui.entrance import Entrance
from gathertui.ui.settings import Settings
from gathertui.ui.widgets.mapview import MapView
from gathertui.ui.widgets.people import PeopleList
from gathertui.ui.widgets.picture import PictureView
from gathertui.world.geometry import Direction, Point

COLUMNS, ROWS = 142, 50
PEOPLE = 100
SETTLING_SECONDS, MEASURED_SECONDS = 3.0, 12.0
KEY_SECONDS = 0.23
SCENES = ("idle", "people", "pictures", "people and pictures")
LETTERS = "бгдёжзийлпфцчшщъыьэюя"
"""That nothing else on the screen is written in."""
STEPS, SCROLLS = 200, 50


def report(figure: str, **numbers: float) -> None:
    # Not `sys.stdout`: while an app runs in this process that is the app's.
    line = json.dumps({"figure": figure, **{name: round(value, 3) for name, value in numbers.items()}})
    print(line, file=sys.__stdout__, flush=True)


# ---------------------------------------------------------------- the app, in a process of its own


@contextlib.asynccontextmanager
async def office_app(size: tuple[int, int] | None = None) -> AsyncIterator[tuple[OfficeApp, MemoryOffice, Walkers]]:
    """Run the app in an office with people: on this process's terminal, or of a size, for nobody to see."""
    async with MemoryOffice(RunningClock(), map_text=bundled_map("office")) as office:
        walkers = Walkers(office, PEOPLE, Random(1))
        token = os.environ["GATHERTUI_TOKEN"] = office.add_account("ada")

        def make(address: str, device: str, kept: str) -> OfficeClient:
            return OfficeClient(address, kind=ConnectionKind.VIEW, device=device, token=token, dial=office.dial)

        profile = Profile()
        app = OfficeApp(Entrance(profile, "localhost:7766", make_client=make), Settings(profile.folder))
        if size is not None:
            app.driver_class = CollectingDriver
        running = asyncio.create_task(app.run_async(size=size))
        while not (app.screen_stack and any(view.cells for view in app.screen.query(MapView))):
            await asyncio.sleep(0.05)
        yield app, office, walkers
        app.exit(0)
        await running


async def play_scene(scene: str, told: Callable[[dict[str, float]], None]) -> None:
    """Run the app, play the scene, and tell what it cost."""
    cv2.setNumThreads(1)
    films = [[SyntheticCamera(seed).frame(n / 15) for n in range(90)] for seed in (1, 2)]
    async with office_app() as (app, _, walkers):
        views: list[PictureView] = []
        if "pictures" in scene:
            with app._context():
                views = [PictureView(app.look, f"Head {n}", initials=f"H{n}", colour=n) for n in (1, 2)]
                for view in views:
                    view.styles.width, view.styles.height = 40, 21
                await app.screen.query_one("#side").mount_all(views, before=0)
                app.screen.query_one(PeopleList).display = False
        staged = [0.0]

        async def walk() -> None:
            while True:
                began = time.thread_time()
                await walkers.step()
                staged[0] += time.thread_time() - began
                await asyncio.sleep(0.1)

        async def film() -> None:
            number, due = 0, time.monotonic()
            while True:
                for view, frames in zip(views, films, strict=True):
                    view.show(frames[number % len(frames)])
                number, due = number + 1, due + 1 / 15
                await asyncio.sleep(max(0.0, due - time.monotonic()))

        tasks = [asyncio.create_task(walk())] if "people" in scene else []
        tasks += [asyncio.create_task(film())] if views else []
        await asyncio.sleep(SETTLING_SECONDS)
        told({})
        began, spent, staged[0] = time.monotonic(), time.process_time(), 0.0
        await asyncio.sleep(MEASURED_SECONDS)
        taken, rate = time.monotonic() - began, app.canvases.pictures.frames_per_second(time.monotonic())
        cost = 100 * (time.process_time() - spent - staged[0]) / taken
        told({"cpu_percent": cost, "office_cpu_percent": 100 * staged[0] / taken, "pictures_per_second": rate})
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# ---------------------------------------------------------------- single frames


async def measure_frames() -> None:
    """Take single steps and scrolls, and report what the frames cost that show them."""
    # What the side pane leaves of this is 120 by 40.
    async with office_app((171, 43)) as (app, office, walkers):
        driver, view = app._driver, app.screen.query_one(MapView)
        assert isinstance(driver, CollectingDriver)
        for names in (True, False):
            if not names:
                driver.type("n")
            await asyncio.sleep(0.5)
            driver.take()
            frames = Frames(app, driver)
            for number in range(STEPS):
                account = walkers.accounts[number % PEOPLE]
                avatar = office.avatars[account]
                # To the next tile and back, whatever is in the way: only the picture counts.
                there = Point(avatar.x + (1, -1)[number // PEOPLE % 2], avatar.y)
                await office.move_all([(account, there, Direction.EAST)])
                await asyncio.sleep(0.13)
            frames.report("step" if names else "step without names")
        frames = Frames(app, driver)
        you, size = office.avatars["id-ada"], view.size
        for number in range(SCROLLS):
            there = Point(20 + number % 60, you.y)
            await office.move_all([("id-ada", there, Direction.EAST)])
            await asyncio.sleep(0.2)
        frames.report("scroll", columns=size.width, rows=size.height)


class Frames:
    """Notes what every frame costs, in milliseconds of this thread, and its bytes."""

    def __init__(self, app: OfficeApp, driver: CollectingDriver) -> None:
        self._driver = driver
        self._costs: list[float] = []
        self._sizes: list[float] = []
        schedule = app.canvases._schedule
        draw = type(app.canvases)._draw_frame

        def noted(now: float) -> float | None:
            driver.take()
            began = time.thread_time()
            wait = draw(app.canvases, now)
            cost = (time.thread_time() - began) * 1000
            written = len(driver.take().encode())
            if written:
                self._costs.append(cost)
                self._sizes.append(written)
            return wait

        schedule._draw = noted

    def report(self, figure: str, **more: float) -> None:
        """Print the figures of the frames that wrote something."""
        numbers = {"frame_ms": median(self._costs), "frame_ms_min": min(self._costs), "frame_ms_max": max(self._costs)}
        numbers |= {"bytes": median(self._sizes), "bytes_max": max(self._sizes), "frames": len(self._costs)}
        report(figure, **numbers, **more)


# ---------------------------------------------------------------- the person at the terminal


def play(scene: str) -> None:
    """Run a scene in a process of its own, type while it is measured, and report."""
    near, far = pty.openpty()
    fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    tells, telling = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        # Exported, these two would stand for the terminal's own size.
        exported = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = exported | {
            "GATHERTUI_CONFIG_DIR": folder,
            "GATHERTUI_LOG_DIR": folder,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        process = subprocess.Popen(
            [sys.executable, __file__, "--app", scene, str(telling)],
            stdin=far, stdout=far, stderr=far, env=environment, pass_fds=[telling], start_new_session=True,
        )  # fmt: skip
        os.close(far)
        os.close(telling)
        watcher = Watcher(near, tells, types=scene != "idle")
        watcher.run()
        process.wait(30)
    numbers = {name: value for line in watcher.told for name, value in line.items()}
    echoes = sorted(watcher.echoes)
    if echoes:
        numbers |= {"echo_ms_p50": median(echoes), "echo_ms_p95": echoes[int(len(echoes) * 0.95)]}
    report(scene, **numbers, kb_per_second=watcher.bytes / MEASURED_SECONDS / 1000, keys=len(echoes))


class Watcher:
    """Reads a terminal, hears what the app tells, and types while it is measured."""

    def __init__(self, near: int, tells: int, *, types: bool) -> None:
        self._near, self._tells, self._types = near, tells, types
        self.told: list[dict[str, float]] = []
        self.echoes: list[float] = []
        """Milliseconds from each key to its letter."""
        self.bytes = 0
        self._text = self._tail = b""
        self._waiting: tuple[bytes, float] | None = None
        self._next_key, self._keys = 0.0, 0

    def run(self) -> None:
        """Watch until the app ends."""
        while True:
            readable, _, _ = select.select([self._near, self._tells], [], [], 0.005)
            if self._near in readable and not self._read():
                break
            if self._tells in readable and not self._hear():
                break
            if self._types and len(self.told) == 1 and self._waiting is None:
                self._type(time.perf_counter())

    def _read(self) -> bool:
        try:
            data = os.read(self._near, 1 << 16)
        except OSError:
            return False
        if len(self.told) == 1:
            self.bytes += len(data)
        if self._waiting is not None and self._waiting[0] in self._tail + data:
            self.echoes.append((time.perf_counter() - self._waiting[1]) * 1000)
            self._waiting = None
        self._tail = data[-8:]
        return bool(data)

    def _hear(self) -> bool:
        data = os.read(self._tells, 4096)
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines:
            self.told.append(json.loads(line))
            if self._types and len(self.told) == 1:
                os.write(self._near, b"i")
                self._next_key = time.perf_counter() + 0.5
        return bool(data)

    def _type(self, now: float) -> None:
        if now < self._next_key:
            return
        if self._keys and self._keys % 20 == 0:
            os.write(self._near, b"\x15")  # an empty line again
        letter = LETTERS[self._keys % len(LETTERS)].encode()
        self._waiting = letter, time.perf_counter()
        os.write(self._near, letter)
        self._keys, self._next_key = self._keys + 1, now + KEY_SECONDS


def main() -> None:
    if sys.argv[1:2] == ["--app"]:
        with os.fdopen(int(sys.argv[3]), "w") as pipe:
            asyncio.run(play_scene(sys.argv[2], lambda line: print(json.dumps(line), file=pipe, flush=True)))
        return
    for scene in sys.argv[1:] or SCENES:
        play(scene)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"GATHERTUI_CONFIG_DIR": folder, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        asyncio.run(measure_frames())


if __name__ == "__main__":
    main()
