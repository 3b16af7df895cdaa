"""A covered lens shows one colour; people would rather see an avatar than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gathertui.media.video.scaling import scaled

if TYPE_CHECKING:
    from gathertui.media.ports import Picture

BLANK_SECONDS: Final = 2.0
"""So long a picture must be of one colour: a hand before the lens, or a light switched off and on, is no cover."""

_COARSE: Final = (16, 12)
_ONE_COLOUR, _A_PICTURE = 10, 16


class BlankDetector:
    """Sees whether the lens is covered."""

    def __init__(self) -> None:
        self._plain_since: float | None = None
        self.is_blank = False

    def look(self, now: float, picture: Picture) -> bool:
        """Look at the picture of a time, in seconds; return whether it has been of one colour for `BLANK_SECONDS`."""
        # Means of large areas: a sensor's noise is gone from them, but not a face in a dark room.
        coarse = scaled(picture, *_COARSE).reshape(-1, 3)
        spread = int((coarse.max(axis=0).astype(int) - coarse.min(axis=0)).max())
        if spread > (_A_PICTURE if self.is_blank else _ONE_COLOUR):
            self._plain_since, self.is_blank = None, False
        elif self._plain_since is None:
            self._plain_since = now
        elif now - self._plain_since >= BLANK_SECONDS:
            self.is_blank = True
        return self.is_blank
