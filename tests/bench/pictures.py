"""What pictures in cells cost, and how near they come: ours, and chafa's where it is installed.

Five photographs, 640 by 480, become 80 by 40 cells in true colour. Prints a line
of JSON a mode. Milliseconds are of this process's CPU time, on one core: median
and least of many runs over the photographs, of fitting and of encoding a whole
frame. Fidelity is the mean over the photographs of PSNR and SSIM, both pictures
drawn by the same code (6 by 12 pixels a cell, letters as in DejaVu Sans Mono): at two by four samples a cell and
at full detail, averaged as sRGB numbers and as light. chafa runs at its highest
work factor with the same blocks; octants, which it lacks, are compared with all
its symbols.

    python tests/bench/pictures.py
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import statistics
import time
from collections.abc import Callable, Iterable

import numpy as np
from fidelity import chafa
from fidelity.compare import likeness
from fidelity.photographs import photographs
from fidelity.shapes import FONT
from numpy.typing import NDArray

from gathertui.render.cells import Cells
from gathertui.render.encode import encode
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.modes import PictureMode

COLUMNS, ROWS = 80, 40
RUNS = 15

Pictures = dict[str, NDArray[np.uint8]]


def milliseconds(work: Callable[[], object]) -> float:
    """Return the CPU time of one run."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def spread(times: list[float]) -> dict[str, float]:
    """Return what to print of a run of times."""
    return {"median": round(statistics.median(times), 2), "min": round(min(times), 2)}


def fidelity(pairs: Iterable[tuple[NDArray[np.uint8], Cells]]) -> dict[str, list[float]]:
    """Return the means of PSNR and SSIM, by scale and way of averaging."""
    figures = [likeness(picture, cells) for picture, cells in pairs]
    return {
        name: [
            round(statistics.mean(figure[name].psnr for figure in figures), 2),
            round(statistics.mean(figure[name].ssim for figure in figures), 4),
        ]
        for name in figures[0]
    }


def measure_ours(pictures: Pictures, settings: FitSettings) -> dict[str, object]:
    """Return the figures of one mode."""
    fitter = Fitter(COLUMNS, ROWS, settings)
    fits, encodings, errors = [], [], []
    for _ in range(RUNS):
        for picture in pictures.values():
            fits.append(milliseconds(lambda picture=picture: fitter.fit(picture)))
            fitted = fitter.fit(picture)
            encodings.append(milliseconds(lambda fitted=fitted: encode(fitted.cells, None)))
            errors.append(milliseconds(lambda fitted=fitted: fitted.error_of(fitted.cells)))
    cells = [fitter.fit(picture).cells for picture in pictures.values()]
    return {
        "fit ms": spread(fits),
        "encode ms": spread(encodings),
        "fit + encode ms": spread([fit + encoding for fit, encoding in zip(fits, encodings, strict=True)]),
        "error_of ms": spread(errors),
        "bytes": round(statistics.mean(len(encode(shown, None)) for shown in cells)),
        "psnr, ssim": fidelity(zip(pictures.values(), cells, strict=True)),
    }


def measure_chafa(pictures: Pictures, symbols: str) -> dict[str, object]:
    """Return the figures of chafa with those symbols."""
    drawn = [chafa.draw(picture, symbols, COLUMNS, ROWS) for picture in pictures.values()]
    return {
        "bytes": round(statistics.mean(size for _, size in drawn)),
        "psnr, ssim": fidelity(zip(pictures.values(), (cells for cells, _ in drawn), strict=True)),
    }


def report(figure: str, figures: dict[str, object]) -> None:
    """Print one line."""
    print(json.dumps({"bench": "pictures", "figure": figure, **figures}), flush=True)


def main() -> None:
    """Measure every mode, each beside chafa."""
    pictures = photographs()
    for mode in PictureMode:
        report(mode.value, measure_ours(pictures, FitSettings(mode)))
        if mode in (PictureMode.QUAD, PictureMode.SEXTANT, PictureMode.OCTANT):
            report(f"{mode.value}, no edges", measure_ours(pictures, FitSettings(mode, edges=False)))
        if chafa.is_there() and FONT.exists():
            for symbols in chafa.SYMBOLS[mode.value]:
                report(f"chafa {symbols}", measure_chafa(pictures, symbols))
        else:
            report(f"chafa {mode.value}", {"skipped": "chafa or fonts-dejavu-core is not installed"})


if __name__ == "__main__":
    main()
