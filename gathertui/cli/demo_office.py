"""The demo office: a real server, a few bots, and you in the middle of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer

from gathertui.cli.demo_accounts import prepare_cast
from gathertui.cli.demo_cast import Stage
from gathertui.cli.errors import abandon_stdout
from gathertui.errors import GathertuiError

OFFICE_NAME = "Analytical Engines"
READY_SECONDS = 90.0
"""How long the server may take; its database alone is given a minute."""

END_SECONDS = 10.0


def run_demo(folder: Path) -> int:
    """Run the demo whose data is in `folder`, until you leave it; return the exit code."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    started = time.monotonic()
    typer.echo("Opening the demo office …")
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((folder / "demo.log").open("ab"))
        server, owner_code = stack.enter_context(run_server(folder, log.fileno()))
        token = fill_office(stack, folder, server, owner_code, log.fileno())
        typer.echo(f"Open after {time.monotonic() - started:.1f} s.")
        os.environ["GATHERTUI_TOKEN"] = token
        from gathertui.cli.livemedia import live_media
        from gathertui.ui.program import run_app

        code = run_app(server, live_media())
        try:
            typer.echo("The demo office is closing.")  # its server and the bots take a moment
        except OSError:
            abandon_stdout()  # you closed the terminal
        return code


def fill_office(stack: contextlib.ExitStack, folder: Path, server: str, owner_code: str, log: int) -> str:
    """Sign everybody in and let the bots play; return your token."""
    cast = asyncio.run(prepare_cast(folder, server, owner_code))
    stack.enter_context(_run_bots(msgspec.json.encode(Stage(server, cast.bots)), log))
    return cast.you.token


@contextlib.contextmanager
def _child(command: list[str], log: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a child that ends when its standard input does, so that it never outlives us."""
    # The demo has a database of its own, whatever this person runs besides.
    environment = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment)
    try:
        yield process
    finally:
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def run_server(folder: Path, log: int) -> Iterator[tuple[str, str]]:
    """Run the server; yield its URL once it is ready, and a fresh owner's code."""
    with tempfile.TemporaryDirectory() as scratch:
        ready_file, code_file = Path(scratch) / "ready.json", Path(scratch) / "owner-code"
        command = [sys.executable, "-m", "gathertui", "serve", "--port", "0", "--name", OFFICE_NAME]
        command += ["--data-dir", str(folder), "--stop-with-stdin", "--log-level", "warning"]
        command += ["--ready-file", str(ready_file), "--owner-code-file", str(code_file)]
        with _child(command, log) as process:
            deadline = time.monotonic() + READY_SECONDS
            while not ready_file.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise GathertuiError("The demo's server did not start.", _last_words(folder / "demo.log"))
                time.sleep(0.02)
            yield json.loads(ready_file.read_text())["url"], code_file.read_text().strip()


def _last_words(log: Path) -> str:
    """The server's own explanation, which it wrote last."""
    lines = log.read_text(errors="replace").strip().splitlines()
    said = lines[-1].removeprefix("gathertui: ") if lines else "It said nothing."
    return f"{said} (The whole log is {log}.)"


@contextlib.contextmanager
def _run_bots(stage: bytes, log: int) -> Iterator[None]:
    with _child([sys.executable, "-m", "gathertui.cli.demo_bots"], log) as process:
        if process.stdin is not None:
            process.stdin.write(stage + b"\n")
            process.stdin.flush()
        yield
