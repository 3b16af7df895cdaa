"""Pictures by the kitty graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/).

The terminal scales, so a tight budget is met by sending fewer pixels. Two image
numbers take turns: the new picture is complete on the screen before the old one
is deleted, and nothing flickers also where there are no synchronized updates.
"""

from __future__ import annotations

import zlib
from binascii import b2a_base64
from typing import Final

from gathertui.render.colour import Picture
from gathertui.render.pixels.graphics import Place, cursor_to, resample

CHUNK: Final = 4096
"""Bytes of base64 in one escape sequence at most, as the protocol demands."""

MOST_PIXELS: Final = 240 * 180
"""More are not sent, however large the picture and the line: it is a tile in a terminal."""

_MOST_LINES: Final = 4096
"""Pixels in a row or a column at most. kitty refuses pictures of more than 10,000."""

FEWEST_PIXELS: Final = 8
"""For each cell: with fewer, octants show more."""

ERASE_ALL: Final = b"\x1b_Ga=d,d=A,q=2\x1b\\"
"""Takes off all the pictures on the screen, whoever has drawn them."""

_LEVEL: Final = 1
"""zlib's fastest: of a camera's noise the slower ones save 3 % at many times the cost."""


class KittyGraphics:
    """One picture; see `render.pixels.graphics.Graphics`.

    The image numbers `first_id` and the one after it are its own in the terminal.
    """

    most_frames = 15.0

    def __init__(self, first_id: int) -> None:
        self._ids = (first_id, first_id + 1)
        self._shown: int | None = None
        self._bytes_a_pixel = 0.0

    def draw(self, picture: Picture, place: Place, budget: int | None = None) -> bytes:
        """Return what shows the picture, with as many pixels as `budget` allows."""
        move, deletion = cursor_to(place), b"" if self._shown is None else _deletion(self._shown)
        data = self._transmission(picture, place, None if budget is None else budget - len(move) - len(deletion))
        if not data:
            return b""
        self._shown = self._next()
        return move + data + deletion

    def erase(self) -> bytes:
        """Return what deletes the picture, and the memory it takes in the terminal."""
        old, self._shown = self._shown, None
        return b"" if old is None else _deletion(old)

    def _next(self) -> int:
        return self._ids[1] if self._shown == self._ids[0] else self._ids[0]

    def _transmission(self, picture: Picture, place: Place, budget: int | None) -> bytes:
        source = picture.shape[0] * picture.shape[1]
        pixels = min(source, MOST_PIXELS)
        if budget is not None and self._bytes_a_pixel:
            pixels = min(pixels, int(budget / self._bytes_a_pixel))
        # The ratio of the last picture guesses this one's; noise makes it a little more now and then.
        for _ in range(3):
            if pixels < min(source, FEWEST_PIXELS * place.columns * place.rows):
                return b""
            data = self._encode(picture, place, pixels)
            if budget is None or len(data) <= budget:
                return data
            pixels = int(pixels * 0.9 * budget / len(data))
        return b""

    def _encode(self, picture: Picture, place: Place, pixels: int) -> bytes:
        height, width = picture.shape[:2]
        scale = (pixels / (height * width)) ** 0.5
        height, width = (min(max(1, int(size * scale)), _MOST_LINES) for size in (height, width))
        packed = zlib.compress(resample(picture, width, height).data, _LEVEL)
        encoded = b2a_base64(packed, newline=False)
        self._bytes_a_pixel = max(0.05, len(encoded) / (height * width))
        chunks = [encoded[start : start + CHUNK] for start in range(0, len(encoded), CHUNK)]
        # C=1: the cursor stays. q=2: no answers, which would be typed into the program. And above the text, not below
        # it (z < 0), where kitty 0.26 with a software renderer leaves deleted pictures on the screen.
        head = b"a=T,f=24,o=z,q=2,C=1,i=%d,p=1,s=%d,v=%d,c=%d,r=%d," % (
            self._next(),
            width,
            height,
            place.columns,
            place.rows,
        )
        last = len(chunks) - 1
        return b"".join(
            b"\x1b_G%sm=%d;%s\x1b\\" % (head if number == 0 else b"", number < last, chunk)
            for number, chunk in enumerate(chunks)
        )


def _deletion(image: int) -> bytes:
    return b"\x1b_Ga=d,d=I,q=2,i=%d\x1b\\" % image
