"""What a terminal shows that has no room for anything."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

MIN_COLUMNS = 20
MIN_ROWS = 6

TOO_SMALL_CSS = """
TooSmall { display: none; width: 100%; height: 100%; }
Screen.-too-narrow > *, Screen.-too-low > * { display: none; }
Screen.-too-narrow > TooSmall, Screen.-too-low > TooSmall { display: block; }
"""


class TooSmall(Static):
    """Shows itself, alone, on a screen with the class `-too-narrow` or `-too-low`."""

    def __init__(self) -> None:
        super().__init__(Text(f"Too small. Make it {MIN_COLUMNS} x {MIN_ROWS}."))
