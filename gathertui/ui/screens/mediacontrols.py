"""The commands for your own sound and picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, TypeAlias

from textual.screen import Screen
from textual.worker import Worker

from gathertui.client import events as happened
from gathertui.client.media.port import DeviceKind
from gathertui.client.media.state import CAMERA, CUES, MEDIA, MICROPHONE, SPEAKER, Switch
from gathertui.client.office import OfficeClient
from gathertui.protocol.text import clean_line
from gathertui.ui.conversation import Conversation
from gathertui.ui.look import Look
from gathertui.ui.screens.palette import Choice, PaletteScreen
from gathertui.ui.screens.preview import PreviewScreen

MediaEvent: TypeAlias = (
    happened.PeerMediaChanged | happened.OwnMediaChanged | happened.MediaProblem | happened.MediaMuted
)

NAMES: Final[dict[DeviceKind, str]] = {"microphone": "Microphone", "speaker": "Loudspeaker", "camera": "Camera"}
SYSTEM: Final = "The system's own choice"


class Notice(Protocol):
    """Says something to the person."""

    def __call__(self, text: str, *, wrong: bool = False) -> None:
        """`wrong`: something did not work."""


class MediaControls:
    """Acts on `client.media` for the keys of `screen`; `look` is what to draw with now.

    `leave` says something until somebody is there who can have read it.
    """

    def __init__(
        self,
        screen: Screen[None],
        client: OfficeClient,
        conversation: Conversation,
        *,
        look: Callable[[], Look],
        notice: Notice,
        leave: Callable[[str], None],
    ) -> None:
        self._screen = screen
        self._client = client
        self._conversation = conversation
        self._look = look
        self._notice = notice
        self._leave = leave
        self._preview: PreviewScreen | None = None

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return what does the commands of these names."""
        return {
            "microphone": self._toggle_microphone,
            "deafen": self._toggle_deaf,
            "camera": self._toggle_camera,
            "choose-microphone": partial(self._list_devices, "microphone"),
            "choose-speaker": partial(self._list_devices, "speaker"),
            "choose-camera": partial(self._list_devices, "camera"),
            "sounds": self._list_sounds,
            "do-not-disturb": self._toggle_disturbing,
        }

    def take(self, event: MediaEvent) -> None:
        """Show what happened to your sound and picture, or to somebody else's."""
        match event:
            case happened.PeerMediaChanged(avatar):
                self._conversation.take_peer(avatar)
            case happened.OwnMediaChanged():
                self._conversation.take_own()
            case happened.MediaProblem(text):
                if self._preview is None or not self._preview.says(text):
                    self._notice(clean_line(text), wrong=True)
            case happened.MediaMuted(why):
                self._leave(clean_line(why))

    def _toggle_microphone(self) -> None:
        media = self._client.media
        wanted = media.own.microphone is not Switch.ON
        media.set_microphone(wanted)
        is_on = media.own.microphone is Switch.ON
        if is_on:
            people = len(self._client.model.conversation)
            near = "Nobody is near." if not people else f"{people} near you." if people > 1 else "1 is near you."
            self._notice(f"Your microphone is on. {near}")
        elif wanted:
            self._say_what_is_missing(MICROPHONE)
        else:
            self._notice("Your microphone is off.")

    def _toggle_deaf(self) -> None:
        media = self._client.media
        media.set_deafened(not media.own.deafened)
        if media.own.deafened:
            self._notice("You hear nobody. The others see that.")
        elif not media.own.problems.get(MEDIA):
            self._notice("You hear everybody again.")

    def _toggle_disturbing(self) -> None:
        media = self._client.media
        if media.own.problems.get(MEDIA):
            self._say_what_is_missing(MEDIA)
            return
        media.do_not_disturb = not media.do_not_disturb
        if media.do_not_disturb:
            self._notice("Do not disturb: no sounds but those of your own microphone.")
        else:
            self._notice("Sounds are heard again.")

    def _toggle_camera(self) -> None:
        media = self._client.media
        if media.own.camera is Switch.ON:
            media.set_camera(Switch.OFF)
            self._notice("Your camera is off.")
            return
        if media.own.problems.get(MEDIA):
            self._say_what_is_missing(CAMERA)
            return
        media.set_camera(Switch.PREVIEW)
        self._preview = PreviewScreen(self._look(), self._client, self._conversation)
        self._screen.app.push_screen(self._preview, callback=self._end_preview)

    def _end_preview(self, live: bool | None) -> None:
        media, self._preview = self._client.media, None
        if not live or media.own.camera is not Switch.PREVIEW:
            # It may have been turned off meanwhile, from elsewhere or because nobody is here: then it stays off.
            media.set_camera(Switch.OFF)
            if live:
                self._say_what_is_missing(CAMERA)
            return
        media.set_camera(Switch.ON)
        if self._client.media.own.camera is Switch.ON:
            self._notice("Your camera is on. Press v to turn it off.")

    def _say_what_is_missing(self, part: str) -> None:
        problems = self._client.media.own.problems
        why = problems.get(MEDIA) or problems.get(part)
        if why:
            self._notice(clean_line(why), wrong=True)

    # ------------------------------------------------------------ choosing

    def _list_devices(self, kind: DeviceKind) -> Worker[None]:
        return self._screen.run_worker(self._choose_device(kind), group="devices", exclusive=True, exit_on_error=False)

    async def _choose_device(self, kind: DeviceKind) -> None:
        media = self._client.media
        found = await media.devices()
        devices = {MICROPHONE: found.microphones, SPEAKER: found.speakers, CAMERA: found.cameras}[kind]
        if not devices:
            missing = media.own.problems.get(kind) or " ".join(found.problems)
            self._notice(
                clean_line(missing) or f"{NAMES[kind]}: none found. `gathertui devices` tells more.", wrong=True
            )
            return
        chosen = media.chosen.get(kind, "")
        choices = [Choice("", f"{NAMES[kind]}: {SYSTEM}", "" if chosen else "in use")]
        choices += [
            Choice(device.id, f"{NAMES[kind]}: {clean_line(device.name)}", "in use" if device.id == chosen else "")
            for device in devices
        ]
        names = {device.id: clean_line(device.name) for device in devices}

        def take(device: str | None) -> None:
            if device is not None:
                media.choose(kind, device)
                self._notice(f"{NAMES[kind]}: {names.get(device, SYSTEM)}.")

        self._screen.app.push_screen(PaletteScreen(self._look(), choices, title=f"Which {NAMES[kind].lower()}?"), take)

    def _list_sounds(self) -> None:
        media = self._client.media
        choices = [
            Choice(name, words[0].upper() + words[1:], "silent" if name in media.cues_silenced else "on")
            for name, words in CUES.items()
        ]

        def take(name: str | None) -> None:
            if name is not None:
                silenced = name not in media.cues_silenced
                media.silence_cue(name, silenced)
                self._notice(f"The sound for when {CUES[name]} is {'silent' if silenced else 'on'}.")

        self._screen.app.push_screen(PaletteScreen(self._look(), choices, title="Which sound, on or off?"), take)
