"""What devices call themselves, as people can read it."""

from __future__ import annotations

from typing import Final

_LONGEST: Final = 80


def readable_name(name: str) -> str:
    """Return a name as one short line without control characters; it comes from the device."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:_LONGEST]
