"""The server's commands, joined to `gathertui` by an entry point.

Everything heavy is imported when a command runs: `register` is called at every
start of `gathertui`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gathertui_server.wiring import RunningServer


def register(app: typer.Typer) -> None:
    """Add the server's commands to `app`."""
    app.command(epilog="Example: gathertui serve --port 7766 --data-dir ~/office")(serve)
    admin = typer.Typer(
        help="Look after an office from the machine that its data is on.",
        epilog="Example: gathertui admin owner-code --data-dir ~/office",
        no_args_is_help=True,
    )
    admin.command("owner-code", epilog="Example: gathertui admin owner-code --data-dir ~/office")(owner_code)
    app.add_typer(admin, name="admin")


DataDir = Annotated[
    Path | None,
    typer.Option(help="Where the office's data lives. Default: gathertui's folder for this user.", show_default=False),
]


def _data_dir(chosen: Path | None) -> Path:
    if chosen is not None:
        return chosen.expanduser()
    import platformdirs

    return platformdirs.user_data_path("gathertui") / "server"


def _database_uri() -> str:
    return os.environ.get("MONGODB_URI", "")


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on. Beyond loopback it takes TLS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes any free one.", min=0, max=65535)] = 7766,
    data_dir: DataDir = None,
    name: Annotated[str, typer.Option(help="The office's name.")] = "The office",
    map_file: Annotated[Path | None, typer.Option("--map", help="A map file; default: the bundled office.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Write URL and pid here, as JSON, once it accepts.")] = None,
    owner_code_file: Annotated[Path | None, typer.Option(help="Write a fresh owner's code here.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="TLS certificate, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="TLS private key, PEM.")] = None,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A proxy in front ends TLS.")] = False,
    allow_origin: Annotated[list[str] | None, typer.Option(help="A web origin that may connect; repeatable.")] = None,
    capacity: Annotated[int, typer.Option(help="People the office holds.", min=1, max=10_000)] = 500,
    metrics_listen: Annotated[
        str,
        typer.Option(
            metavar="[HOST:]PORT",
            help="Serve /metrics and /healthz here, without authentication. Only this machine can reach it unless"
            " you name a HOST that others can. Off by default.",
            show_default=False,
        ),
    ] = "",
    stun_port: Annotated[
        int | None,
        typer.Option(
            help="Answer STUN at this UDP port, so that clients find each other; 0 for none. Default: as --port.",
            show_default=False,
            min=0,
            max=65535,
        ),
    ] = None,
    turn_url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="A TURN server, for clients without a direct way to each other, such as"
            " turns:turn.example.org:443?transport=tcp; repeatable.",
        ),
    ] = None,
    turn_secret_file: Annotated[
        Path | None, typer.Option(help="A file with the TURN servers' static-auth-secret.")
    ] = None,
    turn_seconds: Annotated[
        int, typer.Option(help="For how long a TURN credential is good.", min=60, max=604_800)
    ] = 43_200,
    relay_only: Annotated[
        bool, typer.Option("--relay-only", help="All calls go by the TURN servers: nobody learns another's address.")
    ] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    stop_with_stdin: Annotated[bool, typer.Option("--stop-with-stdin", hidden=True)] = False,
) -> None:
    """Run an office: the server that people connect to.

    The data is kept by the embedded database, or by the MongoDB that MONGODB_URI
    names. The first start prints a code: sign up with it and you own the office.
    """
    from gathertui.protocol.text import clean_line
    from gathertui_server.observability.logging import configure_logging
    from gathertui_server.running import run, serve_until_told
    from gathertui_server.settings import ListenAddress, ServeSettings
    from gathertui_server.signalling.turn import TurnUrl

    if log_level not in ("debug", "info", "warning", "error"):
        raise typer.BadParameter("choose debug, info, warning or error", param_hint="--log-level")
    settings = ServeSettings(
        data_dir=_data_dir(data_dir),
        host=host,
        port=port,
        office=clean_line(name)[:60] or "The office",
        map_file=map_file,
        ready_file=ready_file,
        owner_code_file=owner_code_file,
        database_uri=_database_uri(),
        tls_cert=tls_cert,
        tls_key=tls_key,
        behind_proxy=behind_proxy,
        allowed_origins=tuple(allow_origin or ()),
        capacity=capacity,
        metrics_listen=ListenAddress.parse(metrics_listen) if metrics_listen else None,
        stun_port=stun_port,
        turn_urls=tuple(TurnUrl.parse(url) for url in turn_url or ()),
        turn_secret_file=turn_secret_file,
        turn_seconds=turn_seconds,
        relay_only=relay_only,
    )
    configure_logging(log_level)
    run(serve_until_told(settings, lambda server: _announce(settings.office, server), stop_with_stdin=stop_with_stdin))


def _announce(office: str, server: RunningServer) -> None:
    typer.echo(f"{office} is open at {server.url}")
    if server.metrics_url:
        typer.echo(f"Metrics: {server.metrics_url}")
    if server.owner_code:
        typer.echo(f"Owner code: {server.owner_code}")
        typer.echo("It makes one account the owner. In another terminal:")
        typer.echo(f"  gathertui signup --server {server.url} --username YOU --invite {server.owner_code}")
        typer.echo("  gathertui")
    typer.echo("Ctrl-C closes it.")


def owner_code(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make another owner's code: for one account, within seven days; unused earlier ones end.

    It works whether the office is open or not.
    """
    from gathertui.errors import UsageError
    from gathertui_server.running import run
    from gathertui_server.wiring import make_owner_code

    folder = _data_dir(data_dir)
    if not _database_uri() and not folder.is_dir():
        raise UsageError(f"There is no data folder {folder}.", "Name the one that the server uses with --data-dir.")
    code = run(make_owner_code(_database_uri(), folder))
    typer.echo(json.dumps({"code": code, "role": "owner"}) if as_json else code)
