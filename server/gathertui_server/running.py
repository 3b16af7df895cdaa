"""A server's process: it runs until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

from gathertui_server.settings import ServeSettings
from gathertui_server.wiring import RunningServer, running_server

log = structlog.get_logger(__name__)

T = TypeVar("T")


GC_THRESHOLDS = (50_000, 20, 50)
"""A server makes and drops many objects and hardly a cycle: to look for cycles more often is for nothing."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on the fastest event loop there is."""
    gc.set_threshold(*GC_THRESHOLDS)
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop

    return uvloop.run(main)


async def serve_until_told(
    settings: ServeSettings, announce: Callable[[RunningServer], None], *, stop_with_stdin: bool
) -> None:
    """Serve until SIGTERM or SIGINT comes or, with `stop_with_stdin`, standard input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    opened = asyncio.Event()

    async def serve() -> None:
        async with running_server(settings) as server:
            opened.set()
            log.info("listening", url=server.url, stun_port=server.stun_port)
            announce(server)
            await stop.wait()
            log.info("stopping")

    serving = asyncio.create_task(serve())

    def told_to_stop() -> None:
        if stop.is_set() or not opened.is_set():
            serving.cancel()  # while it starts, and when told twice: at once
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
            loop.add_signal_handler(number, told_to_stop)
    if stop_with_stdin:
        _watch_stdin(loop, told_to_stop)
    try:
        await serving
    except asyncio.CancelledError:
        if not stop.is_set():
            raise


def _watch_stdin(loop: asyncio.AbstractEventLoop, on_end: Callable[[], None]) -> None:
    """Call `on_end` when standard input ends: whoever started us and holds its other end is gone."""

    def wait() -> None:
        with contextlib.suppress(OSError, ValueError):
            while os.read(sys.stdin.fileno(), 1024):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(on_end)

    threading.Thread(target=wait, name="stdin-watch", daemon=True).start()
