"""Pictures and videos from files, as far as OpenCV reads them."""

from __future__ import annotations

import contextlib
import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from gathertui.errors import PictureError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

_KINDS: Final = "It should be a picture, as PNG, JPEG, WebP or TIFF, or a video, as MP4, WebM, MKV or AVI."

_RATES: Final = (0.1, 240.0)
_USUAL_RATE: Final = 25.0


class Film(Protocol):
    """Pictures that follow each other."""

    rate: float
    """Pictures a second."""
    moving: bool
    """False for a single picture, which stands still."""
    size: tuple[int, int]
    """Of the first picture: width and height in pixels."""

    def read(self) -> Picture | None:
        """Return the next picture, (height, width, 3) uint8 RGB, or None at the end."""
        ...

    def skip(self) -> bool:
        """Leave one picture out; False at the end."""
        ...


class StillPicture:
    """A film of one picture."""

    rate = 1.0
    moving = False

    def __init__(self, picture: Picture) -> None:
        self._pictures = [picture]
        self.size = (picture.shape[1], picture.shape[0])

    def read(self) -> Picture | None:
        """Return the picture once."""
        return self._pictures.pop() if self._pictures else None

    def skip(self) -> bool:
        """Leave it out."""
        return self.read() is not None


class Video:
    """A film that OpenCV decodes."""

    moving = True

    def __init__(self, capture: Any, first: Picture) -> None:
        import cv2

        self._capture = capture
        self._first: Picture | None = first
        self.size = (first.shape[1], first.shape[0])
        rate = float(capture.get(cv2.CAP_PROP_FPS))
        self.rate = rate if math.isfinite(rate) and _RATES[0] <= rate <= _RATES[1] else _USUAL_RATE

    def read(self) -> Picture | None:
        """Decode the next picture."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return _read_frame(self._capture)

    def skip(self) -> bool:
        """Pass over one picture, without making its pixels."""
        if self._first is not None:
            self._first = None
            return True
        import cv2

        try:
            return bool(self._capture.grab())
        except cv2.error:
            return False


@contextlib.contextmanager
def open_film(path: Path) -> Iterator[Film]:
    """Open the picture or video in a file.

    Raises `UsageError` when there is no such file, and `PictureError` when it
    can't be read as either.
    """
    name = _checked(path)
    import cv2

    with contextlib.ExitStack() as stack:
        source = stack.enter_context(_readable_name(path, name))
        capture = None
        try:
            first = cv2.imread(source, cv2.IMREAD_COLOR)
            if first is None:
                capture = cv2.VideoCapture(source)
                stack.callback(capture.release)
                first = _read_frame(capture)
            else:
                first = _as_rgb(first)
        except (cv2.error, MemoryError):
            first = None
        if first is None:
            raise PictureError(f"{name} can't be read as a picture or a video.", _KINDS)
        yield StillPicture(first) if capture is None else Video(capture, first)


def _checked(path: Path) -> str:
    """Return the name of a file as it can be printed, if something can be read from it."""
    name = str(path).encode("utf-8", "backslashreplace").decode()
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UsageError(f"{name} is a folder.", "Name one picture or video in it.")
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{name} is not a file.", _KINDS)
        if not status.st_size:
            raise PictureError(f"{name} is empty.", _KINDS)
        with path.open("rb"):
            return name
    except FileNotFoundError:
        raise UsageError(f"There is no file {name}.", "Look at the spelling, and in which folder you are.") from None
    except PermissionError:
        raise UsageError(f"You may not read {name}.", "Ask whoever owns it, or take a copy that is yours.") from None
    except (OSError, ValueError) as error:
        raise PictureError(f"{name} can't be opened: {getattr(error, 'strerror', None) or error}.") from None


@contextlib.contextmanager
def _readable_name(path: Path, name: str) -> Iterator[str]:
    """Give the file under a name that OpenCV understands: it takes UTF-8 only."""
    if name == str(path):
        yield name
        return
    with path.open("rb") as opened:
        yield f"/dev/fd/{opened.fileno()}"


def _read_frame(capture: Any) -> Picture | None:
    import cv2

    try:
        found, frame = capture.read()
    except cv2.error:
        return None
    return _as_rgb(frame) if found and frame is not None and frame.size else None


def _as_rgb(picture: Any) -> Picture:
    """Return one of OpenCV's pictures as (height, width, 3) uint8 RGB."""
    import cv2
    import numpy as np

    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    conversions = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
    converted: Picture = cv2.cvtColor(picture, conversions[channels])
    return converted


@contextlib.contextmanager
def libraries_silenced() -> Iterator[None]:
    """Keep what OpenCV and libav say on standard error from it; they write past Python."""
    try:
        kept = os.dup(2)
    except OSError:  # nobody gave us a standard error
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
