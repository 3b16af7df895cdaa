"""From a command line to a connected `OfficeClient`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gathertui.errors import Code, Refused

if TYPE_CHECKING:
    from gathertui.client.office import OfficeClient

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help="The office's server. Default: GATHERTUI_SERVER, or the one you signed in to last.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@dataclass(slots=True)
class Setting:
    """What all commands of one run share."""

    server: str | None = None
    """The `--server` before the command's name."""
    make_client: Callable[..., OfficeClient] | None = None
    """Makes the client; None for `OfficeClient` itself."""
    run: Callable[[Coroutine[Any, Any, None]], None] | None = None
    """Runs the asynchronous part of a command to its end; None for `asyncio.run`."""


def setting_of(context: typer.Context) -> Setting:
    """Return the run's setting, made on first use."""
    setting = context.find_object(Setting)
    if setting is None:
        setting = context.find_root().obj = Setting()
    return setting


def make_client(context: typer.Context, server: str | None, token: str = "") -> OfficeClient:
    """Return a client for the server that the command means, not connected yet. Raises `UsageError`."""
    from gathertui.client.office import OfficeClient
    from gathertui.client.profile import Profile
    from gathertui.protocol.base import ConnectionKind

    setting = setting_of(context)
    profile = Profile()
    url = profile.server(server or setting.server)
    make = setting.make_client or OfficeClient
    return make(url, kind=ConnectionKind.TOOL, device=profile.device(), token=token)


@contextlib.asynccontextmanager
async def signed_in(context: typer.Context, server: str | None) -> AsyncIterator[OfficeClient]:
    """Connect with the kept sign-in, and close afterwards. Raises `Refused` where there is none or it has ended."""
    from gathertui.client.credentials import Credentials
    from gathertui.client.profile import Profile

    client = make_client(context, server)
    client.token = await Credentials(Profile()).load(client.server)
    if not client.token:
        raise not_signed_in(client.server)
    try:
        if await client.connect() is None:
            refusal = client.refusal
            raise not_signed_in(client.server) if refusal is None else refusal
        yield client
    finally:
        await client.close()


def finish(context: typer.Context, work: Coroutine[Any, Any, None]) -> None:
    """Run the asynchronous part of a command to its end."""
    import asyncio

    run = setting_of(context).run or asyncio.run
    run(work)


def not_signed_in(server: str) -> Refused:
    """Return the error of a command that needs a sign-in where none is kept."""
    return Refused(
        Code.NOT_SIGNED_IN, f"You are not signed in at {server}.", f"Sign in with: gathertui login --server {server}"
    )


def channel_name(given: str) -> str:
    """Return a channel's name as the server knows it, whether or not it was given with its #."""
    return given.removeprefix("#")
