"""`mic`, `camera`, `deafen`: they act on the gathertui that runs, so that a key of tmux or of the desktop can."""

from __future__ import annotations

from typing import Annotated

import typer

from gathertui.cli.connecting import JsonOption
from gathertui.cli.switching import switch

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
    switch("mic", to, as_json=as_json)


def camera(to: ToArgument = "", as_json: JsonOption = False) -> None:
    """Turn your camera on or off in the office that is open, or say how it is.

    On, the others see you at once; in the office the key v shows you to yourself first.
    """
    switch("camera", to, as_json=as_json)


def deafen(to: ToArgument = "", as_json: JsonOption = False) -> None:
    """Hear nobody, or everybody again, in the office that is open, or say how it is."""
    switch("deafen", to, as_json=as_json)
