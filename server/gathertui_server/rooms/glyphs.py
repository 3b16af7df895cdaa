"""What is drawn of a person on the map: two cells of initials."""

from __future__ import annotations

import re
from typing import Final

from wcwidth import wcswidth

_SEPARATORS: Final = re.compile(r"[._\-\s\d]+")


def initials(name: str) -> str:
    """Return the first letters of the first two parts of `name`, or its first two letters, filling two cells.

    A wide letter fills both cells by itself. What has no letters gives its first characters.
    """
    parts = [part for part in _SEPARATORS.split(name) if part] or [name]
    letters = parts[0][0] + parts[1][0] if len(parts) > 1 else parts[0][:2]
    letters = letters.upper()
    while letters and wcswidth(letters) > 2:
        letters = letters[:-1]
    return letters + " " * (2 - max(0, wcswidth(letters)))
