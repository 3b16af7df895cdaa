"""Which cameras there are.

On Linux nothing is opened to find out, so that no light comes on: the kernel
lists them in /sys, and udev knows which of a camera's nodes give pictures.
Elsewhere the first few numbers are tried.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from gathertui.errors import DeviceError
from gathertui.media.devicenames import readable_name
from gathertui.media.ports import Device

NO_CAMERA: Final = "No camera was found. Plug one in, or name a film or a picture instead: GATHERTUI_CAMERA=file:PATH."
NOT_PERMITTED: Final = (
    "You may not use the camera {name}. Join the group that owns {node} (mostly: sudo usermod -aG video $USER), "
    "and sign in again."
)

NUMBER_PREFIX: Final = "camera:"
"""Of the ids where cameras have no more than a number."""

_PROBED: Final = range(5)


def list_cameras() -> tuple[tuple[Device, ...], str]:
    """Return the cameras, the default first, and a sentence on what is missing and what to do, or "".

    It may take a second where cameras have to be tried: not for the event loop's thread.
    """
    if sys.platform == "linux":
        return list_linux_cameras(Path("/"))
    try:
        numbers = _answering_numbers()
    except DeviceError as error:
        return (), str(error)
    devices = tuple(
        Device(f"{NUMBER_PREFIX}{number}", f"Camera {number + 1}", is_default=number == numbers[0])
        for number in numbers
    )
    return devices, "" if devices else NO_CAMERA


def list_linux_cameras(root: Path) -> tuple[tuple[Device, ...], str]:
    """Return the same from /sys, /dev and /run/udev below `root`."""
    nodes = sorted((root / "sys/class/video4linux").glob("video*"), key=_number)
    links = _lasting_names(root / "dev/v4l")
    devices: list[Device] = []
    problem = ""
    for entry in nodes:
        node = root / "dev" / entry.name
        if not node.exists() or not _gives_pictures(root, entry):
            continue
        name = readable_name(_content(entry / "name")) or entry.name
        if any(device.name == name for device in devices):
            name = f"{name} ({entry.name})"
        if not os.access(node, os.R_OK | os.W_OK):
            problem = problem or NOT_PERMITTED.format(name=name, node=node)
        devices.append(Device(links.get(entry.name, str(node)), name, is_default=not devices))
    return tuple(devices), problem if devices else NO_CAMERA


def _gives_pictures(root: Path, entry: Path) -> bool:
    """Whether a node is for pictures: a webcam has a second one for what is known about them."""
    known = _content(root / "run/udev/data" / f"c{_content(entry / 'dev')}")
    for line in known.splitlines():
        if line.startswith("E:ID_V4L_CAPABILITIES="):
            return ":capture:" in line
    return _content(entry / "index") in ("", "0")


def _lasting_names(folder: Path) -> dict[str, str]:
    """Return paths by node that are the same when a camera is plugged in again: by its make, else by its socket."""
    found: dict[str, str] = {}
    for kind in ("by-path", "by-id"):
        for link in sorted((folder / kind).glob("*")):
            found[Path(os.path.realpath(link)).name] = str(link)
    return found


def _number(entry: Path) -> int:
    digits = entry.name.removeprefix("video")
    return int(digits) if digits.isdecimal() else sys.maxsize


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _answering_numbers() -> list[int]:
    from gathertui.media.video.opencv import load_opencv

    cv2 = load_opencv()
    found = []
    for number in _PROBED:
        capture = cv2.VideoCapture(number)
        if capture.isOpened():
            found.append(number)
        capture.release()
    return found
