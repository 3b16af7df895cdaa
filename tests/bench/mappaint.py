"""What it costs to paint the map.

Prints one line of JSON a figure: milliseconds of processor time on one core, the
median and the least of many pictures. `paint_ms` is the painting alone, `all_ms`
that, the comparison with what the terminal shows and the encoding; `bytes` are
what the terminal is sent. The view has 120 by 40 cells and 100 people who were
put there at random.

step: one of the others is somewhere else. own step: you are, and so is the light,
while the map stays. scroll: the map moves by a tile, with everything on it.
everybody: all of them take a step.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from statistics import median

from gathertui.maplocator import bundled_map
from gathertui.render.encode import encode
from gathertui.render.encode.shadow import Shadow
from gathertui.render.office.figures import Figure
from gathertui.render.office.light import light_of
from gathertui.render.office.mappaint import MapPainter, paint_ground
from gathertui.render.office.minimap import MiniMap
from gathertui.render.office.viewport import ZOOMS, CellOffset
from gathertui.render.palettes import DARK
from gathertui.world.geometry import DIRECTIONS, Rect
from gathertui.world.hearing import REACH, earshot
from gathertui.world.mapfile import load_map
from gathertui.world.movement import destination

COLUMNS, ROWS = 120, 40
PEOPLE = 100
YOU = 1
PICTURES = 400
SEED = 5

OFFICE = load_map(bundled_map("office"))


def spent(work: Callable[[], object]) -> float:
    """Return the milliseconds of processor time that the work takes."""
    begin = time.thread_time()
    work()
    return (time.thread_time() - begin) * 1000


def report(figure: str, zoom: int, **columns: Sequence[float]) -> None:
    """Print one line, with the median and the least of each column."""
    numbers = {}
    for name, values in columns.items():
        numbers[name] = round(median(values), 3)
        numbers[f"{name}_min"] = round(min(values), 3)
    print(json.dumps({"figure": figure, "zoom": zoom, **numbers}), flush=True)


class Walk:
    """A view with people in it who take steps, and the pictures of it."""

    def __init__(self, zoom: int) -> None:
        self._painter = MapPainter(paint_ground(OFFICE, DARK, zoom=zoom), DARK, zoom=zoom)
        self._shadow = Shadow(COLUMNS, ROWS)
        self._zoom = zoom
        self._chance = random.Random(SEED)
        tiles = [tile for tile in Rect(0, 0, COLUMNS // (2 * zoom), ROWS // zoom).points() if OFFICE.is_open(tile)]
        self.people = [
            Figure(number, f"person-{number}", f"{number:02}", number, tile, self._chance.choice(DIRECTIONS))
            for number, tile in enumerate(self._chance.choices(tiles, k=PEOPLE), start=1)
        ]
        self._heard = earshot(OFFICE, self.people[0].position)
        self.column = 0

    def measure(self, figure: str, change: Callable[[int], None]) -> None:
        """Paint after each change, and report."""
        painting, everything, sizes = [], [], []
        for number in range(PICTURES):
            change(number)
            painting.append(spent(self.paint))
            everything.append(painting[-1] + spent(self.send))
            sizes.append(self._sent)
        report(figure, self._zoom, paint_ms=painting, all_ms=everything, bytes=sizes)

    def paint(self) -> None:
        """Paint the view."""
        self._picture = self._painter.paint(
            self.people,
            columns=COLUMNS,
            rows=ROWS,
            offset=CellOffset(2 * self._zoom * self.column, 0),
            you=YOU,
            earshot=self._heard,
        )

    def send(self) -> None:
        """Compare with what the terminal shows, and encode."""
        differs = self._shadow.differs(self._picture)
        self._sent = len(encode(self._picture, differs))
        self._shadow.record(self._picture, differs)

    def step(self, index: int) -> None:
        """Let one person take a step; the first is you, who hears from there."""
        figure = self.people[index]
        there = None
        while there is None:
            way = self._chance.choice(DIRECTIONS)
            there = destination(OFFICE, figure.position, way)
        self.people[index] = figure._replace(position=there, facing=way)
        if index == 0:
            self._heard = earshot(OFFICE, there)

    def scroll(self, number: int) -> None:
        """Move the map by a tile, to and fro."""
        self.column = min(number % 20, -number % 20)

    def everybody(self, _: int) -> None:
        """Let everybody but you take a step."""
        for index in range(1, PEOPLE):
            self.step(index)


def measure_zoom(zoom: int) -> None:
    """Measure a walk at one zoom, and what is painted rarely."""
    walk = Walk(zoom)
    walk.paint()
    walk.send()
    walk.measure("nothing new", lambda _: None)
    walk.measure("step", lambda number: walk.step(1 + number % (PEOPLE - 1)))
    walk.measure("own step", lambda _: walk.step(0))
    walk.measure("scroll", walk.scroll)
    walk.measure("everybody", walk.everybody)
    heard = earshot(OFFICE, walk.people[0].position)
    report("light", zoom, paint_ms=[spent(lambda: light_of(heard, REACH, zoom)) for _ in range(PICTURES)])
    report("ground", zoom, paint_ms=[spent(lambda: paint_ground(OFFICE, DARK, zoom=zoom)) for _ in range(50)])
    small = MiniMap(OFFICE, DARK, columns=COLUMNS // 3, rows=ROWS // 3)
    frame = Rect(0, 0, COLUMNS // (2 * zoom), ROWS // zoom)
    painting = [spent(lambda: small.paint(walk.people, you=YOU, frame=frame)) for _ in range(PICTURES)]
    report("mini-map", zoom, paint_ms=painting)


def main() -> None:
    """Measure and print."""
    for zoom in ZOOMS:
        measure_zoom(zoom)


if __name__ == "__main__":
    main()
