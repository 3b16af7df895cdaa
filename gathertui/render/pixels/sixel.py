"""Pictures as sixels (DEC STD 070, chapter 9; VT340 graphics).

A band is six pixel rows. In each, every colour that occurs is written over the
whole width: a character has a bit for each of the six pixels below each other.
The colours are a fixed cube, reached by ordered dithering, so that successive
frames need no palette of their own and still parts stay still.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gathertui.render.bayer import bayer_thresholds
from gathertui.render.colour import Picture
from gathertui.render.pixels.graphics import Place, cursor_to, resample

BAND: Final = 6

_STEPS: Final = (6, 7, 6)
"""Of red, green and blue: the eye sees green best. Together these are 252 of a terminal's 256 registers."""

_THRESHOLDS: Final = bayer_thresholds(4)
_MIDDLE: Final = np.full((4, 4), 0.5, np.float32)

DITHER_AGAIN: Final = 40
"""After so many pictures in plain patches it is tried whether dithered ones take fewer bytes by now."""

_WIDEST: Final = 9999
"""Pixels in a row at most."""


class SixelGraphics:
    """One picture; see `render.pixels.graphics.Graphics`.

    `cell_width` and `cell_height` are a cell's size in pixels. The terminal has
    256 colours. The place must not touch the screen's last row: a terminal may
    scroll after a sixel there.
    """

    most_frames = 8.0

    def __init__(self, cell_width: int, cell_height: int) -> None:
        self._cell = (cell_width, cell_height)
        self._dithered_bytes = 0
        """Of the last picture that was dithered."""
        self._draws_plain = 0

    def draw(self, picture: Picture, place: Place, budget: int | None = None) -> bytes:
        """Return what shows the picture: dithered, or in plain patches where that takes too many bytes.

        Sixels do not scale, so it may take too many in any way.
        """
        width = min(place.columns * self._cell[0], _WIDEST)
        height = place.rows * self._cell[1] // BAND * BAND
        if not width or not height:
            return b""
        pixels = resample(picture, width, height)
        if budget is None or self._dithered_bytes <= budget or self._draws_plain >= DITHER_AGAIN:
            data = self._encode(pixels, place, _THRESHOLDS)
            self._dithered_bytes, self._draws_plain = len(data), 0
            if budget is None or len(data) <= budget:
                return data
        self._draws_plain += 1
        data = self._encode(pixels, place, _MIDDLE)
        return data if budget is None or len(data) <= budget else b""

    def _encode(self, pixels: Picture, place: Place, thresholds: NDArray[np.float32]) -> bytes:
        height, width = pixels.shape[:2]
        numbers = _quantise(pixels, thresholds)
        # P2=1: pixels that no band names stay as they are; the raster attributes tell the size beforehand.
        head = b'\x1bP0;1;0q"1;1;%d;%d' % (width, height)
        used = np.flatnonzero(np.bincount(numbers.ravel())).tolist()
        registers = _registers()
        palette = b"".join(registers[number] for number in used)
        return cursor_to(place) + head + palette + _write_bands(numbers) + b"\x1b\\"

    def erase(self) -> bytes:
        """Return nothing: cells that are written take the pixels away."""
        return b""


@lru_cache(maxsize=1)
def _registers() -> tuple[bytes, ...]:
    """What defines each register of the cube, in percent, as DEC wanted it."""
    reds, greens, blues = _STEPS
    parts = []
    for number in range(reds * greens * blues):
        red, green, blue = number // (greens * blues), number // blues % greens, number % blues
        percent = (round(100 * value / (top - 1)) for value, top in zip((red, green, blue), _STEPS, strict=True))
        parts.append(b"#%d;2;%d;%d;%d" % (number, *percent))
    return tuple(parts)


def _quantise(picture: Picture, thresholds: NDArray[np.float32]) -> NDArray[np.intp]:
    """The register of every pixel, of shape (height, width); `thresholds` (4, 4) are repeated over the picture."""
    height, width = picture.shape[:2]
    thresholds = np.tile(thresholds, (height // 4 + 1, width // 4 + 1))[:height, :width]
    numbers = np.zeros((height, width), np.intp)
    for channel, top in enumerate(_STEPS):
        level = (picture[..., channel] * np.float32((top - 1) / 255) + thresholds).astype(np.intp)
        numbers = numbers * top + level
    return numbers


def _write_bands(numbers: NDArray[np.intp]) -> bytes:
    """The sixels of a picture whose height is a multiple of six."""
    bands, width = numbers.shape[0] // BAND, numbers.shape[1]
    pixels = numbers.reshape(bands, BAND, width)
    band = np.arange(bands)[:, None]
    present = np.zeros((bands, int(numbers.max()) + 1), np.bool_)
    for row in range(BAND):
        present[band, pixels[:, row]] = True
    # Each colour of each band has a line of its own; a column's bits come from different pixel rows, one by one.
    line = np.cumsum(present).reshape(present.shape) - 1
    bits = np.zeros((int(present.sum()), width), np.uint8)
    columns = np.arange(width)
    for row in range(BAND):
        bits[line[band, pixels[:, row]], columns] |= np.uint8(1 << row)
    band_of, colour_of = np.nonzero(present)
    ends_band = np.append(band_of[1:] != band_of[:-1], True)
    return _write_lines(bits, colour_of, ends_band)


def _write_lines(bits: NDArray[np.uint8], colours: NDArray[np.intp], ends_band: NDArray[np.bool_]) -> bytes:
    """Run-lengths of each line after its colour, ended by a carriage return or, with the band, by a line feed."""
    width = bits.shape[1]
    flat = bits.ravel()
    begins = np.ones(len(flat), np.bool_)
    begins[1:] = flat[1:] != flat[:-1]
    begins[::width] = True
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=len(flat))
    values = flat[starts]
    line = starts // width
    # What is blank up to the line's end need not be written; a line is never wholly blank.
    kept = (values != 0) | ((starts + lengths) % width != 0)
    lengths, values, line = lengths[kept], values[kept], line[kept]
    first = np.append(True, line[1:] != line[:-1])
    last = np.append(line[1:] != line[:-1], True)

    # A run is its sixel up to three times, or '!', its length and the sixel.
    packed = lengths > 3
    digits = _count_digits(lengths)
    sizes = np.where(packed, digits + 2, lengths)
    of_line = colours[line[first]]
    before = np.zeros(len(values), np.intp)
    before[first] = 1 + _count_digits(of_line)
    ends = np.cumsum(before + sizes + last)
    body = ends - last - sizes
    text = np.empty(int(ends[-1]), np.uint8)

    names = body[first] - before[first]
    text[names] = ord("#")
    _put_numbers(text, names + 1, of_line)
    text[ends[last] - 1] = np.where(ends_band[line[last]], ord("-"), ord("$"))
    glyphs = values + np.uint8(63)
    for times in range(3):
        some = ~packed & (lengths > times)
        text[body[some] + times] = glyphs[some]
    text[body[packed]] = ord("!")
    _put_numbers(text, body[packed] + 1, lengths[packed])
    text[(body + sizes)[packed] - 1] = glyphs[packed]
    return text.tobytes()


def _count_digits(numbers: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many digits each number has; all are below 10,000."""
    return 1 + (numbers >= 10).astype(np.intp) + (numbers >= 100) + (numbers >= 1000)


def _put_numbers(text: NDArray[np.uint8], places: NDArray[np.intp], numbers: NDArray[np.intp]) -> None:
    """Write each number in decimal, its first digit at its place in `text`."""
    digits = _count_digits(numbers)
    for power in range(4):
        some = digits > power
        text[places[some] + digits[some] - 1 - power] = ord("0") + numbers[some] // 10**power % 10
