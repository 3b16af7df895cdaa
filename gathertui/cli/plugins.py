"""Commands that other packages bring, the server's first of all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "gathertui.commands"
"""The entry-point group. Each entry is a function `register(app: typer.Typer) -> None`."""


def add_plugins(app: typer.Typer, entry_points: Iterable[EntryPoint] | None = None) -> None:
    """Let every plugin add its commands; one that is broken costs a line of warning and nothing else."""
    if entry_points is None:
        from importlib import metadata

        entry_points = metadata.entry_points(group=GROUP)
    for entry in entry_points:
        try:
            entry.load()(app)
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            typer.echo(f"gathertui: the commands of {entry.value} are missing: {reason}", err=True)
