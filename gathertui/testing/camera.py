"""A camera that needs none: somebody sits there, talks, sways and blinks, in a webcam's noise.

A frame depends on the seed and the time alone, so tests and benchmarks see the
same film each time. Room, person and noise are drawn once; a frame only puts
them together. As a device it keeps to `gathertui.media.ports.Camera`, and a test
can cover its lens, pull its plug or have it refuse to open.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from gathertui.errors import DeviceError
from gathertui.testing.timecode import write_time

if TYPE_CHECKING:
    from gathertui.media.ports import Picture

_Plane = NDArray[np.float32]
_Colour = tuple[int, int, int]

NOISE: Final = 2.5
"""The standard deviation of the sensor's noise, of 255."""

_SPARE_NOISE: Final = 64
"""Each frame cuts its noise from another place of a sheet that is larger by so many pixels."""

_OPEN_EYES: Final = (1.0, 0.45, 0.08)
_OPEN_MOUTHS: Final = (0.06, 0.25, 0.5, 0.8, 1.1)
_BLINK: Final = 0.16  # seconds

_SKINS: Final = ((224, 178, 148), (198, 140, 104), (141, 92, 66), (240, 198, 172))
_HAIRS: Final = ((58, 38, 28), (28, 24, 26), (150, 108, 62), (92, 88, 92))
_SHIRTS: Final = ((44, 72, 110), (112, 44, 52), (52, 92, 74), (188, 182, 170))
_WALLS: Final = ((176, 168, 154), (128, 142, 150), (150, 128, 116), (96, 104, 96))


class SyntheticCamera:
    """Somebody in front of a webcam of `width` by `height` pixels (at least 64 by 48).

    `frame` gives any moment of the film; opened, it is a camera that gives them as
    they come due. With `with_time` each picture it takes bears the time of `clock`
    (`gathertui.testing.timecode`). With `refusal` it can't be opened, and says this
    sentence.
    """

    def __init__(
        self,
        seed: int = 0,
        width: int = 320,
        height: int = 240,
        *,
        with_time: bool = False,
        refusal: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seed = seed
        self._with_time = with_time
        self._refusal = refusal
        self._clock = clock
        self._unplugged = threading.Event()
        self._covered = False
        self._period = 0.0
        self.pictures_passed = 0
        """Taken or skipped, or missed for not being asked for in time."""
        self.is_open = False
        chance = np.random.default_rng(seed)
        self._phases: list[float] = chance.uniform(0, 2 * math.pi, 8).tolist()
        self._unit = min(height / 240, width / 160)
        self._room = _draw_room(chance, width, height, self._unit)
        self._head = _Head(chance, self._unit)
        self._left = (width - self._head.width) // 2
        self._top = round(30 * self._unit)
        sheet = (height + _SPARE_NOISE, width + _SPARE_NOISE, 3)
        self._noise = np.rint(chance.normal(0, NOISE, sheet)).astype(np.int8)

    # ------------------------------------------------------------ as a device

    def open(self, width: int, height: int, rate: float) -> None:
        """Begin; it has but one size. Raises `DeviceError` if it was made to refuse."""
        if self._refusal:
            raise DeviceError(self._refusal)
        if self._period:
            raise RuntimeError("a camera is opened once")
        self._period = 1 / rate
        self._opened_at = self._clock()
        self.is_open = True

    def read(self) -> Picture | None:
        """Wait until the next picture is due; None once it is unplugged."""
        if not self.skip():
            return None
        now = self._clock()
        if self._covered:
            # What a sensor sees in the dark: hardly anything, and its noise.
            dark = self._noise[_SPARE_NOISE:, _SPARE_NOISE:].clip(0, 2).astype(np.uint8)
            return np.roll(dark, self.pictures_passed, axis=1)
        picture = self.frame(now - self._opened_at)
        if self._with_time:
            write_time(picture, now)
        return picture

    def skip(self) -> bool:
        """Let the next picture pass; False once it is unplugged."""
        due = self._opened_at + (self.pictures_passed + 1) * self._period
        if self._unplugged.wait(max(0.0, due - self._clock())):
            return False
        # Pictures that nobody waited for are gone.
        self.pictures_passed = max(self.pictures_passed + 1, int((self._clock() - self._opened_at) / self._period))
        return True

    def close(self) -> None:
        """Stop."""
        self.is_open = False

    def cover(self, covered: bool = True) -> None:
        """Shut the lens, or open it again."""
        self._covered = covered

    def unplug(self) -> None:
        """Be gone for good, from any thread."""
        self._unplugged.set()

    # ------------------------------------------------------------ as a film

    def frame(self, seconds: float) -> Picture:
        """Return the frame, (height, width, 3) uint8 RGB, at a time since the camera was switched on."""
        picture = self._room.copy()
        self._put_head(picture, seconds)
        height, width, _ = picture.shape
        place = np.random.default_rng((self._seed, int(seconds * 1000) % 2**32))
        down, right = place.integers(0, _SPARE_NOISE + 1, 2)
        # In 16 bits, so that nothing wraps.
        noisy = picture + self._noise[down : down + height, right : right + width].astype(np.int16)
        return np.clip(noisy, 0, 255, out=noisy).astype(np.uint8)

    def _put_head(self, picture: Picture, seconds: float) -> None:
        phases, unit = self._phases, self._unit
        sway = 5 * math.sin(0.9 * seconds + phases[0]) + 2 * math.sin(2.3 * seconds + phases[1])
        nod = 2.5 * math.sin(1.3 * seconds + phases[2]) + 1.0 * math.sin(3.7 * seconds + phases[3])
        across, down = self._left + sway * unit, self._top + nod * unit
        left, top = math.floor(across), math.floor(down)
        colour, cover = self._head.between_pixels(self._eyes(seconds), self._mouth(seconds), across - left, down - top)
        here = picture[top : top + cover.shape[0], left : left + cover.shape[1]]
        here[:] = here * (1 - cover) + colour

    def _eyes(self, seconds: float) -> int:
        """Which of the eyes: now and then they shut, half on the way."""
        every = 3.4 + 0.6 * math.sin(self._phases[4])
        since = (seconds + self._phases[5]) % every
        return 0 if since >= _BLINK else 2 if 0.25 < since / _BLINK < 0.75 else 1

    def _mouth(self, seconds: float) -> int:
        """Which of the mouths: words of some syllables, with pauses between sentences."""
        if math.sin(0.8 * seconds + self._phases[6]) < -0.6:
            return 0
        syllable = math.sin(11 * seconds + self._phases[7]) * math.sin(5.3 * seconds)
        return min(len(_OPEN_MOUTHS) - 1, int(abs(syllable) * len(_OPEN_MOUTHS)))


class _Head:
    """Head, hair and neck, cut out, with all eyes and mouths, at places between the pixels too."""

    def __init__(self, chance: np.random.Generator, unit: float) -> None:
        self.width, self._height = round(124 * unit), round(172 * unit)
        skin, hair = _pick(chance, _SKINS), _pick(chance, _HAIRS)
        y, x = np.mgrid[: self._height, : self.width].astype(np.float32) / np.float32(unit)
        head = _ellipse(x, y, 62, 82, 42, 56)
        neck = _box(x, y, 44, 110, 80, 168)
        back = _ellipse(x, y, 62, 70, 50, 60)
        cover = np.maximum(np.maximum(head, neck), back * (y < 120))
        face = _mix(_flat(hair, x), _shade(_flat(_times(skin, 0.72), x), x), neck)
        lit = _shade(_flat(skin, x), x)
        face = _mix(face, lit, head)
        face = _mix(face, _flat(_times(skin, 0.8), x), _ellipse(x, y, 64, 92, 4, 12) * 0.6)  # nose
        face = _mix(face, _flat(hair, x), _ellipse(x, y, 62, 44, 44, 26) * (y < 58))
        for side in (45, 79):
            face = _mix(face, _flat(hair, x), _box(x, y, side - 9, 66, side + 9, 69) * 0.8)
        self._cover = np.ascontiguousarray(cover[..., None], np.float32)
        self._eyes_at = slice(round(68 * unit), round(88 * unit))
        self._mouth_at = slice(round(100 * unit), round(130 * unit))
        self._eyes = [(_draw_eyes(face, x, y, open_) * self._cover)[self._eyes_at] for open_ in _OPEN_EYES]
        self._mouths = [(_draw_mouth(face, x, y, open_) * self._cover)[self._mouth_at] for open_ in _OPEN_MOUTHS]
        self._colour = face * self._cover

    def between_pixels(self, eyes: int, mouth: int, right: float, down: float) -> tuple[_Plane, _Plane]:
        """Return colour (times cover) and cover, moved by a part of a pixel: one pixel less each way."""
        colour = self._colour.copy()
        colour[self._eyes_at] = self._eyes[eyes]
        colour[self._mouth_at] = self._mouths[mouth]
        return _moved(colour, right, down), _moved(self._cover, right, down)


def _moved(plane: _Plane, right: float, down: float) -> _Plane:
    across = plane[:, 1:] + np.float32(right) * (plane[:, :-1] - plane[:, 1:])
    moved: _Plane = across[1:] + np.float32(down) * (across[:-1] - across[1:])
    return moved


def _draw_eyes(face: _Plane, x: _Plane, y: _Plane, opening: float) -> _Plane:
    for side in (45, 79):
        lid = _ellipse(x, y, side, 78, 9, max(5.5 * opening, 1.2))
        face = _mix(face, _flat((236, 234, 230), x) if opening > 0.2 else _flat((70, 46, 38), x), lid)
        face = _mix(face, _flat((48, 60, 66), x), _ellipse(x, y, side + 1, 78, 4, 4.5) * lid * (opening > 0.2))
    return face


def _draw_mouth(face: _Plane, x: _Plane, y: _Plane, opening: float) -> _Plane:
    face = _mix(face, _flat((164, 84, 82), x), _ellipse(x, y, 63, 115, 17 - 3 * opening, 4 + 8 * opening))
    return _mix(face, _flat((66, 26, 30), x), _ellipse(x, y, 63, 115, 13 - 3 * opening, 0.8 + 7 * opening))


def _draw_room(chance: np.random.Generator, width: int, height: int, unit: float) -> Picture:
    """Draw an unsharp wall with shelves, and the shoulders in front of it, which stay where they are."""
    y, x = np.mgrid[:height, :width].astype(np.float32) / np.float32(unit)
    right = width / unit
    wall, shirt = _pick(chance, _WALLS), _pick(chance, _SHIRTS)
    room = _flat(wall, x) * (1.08 - 0.35 * (x / right) - 0.12 * (y / 240))[..., None]
    for _ in range(14):
        left, top = float(chance.uniform(0, right)), float(chance.choice([20, 75, 130]))
        colour = tuple(int(value) for value in chance.integers(40, 210, 3))
        book = _box(x, y, left, top, left + float(chance.uniform(8, 26)), top + float(chance.uniform(26, 44)), soft=5)
        room = _mix(room, _flat((colour[0], colour[1], colour[2]), x), book * 0.75)
    middle = right / 2
    shoulders = np.maximum(_ellipse(x, y, middle, 246, 104, 66), _box(x, y, middle - 84, 228, middle + 84, 280))
    room = _mix(room, _shade(_flat(shirt, x), x - middle + 62), shoulders)
    room = _mix(room, _flat(_times(shirt, 0.6), x), _ellipse(x, y, middle, 186, 26, 12))
    return np.clip(room, 0, 255).astype(np.uint8)


def _pick(chance: np.random.Generator, colours: tuple[_Colour, ...]) -> _Colour:
    return colours[int(chance.integers(len(colours)))]


def _times(colour: _Colour, factor: float) -> _Colour:
    return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))


def _flat(colour: _Colour, like: _Plane) -> _Plane:
    return np.full((*like.shape, 3), colour, np.float32)


def _shade(colour: _Plane, x: _Plane) -> _Plane:
    """Return the colour lit from the left of something 124 wide."""
    light = 1.08 - 0.28 * np.clip(x / 124, 0, 1)
    shaded: _Plane = colour * light[..., None].astype(np.float32)
    return shaded


def _mix(under: _Plane, over: _Plane, cover: _Plane) -> _Plane:
    mixed: _Plane = under + (over - under) * cover[..., None].astype(np.float32)
    return mixed


def _ellipse(x: _Plane, y: _Plane, cx: float, cy: float, rx: float, ry: float) -> _Plane:
    """Return how much of each pixel an ellipse covers, its edge about a pixel soft."""
    distance = np.sqrt(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2)
    cover: _Plane = np.clip((1 - distance) * min(rx, ry) + 0.5, 0, 1)
    return cover


def _box(x: _Plane, y: _Plane, left: float, top: float, right: float, bottom: float, soft: float = 1) -> _Plane:
    """Return how much of each pixel a rectangle covers, its edges `soft` pixels wide."""
    inside = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
    cover: _Plane = np.clip(inside / soft + 0.5, 0, 1)
    return cover
