"""`devices` and `mirror`: what there is to hear, be heard and be seen with, and how you come across."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from gathertui.cli.connecting import JsonOption
from gathertui.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gathertui.media.devices import DeviceList
    from gathertui.media.ports import Device


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(epilog="Example: gathertui devices --json")(devices)
    app.command(epilog="Example: gathertui mirror")(mirror)


def devices(as_json: JsonOption = False) -> None:
    """List microphones, loudspeakers and cameras, which of them are chosen, and what is missing.

    They are chosen in the office: press Ctrl-P there and type "choose". The variables
    GATHERTUI_MICROPHONE, GATHERTUI_SPEAKER and GATHERTUI_CAMERA take an id for one run.
    """
    from gathertui.cli.output import print_json
    from gathertui.client.media.devices import named_devices
    from gathertui.client.media.memory import MediaMemory
    from gathertui.client.profile import config_folder

    found = _find()
    chosen = {**MediaMemory(config_folder()).chosen, **named_devices()}
    if as_json:
        print_json(_as_object(found, chosen))
        return
    for title, kind, listed in _kinds(found):
        typer.echo(f"{title}:")
        for device in listed:
            marks = ", ".join(word for word, holds in _marks(device, kind, chosen) if holds)
            typer.echo(f"  {_plain(device.name)}" + (f" ({marks})" if marks else ""))
            typer.echo(f"    id: {_plain(device.id)}")
        if not listed:
            typer.echo("  none found")
        if chosen.get(kind) and chosen[kind] not in {device.id for device in listed}:
            typer.echo(f"  chosen, but not here now: {_plain(chosen[kind])}")
    for problem in found.problems:
        typer.echo(f"\n{_plain(problem)}")


def mirror() -> None:
    """See yourself and hear yourself as others would, before you join. No office is needed."""
    # The screen is drawn on standard error.
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("The mirror needs a terminal.", "For scripts: gathertui devices --json")
    from gathertui.cli.livemedia import live_mirror
    from gathertui.ui.program import run_mirror

    raise typer.Exit(run_mirror(live_mirror()))


def _find() -> DeviceList:
    """Return what there is. Raises `DeviceError` where the libraries for it are missing."""
    from gathertui.cli.picturefile import libraries_silenced

    try:
        from gathertui.media.devices import list_devices

        with libraries_silenced():
            return list_devices()
    except (ImportError, OSError) as error:
        raise DeviceError(f"Sound and picture can't be had: {error}. Installing gathertui anew helps.") from None


def _kinds(found: DeviceList) -> tuple[tuple[str, str, tuple[Device, ...]], ...]:
    return (
        ("Microphones", "microphone", found.microphones),
        ("Loudspeakers", "speaker", found.speakers),
        ("Cameras", "camera", found.cameras),
    )


def _marks(device: Device, kind: str, chosen: Mapping[str, str]) -> tuple[tuple[str, bool], ...]:
    return (("chosen", chosen.get(kind) == device.id), ("the system's choice", device.is_default))


def _as_object(found: DeviceList, chosen: Mapping[str, str]) -> dict[str, object]:
    listed = {
        kind + "s": [
            {
                "id": device.id,
                "name": device.name,
                "default": device.is_default,
                "chosen": chosen.get(kind) == device.id,
            }
            for device in devices
        ]
        for _, kind, devices in _kinds(found)
    }
    return {**listed, "chosen": dict(chosen), "problems": list(found.problems)}


def _plain(text: str) -> str:
    """What a device calls itself, without anything that a terminal would act on."""
    from gathertui.protocol.text import clean_line

    return clean_line(text)
