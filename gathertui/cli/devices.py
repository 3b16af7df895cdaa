"""`devices` and `mirror`: what there is to hear, be heard and be seen with, and how you come across."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gathertui.cli.connecting import JsonOption
from gathertui.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gathertui.cli.devicechoice import Choice, Offer
    from gathertui.client.media.memory import MediaMemory
    from gathertui.media.devices import DeviceList

MicrophoneOption = Annotated[
    str | None, typer.Option(metavar="ID", help='Choose a microphone; "" is the system\'s choice.', show_default=False)
]
SpeakerOption = Annotated[
    str | None, typer.Option(metavar="ID", help='Choose a loudspeaker; "" likewise.', show_default=False)
]
CameraOption = Annotated[
    str | None, typer.Option(metavar="ID", help='Choose a camera, or file:PATH; "" likewise.', show_default=False)
]

TITLES = {"microphone": "Microphones", "speaker": "Loudspeakers", "camera": "Cameras"}


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(epilog="Example: gathertui devices --json")(devices)
    app.command(epilog="Example: gathertui mirror")(mirror)


def devices(
    as_json: JsonOption = False,
    microphone: MicrophoneOption = None,
    speaker: SpeakerOption = None,
    camera: CameraOption = None,
) -> None:
    """List microphones, loudspeakers and cameras, which of them are chosen, and what is missing.

    The options choose, as the office does by Ctrl-P and "choose": it is kept for this
    machine, and an office that is open takes it the next time. The variables
    GATHERTUI_MICROPHONE, GATHERTUI_SPEAKER and GATHERTUI_CAMERA take an id for one run.
    """
    from gathertui.cli.devicechoice import Offer
    from gathertui.cli.livemedia import twins
    from gathertui.cli.output import print_json
    from gathertui.client.media.devices import named_devices
    from gathertui.client.media.memory import MediaMemory
    from gathertui.client.profile import config_folder

    offer, memory = Offer(_find(), twins()), MediaMemory(config_folder())
    _choose(offer, memory, {"microphone": microphone, "speaker": speaker, "camera": camera})
    chosen = offer.chosen(memory.chosen, named_devices())
    if as_json:
        print_json(_as_object(offer, chosen))
    else:
        _print(offer, chosen)


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


def _choose(offer: Offer, memory: MediaMemory, wanted: Mapping[str, str | None]) -> None:
    """Keep what is wanted, all of it or nothing. Raises `UsageError` where there is no such device."""
    from gathertui.cli.devicechoice import absolute

    ids = {kind: absolute(device) for kind, device in wanted.items() if device is not None}
    for kind, device in ids.items():
        problem = offer.look_at(kind, device).problem
        if problem:
            raise UsageError(problem, f"There are: {', '.join(offer.ids(kind))}")
    for kind, device in ids.items():
        memory.choose(kind, device)


def _print(offer: Offer, chosen: Mapping[str, Choice]) -> None:
    for kind, title in TITLES.items():
        typer.echo(f"{title}:")
        choice = chosen.get(kind)
        for device in offer.listed(kind):
            marks = [choice.origin] if choice is not None and choice.id == device.id else []
            marks += ["the system's choice"] if device.is_default else []
            typer.echo(f"  {_plain(device.name)}" + (f" ({', '.join(marks)})" if marks else ""))
            typer.echo(f"    id: {_plain(device.id)}")
        if not offer.listed(kind) and (choice is None or choice.problem):
            typer.echo("  none found")
        if choice is not None and not choice.is_listed:
            typer.echo(f"  {_plain(_unlisted(choice))}")
    for problem in offer.missing(chosen):
        typer.echo(f"\n{_plain(problem)}")


def _unlisted(choice: Choice) -> str:
    if not choice.problem:
        return f"{choice.id}: {choice.origin}"
    return f"{choice.problem} ({choice.origin})" if choice.variable else f"chosen, but not here now: {choice.id}"


def _as_object(offer: Offer, chosen: Mapping[str, Choice]) -> dict[str, object]:
    listed = {
        kind + "s": [
            {
                "id": device.id,
                "name": device.name,
                "default": device.is_default,
                "chosen": kind in chosen and chosen[kind].id == device.id,
            }
            for device in offer.listed(kind)
        ]
        for kind in TITLES
    }
    wrong = [f"{choice.problem} ({choice.origin})" for choice in chosen.values() if choice.problem]
    return {
        **listed,
        "chosen": {kind: choice.id for kind, choice in chosen.items()},
        "set_by": {kind: choice.variable for kind, choice in chosen.items() if choice.variable},
        "problems": offer.missing(chosen) + wrong,
    }


def _plain(text: str) -> str:
    """What a device calls itself, without anything that a terminal would act on."""
    from gathertui.protocol.text import clean_line

    return clean_line(text)
