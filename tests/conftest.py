"""What every test can rely on: folders of its own, no leaked task, and a word about missing programs."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
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
