"""Finds the maps that come with gathertui.

An installed package holds them in `gathertui/maps`, a checkout in `maps` at its
top.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from gathertui.errors import UsageError

_SUFFIX = ".toml"


def bundled_maps() -> tuple[str, ...]:
    """The names of the bundled maps, in alphabetical order."""
    return tuple(
        sorted(entry.name.removesuffix(_SUFFIX) for entry in _folder().iterdir() if entry.name.endswith(_SUFFIX))
    )


def bundled_map(name: str) -> bytes:
    """The map file of that name. Raises `UsageError` when no such map is bundled."""
    names = bundled_maps()
    if name not in names:
        raise UsageError(f"There is no bundled map {name!r}.", f"There are: {', '.join(names)}.")
    return _folder().joinpath(name + _SUFFIX).read_bytes()


def _folder() -> Traversable:
    installed = files("gathertui").joinpath("maps")
    return installed if installed.is_dir() else Path(__file__).parents[1] / "maps"
