"""What chafa makes of a picture, as cells."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gathertui.render.cells import Cells

SYMBOLS = {
    "half": ("vhalf+space+solid",),
    "quad": ("quad+half+space+solid", "block-sextant+space+solid"),
    "sextant": ("sextant+half+space+solid", "sextant+quad+half+space+solid"),
    "octant": ("all",),
    "ascii": ("ascii",),
    "braille": ("braille",),
}
"""What to compare a mode with: the same blocks, without and with ours for edges; with octants, which chafa lacks,
all that it has."""

_SEQUENCES = re.compile(r"\x1b\[([0-9;?]*)([a-zA-Z])|(\n)|(.)")


def is_there() -> bool:
    """Whether the program is installed."""
    return shutil.which("chafa") is not None


def draw(picture: NDArray[np.uint8], symbols: str, columns: int, rows: int) -> tuple[Cells, int]:
    """Return the cells at chafa's highest work factor, stretched to fill them, and how many bytes they took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture.png")
        Image.fromarray(picture).save(path)
        command = ["chafa", "-f", "symbols", "-c", "full", "--symbols", symbols, "-w", "9"]
        command += ["-s", f"{columns}x{rows}", "--stretch", str(path)]
        output = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    return parse(output.decode(), columns, rows), len(output)


def parse(text: str, columns: int, rows: int) -> Cells:
    """Return the cells that a run of characters, line feeds and true colours draws."""
    cells = Cells(columns, rows)
    pen = [0, 0]
    reverse = False
    x = y = 0
    for found in _SEQUENCES.finditer(text):
        numbers, final, feed, character = found.groups()
        if feed:
            x, y = 0, y + 1
        elif character:
            ink, ground = reversed(pen) if reverse else pen
            cells.put(x, y, character, foreground=ink, background=ground)
            x += 1
        elif final == "m":
            reverse = _choose_pen(pen, [int(number or 0) for number in numbers.split(";")], reverse=reverse)
    return cells


def _choose_pen(pen: list[int], numbers: list[int], *, reverse: bool) -> bool:
    """Change the pen's ink and ground; return whether they change places."""
    rest = iter(numbers)
    for number in rest:
        if number in (38, 48):
            _, red, green, blue = (next(rest) for _ in range(4))
            pen[number == 48] = red << 16 | green << 8 | blue
        elif number in (7, 27):
            reverse = number == 7
        elif number == 0:
            pen[:] = 0, 0
            reverse = False
    return reverse
