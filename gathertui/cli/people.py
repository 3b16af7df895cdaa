"""`who` and `invite create`."""

from __future__ import annotations

import re
import shlex
from typing import Annotated

import typer

from gathertui.cli.connecting import JsonOption, ServerOption, finish, signed_in
from gathertui.cli.output import iso_time, print_json, print_table
from gathertui.errors import UsageError

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def register(app: typer.Typer) -> None:
    """Add the commands about people to `app`."""
    app.command(epilog="Example: gathertui who --json | jq -r '.[].name'")(who)
    invite = typer.Typer(
        help="Let people in.",
        epilog="Example: gathertui invite create --uses 20",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    invite.command("create", epilog="Example: gathertui invite create --role guest --uses 5 --expires 2d")(create)
    # Without a callback a group of one command would become that command.
    invite.callback()(lambda: None)
    app.add_typer(invite, name="invite")


def who(context: typer.Context, server: ServerOption = None, as_json: JsonOption = False) -> None:
    """List who is in the office, and where."""

    async def work() -> None:
        async with signed_in(context, server) as client:
            people = await client.who()
        if as_json:
            print_json(
                [
                    {
                        "name": person.account.name,
                        "role": person.account.role.value,
                        "room": person.room,
                        "area": person.area,
                        "x": person.x,
                        "y": person.y,
                        "away": person.away,
                    }
                    for person in people
                ]
            )
        elif people:
            rows = [
                (p.account.name, p.account.role.value, p.area or p.room, f"{p.x},{p.y}", "away" if p.away else "")
                for p in people
            ]
            print_table(("NAME", "ROLE", "WHERE", "TILE", ""), rows)
        else:
            typer.echo("Nobody is in the office.")

    finish(context, work())


def create(
    context: typer.Context,
    server: ServerOption = None,
    role: Annotated[str, typer.Option(help="What they may do: guest, member or admin.")] = "member",
    uses: Annotated[int, typer.Option(help="How many accounts it is good for.", min=1)] = 1,
    expires: Annotated[str, typer.Option(metavar="TIME", help="How long it is good: 30m, 12h, 7d, 2w.")] = "7d",
    as_json: JsonOption = False,
) -> None:
    """Make an invite and print it; the code can't be shown again."""
    from gathertui.protocol.base import Role

    seconds = _parse_time(expires)
    if role not in list(Role):
        raise UsageError(f"There is no role {role}.", f"Roles are {', '.join(Role)}.")

    async def work() -> None:
        async with signed_in(context, server) as client:
            made = await client.create_invite(Role(role), uses, seconds)
            join = shlex.join(["gathertui", "signup", "--server", client.server, "--invite", made.code])
            expires_ms = round(made.expires_at * 1000)
            if as_json:
                held = {"code": made.code, "role": made.role.value, "uses": made.uses}
                times = {"expires_at": iso_time(expires_ms), "expires_at_ms": expires_ms}
                print_json({**held, **times, "url": client.server, "join": join})
            else:
                times_text = "once" if made.uses == 1 else f"{made.uses} times"
                typer.echo(f"Good {times_text} until {iso_time(expires_ms)}, as {made.role.value}. To join:")
                typer.echo(join)

    finish(context, work())


def _parse_time(text: str) -> int:
    """Return the seconds that `7d` and the like mean. Raises `UsageError`."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})([mhdw])", text)
    if match is None:
        raise UsageError(f"{text} is not a length of time.", "Write it like 30m, 12h, 7d or 2w.")
    return int(match[1]) * _UNITS[match[2]]
