"""A moving picture under a budget: what it costs, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gathertui.render.cells import Cells
from gathertui.render.encode import encode
from gathertui.render.encode.penreuse import ink_parts, reuse_pens
from gathertui.render.encode.ratedistortion import PictureStream
from gathertui.render.encode.shadow import Shadow
from gathertui.render.fit import FitSettings, Fitter
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.testing.camera import SyntheticCamera

COLUMNS, ROWS = 40, 20


class Tile:
    """A picture of a call, and the terminal it is drawn on."""

    def __init__(self, **options: object) -> None:
        self.columns, self.rows = COLUMNS, ROWS
        depth, mode = options.get("depth", ColourDepth.TRUECOLOR), options.pop("mode", PictureMode.SEXTANT)
        self.fitter = Fitter(COLUMNS, ROWS, FitSettings(mode, depth=depth, merge=4.0))
        self.stream = PictureStream(COLUMNS, ROWS, **options)
        self.shadow = Shadow(COLUMNS, ROWS)
        self.options = options
        self.fitted = None

    def show(self, picture: np.ndarray, budget: int | None, lost: np.ndarray | None = None) -> int:
        """Draw the picture as far as the budget goes; how many bytes it took."""
        self.fitted = self.fitter.fit(picture)
        cells = self.stream.next(self.fitted, budget, lost)
        mask = self.shadow.differs(cells) & ~self.stream.pending
        data = encode(cells, mask, **self.options)
        self.shadow.record(cells, mask)
        self.cells = cells
        return len(data)

    @property
    def error(self) -> float:
        return float(self.fitted.error_of(self.cells).mean())

    @property
    def least_error(self) -> float:
        return float(self.fitted.error_of(self.fitted.cells).mean())


@pytest.fixture(scope="module")
def photographs() -> Callable[[int], np.ndarray]:
    """Pictures of which every cell differs from those of the next."""
    chance = np.random.default_rng(8)
    coarse = chance.integers(0, 256, (60, 12, 16, 3)).astype(np.uint8)

    def picture(number: int) -> np.ndarray:
        return coarse[number].repeat(20, axis=0).repeat(20, axis=1) + chance.integers(0, 9, (240, 320, 3), np.uint8)

    return picture


@pytest.mark.parametrize("budget", [40, 400, 1100, 3000, 6333, 12_000])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"left": 101, "top": 98, "repeat": True},
        {"depth": ColourDepth.INDEXED},
        {"depth": ColourDepth.SIXTEEN},
        {"depth": ColourDepth.MONO},
    ],
    ids=["truecolor", "elsewhere", "256", "16", "mono"],
)
def test_no_frame_costs_more_than_its_budget_and_budgets_are_used(photographs, budget: int, options) -> None:
    tile = Tile(**options)
    for number in range(14):
        size = tile.show(photographs(number), budget)
        assert size <= budget
        everything = len(encode(tile.fitted.cells, None, **options))
        if everything > 2 * budget and number:
            assert size >= 0.9 * budget, number


def test_a_talking_head_is_good_at_95_kilobytes_a_second() -> None:
    tile, camera = Tile(), SyntheticCamera(1)
    sizes, losses = [], []
    for number in range(45):
        sizes.append(tile.show(camera.frame(number / 15), 95_000 // 15))
        losses.append(tile.error - tile.least_error)
    assert max(sizes) <= 95_000 // 15
    assert sum(sizes[5:]) / 40 < 60_000 / 15
    assert np.mean(losses[5:]) < 4  # of 65,025: PSNR 42 dB against the exact cells


def test_noise_is_not_sent() -> None:
    tile, chance = Tile(), np.random.default_rng(2)
    scene = SyntheticCamera(1).frame(0).astype(np.int16)
    sizes = [
        tile.show((scene + chance.normal(0, 2.5, scene.shape)).clip(0, 255).astype(np.uint8), 6333) for _ in range(30)
    ]
    assert sum(sizes[10:]) / 20 < 0.02 * len(encode(tile.fitted.cells, None))


@pytest.mark.parametrize("depth", list(ColourDepth))
@pytest.mark.parametrize("mode", list(PictureMode))
def test_a_still_picture_becomes_exact_soon_and_then_costs_nothing(photographs, depth, mode) -> None:
    tile, before, picture = Tile(depth=depth, mode=mode), photographs(2), photographs(3)
    for _ in range(5):
        tile.show(before, 6333)
    sizes = [tile.show(picture, 6333) for _ in range(10)]
    assert max(sizes) <= 6333
    assert not tile.shadow.differs(tile.fitted.cells).any()
    assert tile.show(picture, 6333) == 0


@pytest.mark.parametrize("depth", list(ColourDepth))
def test_a_still_picture_becomes_exact_on_a_narrow_line(photographs, depth) -> None:
    tile, picture = Tile(depth=depth), photographs(3)
    sizes = [tile.show(picture, 2000) for _ in range(60)]
    assert max(sizes) <= 2000
    assert sizes[-1] == 0
    assert not tile.shadow.differs(tile.fitted.cells).any()
    assert tile.error == tile.least_error


def test_what_stands_still_becomes_exact_beside_what_moves(photographs) -> None:
    tile, still = Tile(), photographs(3)[:, :160]
    for number in range(230):
        tile.show(np.hstack([still, photographs(number % 60)[:, :160]]), 4000)
    wrong = tile.shadow.differs(tile.fitted.cells)
    assert wrong[:, COLUMNS // 2 :].mean() > 0.3  # there the budget never suffices
    assert not wrong[:, : COLUMNS // 2].any()


@pytest.mark.parametrize("depth", [ColourDepth.INDEXED, ColourDepth.SIXTEEN, ColourDepth.MONO])
def test_what_stands_still_becomes_exact_beside_what_moves_also_in_few_colours(photographs, depth) -> None:
    tile, still = Tile(depth=depth), photographs(3)[:, :160]
    for number in range(150):
        tile.show(np.hstack([still, 96 + photographs(number % 60)[:, :160] // 4]), 2000)
    assert not tile.shadow.differs(tile.fitted.cells)[:, : COLUMNS // 2].any()


def test_what_is_seen_less_has_its_turn_too() -> None:
    """Half of a film is loud and takes the whole budget, but the rest does not stay as it was."""
    tile, chance = Tile(), np.random.default_rng(4)
    strength = np.full((1, COLUMNS, 1), 24)
    strength[:, : COLUMNS // 2] = 60
    last, replaced = None, np.zeros((ROWS, COLUMNS), np.bool_)
    for number in range(60):
        noise = chance.normal(0, 1, (ROWS, COLUMNS, 3)) * strength
        tile.show((128 + noise).clip(0, 255).astype(np.uint8).repeat(6, axis=0).repeat(4, axis=1), 5000)
        if number > 6:
            replaced |= tile.cells.background != last
        last = tile.cells.background.copy()
    assert replaced.mean() > 0.95


def test_no_small_error_stays_for_ever() -> None:
    tile = Tile()
    tile.show(np.full((240, 320, 3), 100, np.uint8), None)
    nearly = np.full((240, 320, 3), 101, np.uint8)
    assert tile.show(nearly, None) == 0
    for _ in range(30):
        tile.show(nearly, None)
    assert not tile.shadow.differs(tile.fitted.cells).any()


def test_without_a_budget_the_first_frame_is_exact(photographs) -> None:
    tile = Tile()
    tile.show(photographs(0), None)
    assert not tile.shadow.differs(tile.fitted.cells).any()


def test_the_first_frame_holds_what_fits_and_the_mean_colour_elsewhere() -> None:
    tile = Tile()
    picture = np.zeros((240, 320, 3), np.uint8)
    picture[:, 160:] = (200, 100, 50)
    picture[100:140, 60:80] = 255
    size = tile.show(picture, 1400)
    assert size <= 1400
    values, counts = np.unique(tile.cells.background, return_counts=True)
    assert {0, 0xC86432} <= set(values.tolist()) or counts.size >= 2
    assert tile.error < np.square(picture.astype(np.float32)).mean()


def test_lost_cells_are_drawn_again_within_the_budget(photographs) -> None:
    tile, picture = Tile(), photographs(1)
    for _ in range(60):
        tile.show(picture, 3000)
    lost = np.zeros((ROWS, COLUMNS), np.bool_)
    lost[4:9, 5:20] = True
    tile.shadow.forget(5, 4, 20, 9)
    size = tile.show(picture, 3000, lost)
    assert 0 < size <= 3000
    assert not tile.shadow.unknown.any()
    tile.shadow.forget(5, 4, 20, 9)
    new = photographs(2)
    assert tile.show(new, 3000, lost) <= 3000
    here = tile.fitted.cells.foreground[lost] == tile.cells.foreground[lost]
    assert here.mean() > 0.5


def test_a_lost_picture_comes_back_within_the_budget(photographs) -> None:
    tile = Tile()
    tile.show(photographs(0), None)
    tile.shadow.forget_all()
    everything = np.ones((ROWS, COLUMNS), np.bool_)
    assert 2700 <= tile.show(photographs(0), 3000, everything) <= 3000
    assert not tile.stream.pending.any()
    tile.shadow.forget_all()
    assert 300 <= tile.show(photographs(0), 400, everything) <= 400
    assert 0 < tile.stream.pending.sum() < tile.stream.pending.size
    assert (tile.shadow.unknown == tile.stream.pending).all()
    for _ in range(60):
        assert tile.show(photographs(0), 1000) <= 1000
    assert not tile.stream.pending.any()
    assert tile.error < tile.least_error + 100


def test_where_bytes_abound_again_cells_get_their_own_colours(photographs) -> None:
    tile = Tile()
    for number in range(8):
        tile.show(photographs(number), 2000)
    tile.show(photographs(9), 40_000)
    assert not tile.shadow.differs(tile.fitted.cells).any()


def test_a_picture_of_another_size_is_refused(photographs) -> None:
    fitted = Fitter(10, 5, FitSettings(PictureMode.SEXTANT)).fit(photographs(0))
    with pytest.raises(ValueError, match="10 by 5"):
        PictureStream(COLUMNS, ROWS).next(fitted, None)


def test_pens_are_reused_only_where_that_is_allowed() -> None:
    chance = np.random.default_rng(3)
    noise = chance.integers(-6, 7, (90, 120, 1))
    picture = (np.linspace(40, 200, 120)[None, :, None] + noise).clip(0, 255).repeat(3, axis=2).astype(np.uint8)
    fitted = Fitter(COLUMNS, ROWS, FitSettings(PictureMode.SEXTANT)).fit(picture)
    exact, cells = fitted.cells, Cells(COLUMNS, ROWS)
    places = np.flatnonzero(chance.random(COLUMNS * ROWS) < 0.7)
    last = len(encode(exact, None)) + 1
    for allowed in (0.0, 3.0, 12.0, 40.0):
        for plane, source in (
            (cells.codepoints, exact.codepoints),
            (cells.foreground, exact.foreground),
            (cells.background, exact.background),
        ):
            plane[:] = source
        reuse_pens(cells, places, np.full(len(places), allowed, np.float32))
        rise = (fitted.error_of(cells) - fitted.error_of(exact)).reshape(-1)
        others = np.ones(rise.size, np.bool_)
        others[places] = False
        assert (rise[others] == 0).all()
        assert rise.max() <= 8 * allowed + 1.5  # two colours, at most twice as far as the first; and what rounding adds
        assert rise.mean() <= allowed
        size = len(encode(cells, None))
        assert size < last
        last = size


def test_every_cell_of_a_run_is_near_its_first() -> None:
    """Also where colours drift away slowly and come back, again and again."""
    far = 12.0
    chance = np.random.default_rng(6)
    walks = chance.normal(0, 2, (100, 40, 3)).cumsum(axis=1) + chance.integers(60, 196, (100, 1, 3))
    colours = walks.reshape(-1, 3).round().clip(0, 255)
    cells = Cells(len(colours), 1)
    cells.background[0] = colours.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    reuse_pens(cells, np.arange(len(colours)), np.full(len(colours), far * far / 3, np.float32))
    firsts = np.flatnonzero(np.append(True, cells.background[0, 1:] != cells.background[0, :-1]))
    assert len(firsts) < len(colours) / 2
    first = np.repeat(firsts, np.diff(firsts, append=len(colours)))
    assert np.linalg.norm(colours - colours[first], axis=1).max() <= far


def test_how_much_of_a_cell_is_ink() -> None:
    glyphs = np.array([[0x20, 0x2588], [0x2580, 0x1FB00]], np.uint32)
    assert ink_parts(glyphs) == pytest.approx(np.array([[0, 1], [0.5, 1 / 6]]))
