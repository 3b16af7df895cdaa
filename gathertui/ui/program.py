"""The program in a terminal of its own: takes the terminal, shows the office, and gives it back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import traceback

from gathertui.client.profile import Profile, log_folder
from gathertui.errors import UsageError
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.guard import LOG_NAME, guarded_terminal
from gathertui.terminal.hangup import Hangup
from gathertui.terminal.meeting import Met, met_terminal
from gathertui.terminal.tmuxpane import TmuxPane
from gathertui.ui.app import OfficeApp
from gathertui.ui.entrance import Entrance
from gathertui.ui.settings import Settings


def run_app(server: str | None) -> int:
    """Show the office at `server`, None for the last one, until the person leaves. Returns the exit code.

    Raises `UsageError` where there is no terminal.
    """
    if os.environ.get("TERM") == "dumb":
        raise UsageError("The office needs a terminal that can be drawn on; TERM says that this one can't.")
    profile = Profile()
    ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
    hangup = Hangup()
    with guarded_terminal(log_folder(), hangup) as log, met_terminal(os.environ, unicode=not ascii_only) as terminal:
        app = OfficeApp(
            Entrance(profile, server),
            Settings(profile.folder),
            ascii_only=ascii_only,
            capabilities=terminal.capabilities,
            pane=TmuxPane.from_environment(os.environ),
        )
        app.driver_class = terminal.driver_class or app.driver_class
        code = asyncio.run(_run_until_told(app, hangup, terminal))
        if app.crash is not None:
            traceback.print_exception(app.crash, file=log)
    if app.crash is not None:
        sys.stderr.write(f"gathertui ended by a fault of its own. Details are in {log_folder() / LOG_NAME}.\n")
        return 1
    return code or 0


async def _run_until_told(app: OfficeApp, hangup: Hangup, terminal: Met) -> int | None:
    """Run the app; a signal to end ends it as the person would, and so does a terminal that goes away."""
    loop = asyncio.get_running_loop()

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
    return await app.run_async()
