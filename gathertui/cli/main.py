"""The program: its options, its commands, and the office itself where no command is named."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from gathertui import __version__
from gathertui.cli import account, chat, demo, devices, media, people, pictures
from gathertui.cli.connecting import ServerOption, setting_of
from gathertui.cli.errors import exit_code
from gathertui.cli.plugins import add_plugins
from gathertui.errors import UsageError


def create_app() -> typer.Typer:
    """Return the app with our own commands; `add_plugins` brings the others."""
    app = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(
        invoke_without_command=True, epilog="Example: gathertui --server wss://office.example.org opens the office."
    )(office)
    for commands in (account, people, chat, media, devices, pictures, demo):
        commands.register(app)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gathertui {__version__}")
        raise typer.Exit


def office(
    context: typer.Context,
    server: ServerOption = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    no_media: Annotated[bool, typer.Option("--no-media", help="Come without sound and picture.")] = False,
) -> None:
    """A virtual office that lives in the terminal. Without a command it opens."""
    setting = setting_of(context)
    setting.server = server
    if context.invoked_subcommand is not None:
        return
    # The screen is drawn on standard error.
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("The office needs a terminal.", "For scripts there are commands: gathertui --help")
    from gathertui.cli.livemedia import live_media, live_mirror
    from gathertui.client.profile import Profile
    from gathertui.ui.program import run_app

    raise typer.Exit(
        run_app(
            Profile().find_server(server),
            None if no_media else live_media(),
            None if no_media else live_mirror,
        )
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (default: this process's) and return its exit code."""

    words = list(sys.argv[1:] if arguments is None else arguments)

    def work() -> None:
        app = create_app()
        add_plugins(app)
        app(args=words, prog_name="gathertui")

    return exit_code(work)
