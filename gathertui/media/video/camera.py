"""Cameras, as OpenCV drives them: V4L2 on Linux, AVFoundation on macOS."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gathertui.errors import DeviceError
from gathertui.media.video.cameras import NOT_PERMITTED, NUMBER_PREFIX, list_cameras
from gathertui.media.video.opencv import as_picture, load_opencv

if TYPE_CHECKING:
    from gathertui.media.ports import Picture

_NEAR_ENOUGH: Final = 0.8
"""Of the rate that was asked for; below, MJPG is tried: it needs less of a slow bus, but decoding."""

_MOST_SPOILED: Final = 10
"""Pictures in a row that arrived broken."""

_ELSEWHERE: Final = (
    "Close the programs that may be using it; on macOS, also allow your terminal to use the camera "
    "(System Settings, Privacy & Security)."
)


class OpenCvCamera:
    """A camera of this machine, by the id that `list_cameras` gave it; "" is the default camera.

    `make_capture` makes an `cv2.VideoCapture` of the same arguments.
    """

    def __init__(self, device_id: str = "", *, make_capture: Callable[..., Any] | None = None) -> None:
        self._id = device_id
        self._make_capture = make_capture
        self._capture: Any = None

    def open(self, width: int, height: int, rate: float) -> None:
        """Begin. Raises `DeviceError` when it is missing, in use, or not for us."""
        cv2 = load_opencv()
        number, name = _find(self._id)
        backend = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform, cv2.CAP_ANY)
        capture = (self._make_capture or cv2.VideoCapture)(number, backend)
        self._capture = capture
        # A driver that can't do it leaves things as they are; what comes is scaled anyway.
        wishes = {cv2.CAP_PROP_FRAME_WIDTH: width, cv2.CAP_PROP_FRAME_HEIGHT: height, cv2.CAP_PROP_FPS: rate}
        _set_all(capture, wishes)
        if 0 < capture.get(cv2.CAP_PROP_FPS) < _NEAR_ENOUGH * rate:
            _set_all(capture, {cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG")} | wishes)
        # Old pictures aren't wanted: few buffers.
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)
        # Whether another program has it shows when the first picture is asked for, no sooner.
        if not capture.isOpened() or not capture.grab():
            self.close()
            raise DeviceError(
                f"The camera {name} gives no pictures: another program is using it, or it doesn't work.",
                "Close the other program, or choose another camera." if sys.platform == "linux" else _ELSEWHERE,
            )

    def read(self) -> Picture | None:
        """Wait for the next picture; None when it is gone. Raises `DeviceError` if it makes no sense."""
        for _ in range(_MOST_SPOILED):
            if not self.skip():
                return None
            found, image = self._capture.retrieve()
            if found and image is not None and image.size:
                return as_picture(image)
        return None

    def skip(self) -> bool:
        """Let the next picture pass, undecoded."""
        return self._capture is not None and bool(self._capture.grab())

    def close(self) -> None:
        """Stop; the camera's light goes out."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def _set_all(capture: Any, wishes: dict[int, float]) -> None:
    for wish, value in wishes.items():
        capture.set(wish, value)


def _find(device_id: str) -> tuple[int, str]:
    """Return the number that OpenCV knows a camera by, and its name. Raises `DeviceError`."""
    devices, problem = list_cameras()
    chosen = next((device for device in devices if device.id == device_id or not device_id), None)
    if chosen is None:
        if not device_id:
            raise DeviceError(problem)
        raise DeviceError("The camera that was chosen is not there.", "Plug it in again, or choose another.")
    if chosen.id.startswith(NUMBER_PREFIX):
        return int(chosen.id.removeprefix(NUMBER_PREFIX)), chosen.name
    node = Path(os.path.realpath(chosen.id))
    if not os.access(node, os.R_OK | os.W_OK):
        raise DeviceError(NOT_PERMITTED.format(name=chosen.name, node=node))
    return int(node.name.removeprefix("video")), chosen.name
