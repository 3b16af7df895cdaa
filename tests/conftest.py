"""What every test can rely on: folders of its own, no leaked task, and a word about missing programs."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest

SYSTEM_PACKAGES = Path(__file__).with_name("system-packages.txt")
REQUIRE_ALL = os.environ.get("GATHERTUI_REQUIRE_ALL") == "1"
FOLDERS = ("HOME", "GATHERTUI_CONFIG_DIR", "GATHERTUI_LOG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
MISSING_PACKAGES = pytest.StashKey[set[str]]()
MONGODB_URI = pytest.StashKey[str]()

# A busy machine is no fault of the code: no example has a deadline.
hypothesis.settings.register_profile("quick", max_examples=50, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if REQUIRE_ALL else "quick")


def pytest_configure(config: pytest.Config) -> None:
    """Take the database's address out of the environment; `pytest_runtest_protocol` lends it to the contract tests."""
    config.stash[MISSING_PACKAGES] = set()
    config.stash[MONGODB_URI] = os.environ.pop("MONGODB_URI", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the leak check first among an async test's fixtures, so that it is torn down last."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.fixturenames.insert(0, "no_task_left")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Lend contract tests the database that somebody runs; no other test may touch it, whatever a fixture's scope."""
    address = item.config.stash[MONGODB_URI]
    if address and "contracts" in item.path.parts:
        os.environ["MONGODB_URI"] = address
    try:
        return (yield)
    finally:
        os.environ.pop("MONGODB_URI", None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say at the end what to install for the tests that were skipped."""
    missing = sorted(config.stash[MISSING_PACKAGES])
    if missing:
        terminalreporter.section("skipped for missing programs")
        terminalreporter.line(
            f"To run these tests too, install: {' '.join(missing)} (Debian's names for the packages)."
        )


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    """Fail a test that leaves a task behind: every task has an owner that waits for its end."""
    yield
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.done()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    if left:
        pytest.fail("Tasks were left behind: " + ", ".join(repr(task.get_coro()) for task in left), pytrace=False)


def _set_folders(patch: pytest.MonkeyPatch, root: Path) -> None:
    for name in FOLDERS:
        folder = root / name.lower()
        folder.mkdir()
        patch.setenv(name, str(folder))


@pytest.fixture(scope="session", autouse=True)
def session_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep fixtures of wider scope than one test, too, off the user's own folders, and everything off the keyring."""
    with pytest.MonkeyPatch.context() as patch:
        _set_folders(patch, tmp_path_factory.mktemp("session"))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        yield


@pytest.fixture(autouse=True)
def own_folders(session_folders: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give each test a home, and folders for settings and logs, that no other test has seen."""
    with pytest.MonkeyPatch.context() as patch:
        _set_folders(patch, tmp_path_factory.mktemp("own"))
        yield


def _system_packages() -> frozenset[str]:
    lines = (line.partition("#")[0].strip() for line in SYSTEM_PACKAGES.read_text(encoding="utf-8").splitlines())
    return frozenset(line for line in lines if line)


@pytest.fixture(scope="session")
def require_program(pytestconfig: pytest.Config) -> Callable[..., str]:
    """Return `require(program, package=program)`, which returns the program's path.

    Where it is missing the test is skipped, or fails under `GATHERTUI_REQUIRE_ALL=1`.
    `package` is the Debian package that brings it, and must be in `system-packages.txt`.
    """

    def require(program: str, package: str = "") -> str:
        package = package or program
        assert package in _system_packages(), f"{package} is not in {SYSTEM_PACKAGES.name}"
        path = shutil.which(program)
        if path is not None:
            return path
        if REQUIRE_ALL:
            pytest.fail(f"{program} is not installed: install {package}.", pytrace=False)
        pytestconfig.stash[MISSING_PACKAGES].add(package)
        pytest.skip(f"{program} is not installed")

    return require


# ---------------------------------------------------------------- a real server, as its users run it


class Person:
    """Somebody at a machine of their own: a folder for the sign-in, and the commands they run."""

    def __init__(self, folder: Path, server: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.server = server
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GATHERTUI_")}
        self.environment = kept | {"GATHERTUI_CONFIG_DIR": str(folder), "GATHERTUI_LOG_DIR": str(folder / "logs")}

    def command(self, *arguments: str) -> list[str]:
        """The command line of `gathertui` with these arguments."""
        return [sys.executable, "-m", "gathertui", *arguments]

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment | environment,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command whose output is read line by line."""
        return subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment | {"PYTHONUNBUFFERED": "1"},
        )


class ServerProcess:
    """`gathertui serve` on a free port of loopback, with a data folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.options = options
        self.data_dir = folder / "data"
        self.ready_file = folder / "ready.json"
        self.owner_code_file = folder / "owner-code"
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        """Start it and wait until it says that it accepts connections."""
        self.ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "gathertui", "serve", "--port", "0", "--data-dir", str(self.data_dir)]
        command += ["--ready-file", str(self.ready_file), "--owner-code-file", str(self.owner_code_file)]
        with (self.folder / "server.out").open("ab") as out, (self.folder / "server.err").open("ab") as err:
            self.process = subprocess.Popen(
                [*command, "--stop-with-stdin", *self.options], stdin=subprocess.PIPE, stdout=out, stderr=err
            )
        deadline = time.monotonic() + 90
        while not self.ready_file.exists():
            assert self.process.poll() is None, self.errors()
            assert time.monotonic() < deadline, "the server was not ready in time"
            time.sleep(0.02)
        self.url = json.loads(self.ready_file.read_text())["url"]

    def errors(self) -> str:
        """What it has written to standard error."""
        return (self.folder / "server.err").read_text()

    def output(self) -> str:
        """What it has written to standard output."""
        return (self.folder / "server.out").read_text()

    def stop(self) -> int:
        """Tell it to stop, as an init system would, and return its exit code."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.terminate()
        code = self.process.wait(30)
        self.process.stdin.close()
        return code

    def owner_code(self) -> str:
        """The code that it wrote."""
        return self.owner_code_file.read_text().strip()


class OfficeProcess(ServerProcess):
    """A server with an owner, who lets others in."""

    def start(self) -> None:
        """Start it and sign up the owner."""
        super().start()
        self.people = self.folder / "people"
        self.owner = Person(self.people / "owner", self.url)
        self.sign_up(self.owner, "owner", self.owner_code())
        made = self.owner.run("invite", "create", "--uses", "100", "--json")
        assert made.returncode == 0, made.stderr
        self.invite: str = json.loads(made.stdout)["code"]

    def sign_up(self, person: Person, name: str, invite: str) -> None:
        """Make an account, and sign the person in with it."""
        arguments = ("--server", self.url, "--username", name, "--password-stdin", "--invite", invite)
        done = person.run("signup", *arguments, stdin="a long password\n")
        assert done.returncode == 0, done.stderr

    def member(self, name: str) -> Person:
        """Somebody who has just signed up."""
        person = Person(self.people / name, self.url)
        self.sign_up(person, name, self.invite)
        return person


@contextmanager
def _server_maker(folder: Path) -> Iterator[Callable[..., ServerProcess]]:
    made: list[ServerProcess] = []

    def make(*options: str) -> ServerProcess:
        made.append(ServerProcess(folder / f"server{len(made)}", *options))
        return made[-1]

    yield make
    for server in made:
        if server.process is not None and server.process.poll() is None:
            server.stop()


@pytest.fixture
def server_process(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Return `make(*options)`, which gives a server of this test alone; it ends with the test."""
    with _server_maker(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def module_server_process(
    session_folders: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., ServerProcess]]:
    """Return `make(*options)`, which gives a server of this file's tests; it ends with them."""
    with _server_maker(tmp_path_factory.mktemp("servers")) as make:
        yield make


@pytest.fixture(scope="session")
def office_process(session_folders: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeProcess]:
    """One office that all tests of a session share: give everybody a name of their own."""
    office = OfficeProcess(tmp_path_factory.mktemp("office"), "--name", "Analytical Engines")
    office.start()
    yield office
    assert office.stop() == 0


@pytest.fixture
def somebody(tmp_path: Path) -> Callable[[str], Person]:
    """Return `make(server)`, which gives somebody who has no account yet."""
    numbers = itertools.count()
    return lambda server: Person(tmp_path / f"person{next(numbers)}", server)


@pytest.fixture
def first_line() -> Callable[[subprocess.Popen[str], Callable[[int], object]], str]:
    """Return `first_line(process, prompt)`: the first line that a process prints, prompted again and again until then.

    For a program that says nothing when it is ready to hear.
    """

    def first_line(process: subprocess.Popen[str], prompt: Callable[[int], object]) -> str:
        lines: list[str] = []
        assert process.stdout is not None
        reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()))
        reader.start()
        for number in range(30):
            if not reader.is_alive():
                break
            prompt(number)
        reader.join(10)
        return lines[0]

    return first_line
