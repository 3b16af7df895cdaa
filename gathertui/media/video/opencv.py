"""OpenCV, loaded when a camera or a film needs it, and quiet."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from gathertui.errors import DeviceError
from gathertui.media.ports import Picture

_SMALLEST = 16  # pixels, each way
_QUIET = -8  # libav's AV_LOG_QUIET


def load_opencv() -> Any:
    """Return the module `cv2`, which says nothing on standard error any more. Raises `DeviceError`."""
    try:
        import cv2
        import cv2.utils.logging as cv2_logging
    except ImportError as error:
        raise DeviceError(
            f"Cameras need OpenCV, which can't be loaded: {error}.", "Install opencv-python-headless."
        ) from error
    # What goes wrong is said by our own errors; OpenCV and libav in it would write into the screen.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", str(_QUIET))
    cv2_logging.setLogLevel(cv2_logging.LOG_LEVEL_SILENT)
    return cv2


def as_picture(image: Any) -> Picture:
    """Return one of OpenCV's images as RGB: BGR, BGRA or grey, of 8 or 16 bits a channel.

    Raises `DeviceError` where no picture can be made of it.
    """
    cv2 = load_opencv()
    height, width = image.shape[:2]
    if min(height, width) < _SMALLEST:
        raise DeviceError(f"The camera gives pictures of {width} by {height} pixels.", "Choose another camera.")
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    channels = 1 if image.ndim == 2 else image.shape[2]
    conversions = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
    if image.dtype != np.uint8 or channels not in conversions:
        raise DeviceError("The camera gives pictures of an unknown kind.", "Choose another camera.")
    return np.asarray(cv2.cvtColor(image, conversions[channels]), np.uint8)
