"""`gathertui render`: what it prints of pictures and videos, and what it says of files that are neither."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pyte
import pytest
from typer.testing import CliRunner, Result

from gathertui.cli import main
from gathertui.cli.errors import exit_code
from gathertui.cli.picturefile import StillPicture, open_film
from gathertui.cli.pictureframes import Drawing, Purse
from gathertui.cli.pictureplayer import Stage, play
from gathertui.errors import PictureError, UsageError
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.testing.camera import SyntheticCamera

RED, BLUE = (0, 0, 255), (255, 0, 0)  # as OpenCV orders them


def halves(width: int = 64, height: int = 32) -> np.ndarray:
    """Red on the left, blue on the right."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2] = RED
    picture[:, width // 2 :] = BLUE
    return picture


@pytest.fixture
def render(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command as a script would, with the environment of a plain terminal."""
    for name in ("COLORTERM", "NO_COLOR", "TMUX", "STY", "TERM_PROGRAM", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(main.create_app(), ["render", *map(str, arguments)])
        if isinstance(result.exception, (UsageError, PictureError)):
            return result
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "head.avi"
    write_video(path, "MJPG", 24)
    return path


def write_video(path: Path, codec: str, frames: int, rate: float = 24) -> None:
    camera = SyntheticCamera(1, 160, 120)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), rate, (160, 120))
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.ascontiguousarray(camera.frame(number / rate)[:, :, ::-1]))
    writer.release()


def colours(data: bytes, columns: int, rows: int) -> list[list[str]]:
    """The grounds, or the inks of full blocks, of text that was printed."""
    screen = pyte.Screen(columns, rows + 1)
    pyte.Stream(screen).feed(data.decode().replace("\n", "\r\n"))
    cells = [[screen.buffer[y][x] for x in range(columns)] for y in range(rows)]
    return [[cell.fg if cell.data == "█" else cell.bg for cell in row] for row in cells]


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tiff", "with space ü.png"])
def test_a_picture_of_any_kind_is_printed(tmp_path: Path, render, name: str) -> None:
    path = tmp_path / name
    assert cv2.imwrite(str(path), halves())
    result = render(path, "--cells", "8x2", "--mode", "quad", "--colors", "truecolor")
    assert result.exit_code == 0
    assert result.stdout_bytes.count(b"\n") == 2
    assert b"\x1b[H" not in result.stdout_bytes
    for row in colours(result.stdout_bytes, 8, 2):
        for colour, (red, blue) in zip(row, [(True, False)] * 4 + [(False, True)] * 4, strict=True):
            assert (int(colour[:2], 16) > 200) == red
            assert (int(colour[4:], 16) > 200) == blue


@pytest.mark.parametrize(
    "picture",
    [
        np.full((20, 20), 180, np.uint8),
        np.full((20, 20), 180 * 257, np.uint16),
        np.full((20, 20, 3), 180 * 257, np.uint16),
        np.dstack([np.full((20, 20, 3), 180, np.uint8), np.full((20, 20), 255, np.uint8)]),
    ],
    ids=["grey", "grey 16 bit", "16 bit", "alpha"],
)
def test_grey_alpha_and_sixteen_bits_are_read(tmp_path: Path, render, picture: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    result = render(tmp_path / "a.png", "--cells", "2x1", "--colors", "truecolor")
    assert colours(result.stdout_bytes, 2, 1) == [["b4b4b4"] * 2]


@pytest.mark.parametrize(("ink", "ground"), [(0, "ffffff"), (255, "000000")], ids=["dark", "bright"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_what_is_transparent_is_a_ground_that_the_rest_shows_on(
    tmp_path: Path, render, ink: int, ground: str, kind: type
) -> None:
    picture = np.full((32, 32, 4), ink, np.uint8)
    picture[:, :, 3] = 0
    picture[:, 16:, 3] = 255
    scale = 257 if kind is np.uint16 else 1
    cv2.imwrite(str(tmp_path / "logo.png"), picture.astype(kind) * kind(scale))
    result = render(tmp_path / "logo.png", "--cells", "2x1", "--colors", "truecolor")
    assert colours(result.stdout_bytes, 2, 1) == [[ground, f"{ink:02x}" * 3]]


def test_a_picture_can_be_made_brighter_and_harder(tmp_path: Path, render) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((20, 20, 3), 100, np.uint8))

    def shown(*options: object) -> int:
        result = render(tmp_path / "a.png", "--cells", "2x1", "--colors", "truecolor", *options)
        return int(colours(result.stdout_bytes, 2, 1)[0][0][:2], 16)

    assert shown("--brightness", "0.2") > shown() == 100
    assert shown("--contrast", "1.5") < shown()


def test_a_photograph_stands_upright(tmp_path: Path, render) -> None:
    """EXIF says that the camera was turned: what is left in the file is at the top."""
    path = tmp_path / "turned.jpg"
    encoded = cv2.imencode(".jpg", halves(64, 64))[1].tobytes()
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    path.write_bytes(encoded[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + encoded[2:])
    result = render(path, "--cells", "2x2", "--colors", "truecolor")
    top, bottom = colours(result.stdout_bytes, 2, 2)
    assert all(int(colour[:2], 16) > 200 for colour in top)
    assert all(int(colour[4:], 16) > 200 for colour in bottom)


@pytest.mark.parametrize("mode", [*PictureMode], ids=lambda mode: mode.value)
@pytest.mark.parametrize("depth", [*ColourDepth], ids=lambda depth: depth.value)
def test_every_mode_in_every_depth(tmp_path: Path, render, mode: PictureMode, depth: ColourDepth) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), SyntheticCamera(2).frame(0)[:, :, ::-1])
    result = render(tmp_path / "a.png", "--cells", "20x10", "--mode", mode.value, "--colors", depth.value)
    assert result.exit_code == 0
    screen = pyte.Screen(20, 11)
    pyte.Stream(screen).feed(result.stdout_bytes.decode().replace("\n", "\r\n"))
    assert screen.cursor.y == 10
    if mode is PictureMode.ASCII:
        assert result.stdout_bytes.isascii()
    if depth is ColourDepth.MONO:
        assert not any(mark in result.stdout_bytes for mark in (b"38;", b"48;", b";3", b";4"))


def test_the_default_size_keeps_the_shape(tmp_path: Path, render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "21")
    for (width, height), (columns, rows) in {
        (640, 480): (53, 20),
        (1000, 100): (60, 3),
        (10, 1000): (1, 20),
        (4000, 10): (60, 1),
    }.items():
        cv2.imwrite(str(tmp_path / "a.png"), np.full((height, width, 3), 90, np.uint8))
        result = render(tmp_path / "a.png", "--stats")
        figures = json.loads(result.stdout.splitlines()[-1])
        assert (figures["columns"], figures["rows"]) == (columns, rows)


def test_colours_go_by_the_terminal_and_by_wishes(tmp_path: Path, render, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), halves())
    assert b"38;" not in render(path, "--cells", "4x2").stdout_bytes  # no terminal: no colours
    found = []
    for name, value in ((None, None), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")):
        if name:
            monkeypatch.setenv(name, value)
        found.append(json.loads(render(path, "--cells", "4x2", "--stats").stdout.splitlines()[-1])["colors"])
    assert found == ["256", "truecolor", "mono"]


def test_stats_tell_what_each_frame_cost(render, video: Path) -> None:
    result = render(video, "--cells", "40x20", "--mode", "sextant", "--colors", "truecolor", "--stats", "--frames", "9")
    *frames, whole = [json.loads(line) for line in result.stdout.splitlines()]
    assert [frame["frame"] for frame in frames] == list(range(9))
    assert all(frame["fit_ms"] > 0 and frame["encode_ms"] > 0 for frame in frames)
    assert frames[0]["cells_changed"] == 800
    assert 0 < frames[-1]["cells_changed"] < 800
    assert whole["bytes"] == sum(frame["bytes"] for frame in frames)
    assert whole["frames"] == 9
    assert whole["frames_per_second"] == 24
    assert whole["kb_per_second"] == pytest.approx(whole["bytes"] * 24 / 9 / 1000, abs=0.1)
    assert (whole["mode"], whole["colors"], whole["columns"], whole["rows"]) == ("sextant", "truecolor", 40, 20)


def test_a_budget_is_kept(render, video: Path) -> None:
    result = render(video, "--cells", "40x20", "--colors", "truecolor", "--stats", "--budget", "60")
    *frames, whole = [json.loads(line) for line in result.stdout.splitlines()]
    assert max(frame["bytes"] for frame in frames) <= 60_000 / 24
    assert whole["kb_per_second"] <= 60


def test_without_a_terminal_a_videos_pictures_are_printed_below_each_other(render, video: Path) -> None:
    result = render(video, "--cells", "10x3", "--frames", "4")
    assert result.stdout_bytes.count(b"\n") == 12
    assert b"?25" not in result.stdout_bytes
    assert render(video, "--cells", "4x1").stdout_bytes.count(b"\n") == 24


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mp4v"), ("a.mkv", "MJPG"), ("no ending", "")])
def test_videos_of_several_kinds(tmp_path: Path, render, video: Path, name: str, codec: str) -> None:
    path = tmp_path / name
    if codec:
        write_video(path, codec, 4)
    else:
        path.write_bytes(video.read_bytes())
    result = render(path, "--cells", "10x3", "--frames", "3", "--stats")
    assert json.loads(result.stdout.splitlines()[-1])["frames"] == 3


def test_a_name_that_is_not_text(tmp_path: Path, render) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    path.write_bytes(cv2.imencode(".png", halves())[1].tobytes())
    with open_film(path) as film:
        assert film.size == (64, 32)
    path.write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"caf\\udce9.png"), open_film(path):
        pass


class Ended(NamedTuple):
    """How a command ended, and what it said about it."""

    code: int
    errors: str


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run the command as the program does; it prints no picture. What libraries write would be seen, too."""

    def run(*arguments: object) -> Ended:
        code = exit_code(lambda: main.create_app()(args=["render", *map(str, arguments)], prog_name="gathertui"))
        captured = capfd.readouterr()
        assert captured.out == ""
        return Ended(code, captured.err)

    return run


@pytest.mark.parametrize("name", ["esc\x1b]0;pwn\x07\x1b[31m.png", "c1\x9b31m.png", "bidi\u202e.png", "two\nlines.png"])
def test_names_of_files_cannot_write_to_the_terminal(tmp_path: Path, refused, name: str) -> None:
    for content in (None, b"", b"no picture"):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        said = refused(tmp_path / name).errors
        assert all(letter.isprintable() for letter in said.replace("\n", ""))
        assert len(said.splitlines()) == 2


def test_what_was_typed_cannot_write_to_the_terminal(refused) -> None:
    assert "\x1b" not in refused("a.png", "--cells", "80x40\x1b[31m").errors
    assert "\x1b" not in refused("a.png", "--mode", "\x1b]0;pwn\x07").errors


def test_output_that_nobody_takes_is_told(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), halves())
    command = f"{sys.executable} -m gathertui render {tmp_path / 'a.png'} --cells 200x100"

    def run(to: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(f"{command} {to}", check=False, shell=True, capture_output=True, text=True, timeout=60)

    full = run("> /dev/full")
    assert full.returncode == 1
    assert "could not be written: No space left on device." in full.stderr
    closed = run(">&-")
    assert closed.stderr == ""
    assert closed.returncode == 0


@pytest.mark.parametrize(
    ("content", "sentence", "code"),
    [
        (None, "There is no file", 2),
        (b"", "is empty", 1),
        (b"just text", "can't be read as a picture or a video", 1),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "can't be read as a picture or a video", 1),
        (b"RIFF\x10\0\0\0AVI LIST", "can't be read as a picture or a video", 1),
    ],
    ids=["missing", "empty", "text", "broken png", "broken avi"],
)
def test_files_that_hold_nothing(tmp_path: Path, refused, content: bytes | None, sentence: str, code: int) -> None:
    path = tmp_path / "a.png"
    if content is not None:
        path.write_bytes(content)
    ended = refused(path)
    assert ended.code == code
    assert sentence in ended.errors
    assert ended.errors.count("\n") == 2
    assert str(path) in ended.errors


def test_folders_and_devices_are_refused(tmp_path: Path, refused) -> None:
    for path, sentence in ((tmp_path, "is a folder"), ("/dev/null", "is not a file")):
        ended = refused(path)
        assert ended.code == 2
        assert sentence in ended.errors


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_somebody_else(tmp_path: Path, refused) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"x")
    path.chmod(0)
    ended = refused(path)
    assert ended.code == 2
    assert "may not read" in ended.errors


@pytest.mark.parametrize(
    "options",
    [
        ("--cells", "80"),
        ("--cells", "0x40"),
        ("--cells", "80x-1"),
        ("--cells", "1001x1"),
        ("--cells", "1x99999999999"),
        ("--cells", "axb"),
        ("--mode", "pixels"),
        ("--colors", "17"),
        ("--budget", "0"),
        ("--budget", "nan"),
        ("--frames", "0"),
    ],
    ids=" ".join,
)
def test_options_that_make_no_sense(tmp_path: Path, refused, options: tuple[str, str]) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), halves())
    ended = refused(tmp_path / "a.png", *options)
    assert ended.code == 2
    assert options[0] in ended.errors
    assert "Traceback" not in ended.errors


def test_what_the_libraries_say_stays_off_the_terminal(video: Path, tmp_path: Path) -> None:
    """A video that breaks off makes libav complain, on the file descriptor itself."""
    broken = tmp_path / "broken.avi"
    content = bytearray(video.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    broken.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "gathertui", "render", broken, "--cells", "8x4"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout


# ------------------------------------------------------------------ at a terminal


class Clock:
    """Time that passes as it is told, and by `cost` with every picture."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class CountedFilm:
    """Pictures that tell by their brightness which they are."""

    rate = 10.0
    moving = True
    size = (8, 8)

    def __init__(self, count: int) -> None:
        self.left = list(range(count))
        self.shown: list[int] = []

    def read(self) -> np.ndarray | None:
        if not self.left:
            return None
        self.shown.append(self.left.pop(0))
        return np.full((8, 8, 3), self.shown[-1] * 8, np.uint8)

    def skip(self) -> bool:
        return bool(self.left) and self.left.pop(0) >= 0


DRAWING = Drawing(4, 2, PictureMode.HALF, ColourDepth.TRUECOLOR)


def test_a_film_keeps_its_pace() -> None:
    film, clock, times = CountedFilm(6), Clock(), []
    stage = Stage(DRAWING, lambda _: times.append(clock.now), lambda: (80, 24))
    play(film, stage, frames=None, kilobytes=None, clock=clock, sleep=clock.sleep)
    assert film.shown == [0, 1, 2, 3, 4, 5]
    assert times == pytest.approx([100.0, 100.1, 100.2, 100.3, 100.4, 100.5])


def test_pictures_are_left_out_where_the_terminal_is_slow() -> None:
    film, clock = CountedFilm(20), Clock()
    stage = Stage(DRAWING, lambda _: clock.sleep(0.25), lambda: (80, 24))
    play(film, stage, frames=None, kilobytes=None, clock=clock, sleep=clock.sleep)
    assert 100 + 1.9 <= clock.now <= 100 + 2.3
    assert film.shown[0] == 0
    assert set(np.diff(film.shown)) <= {2, 3}


def test_a_film_stops_after_so_many_frames() -> None:
    film, clock = CountedFilm(20), Clock()
    play(film, Stage(DRAWING, len, lambda: (80, 24)), frames=3, kilobytes=None, clock=clock, sleep=clock.sleep)
    assert film.shown == [0, 1, 2]


def cells_drawn(sent: list[bytes], columns: int, lines: int) -> list[str]:
    """What a terminal shows of this, line by line."""
    screen = pyte.Screen(columns, lines)
    pyte.ByteStream(screen).feed(b"".join(sent))
    return [line.rstrip() for line in screen.display]


@pytest.mark.parametrize("size", [(80, 8), (40, 10)], ids=["fewer lines", "fewer columns"])
def test_a_terminal_that_changes_its_size_is_drawn_anew(size: tuple[int, int]) -> None:
    film, clock, sent = CountedFilm(3), Clock(), []
    sizes = iter([(80, 10), (80, 10), size, size])
    stage = Stage(DRAWING, sent.append, lambda: next(sizes))
    play(film, stage, frames=None, kilobytes=None, clock=clock, sleep=clock.sleep)
    after = sent[sent.index(b"\x1b[2J") :]
    top = size[1] - 3
    screen = pyte.Screen(*size)
    pyte.ByteStream(screen).feed(b"".join(after[:2]))
    # All of the picture, also what had not changed.
    assert all(screen.buffer[y][x].bg != "default" for y in (top, top + 1) for x in range(4))


@pytest.mark.parametrize("size", [(80, 2), (3, 10)], ids=["lines", "columns"])
def test_a_terminal_that_gets_too_small_says_so(size: tuple[int, int]) -> None:
    film, clock, sent = CountedFilm(4), Clock(), []
    sizes = iter([(80, 10), (80, 10), size, size, (80, 10)])
    stage = Stage(DRAWING, sent.append, lambda: next(sizes))
    play(film, stage, frames=3, kilobytes=None, clock=clock, sleep=clock.sleep)
    assert "".join(cells_drawn(sent, *size)).startswith("Make the terminal larger"[: size[0]])
    play(film, stage, frames=1, kilobytes=None, clock=clock, sleep=clock.sleep)
    assert b"\x1b[8H" in sent[-1]


def test_what_rests_goes_on_where_it_stopped() -> None:
    film, clock = CountedFilm(6), Clock()
    stage = Stage(DRAWING, len, lambda: (80, 24))
    play(film, stage, frames=3, kilobytes=None, clock=clock, sleep=clock.sleep)

    def write(_: bytes) -> None:
        if film.shown[-1] == 4:
            clock.sleep(60)
            stage.rest(60)

    stage = Stage(DRAWING, write, lambda: (80, 24))
    play(film, stage, frames=None, kilobytes=None, clock=clock, sleep=clock.sleep)
    assert film.shown == [0, 1, 2, 3, 4, 5]


def test_a_budget_is_saved_for_a_picture_that_is_drawn_whole_and_not_for_long() -> None:
    purse = Purse(10.0)
    assert purse.budget(0.1) == 1000
    assert purse.budget(0.1) == 2000
    purse.spend(1500)
    assert purse.budget(0.1) == 1000
    assert purse.budget(3600) == 20_000


def test_all_that_a_video_sends_is_in_its_budget() -> None:
    film, clock, sent = CountedFilm(25), Clock(), []
    stage = Stage(DRAWING, lambda data: sent.append(len(data)), lambda: (80, 24))
    play(film, stage, frames=None, kilobytes=0.5, clock=clock, sleep=clock.sleep)
    assert sum(sent) <= 0.5 * 1000 * 25 / film.rate
    assert sum(sent) > 0


def test_a_still_picture_is_a_film_of_one() -> None:
    film = StillPicture(np.zeros((2, 3, 3), np.uint8))
    assert film.size == (3, 2)
    assert film.skip()
    assert not film.skip()
    assert film.read() is None


class RealTerminal:
    """A pseudo-terminal with the program at work in it, and a screen that shows what arrives."""

    program = ("-m", "gathertui")

    def __init__(self, *arguments: object, columns: int = 50, lines: int = 16) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TMUX", "STY", "COLUMNS", "LINES")}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        self.echo_before = termios.tcgetattr(slave)
        self.slave = slave
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""
        self.feed(b"$ gathertui render\r\n")
        self.process = subprocess.Popen(
            [sys.executable, *self.program, "render", *map(str, arguments)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            process_group=0,
        )

    def feed(self, data: bytes) -> None:
        self.received += data
        # pyte shows the strings that a terminal takes for itself: what asks what it can do.
        self._stream.feed(re.sub(rb"\x1b[P_][^\x1b]*\x1b\\", b"", data))

    def read_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, self.screen.display
            if select.select([self.master], [], [], 0.05)[0]:
                self.feed(os.read(self.master, 65536))

    def wait(self) -> int:
        self.read_until(lambda: self.process.poll() is not None)
        while select.select([self.master], [], [], 0.05)[0]:
            self.feed(os.read(self.master, 65536))
        return self.process.returncode

    def assert_clean(self, rows: int) -> None:
        """The cursor is shown below the picture, the pen is plain, and typing shows again."""
        assert not self.screen.cursor.hidden
        assert self.screen.cursor.attrs == self.screen.default_char
        assert (self.screen.cursor.x, self.screen.cursor.y) == (0, self.screen.lines - 1)
        assert termios.tcgetattr(self.slave) == self.echo_before
        picture = self.screen.display[-1 - rows : -1]
        assert all(line.strip() for line in picture)
        above = [line for line in self.screen.display[: -1 - rows] if line.strip()]
        assert [line.strip() for line in above] in ([], ["$ gathertui render"])

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def at_terminal() -> Iterator[Callable[..., RealTerminal]]:
    made: list[RealTerminal] = []

    def make(*arguments: object, **size: int) -> RealTerminal:
        made.append(RealTerminal(*arguments, **size))
        return made[-1]

    yield make
    for terminal in made:
        terminal.close()


def test_a_video_plays_and_leaves_its_last_picture(at_terminal, video: Path) -> None:
    terminal = at_terminal(video, "--frames", "3", "--mode", "quad", "--cells", "30x10")
    assert terminal.wait() == 0
    terminal.assert_clean(10)
    assert b"\x1b[?25l" in terminal.received


@pytest.fixture(scope="module")
def slow_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video that is still on its second picture when a test has seen the first."""
    path = tmp_path_factory.mktemp("video") / "slow.avi"
    write_video(path, "MJPG", 40, rate=1)
    return path


@pytest.mark.parametrize(
    ("end", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["Ctrl-C", "term", "hup"]
)
def test_a_video_that_is_ended_leaves_the_terminal_clean(at_terminal, slow_video: Path, end: int, code: int) -> None:
    terminal = at_terminal(slow_video, "--mode", "quad", "--cells", "30x10", columns=40, lines=24)
    terminal.read_until(lambda: bool(terminal.screen.display[-2].strip()))
    assert terminal.screen.cursor.hidden
    assert not termios.tcgetattr(terminal.slave)[3] & termios.ECHO
    terminal.process.send_signal(end)
    assert terminal.wait() == code
    terminal.assert_clean(10)


def test_a_video_that_is_stopped_gives_the_terminal_back_meanwhile(at_terminal, slow_video: Path) -> None:
    terminal = at_terminal(slow_video, "--mode", "quad", "--cells", "30x10")
    terminal.read_until(lambda: bool(terminal.screen.display[-2].strip()))
    terminal.process.send_signal(signal.SIGTSTP)
    os.waitpid(terminal.process.pid, os.WUNTRACED)
    terminal.read_until(lambda: not terminal.screen.cursor.hidden)
    terminal.assert_clean(10)
    terminal.process.send_signal(signal.SIGCONT)
    terminal.read_until(lambda: terminal.screen.cursor.hidden and bool(terminal.screen.display[-2].strip()))
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.wait() == 130
    assert not terminal.screen.cursor.hidden
    assert termios.tcgetattr(terminal.slave) == terminal.echo_before


def test_what_does_not_fit_the_terminal_is_refused(at_terminal, video: Path) -> None:
    terminal = at_terminal(video, "--cells", "51x10")
    assert terminal.wait() == 2
    assert "larger than this terminal" in "".join(terminal.screen.display)
    assert "50x15" in "".join(terminal.screen.display)


def test_a_picture_at_a_terminal_has_its_colours(at_terminal, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), halves(64, 64))
    terminal = at_terminal(tmp_path / "a.png")
    assert terminal.wait() == 0
    assert b";2;254;0;0" in terminal.received or b";2;255;0;0" in terminal.received
    assert terminal.screen.cursor.attrs == terminal.screen.default_char


WAITS_FOR_ANSWERS = """
import runpy
from gathertui.terminal import keyboard
keyboard.PATIENCE_SECONDS = 60.0
runpy.run_module("gathertui", run_name="__main__", alter_sys=True)
"""
"""The program, for a terminal that answers in time, however busy the machine is."""


class PixelTerminal(RealTerminal):
    """One that shows pictures of pixels, and says so when it is asked."""

    program = ("-c", WAITS_FOR_ANSWERS)

    def __init__(self, *arguments: object, **size: int) -> None:
        self._answered = False
        super().__init__(*arguments, **size)

    def feed(self, data: bytes) -> None:
        self.received += data
        if not self._answered and b"\x1b[c" in self.received:
            self._answered = True
            (number,) = re.findall(rb"\x1b_Gi=(\d+)", self.received)
            os.write(self.master, b"\x1b_Gi=%s;OK\x1b\\\x1b[6;16;8t\x1b[?62;4c" % number)

    @property
    def kitty_pictures(self) -> list[tuple[bytes, ...]]:
        """Columns and rows of the pictures that came."""
        return re.findall(rb"\x1b_Ga=T[^;]*c=(\d+),r=(\d+)", self.received)


@pytest.fixture
def at_pixels() -> Iterator[Callable[..., PixelTerminal]]:
    made: list[PixelTerminal] = []

    def make(*arguments: object, **size: int) -> PixelTerminal:
        made.append(PixelTerminal(*arguments, **size))
        return made[-1]

    yield make
    for terminal in made:
        terminal.close()


def test_kitty_shows_a_video_as_pixels(at_pixels, video: Path) -> None:
    terminal = at_pixels(video, "--mode", "kitty", "--frames", "3", "--cells", "30x10")
    assert terminal.wait() == 0
    assert terminal.kitty_pictures
    assert set(terminal.kitty_pictures) == {(b"30", b"10")}
    # Two fewer than there are pictures may stay: the last one, and no other.
    assert terminal.received.count(b"a=d") == len(terminal.kitty_pictures) - 1
    assert terminal.received.endswith(b"\x1b[?25h")


def test_sixels_show_a_photograph(at_pixels, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), halves(64, 64))
    terminal = at_pixels(tmp_path / "a.png", "--mode", "sixel", "--cells", "30x10")
    assert terminal.wait() == 0
    assert b'q"1;1;240;156#' in terminal.received  # 30 cells of 8 pixels; 10 of 16, in whole bands of six


@pytest.mark.parametrize("mode", ["kitty", "sixel"])
def test_a_terminal_without_pixels_says_so(at_terminal, video: Path, mode: str) -> None:
    terminal = at_terminal(video, "--mode", mode, columns=160)
    assert terminal.wait() == 2
    assert f"does not say that it shows pictures by --mode {mode}" in " ".join(terminal.screen.display)
    assert termios.tcgetattr(terminal.slave) == terminal.echo_before


@pytest.mark.parametrize("mode", ["kitty", "sixel"])
def test_pixels_are_for_terminals_but_measured_anywhere(render, refused, video: Path, mode: str) -> None:
    ended = refused(video, "--mode", mode)
    assert ended.code == 2
    assert f"--mode {mode} needs a terminal." in ended.errors
    result = render(video, "--mode", mode, "--cells", "30x10", "--frames", "2", "--stats")
    *_, total = map(json.loads, result.stdout.splitlines())
    assert total["mode"] == mode
    assert total["bytes"] > 1000
