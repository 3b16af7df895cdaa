"""A running database program and its shim, as seen by the process that started them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from typing import Any, Final

from gathertui.errors import DatabaseUnavailable
from gathertui_server.storage.embedded.folder import DataFolder

READY_WITHIN: Final = 60.0
GRACE: Final = 10.0
"""Seconds that the database has to put things in order when it is asked to stop."""

SHIM_ENDS_WITHIN: Final = 5.0
SHIM: Final = "gathertui_server.storage.embedded.shim"

NEW_GROUP: Final = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""Windows' way, beside POSIX's new session, to keep Ctrl-C from us: the server stops first, then the database."""


class DatabaseProcess:
    """Made by `launch`. It lives until `end`, or until this process dies."""

    def __init__(self, shim: asyncio.subprocess.Process, pid: int, port: int, grace: float) -> None:
        self.pid = pid
        self.port = port
        self._shim = shim
        self._grace = grace

    async def end(self) -> None:
        """Stop the database and wait until it is gone."""
        await _end(self._shim, self._grace)
        if self._shim.returncode != 0:
            # The shim was killed and could not do its work; a database that is gone as well is no error.
            _kill(self.pid)


async def launch(folder: DataFolder, *options: str, grace: float = GRACE) -> DatabaseProcess:
    """Start the database and wait up to a minute for its port. Raises `DatabaseUnavailable`.

    With `grace` 0 `end` kills it: quicker by two seconds, and safe, as each write is on disk when acknowledged.
    """
    shim = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        SHIM,
        str(folder.path),
        str(grace),
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        creationflags=NEW_GROUP,
    )
    try:
        assert shim.stdout is not None
        answer = await asyncio.wait_for(shim.stdout.readline(), READY_WITHIN)
        told: dict[str, Any] = json.loads(answer) if answer else {"error": "it ended at once"}
    except BaseException as error:
        await _end(shim, grace)
        if isinstance(error, TimeoutError):
            raise _failed(folder, f"it wasn't ready within {READY_WITHIN:.0f} s") from error
        raise
    if "error" in told:
        await _end(shim, grace)
        raise _failed(folder, told["error"])
    return DatabaseProcess(shim, told["pid"], told["port"], grace)


async def _end(shim: asyncio.subprocess.Process, grace: float) -> None:
    assert shim.stdin is not None
    shim.stdin.close()
    try:
        await asyncio.wait_for(shim.wait(), grace + SHIM_ENDS_WITHIN)
    except TimeoutError:
        shim.kill()
        await shim.wait()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    except OSError:
        return


def _failed(folder: DataFolder, why: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(f"The embedded database didn't start: {why}.", f"Its log is {folder.log}.")
