"""Runs the database program and ends it when the process that started the shim is gone.

    python -P -m gathertui_server.storage.embedded.shim DATA_FOLDER GRACE_SECONDS [OPTION…]

The starter keeps the other end of the shim's standard input and never writes to
it. However the starter ends, kill -9 included, the system closes that pipe; the
shim then asks the database to stop, and kills it after GRACE_SECONDS. Further
OPTIONs go to the database.

On standard output the shim writes one line of JSON: `{"pid": …, "port": …}` once
the database listens, or `{"error": …}`. The database's log goes to the data
folder. The database inherits the lock on the data folder, so that the lock tells
the truth about it even when the shim itself is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Final

from gathertui_server.storage.embedded.folder import DataFolder
from gathertui_server.storage.embedded.locks import ProcessLock

PROGRAM: Final = "secantus"
LISTENING: Final = re.compile(rb"secantus listening on \S*:(\d+)")

CACHE_SIZE: Final = "256M"
LOG_SIZE: Final = 1_000_000
"""Bytes after which the log is set aside as `.1`, in place of the one before."""

PREDECESSOR_ENDS_WITHIN: Final = 4.0
KILLED_ENDS_WITHIN: Final = 10.0
POLL: Final = 0.02


def main(arguments: list[str]) -> int:
    """Run the database until it has ended: 0, or 1 where it couldn't start."""
    folder, grace, options = DataFolder(Path(arguments[0])), float(arguments[1]), arguments[2:]
    lock = ProcessLock(folder.database_lock)
    if not _take_over(lock, folder):
        _tell({"error": "another database still uses the folder"})
        return 1
    database = subprocess.Popen(
        _command(folder, options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder.path,
        pass_fds=lock.inherited(),
    )
    folder.pid.write_text(str(database.pid))
    signal.signal(signal.SIGTERM, lambda _signal, _frame: database.terminate())
    threading.Thread(target=_end_with_starter, args=(database, grace), daemon=True).start()
    assert database.stdout is not None
    told = _follow(database.stdout, folder.log, database.pid)
    code = database.wait()
    if told:
        return 0
    _tell({"error": f"the database ended with code {code}"})
    return 1


def _command(folder: DataFolder, options: list[str]) -> list[str]:
    fixed = {
        "--config": folder.config,
        "--host": "127.0.0.1",
        "--port": "0",
        "--storage-path": folder.store,
        "--log-level": "INFO",
        "--cache-size": CACHE_SIZE,
    }
    pairs = [str(part) for pair in fixed.items() for part in pair]
    return [sys.executable, "-P", "-m", PROGRAM, *pairs, "--standalone", "--sync-on-commit", *options]


def _take_over(lock: ProcessLock, folder: DataFolder) -> bool:
    """Wait for a predecessor that is ending; end one that was left without its shim."""
    if _acquire_within(lock, PREDECESSOR_ENDS_WITHIN):
        return True
    # Somebody holds the lock, so the process noted last is alive and is the one.
    orphan = folder.read_pid()
    if orphan is None:
        return False
    for ending in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        try:
            os.kill(orphan, ending)
        except OSError:
            return _acquire_within(lock, PREDECESSOR_ENDS_WITHIN)
        if _acquire_within(lock, KILLED_ENDS_WITHIN):
            return True
    return False


def _acquire_within(lock: ProcessLock, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not lock.try_acquire():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL)
    return True


def _end_with_starter(database: subprocess.Popen[bytes], grace: float) -> None:
    # os.read and not sys.stdin: a thread that waits in a buffered read can't be left behind at exit.
    while os.read(0, 1):
        pass
    if grace:
        database.terminate()
        try:
            database.wait(grace)
        except subprocess.TimeoutExpired:
            database.kill()
    else:
        database.kill()


def _follow(output: IO[bytes], log: Path, pid: int) -> bool:
    """Copy the database's output to a bounded log until it ends; whether its port was told."""
    told = False
    for line in output:
        # A full disk must not stop us from draining the database's output.
        with contextlib.suppress(OSError):
            _append(log, line)
        if not told and (found := LISTENING.search(line)):
            _tell({"pid": pid, "port": int(found[1])})
            told = True
    return told


def _append(log: Path, line: bytes) -> None:
    if log.exists() and log.stat().st_size + len(line) > LOG_SIZE:
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("ab") as file:
        file.write(line)


def _tell(fact: dict[str, int | str]) -> None:
    try:
        print(json.dumps(fact), flush=True)  # noqa: T201 - standard output is the shim's answer
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the starter is gone; the pipe's end ends us, too


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
