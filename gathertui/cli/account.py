"""`signup`, `login`, `logout`, `whoami`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gathertui.cli.connecting import JsonOption, ServerOption, finish, make_client, not_signed_in, signed_in
from gathertui.cli.output import print_json
from gathertui.errors import ConnectionFailed, ConnectionLost, UsageError

UsernameOption = Annotated[
    str | None, typer.Option("--username", metavar="NAME", help="Your name in the office.", show_default=False)
]
PasswordOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


def register(app: typer.Typer) -> None:
    """Add the account commands to `app`."""
    app.command(epilog="Example: gathertui signup --server wss://office.example.org --username ada --invite CODE")(
        signup
    )
    app.command(epilog="Example: gathertui login --server wss://office.example.org --username ada")(login)
    app.command(epilog="Example: gathertui logout")(logout)
    app.command(epilog="Example: gathertui whoami --json")(whoami)


def signup(
    context: typer.Context,
    server: ServerOption = None,
    username: UsernameOption = None,
    invite: Annotated[str, typer.Option("--invite", metavar="CODE", help="The invite you were given.")] = "",
    password_stdin: PasswordOption = False,
) -> None:
    """Make an account with an invite, and sign in with it on this machine."""
    client = make_client(context, server)
    name = _ask_name(username)
    if not invite:
        invite = _ask("Invite code", "--invite")
    password = _ask_password(password_stdin, confirm=True)

    async def work() -> None:
        try:
            await client.connect()
            account = await client.sign_up(name, password, invite)
            await _keep(client.server, client.token)
        finally:
            await client.close()
        typer.echo(f"Welcome, {account.name}. You are signed in at {client.server}.")

    finish(context, work())


def login(
    context: typer.Context,
    server: ServerOption = None,
    username: UsernameOption = None,
    password_stdin: PasswordOption = False,
) -> None:
    """Sign in on this machine; the office's server is remembered for later commands."""
    client = make_client(context, server)
    name = _ask_name(username)
    password = _ask_password(password_stdin, confirm=False)

    async def work() -> None:
        try:
            await client.connect()
            account = await client.log_in(name, password)
            await _keep(client.server, client.token)
        finally:
            await client.close()
        typer.echo(f"You are signed in as {account.name} at {client.server}.")

    finish(context, work())


def logout(context: typer.Context, server: ServerOption = None) -> None:
    """End this machine's sign-in, at the server and here."""
    finish(context, _log_out(context, server))


async def _log_out(context: typer.Context, server: str | None) -> None:
    from gathertui.client.credentials import Credentials
    from gathertui.client.profile import Profile

    client = make_client(context, server)
    credentials = Credentials(Profile())
    client.token = await credentials.load(client.server)
    if not client.token:
        raise not_signed_in(client.server)
    try:
        if await client.connect() is not None:
            await client.log_out()
    except ConnectionFailed as error:
        await credentials.forget(client.server)
        raise ConnectionLost(
            f"This machine has forgotten the sign-in, but the server was not told: {error.message}",
            "Until it ends there by itself, a copy of it would still be good.",
        ) from error
    finally:
        await client.close()
    await credentials.forget(client.server)
    typer.echo(f"You are signed out of {client.server}.")


def whoami(context: typer.Context, server: ServerOption = None, as_json: JsonOption = False) -> None:
    """Say who you are signed in as, and where."""

    async def work() -> None:
        async with signed_in(context, server) as client:
            account = client.account
            assert account is not None
            if as_json:
                held = {"name": account.name, "role": account.role.value, "id": account.id}
                print_json({**held, "server": client.server, "office": client.office})
            else:
                typer.echo(f"{account.name} ({account.role.value}) at {client.office}, {client.server}")

    finish(context, work())


async def _keep(server: str, token: str) -> None:
    """Keep a fresh sign-in, and say where if that isn't the keyring."""
    from gathertui.client.credentials import Credentials
    from gathertui.client.profile import Profile

    profile = Profile()
    note = await Credentials(profile).save(server, token)
    profile.remember_server(server)
    if note:
        typer.echo(note, err=True)


def _ask_name(given: str | None) -> str:
    return given or _ask("Username", "--username")


def _ask(what: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"{what} is missing.", f"Give it with {option}.")
    return str(typer.prompt(what, err=True))


def _ask_password(from_stdin: bool, *, confirm: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise UsageError("There is no password on standard input.", "Pipe it in as the first line.")
        return password
    if not sys.stdin.isatty():
        raise UsageError(
            "The password can't be asked for without a terminal.", "Pipe it in, with the option --password-stdin."
        )
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True))
