"""What a person chose about how the office looks, kept between runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from gathertui.client.profile import read_object, write_private
from gathertui.errors import CredentialsError
from gathertui.ui.look import THEMES

DEFAULT_THEME: Final = "gathertui-dark"
_FILE: Final = "appearance.json"


class Settings:
    """Settings in a folder. What is there and makes no sense counts as not chosen."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def theme(self) -> str:
        """Return the name of the theme, a key of `look.THEMES`."""
        try:
            chosen = read_object(self._path).get("theme", "")
        except CredentialsError:
            return DEFAULT_THEME
        return chosen if chosen in THEMES else DEFAULT_THEME

    def keep_theme(self, name: str) -> None:
        """Use this theme from now on. Raises OSError where it can't be kept."""
        write_private(self._path, json.dumps({"theme": name}))
