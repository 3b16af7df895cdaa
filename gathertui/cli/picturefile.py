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
    from gathertui.render.colour import Picture

_KINDS: Final = "It should be a picture, as PNG, JPEG, WebP or TIFF, or a video, as MP4, WebM, MKV or AVI."

_MOST_PIXELS: Final = 1 << 28
"""Of a picture: OpenCV takes three bytes for each."""

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
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(_MOST_PIXELS))
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
                first = _on_ground(_as_rgb(first), cv2.imread(source, cv2.IMREAD_UNCHANGED))
        except (cv2.error, MemoryError):
            first = None
        if first is None:
            raise PictureError(f"{name} can't be read as a picture or a video.", _KINDS)
        yield StillPicture(first) if capture is None else Video(capture, first)


def _checked(path: Path) -> str:
    """Return the name of a file as it can be printed, if something can be read from it."""
    name = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "backslashreplace").decode("ascii")
        for letter in str(path)
    )
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UsageError(f"{name} is a folder.", "Name one picture or video in it.")
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{name} is not a file that can be read again and again.", _KINDS)
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
    """Return one of OpenCV's pictures, (height, width, 3) or (height, width), as (height, width, 3) uint8 RGB."""
    import cv2

    converted: Picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB if picture.ndim == 2 else cv2.COLOR_BGR2RGB)
    return converted


def _on_ground(picture: Picture, whole: Any) -> Picture:
    """Lay a picture that is transparent in places on black, or on white where what shows of it is dark.

    `whole` is the same picture as OpenCV finds it in the file, with the transparency if it has one.
    """
    import numpy as np

    if whole is None or whole.ndim != 3 or whole.shape[2] != 4 or whole.shape[:2] != picture.shape[:2]:
        return picture
    top = np.iinfo(whole.dtype).max if whole.dtype.kind == "u" else 1
    opacity = (whole[:, :, 3:] / np.float32(top)).astype(np.float32)
    shown = float(opacity.sum())
    if shown >= opacity.size:
        return picture
    is_dark = shown > 0 and float((picture.mean(axis=2, keepdims=True) * opacity).sum()) / shown < 96
    ground = np.float32(255 if is_dark else 0)
    laid: Picture = np.rint(ground + (picture - ground) * opacity).astype(np.uint8)
    return laid


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
