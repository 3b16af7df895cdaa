"""A program in a terminal of its own: takes the terminal, shows the office or the mirror, and gives it back."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from gathertui.client.media.control import controlled
from gathertui.client.media.mirror import Mirror
from gathertui.client.media.port import MakeMedia
from gathertui.client.profile import Profile, log_folder
from gathertui.errors import UsageError
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.guard import LOG_NAME, guarded_terminal
from gathertui.terminal.hangup import Hangup
from gathertui.terminal.meeting import Met, met_terminal
from gathertui.terminal.tmuxpane import TmuxPane
from gathertui.ui.app import OfficeApp
from gathertui.ui.daemonexecutor import DaemonExecutor
from gathertui.ui.entrance import Entrance, make_view
from gathertui.ui.mirrorapp import MirrorApp
from gathertui.ui.settings import Settings
from gathertui.ui.themedapp import ThemedApp

Shown = TypeVar("Shown", bound=ThemedApp[int])


def run_app(server: str | None, media: MakeMedia | None = None, mirror: Callable[[], Mirror] | None = None) -> int:
    """Show the office at `server`, None for the last one, until the person leaves. Returns the exit code.

    `media` gives it sound and picture, and `mirror` one to try them; without them there
    are none. Raises `UsageError` where there is no terminal.
    """
    profile = Profile()
    return _show(
        lambda found, ascii_only: OfficeApp(
            Entrance(profile, server, make_client=functools.partial(make_view, media=media)),
            Settings(profile.folder),
            ascii_only=ascii_only,
            capabilities=found,
            pane=TmuxPane.from_environment(os.environ),
            mirror=mirror,
        ),
        around=lambda app: controlled(lambda: app.media),
    )


def run_mirror(mirror: Mirror) -> int:
    """Show the person to themselves until they have seen enough. Returns the exit code.

    Raises `UsageError` where there is no terminal.
    """
    settings = Settings(Profile().folder)
    return _show(
        lambda found, ascii_only: MirrorApp(
            mirror,
            settings,
            ascii_only=ascii_only,
            capabilities=found,
            pane=TmuxPane.from_environment(os.environ),
        ),
        around=lambda _: contextlib.nullcontext(),
    )


def _show(
    make: Callable[[Capabilities, bool], Shown], *, around: Callable[[Shown], AbstractAsyncContextManager[object]]
) -> int:
    """Run the app that `make` returns for the terminal that was found (and whether it shows ASCII alone).

    It runs inside of the context that `around` returns.
    """
    if os.environ.get("TERM") == "dumb":
        raise UsageError("The office needs a terminal that can be drawn on; TERM says that this one can't.")
    ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
    hangup = Hangup()
    with guarded_terminal(log_folder(), hangup) as log, met_terminal(os.environ, unicode=not ascii_only) as terminal:
        app = make(terminal.capabilities, ascii_only)
        app.driver_class = terminal.driver_class or app.driver_class
        code = asyncio.run(_run_until_told(app, around, hangup, terminal))
        if app.crash is not None:
            traceback.print_exception(app.crash, file=log)
    if app.crash is not None:
        sys.stderr.write(f"gathertui ended by a fault of its own. Details are in {log_folder() / LOG_NAME}.\n")
        return 1
    return code or 0


async def _run_until_told(
    app: Shown, around: Callable[[Shown], AbstractAsyncContextManager[object]], hangup: Hangup, terminal: Met
) -> int | None:
    """Run the app; a signal to end ends it as the person would, and so does a terminal that goes away."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(DaemonExecutor())

    def leave() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(app.exit, 0)

    def draw_for(found: Capabilities) -> None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(app.use_terminal, found)

    hangup.listen(leave)
    terminal.listen(draw_for)
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, app.exit, 0)
    async with around(app):
        return await app.run_async()
