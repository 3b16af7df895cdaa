"""`say`, `history`, `tail`."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gathertui.cli.connecting import JsonOption, ServerOption, channel_name, finish, signed_in
from gathertui.cli.output import message_object, message_text, print_json
from gathertui.errors import Code, ConnectionFailed, ConnectionLost, Refused, UsageError

if TYPE_CHECKING:
    from gathertui.client.office import OfficeClient
    from gathertui.protocol.chat import ChatMessage

SAY_ATTEMPTS = 3
"""Connections that `say` tries before it gives up."""

OneChannelArgument = Annotated[
    str | None, typer.Argument(metavar="CHANNEL", help="Only this channel.", show_default=False)
]
ChannelArgument = Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel's name, like general.")]


def register(app: typer.Typer) -> None:
    """Add the chat commands to `app`."""
    app.command(epilog='Example: gathertui say general "The build is green."')(say)
    app.command(epilog="Example: gathertui history general --limit 200 --json")(history)
    app.command(epilog="Example: gathertui tail --json | jq -r .text")(tail)


def say(
    context: typer.Context,
    channel: ChannelArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to write; - reads it from standard input.")],
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write to a channel. Succeeds only once the message is stored."""
    if text == "-":
        text = sys.stdin.read()
    if not text.strip():
        raise UsageError("There is nothing to say.", "Give a text, or - and the text on standard input.")

    async def work() -> None:
        async with signed_in(context, server) as client:
            message = await _say_once(client, channel_name(channel), text)
        if as_json:
            print_json(message_object(message))

    finish(context, work())


async def _say_once(client: OfficeClient, channel: str, text: str) -> ChatMessage:
    """Say it over as many connections as it takes; its id keeps it from being stored twice."""
    import uuid

    client_id = uuid.uuid4().hex
    for _ in range(SAY_ATTEMPTS - 1):
        try:
            return await client.say(channel, text, client_id=client_id)
        except ConnectionLost:
            with contextlib.suppress(ConnectionFailed):
                await client.connect()
    try:
        return await client.say(channel, text, client_id=client_id)
    except ConnectionLost as error:
        raise ConnectionLost(
            f"It is not known whether the message was stored: {error.message}", "Look with: gathertui history"
        ) from error


def history(
    context: typer.Context,
    channel: ChannelArgument,
    server: ServerOption = None,
    limit: Annotated[int, typer.Option(help="How many messages, the newest.", min=1)] = 50,
    as_json: JsonOption = False,
) -> None:
    """Print the newest messages of a channel, oldest first."""

    async def work() -> None:
        async with signed_in(context, server) as client:
            messages = await _newest(client, channel_name(channel), limit)
        if as_json:
            print_json([message_object(message) for message in messages])
            return
        for message in messages:
            typer.echo(message_text(message, with_channel=False))

    finish(context, work())


async def _newest(client: OfficeClient, channel: str, limit: int) -> list[ChatMessage]:
    """Page back until there are `limit` messages or no more."""
    from gathertui.protocol.limits import MAX_HISTORY_PAGE

    pages: list[list[ChatMessage]] = []
    before, left = 0, limit
    while left > 0:
        page = await client.history(channel, before=before, limit=min(left, MAX_HISTORY_PAGE))
        if page.messages:
            pages.append(page.messages)
            left -= len(page.messages)
            before = page.messages[0].seq
        if not page.more or not page.messages:
            break
    return [message for messages in reversed(pages) for message in messages]


def tail(
    context: typer.Context,
    channel: Annotated[
        str | None, typer.Argument(metavar="CHANNEL", help="Only this channel.", show_default=False)
    ] = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print messages as they are posted, until Ctrl-C. Misses none when the connection is lost in between."""
    from gathertui.cli.following import follow

    wanted = channel_name(channel) if channel else None

    async def work() -> None:
        async with signed_in(context, server) as client:
            names = [listed.name for listed in await client.listen()]
            if wanted is not None and wanted not in names:
                raise Refused(
                    Code.UNKNOWN_CHANNEL, f"There is no channel {wanted}.", f"Channels are: {', '.join(names)}."
                )
            await follow(client, wanted, as_json=as_json)

    finish(context, work())
