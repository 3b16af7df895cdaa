"""`gathertui demo`, as the command line knows it; the office itself is in `demo_office`, imported when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gathertui.errors import UsageError

DataDir = Annotated[
    Path | None,
    typer.Option(help="Where the demo office lives. Default: a folder of its own for this user.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: gathertui demo")(demo)


def demo(data_dir: DataDir = None) -> None:
    """Open a sample office with a few bots in it, on this machine, and walk in.

    It is a real server with its own data, which stays for the next time.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The demo draws an office and needs a terminal.", "Run it in a terminal window.")
    import platformdirs

    from gathertui.cli.demo_office import run_demo

    folder = data_dir.expanduser() if data_dir is not None else platformdirs.user_data_path("gathertui") / "demo"
    raise typer.Exit(run_demo(folder))
