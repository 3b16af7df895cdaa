"""Films and pictures in a camera's place."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from gathertui.errors import DeviceError
from gathertui.media.video.filecamera import FileCamera
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.timecode import read_time, write_time

FILMS = {"film.webm": ("libvpx", "yuv420p"), "film.mp4": ("libx264", "yuv420p"), "film.avi": ("mjpeg", "yuvj420p")}
LENGTH, RATE = 8, 10


def write_film(path: Path) -> None:
    """Write eight pictures that bear their number as seconds."""
    codec, pixels = FILMS[path.name]
    scene = SyntheticCamera(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 320, 240, pixels
        stream.bit_rate = 2_000_000
        for number in range(LENGTH):
            picture = scene.frame(number)
            write_time(picture, number)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


class Time:
    """Passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 50.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def camera_of(path: Path, passing: Time) -> FileCamera:
    camera = FileCamera(path, clock=lambda: passing.now, sleep=passing.sleep)
    camera.open(640, 480, 24)
    return camera


@pytest.mark.parametrize("name", FILMS)
def test_a_film_plays_over_and_over_at_its_own_rate(name: str, tmp_path: Path) -> None:
    write_film(tmp_path / name)
    passing = Time()
    camera = camera_of(tmp_path / name, passing)
    numbers = []
    for _ in range(2 * LENGTH + 1):
        picture = camera.read()
        assert picture is not None
        assert picture.shape == (240, 320, 3)
        numbers.append(read_time(picture))
    assert numbers == [*range(LENGTH), *range(LENGTH), 0]
    assert passing.now == pytest.approx(50 + 2 * LENGTH / RATE, abs=1e-6)
    assert camera.skip()
    assert read_time(camera.read()) == 2
    camera.close()
    camera.close()


def test_who_comes_late_goes_on_at_the_same_pace(tmp_path: Path) -> None:
    write_film(tmp_path / "film.avi")
    passing = Time()
    camera = camera_of(tmp_path / "film.avi", passing)
    camera.read()
    passing.now += 3
    passing.slept.clear()
    for _ in range(4):
        camera.read()
    assert sum(passing.slept) == pytest.approx(2 / RATE, abs=1 / RATE)


def test_a_picture_stands_still(tmp_path: Path) -> None:
    picture = SyntheticCamera(1).frame(0)
    cv2.imwrite(str(tmp_path / "me.png"), picture[:, :, ::-1])
    passing = Time()
    camera = camera_of(tmp_path / "me.png", passing)
    for _ in range(6):
        seen = camera.read()
        assert seen is not None
        assert (seen == picture).all()
        seen[:] = 0  # is ours alone
    assert passing.now == pytest.approx(51)


def test_what_cannot_be_shown_says_why(tmp_path: Path) -> None:
    passing = Time()
    with pytest.raises(DeviceError, match="There is no file"):
        camera_of(tmp_path / "none.webm", passing)
    with pytest.raises(DeviceError, match="is a folder"):
        camera_of(tmp_path, passing)
    (tmp_path / "text\x1b.mp4").write_text("no film")
    with pytest.raises(DeviceError, match=r"text\?\.mp4 can't be read as a picture or a film"):
        camera_of(tmp_path / "text\x1b.mp4", passing)
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(DeviceError, match="can't be read as"):
        camera_of(tmp_path / "empty.png", passing)
    cv2.imwrite(str(tmp_path / "dot.png"), np.zeros((1, 1, 3), np.uint8))
    with pytest.raises(DeviceError, match="1 by 1"):
        camera_of(tmp_path / "dot.png", passing)


def test_a_film_that_is_taken_away_ends(tmp_path: Path) -> None:
    write_film(tmp_path / "film.avi")
    camera = camera_of(tmp_path / "film.avi", Time())
    (tmp_path / "film.avi").unlink()
    seen = 0
    while camera.read() is not None:
        seen += 1
    assert seen == LENGTH
    assert not camera.skip()


def test_opencv_keeps_off_the_screen(tmp_path: Path) -> None:
    # In a process of its own: what OpenCV says is settled when it first opens anything.
    film = tmp_path / "film.mp4"
    film.write_bytes(b"no film")
    script = (
        "import sys\nfrom gathertui.errors import DeviceError\nfrom gathertui.media.video.opening import make_camera\n"
        "try:\n    make_camera(sys.argv[1]).open(320, 240, 15)\nexcept DeviceError:\n    pass\nelse:\n    sys.exit(1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, f"file:{film}"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
