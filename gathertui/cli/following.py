"""`tail`: prints what is posted, for as long as somebody reads it."""

from __future__ import annotations

import asyncio
import contextlib
import stat
import sys
from collections.abc import Iterator
from os import fstat

import typer

from gathertui.cli.errors import abandon_stdout
from gathertui.cli.output import message_object, message_text, print_json
from gathertui.client.events import ConnectionState, MessagePosted, StateChanged
from gathertui.client.office import OfficeClient
from gathertui.errors import GathertuiError
from gathertui.protocol.chat import ChatMessage


async def follow(client: OfficeClient, channel: str | None, *, as_json: bool) -> None:
    """Print what is posted in a channel (None: in all) until the connection ends for good.

    Also ends when nobody reads standard output any more. Raises what ended the connection.
    """
    final: GathertuiError | None = None
    with _stdout_closed() as closed:
        async with asyncio.TaskGroup() as group:
            group.create_task(_print_events(client, closed, channel, as_json=as_json))
            watch = group.create_task(_close_after(client, closed))
            try:
                await client.run()
            except GathertuiError as error:
                final = error  # raised below: a task group would wrap it
            watch.cancel()
    if final is not None:
        raise final


async def _print_events(client: OfficeClient, closed: asyncio.Event, channel: str | None, *, as_json: bool) -> None:
    lost = False
    async for event in client.events():
        try:
            match event:
                case MessagePosted(message) if channel in (None, message.channel):
                    _print_message(message, as_json=as_json, with_channel=channel is None)
                case StateChanged(state=ConnectionState.OFFLINE, reason=reason, retry_in=float(seconds)):
                    lost = True
                    typer.echo(f"gathertui: {reason} Trying again in {seconds:.1f} s.", err=True)
                case StateChanged(state=ConnectionState.ONLINE) if lost:
                    lost = False
                    typer.echo("gathertui: connected again; what was missed follows.", err=True)
        except BrokenPipeError:
            closed.set()
            return


def _print_message(message: ChatMessage, *, as_json: bool, with_channel: bool) -> None:
    if as_json:
        print_json(message_object(message))
    else:
        typer.echo(message_text(message, with_channel=with_channel))


async def _close_after(client: OfficeClient, closed: asyncio.Event) -> None:
    await closed.wait()
    abandon_stdout()
    await client.close()


@contextlib.contextmanager
def _stdout_closed() -> Iterator[asyncio.Event]:
    """Yield an event that is set when the reader of standard output goes, even while there is nothing to write."""
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        descriptor = sys.stdout.fileno()
        is_pipe = stat.S_ISFIFO(fstat(descriptor).st_mode)
    except (OSError, ValueError):
        is_pipe = False
    if not is_pipe:
        yield closed
        return

    def on_closed() -> None:
        loop.remove_reader(descriptor)
        closed.set()

    try:
        # Nothing can be read from a pipe's writing end: it turns readable when the other end is closed.
        loop.add_reader(descriptor, on_closed)
    except (NotImplementedError, OSError):
        yield closed
        return
    try:
        yield closed
    finally:
        loop.remove_reader(descriptor)
