"""Files that other programs wait for: they are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gathertui.errors import GathertuiError


def write_in_place(path: Path, text: str) -> None:
    """Write `text` to `path` by renaming a finished file, readable by its owner only.

    Raises `GathertuiError` where the folder is missing or can't be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)  # noqa: PTH105 - the temporary name is a string
    except OSError as error:
        raise GathertuiError(
            f"The file {path} can't be written: {error.strerror}.", "Check that its folder exists and is yours."
        ) from error
