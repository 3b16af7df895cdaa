"""Pictures of pixels: what a terminal would make of the bytes."""

from __future__ import annotations

import re
import subprocess
import zlib
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.render.pixels.graphics import Picture, Place, resample
from gathertui.render.pixels.kitty import CHUNK, KittyGraphics
from gathertui.render.pixels.sixel import DITHER_AGAIN, SixelGraphics

PLACE = Place(4, 2, 20, 10)


def noise(height: int, width: int, seed: int = 0) -> Picture:
    """A picture that nothing compresses."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def gradient(height: int, width: int) -> Picture:
    """A picture with many tones."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([255 * x // width, 255 * y // height, 255 - 255 * x // width], -1).astype(np.uint8)


# ---------------------------------------------------------------- kitty


class KittyTerminal:
    """The images that are on the screen, by the escape sequences that came."""

    def __init__(self) -> None:
        self.images: dict[int, tuple[Picture, Place]] = {}

    def feed(self, data: bytes) -> None:
        cursor, pending, head = (0, 0), b"", {}
        for move, keys, payload in re.findall(rb"\x1b\[(\d+;\d+)H|\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\", data):
            if move:
                row, column = map(int, move.split(b";"))
                cursor = (column - 1, row - 1)
                continue
            values = dict(pair.split(b"=") for pair in keys.split(b",") if pair)
            if values.get(b"a") == b"d":
                assert values[b"d"] == b"I", "the data must go too"
                del self.images[int(values[b"i"])]
                continue
            assert len(payload) <= CHUNK
            head = head or values
            pending += payload
            if values[b"m"] == b"0":
                assert head[b"C"] == b"1" and head[b"q"] == b"2"
                shape = (int(head[b"v"]), int(head[b"s"]), 3)
                picture = np.frombuffer(zlib.decompress(b64decode(pending)), np.uint8).reshape(shape)
                self.images[int(head[b"i"])] = (picture, Place(*cursor, int(head[b"c"]), int(head[b"r"])))
                pending, head = b"", {}
        assert not pending, "a transmission was broken off"


def test_kitty_shows_exactly_the_last_picture_at_its_place() -> None:
    terminal, graphics = KittyTerminal(), KittyGraphics(40)
    for seed in range(4):
        picture = noise(48, 64, seed)
        terminal.feed(graphics.draw(picture, PLACE))
        ((shown, place),) = terminal.images.values()
        assert (shown == picture).all()
        assert place == PLACE


def test_kitty_leaves_nothing_behind() -> None:
    terminal, graphics = KittyTerminal(), KittyGraphics(40)
    terminal.feed(graphics.draw(gradient(48, 64), PLACE))
    terminal.feed(graphics.erase())
    assert not terminal.images
    assert graphics.erase() == b""


@given(budget=st.integers(200, 60_000), seed=st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_kitty_sends_fewer_pixels_on_a_narrow_line(budget: int, seed: int) -> None:
    terminal, graphics = KittyTerminal(), KittyGraphics(1)
    for number in range(3):
        data = graphics.draw(noise(120, 160, seed + number), PLACE, budget)
        assert len(data) <= budget
        terminal.feed(data)
    assert len(terminal.images) <= 1


def test_kitty_counts_the_cursor_and_the_old_picture() -> None:
    picture = noise(60, 80)
    terminal, graphics = KittyTerminal(), KittyGraphics(1)
    terminal.feed(graphics.draw(picture, PLACE))
    exactly = len(graphics.draw(picture, PLACE))
    for missing in (0, 1, 5, 30):
        graphics = KittyGraphics(1)
        graphics.draw(picture, PLACE)
        data = graphics.draw(picture, PLACE, exactly - missing)
        assert 0 < len(data) <= exactly - missing
        assert missing or len(data) == exactly


@pytest.mark.parametrize(("height", "width"), [(1, 10_240), (30_000, 2)])
def test_kitty_gets_no_picture_that_it_refuses(height: int, width: int) -> None:
    terminal = KittyTerminal()
    terminal.feed(KittyGraphics(1).draw(np.full((height, width, 3), 9, np.uint8), PLACE))
    ((shown, place),) = terminal.images.values()
    assert max(shown.shape) <= 4096
    assert (shown == 9).all() and place == PLACE


def test_kitty_keeps_the_old_picture_when_the_line_is_too_narrow_for_a_new_one() -> None:
    terminal, graphics = KittyTerminal(), KittyGraphics(1)
    terminal.feed(graphics.draw(gradient(48, 64), PLACE))
    assert graphics.draw(noise(48, 64), PLACE, 300) == b""
    terminal.feed(graphics.erase())
    assert not terminal.images


# ---------------------------------------------------------------- sixel


def read_sixel(data: bytes) -> tuple[tuple[int, int], Picture]:
    """Where a sixel picture begins, as (column, row), and its pixels, read character by character."""
    begin = re.match(rb'\x1b\[(\d+);(\d+)H\x1bP0;1;0q"1;1;(\d+);(\d+)', data)
    assert begin is not None and data.endswith(b"\x1b\\")
    row, column, width, height = map(int, begin.groups())
    picture = np.full((height, width, 3), 7, np.uint8)
    palette: dict[int, tuple[int, ...]] = {}
    colour, x, band, times = 0, 0, 0, 1
    for token in re.findall(rb"#\d+(?:;2;\d+;\d+;\d+)?|!\d+|[?-~]|\$|-", data[begin.end() : -2]):
        if token[:1] == b"#":
            colour, *rest = (int(part) for part in token[1:].split(b";"))
            if rest:
                palette[colour] = tuple(round(part * 2.55) for part in rest[1:])
        elif token[:1] == b"!":
            times = int(token[1:])
        elif token == b"$":
            x = 0
        elif token == b"-":
            x, band = 0, band + 1
        else:
            for bit in range(6):
                if token[0] - 63 >> bit & 1:
                    assert x + times <= width
                    picture[band * 6 + bit, x : x + times] = palette[colour]
            x, times = x + times, 1
    return (column - 1, row - 1), picture


def test_sixel_shows_colours_within_a_step_of_the_cube() -> None:
    source, step = gradient(160, 160), 51
    place, picture = read_sixel(SixelGraphics(8, 16).draw(source, PLACE))
    assert place == (4, 2)
    wanted = resample(source, 160, 156)
    assert picture.shape == wanted.shape
    assert np.abs(picture.astype(int) - wanted).max() <= step + 3  # percent are coarser than bytes
    # Dithering keeps what a larger patch amounts to.
    for shown, meant in zip(_patches(picture), _patches(wanted), strict=True):
        assert np.abs(shown - meant).max() < 0.1 * step + 3


def _patches(picture: Picture) -> list[np.ndarray]:
    height, width = picture.shape[0] // 52 * 52, picture.shape[1] // 40 * 40
    tiles = picture[:height, :width].reshape(height // 52, 52, width // 40, 40, 3).astype(float)
    return list(tiles.mean(axis=(1, 3)))


def test_sixel_keeps_within_its_place() -> None:
    data = SixelGraphics(9, 17).draw(noise(50, 50), PLACE)
    _, picture = read_sixel(data)
    assert picture.shape[1] == 9 * 20
    assert 17 * 10 - 6 < picture.shape[0] <= 17 * 10


def test_sixel_shows_every_pixel() -> None:
    _, picture = read_sixel(SixelGraphics(8, 16).draw(noise(160, 160), PLACE))
    assert not (picture == 7).all(axis=2).any()


def test_sixel_packs_runs() -> None:
    flat = np.full((160, 160, 3), 255, np.uint8)
    palette = len(SixelGraphics(8, 16).draw(noise(6, 6), Place(0, 0, 1, 1)))
    assert len(SixelGraphics(8, 16).draw(flat, PLACE)) < palette + 26 * 12


def test_sixel_draws_plain_patches_where_dithering_takes_too_much() -> None:
    graphics = SixelGraphics(8, 16)
    source = gradient(160, 160)
    dithered = graphics.draw(source, PLACE)
    budget = len(dithered) * 3 // 4
    for _ in range(100):
        data = graphics.draw(source, PLACE, budget)
        assert 0 < len(data) <= budget
    _, picture = read_sixel(data)
    assert np.abs(picture.astype(int) - resample(source, 160, 156)).max() <= 26 + 3, "half a step of the cube"
    assert graphics.draw(source, PLACE, len(dithered) + 500) != data


def test_sixel_dithers_again_when_that_takes_less() -> None:
    graphics, busy, calm = SixelGraphics(8, 16), gradient(160, 160), np.full((160, 160, 3), 240, np.uint8)
    calm[:40] = busy[:40]
    dithered = SixelGraphics(8, 16).draw(calm, PLACE)
    budget = len(dithered)
    assert len(graphics.draw(busy, PLACE)) > budget
    assert 0 < len(graphics.draw(busy, PLACE, budget)) <= budget
    shown = [graphics.draw(calm, PLACE, budget) for _ in range(DITHER_AGAIN + 2)]
    assert shown[0] != dithered
    assert shown[-1] == dithered


def test_sixel_shows_nothing_that_its_budget_forbids() -> None:
    assert SixelGraphics(8, 16).draw(noise(160, 160), PLACE, 10_000) == b""


def test_another_program_reads_the_same_sixels(require_program, tmp_path: Path) -> None:
    """libsixel's own decoder."""
    program = require_program("sixel2png", "libsixel-bin")
    from skimage.io import imread

    data = SixelGraphics(8, 16).draw(gradient(160, 160), PLACE)
    source, target = tmp_path / "picture.six", tmp_path / "picture.png"
    source.write_bytes(data[data.index(b"\x1bP") :])
    subprocess.run([program, "-i", str(source), "-o", str(target)], check=True, timeout=30)
    _, picture = read_sixel(data)
    assert np.abs(imread(target)[..., :3].astype(int) - picture).max() <= 3
