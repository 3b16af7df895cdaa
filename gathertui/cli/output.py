"""What commands print: aligned plain text for people, JSON for scripts. Never markup, never colour."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from gathertui.protocol.chat import ChatMessage


def print_json(value: object) -> None:
    """Print one JSON value on one line, in ASCII so that no terminal's or pipe's encoding matters."""
    typer.echo(json.dumps(value))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of cells, aligned by the width they take on a terminal."""
    from wcwidth import wcswidth

    lines = [heads, *rows]
    widths = [max(wcswidth(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = [cell + " " * (width - wcswidth(cell)) for cell, width in zip(line, widths, strict=True)]
        typer.echo("  ".join(cells).rstrip())


def iso_time(milliseconds: int) -> str:
    """Return a time in milliseconds since 1970 UTC as ISO 8601."""
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_object(message: ChatMessage) -> dict[str, object]:
    """Return a chat message as scripts get it."""
    return {
        "channel": message.channel,
        "seq": message.seq,
        "author": message.author_name,
        "author_id": message.author,
        "text": message.text,
        "at": iso_time(message.at),
        "at_ms": message.at,
        "client_id": message.client_id,
    }


def message_text(message: ChatMessage, *, with_channel: bool) -> str:
    """Return a chat message as people read it, in their own time zone; further lines are indented."""
    from datetime import datetime

    at = datetime.fromtimestamp(message.at / 1000).astimezone()
    channel = f"#{message.channel} " if with_channel else ""
    text = message.text.replace("\n", "\n    ")
    return f"{at:%Y-%m-%d %H:%M} {channel}{message.author_name}: {text}"
