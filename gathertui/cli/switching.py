"""Turning a part of the running client on and off, for commands that keys are bound to: nothing heavy is imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from gathertui.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from gathertui.client.media.remote import Part, To

PARTS: Final[tuple[Part, ...]] = ("mic", "camera", "deafen")
WAYS: Final[tuple[To, ...]] = ("on", "off", "toggle")


def switch(part: Part, to: str, *, as_json: bool = False) -> None:
    """Turn the part, with an empty `to` leave it, and print how it is. Raises `DeviceError`, `UsageError`."""
    from gathertui.client.media.remote import ask

    answer = ask(part, _checked(to))
    if not answer.ok:
        raise DeviceError(answer.why)
    if as_json:
        from gathertui.cli.output import print_json

        print_json({"state": answer.state})
    else:
        sys.stdout.write(f"{answer.state}\n")


def _checked(to: str) -> To:
    match to:
        case "" | "on" | "off" | "toggle":
            return to
    raise UsageError(f"{to!r} is none of on, off and toggle.")
