"""A painter that keeps what it has drawn paints what one would paint that begins anew."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.maplocator import bundled_map
from gathertui.render.cells import CONTINUATION, Cells
from gathertui.render.office.figures import Figure, Status
from gathertui.render.office.mappaint import MapPainter, paint_ground
from gathertui.render.office.viewport import CellOffset
from gathertui.render.palettes import DARK
from gathertui.world.geometry import DIRECTIONS, Point
from gathertui.world.hearing import earshot
from gathertui.world.mapfile import load_map

OFFICE = load_map(bundled_map("office"))
GROUNDS = {
    (zoom, ascii_only): paint_ground(OFFICE, DARK, zoom=zoom, ascii_only=ascii_only)
    for zoom in (1, 2)
    for ascii_only in (False, True)
}
NAMES = ("ada", "Grace Hopper", "東京太郎", "a-name-that-is-far-too-long", "Zoë", "", "x")
GLYPHS = ("AL", "東", "z", "", "Ü!")


def same(one: Cells, other: Cells) -> bool:
    return all(
        np.array_equal(getattr(one, plane), getattr(other, plane))
        for plane in ("codepoints", "foreground", "background", "attributes")
    )


class Scene:
    """A crowd in a small part of the office, in which anything may happen."""

    def __init__(self, chance: random.Random, zoom: int, ascii_only: bool) -> None:
        self.chance = chance
        self.zoom = zoom
        self.ascii_only = ascii_only
        self.figures: dict[int, Figure] = {}
        self.options: dict[str, Any] = {"columns": 40, "rows": 12, "offset": CellOffset(20, 3), "you": 1}
        self.happenings = [self.come] * 3 + [self.step] * 6 + [self.turn, self.leave, self.talk, self.move_view]
        self.happenings += [self.walk_about, self.toggle_names, self.be_somebody, self.resize]
        for _ in range(chance.randint(0, 30)):
            self.come()

    def new(self, number: int) -> Figure:
        chance = self.chance
        return Figure(
            number,
            chance.choice(NAMES),
            chance.choice(GLYPHS),
            chance.randint(0, 14),
            Point(chance.randint(8, 30), chance.randint(1, 18)),
            chance.choice(DIRECTIONS),
            chance.choice(tuple(Status)),
            *(chance.random() < 0.3 for _ in range(3)),
        )

    def some(self) -> list[Figure]:
        if not self.figures:
            return []
        return self.chance.choices(list(self.figures.values()), k=self.chance.choice((1, 1, 1, 2, 8)))

    def come(self) -> None:
        number = self.chance.randint(1, 60)
        self.figures[number] = self.new(number)

    def leave(self) -> None:
        for figure in self.some():
            self.figures.pop(figure.id, None)

    def step(self) -> None:
        for figure in self.some():
            way = self.chance.choice(DIRECTIONS)
            self.figures[figure.id] = figure._replace(position=figure.position.neighbour(way), facing=way)

    def turn(self) -> None:
        for figure in self.some():
            self.figures[figure.id] = figure._replace(facing=self.chance.choice(DIRECTIONS))

    def talk(self) -> None:
        for figure in self.some():
            self.figures[figure.id] = figure._replace(
                speaking=not figure.speaking, status=self.chance.choice(tuple(Status))
            )

    def move_view(self) -> None:
        x, y = self.options["offset"]
        self.options["offset"] = CellOffset(x + self.chance.randint(-4, 4), y + self.chance.randint(-2, 2))

    def walk_about(self) -> None:
        place = Point(self.chance.randint(8, 20), self.chance.randint(4, 14))
        self.options["earshot"] = self.chance.choice((earshot(OFFICE, place), None))

    def toggle_names(self) -> None:
        self.options["show_names"] = not self.options.get("show_names", True)

    def be_somebody(self) -> None:
        self.options["you"] = self.chance.randint(1, 60)

    def resize(self) -> None:
        self.options["columns"], self.options["rows"] = self.chance.randint(1, 45), self.chance.randint(1, 14)

    def paint(self, painter: MapPainter | None = None) -> Cells:
        if painter is None:
            painter = self.painter()
        return painter.paint(list(self.figures.values()), **self.options)

    def painter(self) -> MapPainter:
        return MapPainter(GROUNDS[self.zoom, self.ascii_only], DARK, zoom=self.zoom, ascii_only=self.ascii_only)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), zoom=st.sampled_from([1, 2]), ascii_only=st.booleans())
def test_what_is_kept_never_shows(seed: int, zoom: int, ascii_only: bool) -> None:
    scene = Scene(random.Random(seed), zoom, ascii_only)
    painter = scene.painter()
    for _ in range(25):
        scene.chance.choice(scene.happenings)()
        picture = scene.paint(painter)
        assert same(picture, scene.paint())
        codes = picture.codepoints
        assert codes.shape == (scene.options["rows"], scene.options["columns"])
        assert (codes[:, 0] != CONTINUATION).all(), "no half of a wide character"
        if ascii_only:
            wide = {ord(c) for name in (*NAMES, *GLYPHS) for c in name if ord(c) > 127}
            assert set(codes.ravel().tolist()) - wide <= set(range(127))
        # Whoever draws with it may spoil the picture.
        picture.codepoints[:] = picture.background[:] = 7
