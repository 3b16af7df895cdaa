"""What a person chose about how the office looks, kept between runs."""

from __future__ import annotations

import json
import math
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar, get_args

from gathertui.client.profile import read_object, write_private
from gathertui.errors import CredentialsError
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.terminal.capabilities import Graphics
from gathertui.ui.look import THEMES

DEFAULT_THEME: Final = "gathertui-dark"
AUTO: Final = "auto"
"""For "as found"."""

_FILE: Final = "appearance.json"
_KB: Final = 1000

Choice = TypeVar("Choice", bound=Enum)


class Settings:
    """Settings in a folder. What is there and makes no sense counts as not chosen."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def theme(self) -> str:
        """Return the name of the theme, a key of `look.THEMES`."""
        chosen = self._read("theme")
        return chosen if chosen in THEMES else DEFAULT_THEME

    def keep_theme(self, name: str) -> None:
        """Use this theme from now on. Raises OSError where it can't be kept."""
        self._keep("theme", name)

    def glyphs(self) -> PictureMode | None:
        """Return the finest glyphs that the terminal shows whole; None: as found."""
        return _member(PictureMode, self._read("glyphs"))

    def keep_glyphs(self, glyphs: PictureMode | None) -> None:
        """Draw with these glyphs from now on, None for as found. Raises OSError where it can't be kept."""
        self._keep("glyphs", glyphs.value if glyphs else AUTO)

    def colours(self) -> ColourDepth | None:
        """Return how many colours the terminal shows; None: as found."""
        return _member(ColourDepth, self._read("colors"))

    def graphics(self) -> Graphics | None:
        """Return what pictures are drawn with instead of cells; None: as found."""
        chosen = self._read("graphics")
        return next((graphics for graphics in get_args(Graphics) if graphics == chosen), None)

    def picture_cap(self) -> int | None:
        """Return how many bytes a second may go to the terminal, None if nothing was said. `pictures` is in KB/s."""
        try:
            cap = float(self._read("pictures"))
        except ValueError:
            return None
        return int(cap * _KB) if math.isfinite(cap) and cap >= 1 else None

    def _read(self, name: str) -> str:
        """What is kept under this name, "" where nothing is."""
        try:
            return read_object(self._path).get(name, "")
        except CredentialsError:
            return ""

    def _keep(self, name: str, value: str) -> None:
        try:
            kept = read_object(self._path)
        except CredentialsError:
            kept = {}
        write_private(self._path, json.dumps({**kept, name: value}))


def _member(kind: type[Choice], value: str) -> Choice | None:
    return next((member for member in kind if member.value == value), None)
