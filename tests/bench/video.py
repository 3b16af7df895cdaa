"""What a video costs: milliseconds, kilobytes a second, and how like the film it looks.

Prints one line of JSON a figure. The head is `SyntheticCamera`'s, at 15 frames a
second; the pan is a photograph that fills the picture and never rests, with
noise, the hardest there is. Both go through `Fitter`, `PictureStream` and
`encode`, as a tile of the office does. Milliseconds are the processor time of
one thread, the median of the frames after the first five.

The likeness is SSIM (of the luma, window 7) between the film's frame and the
cells as an ideal font shows them at 6 by 12 pixels, both at 2 by 4 samples a
cell: `ssim`; and between the film and what no budget would show: `ssim_exact`.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
from skimage import data
from skimage.metrics import structural_similarity

from gathertui.render.cells import Cells
from gathertui.render.colour import Picture
from gathertui.render.encode import encode
from gathertui.render.encode.ratedistortion import PictureStream
from gathertui.render.encode.shadow import Shadow
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.render.raster import rasterise
from gathertui.testing.camera import SyntheticCamera

RATE = 15
FRAMES = 60
WARM_UP = 5
SEED = 1


def pan(number: int) -> Picture:
    """A photograph, seen by a camera in an unsteady hand."""
    zoom = 0.75 + 0.04 * np.sin(number / 9)
    right = 20 + 12 * np.sin(number / 7) + 3 * np.sin(number / 2.1)
    down = 20 + 8 * np.cos(number / 8)
    move = np.array([[zoom, 0, -right], [0, zoom, -down]], np.float32)
    frame = cv2.warpAffine(data.astronaut(), move, (320, 240), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    noise = np.random.default_rng(number).normal(0, 3, frame.shape)
    return np.clip(frame + noise, 0, 255).astype(np.uint8)


def likeness(film: Picture, cells: Cells) -> float:
    """SSIM of the luma at 2 by 4 samples a cell."""
    size = (cells.columns * 2, cells.rows * 4)
    lumas = [
        cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        for picture in (film, rasterise(cells, 6, 12))
    ]
    return float(structural_similarity(*lumas, data_range=255))


class Tile:
    """One picture on a terminal, and what it took so far."""

    def __init__(self, columns: int, rows: int, mode: PictureMode, budget: int | None) -> None:
        self.fitter = Fitter(columns, rows, FitSettings(mode))
        self.stream = PictureStream(columns, rows)
        self.shadow = Shadow(columns, rows)
        self.budget = budget
        self.times: dict[str, list[float]] = {"fit": [], "choose": [], "encode": []}
        self.sizes: list[int] = []
        self.exact: list[float] = []
        self.shown: list[float] = []

    def show(self, film: Picture, *, compare: bool) -> None:
        """Draw one frame of the film."""
        fitted = self.timed("fit", lambda: self.fitter.fit(film))
        cells = self.timed("choose", lambda: self.stream.next(fitted, self.budget))
        self.sizes.append(len(self.timed("encode", lambda: self.send(cells))))
        if compare:
            self.exact.append(likeness(film, fitted.cells))
            self.shown.append(likeness(film, cells))

    def send(self, cells: Cells) -> bytes:
        """Encode what the terminal does not show yet."""
        mask = self.shadow.differs(cells)
        sent = encode(cells, mask)
        self.shadow.record(cells, mask)
        return sent

    def timed(self, what: str, work: Callable[[], Any]) -> Any:
        """Do it, and remember how long it took."""
        started = time.thread_time()
        done = work()
        self.times[what].append((time.thread_time() - started) * 1000)
        return done


def measure(name: str, film: Callable[[int], Picture], size: str, mode: PictureMode, kilobytes: int | None) -> None:
    """Print what a film of some seconds took on one tile."""
    columns, rows = map(int, size.split("x"))
    budget = None if kilobytes is None else kilobytes * 1000 // RATE
    tile = Tile(columns, rows, mode, budget)
    for number in range(FRAMES):
        tile.show(film(number), compare=number >= WARM_UP and number % 3 == 0)
    figures: dict[str, object] = {"bench": "video", "film": name, "cells": size, "mode": mode.value}
    figures |= {"budget_kb_s": kilobytes, "frames_a_second": RATE}
    figures |= {f"{what}_ms": round(statistics.median(each[WARM_UP:]), 2) for what, each in tile.times.items()}
    figures["kb_s"] = round(statistics.mean(tile.sizes[WARM_UP:]) * RATE / 1000, 1)
    figures["largest_frame"] = max(tile.sizes)
    if budget is not None:
        figures["overshoot_max"] = round(max(0.0, max(tile.sizes) / budget - 1), 4)
    figures["ssim"] = round(statistics.mean(tile.shown), 4)
    figures["ssim_exact"] = round(statistics.mean(tile.exact), 4)
    print(json.dumps(figures), flush=True)


def measure_encoding() -> None:
    """Print what it takes to encode pictures in which no two cells are alike, and the smallest change."""
    chance = np.random.default_rng(SEED)
    cells = Cells(80, 40)
    cells.codepoints[:] = chance.integers(0x1CD00, 0x1CDE6, (40, 80))
    cells.foreground[:], cells.background[:] = chance.integers(0, 1 << 24, (2, 40, 80))
    one = np.zeros((40, 80), np.bool_)
    one[20, 40] = True
    for name, mask in (("full 80x40", None), ("one cell of 80x40", one)):
        for depth in ColourDepth:
            durations = []
            for _ in range(200):
                started = time.thread_time()
                sent = encode(cells, mask, depth=depth)
                durations.append((time.thread_time() - started) * 1000)
            report = {"name": f"encode {name}", "colors": depth.value, "ms": round(statistics.median(durations), 3)}
            print(json.dumps({"bench": "video", **report, "bytes": len(sent)}), flush=True)


def main() -> None:
    """Measure the films on tiles of two sizes, under several budgets."""
    cv2.setNumThreads(1)
    measure_encoding()
    near, far = SyntheticCamera(SEED, 320, 240), SyntheticCamera(SEED, 640, 480)
    for mode in (PictureMode.QUAD, PictureMode.SEXTANT, PictureMode.OCTANT):
        for kilobytes in (None, 95, 25):
            measure("head", lambda number: near.frame(number / RATE), "40x20", mode, kilobytes)
        for kilobytes in (None, 400, 60):
            measure("head", lambda number: far.frame(number / RATE), "80x40", mode, kilobytes)
        for size, kilobytes in (("40x20", 95), ("80x40", 665)):
            measure("pan", pan, size, mode, kilobytes)


if __name__ == "__main__":
    main()
