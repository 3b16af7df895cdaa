"""From the id of a camera to the camera."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gathertui.media.ports import Camera

FILE_PREFIX: Final = "file:"
"""Before the path of a film or a picture that stands in for a camera."""


def make_camera(device_id: str) -> Camera:
    """Return a camera that isn't open yet: by an id of `list_cameras`, `file:PATH`, or "" for the default."""
    if device_id.startswith(FILE_PREFIX):
        from gathertui.media.video.filecamera import FileCamera

        return FileCamera(Path(device_id.removeprefix(FILE_PREFIX)).expanduser())
    from gathertui.media.video.camera import OpenCvCamera

    return OpenCvCamera(device_id)
