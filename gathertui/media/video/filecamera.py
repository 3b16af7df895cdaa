"""A film or a picture in a camera's place: for tests, for bots, and for who would rather not be seen."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gathertui.errors import DeviceError
from gathertui.media.video.opencv import as_picture, load_opencv

if TYPE_CHECKING:
    from gathertui.media.ports import Picture

STILL_RATE: Final = 5.0
"""Pictures a second of what doesn't move."""

_RATES: Final = (1.0, 120.0)
_USUAL_RATE: Final = 25.0
_KINDS: Final = "It should be a picture, as PNG, JPEG or WebP, or a film, as MP4, WebM, MKV or AVI."


class FileCamera:
    """Plays a film over and over at the film's own rate, or shows a picture.

    `clock` is in seconds, and `sleep` waits by it.
    """

    def __init__(
        self, path: Path, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._path = path
        self._clock = clock
        self._sleep = sleep
        self._capture: Any = None
        self._still: Picture | None = None
        self._period = 1 / STILL_RATE
        self._due = 0.0

    def open(self, width: int, height: int, rate: float) -> None:
        """Begin, whatever the size: pictures come as they are in the file. Raises `DeviceError`."""
        cv2 = load_opencv()
        name = "".join(letter if letter.isprintable() else "?" for letter in str(self._path))
        try:
            if self._path.is_dir():
                raise DeviceError(f"{name} is a folder.", _KINDS)
            with self._path.open("rb"):
                pass
            image = cv2.imread(str(self._path), cv2.IMREAD_COLOR)
        except FileNotFoundError:
            raise DeviceError(f"There is no file {name}.", "Look at the spelling.") from None
        except (OSError, ValueError, MemoryError, cv2.error) as error:
            raise DeviceError(f"{name} can't be read: {getattr(error, 'strerror', None) or error}.") from None
        if image is not None:
            self._still = as_picture(image)
        elif not self._rewind():
            raise DeviceError(f"{name} can't be read as a picture or a film.", _KINDS)
        self._due = self._clock()

    def read(self) -> Picture | None:
        """Wait for the next picture; None when the file can't be read any more."""
        if not self.skip():
            return None
        if self._still is not None:
            return self._still.copy()
        found, image = self._capture.retrieve()
        return as_picture(image) if found and image is not None else None

    def skip(self) -> bool:
        """Let the next picture pass; behind the end is the beginning."""
        now = self._clock()
        if now < self._due:
            self._sleep(self._due - now)
        # Behind by more than a picture: go on from here.
        self._due = max(self._due, now - self._period) + self._period
        if self._still is not None:
            return True
        return bool(self._capture.grab()) or (self._rewind() and bool(self._capture.grab()))

    def close(self) -> None:
        """Stop."""
        self._still = None
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _rewind(self) -> bool:
        """Open the film at its beginning, which works for all kinds; going back within one doesn't."""
        cv2 = load_opencv()
        if self._capture is not None:
            self._capture.release()
        self._capture = cv2.VideoCapture(str(self._path))
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        is_sound = math.isfinite(rate) and rate > 0
        self._period = 1 / (min(max(rate, _RATES[0]), _RATES[1]) if is_sound else _USUAL_RATE)
        return bool(self._capture.isOpened())
