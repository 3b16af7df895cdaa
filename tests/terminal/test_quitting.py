"""Whoever leaves the program gets out of it, although a thread of its own hangs."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path

QUICK = 15.0
"""Seconds within which the program is to end: half of what its threads hang for."""

PATIENCE = 60.0

CHILD = """
import asyncio, contextlib, os, socket, sys, threading, time
from gathertui.ui import program

there = socket.getaddrinfo
blocked = threading.Barrier(2, action=lambda: os.write(int(sys.argv[1]), b"x"))

def slow(host, *arguments, **named):
    if host == "dead.example.org":
        blocked.wait()
        time.sleep(30)
    return there(host, *arguments, **named)

def hang():
    blocked.wait()
    time.sleep(30)

socket.getaddrinfo = slow

@contextlib.asynccontextmanager
async def while_threads_hang(media):
    hanging = [
        asyncio.create_task(asyncio.get_running_loop().getaddrinfo("dead.example.org", 3478)),
        asyncio.create_task(asyncio.to_thread(hang)),
    ]
    yield
    for task in hanging:
        task.cancel()

program.controlled = while_threads_hang
sys.exit(program.run_app("ws://localhost:1"))
"""


def test_neither_a_dead_name_server_nor_a_driver_that_hangs_keeps_anybody(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    hangs, tells = os.pipe()
    folders = {"GATHERTUI_CONFIG_DIR": str(tmp_path), "GATHERTUI_LOG_DIR": str(tmp_path), "HOME": str(tmp_path)}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tells)],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, pass_fds=(tells,),
        env={**os.environ, **folders, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    os.close(theirs)
    os.close(tells)
    reading = threading.Thread(target=_read_all, args=(ours, is_shown := threading.Event()), daemon=True)
    reading.start()
    watchdog = threading.Timer(PATIENCE, child.kill)
    watchdog.start()
    try:
        assert os.read(hangs, 1), "it ended before both threads hung"
        assert is_shown.wait(PATIENCE)
        child.send_signal(signal.SIGTERM)
        assert child.wait(QUICK) == 0
    finally:
        watchdog.cancel()
        child.kill()
        child.wait(20)
        reading.join(20)
        os.close(ours)
        os.close(hangs)


def _read_all(terminal: int, is_shown: threading.Event) -> None:
    """Take what is drawn until nobody draws any more, and say when the person is asked for something."""
    drawn = b""
    try:
        while more := os.read(terminal, 65536):
            drawn += more
            if b"Password" in drawn:
                is_shown.set()
    except OSError:
        return
