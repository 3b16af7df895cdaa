"""From pictures to what a terminal is sent, frame by frame, and what each took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gathertui.cli.picturefile import Film
from gathertui.render.encode import encode, encode_lines, synchronized
from gathertui.render.encode.ratedistortion import PictureStream
from gathertui.render.encode.shadow import Shadow
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.render.pixels.graphics import Graphics, Place

if TYPE_CHECKING:
    from gathertui.cli.picturefile import Picture

_SYNCHRONIZED_BYTES = len(synchronized(b"x")) - 1


@dataclass(frozen=True, slots=True)
class Drawing:
    """How pictures are drawn: in how many cells, of which glyphs, in which colours, for what terminal."""

    columns: int
    rows: int
    mode: PictureMode
    depth: ColourDepth
    repeat: bool = False
    synchronized: bool = False

    def animator(self) -> Animator:
        """Return what draws a film."""
        return CellAnimator(self)

    @property
    def words(self) -> dict[str, str]:
        """What it draws with, as `--stats` tells it."""
        return {"mode": self.mode.value, "colors": self.depth.value}

    def fitter(self) -> Fitter:
        """Return what makes cells of pictures."""
        return Fitter(self.columns, self.rows, FitSettings(self.mode, depth=self.depth))


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

    @property
    def words(self) -> dict[str, str]:
        """What it draws with, as `--stats` tells it."""
        return {"mode": self.mode, "colors": ColourDepth.TRUECOLOR.value}


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
    budget = None if kilobytes is None or not film.moving else int(kilobytes * 1000 / film.rate)
    frames: list[Frame] = []
    while (count is None or len(frames) < count) and (picture := film.read()) is not None:
        if not frames:
            drawing.animator().frame(picture, budget)
        frame = animator.frame(picture, budget)
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
