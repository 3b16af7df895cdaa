"""What is kept about sound and picture between runs, on this machine: the chosen devices and the silenced sounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gathertui.client.media.state import CAMERA, CUES, MICROPHONE, SPEAKER
from gathertui.client.profile import read_object, write_private
from gathertui.errors import CredentialsError, DeviceError

_FILE: Final = "media.json"
_SILENCED: Final = "silenced"
_UNDISTURBING: Final = "heard_in_do_not_disturb"
KINDS: Final = (MICROPHONE, SPEAKER, CAMERA)


class MediaMemory:
    """A small file in a person's folder. One that can't be read counts as empty, until something is kept.

    With no folder everything is forgotten at the end.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / _FILE if folder is not None else None
        held = self._read()
        self.chosen: dict[str, str] = {kind: held[kind] for kind in KINDS if held.get(kind)}
        """The chosen devices' ids by kind."""
        self.silenced: frozenset[str] = frozenset(held.get(_SILENCED, "").split()) & frozenset(CUES)
        """The names of the silenced sounds."""
        self.undisturbing: frozenset[str] = frozenset(held.get(_UNDISTURBING, "").split()) & frozenset(CUES)
        """The names of the sounds that may be heard in do-not-disturb: whoever wants some writes them into the file."""

    def _read(self) -> Mapping[str, str]:
        if self._path is None:
            return {}
        try:
            return read_object(self._path)
        except CredentialsError:
            return {}

    def choose(self, kind: str, device_id: str) -> None:
        """Keep a device; an empty id keeps none. Raises `DeviceError` where it can't be kept for the next run."""
        if device_id:
            self.chosen[kind] = device_id
        else:
            self.chosen.pop(kind, None)
        self._write()

    def silence(self, name: str, silenced: bool) -> None:
        """Keep whether a sound is silenced. Raises `DeviceError` where it can't be kept for the next run."""
        self.silenced = self.silenced | {name} if silenced else self.silenced - {name}
        self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        sounds = {_SILENCED: " ".join(sorted(self.silenced)), _UNDISTURBING: " ".join(sorted(self.undisturbing))}
        try:
            write_private(self._path, json.dumps({**self.chosen, **sounds}))
        except OSError as error:
            raise DeviceError(f"That can't be kept for the next time: {self._path}: {error.strerror}.") from error
