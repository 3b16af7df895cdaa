"""From pictures to what a terminal is sent, frame by frame, and what each took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from gathertui.cli.picturefile import Film
from gathertui.render.encode import encode, encode_lines, synchronized
from gathertui.render.encode.ratedistortion import PictureStream
from gathertui.render.encode.shadow import Shadow
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.render.pixels.graphics import Graphics, Place, cursor_to

if TYPE_CHECKING:
    from gathertui.render.colour import Picture

_SYNCHRONIZED_BYTES = len(synchronized(b"x")) - 1


LONGEST_SAVING: Final = 2.0
"""Seconds for which a budget is saved up, for a picture in pixels that takes more than comes in at once."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How pictures are drawn: in how many cells, of which glyphs, in which colours, for what terminal."""

    columns: int
    rows: int
    mode: PictureMode
    depth: ColourDepth
    repeat: bool = False
    synchronized: bool = False
    contrast: float = 1.0
    brightness: float = 0.0

    def animator(self) -> Animator:
        """Return what draws a film."""
        return CellAnimator(self)

    @property
    def words(self) -> dict[str, str]:
        """What it draws with, as `--stats` tells it."""
        return {"mode": self.mode.value, "colors": self.depth.value}

    def fitter(self) -> Fitter:
        """Return what makes cells of pictures."""
        settings = FitSettings(self.mode, self.depth, contrast=self.contrast, brightness=self.brightness)
        return Fitter(self.columns, self.rows, settings)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: what to send, how many cells that draws, and the milliseconds of this thread that it took to make."""

    data: bytes
    cells_changed: int
    fit_ms: float
    encode_ms: float


class Animator(Protocol):
    """Draws a film at one place of the screen, each frame over the one before."""

    def move(self, top: int) -> None:
        """Draw from now on with the first row on line `top` (from 0), where nothing is to be seen yet."""
        ...

    def frame(self, picture: Picture, budget: int | None = None) -> Frame:
        """Return what shows the picture, or as much of the change as `budget` bytes hold."""
        ...


@dataclass(frozen=True, slots=True)
class PixelDrawing:
    """How pictures are drawn as pixels: over how many cells, and what makes the bytes."""

    columns: int
    rows: int
    mode: str
    graphics: Graphics
    synchronized: bool = False

    def animator(self) -> Animator:
        """Return what draws a film."""
        return PixelAnimator(self)

    def still(self, picture: Picture) -> bytes:
        """Return what shows the picture from where the cursor is, and leaves the cursor below it."""
        place = Place(0, 0, self.columns, self.rows)
        data = self.graphics.draw(picture, place).removeprefix(cursor_to(place))
        # Room first, so that nothing scrolls while the picture is drawn; the cursor comes back by DECSC and DECRC.
        room = b"\r" + b"\n" * self.rows + b"\x1b[%dA" % self.rows
        return room + b"\x1b7" + data + b"\x1b8\x1b[%dB" % self.rows

    @property
    def words(self) -> dict[str, str]:
        """What it draws with, as `--stats` tells it."""
        return {"mode": self.mode, "colors": "252" if self.mode == "sixel" else ColourDepth.TRUECOLOR.value}


class PixelAnimator:
    """Draws a film in pixels."""

    def __init__(self, drawing: PixelDrawing) -> None:
        self._drawing = drawing
        self._place = Place(0, 0, drawing.columns, drawing.rows)

    def move(self, top: int) -> None:
        """Draw from now on with the first row on line `top`."""
        self._place = self._place._replace(top=top)

    def frame(self, picture: Picture, budget: int | None = None) -> Frame:
        """Return what shows the picture; what was shown before stays where `budget` bytes hold none."""
        drawing = self._drawing
        started = time.thread_time()
        if budget is not None and drawing.synchronized:
            budget = max(0, budget - _SYNCHRONIZED_BYTES)
        data = drawing.graphics.draw(picture, self._place, budget)
        cells = self._place.columns * self._place.rows if data else 0
        if data and drawing.synchronized:
            data = synchronized(data)
        return Frame(data, cells, 0.0, (time.thread_time() - started) * 1000)


class CellAnimator:
    """Draws a film in cells."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self._fitter = drawing.fitter()
        self._shadow = Shadow(drawing.columns, drawing.rows)
        self._top = 0
        self._stream = PictureStream(drawing.columns, drawing.rows, depth=drawing.depth, repeat=drawing.repeat)

    def move(self, top: int) -> None:
        """Draw from now on with the first row on line `top` (from 0), where nothing is to be seen yet."""
        self._top = top
        self._stream.move(0, top)
        self._shadow.forget_all()

    def frame(self, picture: Picture, budget: int | None = None) -> Frame:
        """Return what shows the picture, or as much of the change as `budget` bytes hold."""
        drawing = self._drawing
        started = time.thread_time()
        fitted = self._fitter.fit(picture)
        fit_ms = (time.thread_time() - started) * 1000
        started = time.thread_time()
        if budget is not None and drawing.synchronized:
            budget = max(0, budget - _SYNCHRONIZED_BYTES)
        unknown = self._shadow.unknown
        cells = self._stream.next(fitted, budget, unknown if unknown.any() else None)
        mask = self._shadow.differs(cells) & ~self._stream.pending
        data = encode(cells, mask, top=self._top, depth=drawing.depth, repeat=drawing.repeat)
        self._shadow.record(cells, mask)
        if drawing.synchronized:
            data = synchronized(data)
        return Frame(data, int(mask.sum()), fit_ms, (time.thread_time() - started) * 1000)


class Purse:
    """The bytes that may be sent; what a frame leaves is there for the next, for a while.

    `kilobytes` are those a second, None for as many as wanted.
    """

    def __init__(self, kilobytes: float | None) -> None:
        self._rate = None if kilobytes is None else kilobytes * 1000
        self._bytes = 0.0

    def budget(self, seconds: float) -> int | None:
        """Return what a frame may take, `seconds` after this was asked last."""
        if self._rate is None:
            return None
        self._bytes = min(self._bytes + seconds * self._rate, LONGEST_SAVING * self._rate)
        return int(self._bytes)

    def spend(self, count: int) -> None:
        """Take what was sent. Cells take of all that they get, so only what is drawn whole can save up."""
        if count:
            self._bytes = 0.0


def frames_as_lines(film: Film, drawing: Drawing, count: int | None) -> Iterator[bytes]:
    """Give the pictures of a film, `count` at most (None: all), each as lines of text."""
    fitter = drawing.fitter()
    shown = 0
    while (count is None or shown < count) and (picture := film.read()) is not None:
        lines = encode_lines(fitter.fit(picture).cells, depth=drawing.depth, repeat=drawing.repeat)
        yield b"".join(line + b"\n" for line in lines)
        shown += 1


def measured(
    film: Film, drawing: Drawing | PixelDrawing, count: int | None, kilobytes: float | None
) -> Iterator[dict[str, Any]]:
    """Give what each frame of a film took, and at the end all of them together.

    What is done but once, as filling tables, is not counted.
    """
    animator = drawing.animator()
    purse = Purse(kilobytes if film.moving else None)
    frames: list[Frame] = []
    while (count is None or len(frames) < count) and (picture := film.read()) is not None:
        budget = purse.budget(1 / film.rate)
        if not frames:
            drawing.animator().frame(picture, budget)
        frame = animator.frame(picture, budget)
        purse.spend(len(frame.data))
        frames.append(frame)
        yield {
            "frame": len(frames) - 1,
            "fit_ms": round(frame.fit_ms, 3),
            "encode_ms": round(frame.encode_ms, 3),
            "bytes": len(frame.data),
            "cells_changed": frame.cells_changed,
        }
    total = sum(len(frame.data) for frame in frames)
    yield {
        "frames": len(frames),
        "columns": drawing.columns,
        "rows": drawing.rows,
        **drawing.words,
        "fit_ms_median": _median([frame.fit_ms for frame in frames]),
        "encode_ms_median": _median([frame.encode_ms for frame in frames]),
        "bytes": total,
        "frames_per_second": film.rate if film.moving else None,
        "kb_per_second": round(total * film.rate / len(frames) / 1000, 1) if film.moving else None,
    }


def _median(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 3)
