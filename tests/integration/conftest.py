"""A browser and a TURN server, for the tests of calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from .browser.harness import Browser, PageServer, open_browser
from .turnserver import TurnServer, free_port


@pytest.fixture(scope="module")
def page_port() -> int:
    """The server must know the page's origin when it starts, so the page's port is chosen before."""
    return free_port()


@pytest.fixture
async def browser(require_program: Callable[..., str], tmp_path: Path, page_port: int) -> AsyncIterator[Browser]:
    chromium = require_program("chromium")
    page = PageServer()
    await page.start(page_port)
    try:
        async with open_browser(chromium, page, tmp_path / "chromium") as browser:
            yield browser
    finally:
        await page.stop()


@pytest.fixture(scope="module")
def turn(require_program: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnServer]:
    program, openssl = require_program("turnserver", "coturn"), require_program("openssl")
    server = TurnServer(program, openssl, tmp_path_factory.mktemp("turn"))
    server.start()
    yield server
    server.stop()
