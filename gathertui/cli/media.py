"""`mic`, `camera`, `deafen`: they act on the gathertui that runs, so that a key of tmux or of the desktop can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from gathertui.cli.connecting import JsonOption
from gathertui.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from gathertui.client.media.remote import Part, To

COMMANDS: Final = ("mic", "camera", "deafen")

ToArgument = Annotated[
    str, typer.Argument(metavar="[on|off|toggle]", help="Without it the state is printed.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(epilog="Example: gathertui mic toggle")(mic)
    app.command(epilog="Example: gathertui camera off")(camera)
    app.command(epilog="Example: gathertui deafen toggle")(deafen)


def mic(to: ToArgument = "", as_json: JsonOption = False) -> None:
    """Turn your microphone on or off in the office that is open, or say how it is."""
    _act("mic", to, as_json=as_json)


def camera(to: ToArgument = "", as_json: JsonOption = False) -> None:
    """Turn your camera on or off in the office that is open, or say how it is.

    On, the others see you at once; in the office the key v shows you to yourself first.
    """
    _act("camera", to, as_json=as_json)


def deafen(to: ToArgument = "", as_json: JsonOption = False) -> None:
    """Hear nobody, or everybody again, in the office that is open, or say how it is."""
    _act("deafen", to, as_json=as_json)


def _act(part: Part, to: str, *, as_json: bool) -> None:
    from gathertui.client.media.remote import Command, ask

    answer = ask(Command(part, _checked(to)))
    if not answer.ok:
        raise DeviceError(answer.why)
    if as_json:
        from gathertui.cli.output import print_json

        print_json({"state": answer.state})
    else:
        typer.echo(answer.state)


def _checked(to: str) -> To:
    match to:
        case "" | "on" | "off" | "toggle":
            return to
    raise UsageError(f"{to!r} is none of on, off and toggle.")
