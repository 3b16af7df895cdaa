"""Which cameras there are, and how they are opened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from gathertui.errors import DeviceError
from gathertui.media.video import camera as camera_module
from gathertui.media.video import cameras as cameras_module
from gathertui.media.video.camera import OpenCvCamera
from gathertui.media.video.cameras import NO_CAMERA, list_cameras, list_linux_cameras
from gathertui.media.video.filecamera import FileCamera
from gathertui.media.video.opening import make_camera


class Machine:
    """A Linux's files about cameras."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def plug(self, number: int, name: str, *, index: int = 0, known: str = "", link: str = "") -> Path:
        folder = self.root / f"sys/class/video4linux/video{number}"
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text(f"{index}\n")
        (folder / "dev").write_text(f"81:{number}\n")
        node = self.root / f"dev/video{number}"
        node.parent.mkdir(exist_ok=True)
        node.write_bytes(b"")
        if known:
            data = self.root / f"run/udev/data/c81:{number}"
            data.parent.mkdir(parents=True, exist_ok=True)
            data.write_text(f"S:v4l\nE:ID_V4L_VERSION=2\nE:ID_V4L_CAPABILITIES={known}\n")
        if link:
            path = self.root / "dev/v4l" / link
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(node)
        return node

    def unplug(self, number: int) -> None:
        (self.root / f"dev/video{number}").unlink()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_webcam_has_one_name_and_its_second_node_is_no_camera(machine: Machine) -> None:
    machine.plug(10, "HD Webcam", known=":capture:", link="by-id/usb-046d_HD-index0")
    machine.plug(11, "HD Webcam", index=1, known=":")
    machine.plug(2, "Built-in: Built-in", known=":capture:", link="by-path/pci-0")
    machine.plug(3, "Built-in: Built-in", index=1)
    devices, problem = list_linux_cameras(machine.root)
    assert [(device.name, device.is_default) for device in devices] == [
        ("Built-in: Built-in", True),
        ("HD Webcam", False),
    ]
    assert [device.id for device in devices] == [
        str(machine.root / "dev/v4l/by-path/pci-0"),
        str(machine.root / "dev/v4l/by-id/usb-046d_HD-index0"),
    ]
    assert problem == ""


def test_what_is_plugged_in_and_out_is_seen_when_it_is_listed_again(machine: Machine) -> None:
    assert list_linux_cameras(machine.root) == ((), NO_CAMERA)
    machine.plug(0, "A")
    machine.plug(1, "A")
    assert [device.name for device in list_linux_cameras(machine.root)[0]] == ["A", "A (video1)"]
    machine.unplug(0)
    assert [device.name for device in list_linux_cameras(machine.root)[0]] == ["A"]


def test_a_device_cannot_write_into_the_screen_by_its_name(machine: Machine) -> None:
    machine.plug(0, "Cam\x1b[31m \u202eera\t" + "x" * 200)
    machine.plug(1, "\x07")
    names = [device.name for device in list_linux_cameras(machine.root)[0]]
    assert names[0].startswith("Cam [31m era x")
    assert names[0].isprintable()
    assert len(names[0]) <= 80
    assert names[1] == "video1"


def test_who_may_not_use_a_camera_is_told_how_to(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    node = machine.plug(0, "A")
    monkeypatch.setattr(cameras_module.os, "access", lambda *_: False)
    devices, problem = list_linux_cameras(machine.root)
    assert len(devices) == 1
    assert "group" in problem
    assert str(node) in problem


def test_elsewhere_the_first_numbers_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: Capture([], opens=number in (1, 3)))
    devices, problem = list_cameras()
    assert [(device.id, device.is_default) for device in devices] == [("camera:1", True), ("camera:3", False)]
    assert problem == ""
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: Capture([], opens=False))
    assert list_cameras() == ((), NO_CAMERA)


class Capture:
    """What OpenCV makes of a camera: scripted pictures, and the rate that it settles for by format."""

    def __init__(
        self,
        images: list[Any],
        *,
        opens: bool = True,
        rates: dict[str, float] | None = None,
        at: tuple[int, int] = (0, 0),
    ) -> None:
        self.images = list(images)
        self.opens = opens
        self.rates = rates or {}
        self.format = "YUYV"
        self.settings: dict[int, float] = {}
        self.made_for = at
        self.released = False
        self.image: Any = None

    def isOpened(self) -> bool:
        return self.opens

    def set(self, what: int, value: float) -> bool:
        if what == cv2.CAP_PROP_FOURCC:
            self.format = int(value).to_bytes(4, "little").decode()
        self.settings[what] = value
        return True

    def get(self, what: int) -> float:
        return self.rates.get(self.format, 0.0) if what == cv2.CAP_PROP_FPS else 0.0

    def grab(self) -> bool:
        if not self.images:
            return False
        self.image = self.images.pop(0)
        return True

    def retrieve(self) -> tuple[bool, Any]:
        return self.image is not None, self.image

    def release(self) -> None:
        self.released = True


@pytest.fixture
def one_camera(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of the only camera of this machine."""
    machine.plug(4, "HD Webcam", link="by-id/hd")
    monkeypatch.setattr(camera_module, "list_cameras", lambda: list_linux_cameras(machine.root))
    return str(machine.root / "dev/v4l/by-id/hd")


def opened(device_id: str, capture: Capture) -> OpenCvCamera:
    def make(*arguments: int) -> Capture:
        capture.made_for = arguments
        return capture

    camera = OpenCvCamera(device_id, make_capture=make)
    camera.open(640, 480, 24)
    return camera


BLUE = np.full((48, 64, 3), (255, 10, 0), np.uint8)


def test_it_is_opened_by_its_number_and_gives_rgb(one_camera: str) -> None:
    for device_id in (one_camera, ""):
        capture = Capture([BLUE, BLUE, BLUE])
        camera = opened(device_id, capture)
        assert capture.made_for == (4, cv2.CAP_V4L2)
        assert capture.settings[cv2.CAP_PROP_FRAME_WIDTH] == 640
        picture = camera.read()
        assert picture is not None
        assert tuple(picture[0, 0]) == (0, 10, 255)
        assert camera.skip()
        # Unplugged.
        assert camera.read() is None
        assert not camera.skip()
        camera.close()
        camera.close()
        assert capture.released


def test_mjpg_is_asked_for_where_the_raw_format_is_too_slow(one_camera: str) -> None:
    slow = Capture([BLUE], rates={"YUYV": 10, "MJPG": 30})
    opened(one_camera, slow)
    assert slow.format == "MJPG"
    fast = Capture([BLUE], rates={"YUYV": 30, "MJPG": 30})
    opened(one_camera, fast)
    assert fast.format == "YUYV"


@pytest.mark.parametrize("capture", [Capture([], opens=False), Capture([])])
def test_a_camera_in_use_says_so_and_is_let_go(one_camera: str, capture: Capture) -> None:
    with pytest.raises(DeviceError, match="HD Webcam gives no pictures: another program"):
        opened(one_camera, capture)
    assert capture.released


def test_a_camera_that_is_not_there_says_so(one_camera: str, machine: Machine) -> None:
    with pytest.raises(DeviceError, match="not there"):
        opened("/dev/v4l/by-id/other", Capture([BLUE]))
    machine.unplug(4)
    with pytest.raises(DeviceError, match="No camera was found"):
        opened("", Capture([BLUE]))


def test_whoever_may_not_use_it_is_told(one_camera: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module.os, "access", lambda *_: False)
    with pytest.raises(DeviceError, match="group"):
        opened(one_camera, Capture([BLUE]))


@pytest.mark.parametrize(
    "image",
    [
        np.full((48, 64), 77, np.uint8),
        np.full((48, 64, 1), 77, np.uint8),
        np.full((48, 64, 4), 77, np.uint8),
        np.full((48, 64), 77 * 256, np.uint16),
    ],
    ids=["grey", "grey with a channel", "with transparency", "grey in 16 bits"],
)
def test_any_kind_of_image_becomes_a_picture(one_camera: str, image: np.ndarray) -> None:
    picture = opened(one_camera, Capture([image, image])).read()
    assert picture is not None
    assert picture.shape == (48, 64, 3)
    assert (picture == 77).all()


@pytest.mark.parametrize("image", [np.zeros((1, 1, 3), np.uint8), np.zeros((48, 64, 2), np.uint8)])
def test_nonsense_is_refused(one_camera: str, image: np.ndarray) -> None:
    with pytest.raises(DeviceError, match="The camera gives pictures of"):
        opened(one_camera, Capture([image, image])).read()


def test_a_broken_picture_is_passed_over_and_a_stream_of_them_ends_it(one_camera: str) -> None:
    camera = opened(one_camera, Capture([BLUE, None, np.zeros((0, 0, 3), np.uint8), BLUE]))
    assert camera.read() is not None
    assert opened(one_camera, Capture([None] * 30)).read() is None


@pytest.mark.parametrize(
    ("device_id", "kind"), [("", OpenCvCamera), ("/dev/video0", OpenCvCamera), ("file:~/film.webm", FileCamera)]
)
def test_an_id_says_which_kind_of_camera_it_is(device_id: str, kind: Callable[..., object]) -> None:
    assert type(make_camera(device_id)) is kind
