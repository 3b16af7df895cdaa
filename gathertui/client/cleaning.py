"""Cleans all text that a server sent, in one place, before anything of the client sees it.

A server cleans what people write, but a client must not have to trust that: an
escape sequence in a name would otherwise act on the terminal.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeVar

import msgspec

from gathertui.protocol.text import clean_line, clean_message

T = TypeVar("T")

# Not for people, and changing them would break them. The map's reader checks the map's own texts.
_OPAQUE: Final = frozenset({"token", "map_source"})
_LONG: Final = frozenset({"text"})


def clean_received(value: T) -> T:
    """Return a message of the protocol, or a part of one, with all its texts cleaned.

    A chat message's text keeps its lines; everything else becomes one line.
    """
    if isinstance(value, msgspec.Struct):
        return _clean_struct(value)
    if isinstance(value, list):
        return [clean_received(item) for item in value]  # type: ignore[return-value]  # a list of the same items
    if isinstance(value, str) and not isinstance(value, Enum):
        return clean_line(value)  # type: ignore[return-value]  # a str for a str
    return value


def _clean_struct(struct: T) -> T:
    changes: dict[str, object] = {}
    for name in struct.__struct_fields__:  # type: ignore[attr-defined]  # every Struct has them
        if name in _OPAQUE:
            continue
        value = getattr(struct, name)
        cleaned = clean_message(value) if name in _LONG else clean_received(value)
        if cleaned is not value and cleaned != value:
            changes[name] = cleaned
    return msgspec.structs.replace(struct, **changes) if changes else struct  # type: ignore[type-var]
