"""From what a camera gives to the size that is sent: cut to 4:3, and averaged over areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gathertui.media.ports import Picture


def cut(picture: Picture) -> Picture:
    """Return the middle of a picture, as large as 4:3 fits: a view, no copy."""
    height, width, _ = picture.shape
    across, down = min(width, max(1, round(height * 4 / 3))), min(height, max(1, round(width * 3 / 4)))
    left, top = (width - across) // 2, (height - down) // 2
    return picture[top : top + down, left : left + across]


def scaled(picture: Picture, width: int, height: int) -> Picture:
    """Return a picture in another size: each pixel the mean of those it covers, or between them where it grows."""
    import cv2

    # OpenCV halves a picture several times as fast as it does anything else.
    while picture.shape[1] >= 2 * width and picture.shape[0] >= 2 * height:
        picture = _resized(picture, picture.shape[1] // 2, picture.shape[0] // 2, cv2.INTER_AREA)
    if picture.shape[:2] == (height, width):
        return picture
    return _resized(picture, width, height, cv2.INTER_LINEAR if width > picture.shape[1] else cv2.INTER_AREA)


def _resized(picture: Picture, width: int, height: int, interpolation: int) -> Picture:
    import cv2

    return np.asarray(cv2.resize(picture, (width, height), interpolation=interpolation), np.uint8)


class Sizes:
    """One picture in many sizes, each made of the nearest that is larger. All should be of its own shape."""

    def __init__(self, picture: Picture) -> None:
        self._made = [picture]

    def at(self, width: int, height: int) -> Picture:
        """Return the picture in a size; it is not to be changed."""
        larger = [picture for picture in self._made if picture.shape[1] >= width]
        nearest = min(larger or self._made[:1], key=len)
        picture = scaled(nearest, width, height)
        if picture is not nearest:
            self._made.append(picture)
        return picture


def mirrored(picture: Picture) -> Picture:
    """Return a picture as its subject would see it in a mirror: a copy of its own."""
    import cv2

    return np.asarray(cv2.flip(picture, 1), np.uint8)
