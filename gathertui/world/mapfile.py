"""Reads a map file: one TOML document with a drawing in it.

    title = "Den"              what people see, 1 to 60 characters
    tags = ["small"]           optional, for choosing among maps
    ground = "stone"           optional: what lies where no area says otherwise
    grid = '''                 the drawing, a character a tile
    ...
    '''
    [legend]                   character -> look, or a table {look, solid, soundproof, name}
    [areas.NAME]               title, ground, and where it is: marker or rectangles
    [spawns.NAME]              marker: where people come in

A marker is a character that stands on plain floor. An area's marker claims all
that walls and doors enclose around it; `rectangles`, lists of x, y, width and
height counted from 0, are laid over that. `docs/maps.md` is the guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gathertui.errors import MapError
from gathertui.world.geometry import Direction, Point, Rect, Size
from gathertui.world.looks import GROUNDS, STANDARD_KINDS, TileKind
from gathertui.world.mapdocument import Table, check_glyph, grid_line, nearest, parse_toml
from gathertui.world.tilemap import NO_AREA, Area, Spawn, TileMap

MAX_SIDE = 512
MAX_KINDS = 200
MAX_AREAS = 200
MAX_RECTANGLES = 50
MAX_SPAWNS = 50
MAX_TAGS = 10


class _AreaPlan(NamedTuple):
    """An area as the file describes it; `marker` is empty when it has only rectangles."""

    area: Area
    marker: str
    rectangles: tuple[Rect, ...]
    path: str


class _Drawing(NamedTuple):
    """The grid's rows and where in the file they are, for messages."""

    rows: tuple[str, ...]
    first_line: int

    @property
    def size(self) -> Size:
        return Size(len(self.rows[0]), len(self.rows))

    def find(self, glyph: str) -> list[Point]:
        """Where a glyph stands, row by row."""
        return [Point(x, y) for y, row in enumerate(self.rows) for x, here in enumerate(row) if here == glyph]

    def error(self, point: Point, message: str, hint: str = "") -> MapError:
        """A `MapError` that points at a tile of the drawing."""
        return MapError(message, hint, line=self.first_line + point.y, column=point.x + 1)


def load_map(data: bytes) -> TileMap:
    """The map in the file's bytes. Raises `MapError`, which says where the file is wrong and what to do."""
    text, document = parse_toml(data)
    root = Table(document)
    root.allow("title", "tags", "ground", "grid", "legend", "areas", "spawns")
    title = root.title("title")
    tags = root.names("tags", MAX_TAGS)
    ground = root.choice("ground", GROUNDS, "stone")
    legend = _read_legend(root.table("legend", MAX_KINDS))
    plans = _read_areas(root.table("areas", MAX_AREAS))
    entrances = _read_spawns(root.table("spawns", MAX_SPAWNS))
    drawing = _read_grid(root, text)

    markers = _collect_markers(legend, plans, entrances)
    kinds, kind_numbers = _number_tiles(drawing, legend, markers)
    tilemap = TileMap(
        size=drawing.size,
        kinds=kinds,
        kind_numbers=kind_numbers,
        areas=[plan.area for plan in plans],
        area_numbers=_place_areas(drawing, plans, kinds, kind_numbers),
        spawns=[Spawn(name, _marked(drawing, marker, f"spawns.{name}")) for name, marker in entrances.items()],
        ground=ground,
        title=title,
        tags=tags,
    )
    _check_reachable(tilemap, drawing)
    return tilemap


def _read_legend(legend: Table) -> dict[str, TileKind]:
    kinds: dict[str, TileKind] = {}
    for glyph, value in legend.items():
        path = legend.at(glyph)
        check_glyph(glyph, path)
        if isinstance(value, str):
            if value not in STANDARD_KINDS:
                raise MapError(f"{path}: there is no look {value!r}.", nearest(value, STANDARD_KINDS))
            kinds[glyph] = STANDARD_KINDS[value]
        elif isinstance(value, dict):
            entry = Table(value, path)
            entry.allow("look", "name", "solid", "soundproof")
            standard = STANDARD_KINDS[entry.choice("look", STANDARD_KINDS)]
            kinds[glyph] = TileKind(
                name=entry.title("name", standard.name),
                look=standard.look,
                solid=entry.flag("solid", standard.solid),
                soundproof=entry.flag("soundproof", standard.soundproof),
            )
        else:
            raise MapError(f"{path}: a look in quotes is wanted here, or a table with a look.")
    if STANDARD_KINDS["floor"] not in kinds.values():
        raise MapError(
            "legend: no glyph means plain floor, and markers stand on it.", 'Add one, such as " " = "floor".'
        )
    return kinds


def _read_areas(areas: Table) -> list[_AreaPlan]:
    plans = []
    for name, entry in areas.named_tables():
        entry.allow("title", "ground", "marker", "rectangles")
        if "marker" not in entry and "rectangles" not in entry:
            raise MapError(f"{entry.path}: nothing says where this area is.", "Give it a marker or rectangles.")
        rectangles = entry.numbers("rectangles")
        if len(rectangles) > MAX_RECTANGLES or any(len(numbers) != 4 for numbers in rectangles):
            raise MapError(
                f"{entry.at('rectangles')}: up to {MAX_RECTANGLES} rectangles are wanted, each [x, y, width, height]."
            )
        plans.append(
            _AreaPlan(
                area=Area(name, entry.title("title"), entry.choice("ground", GROUNDS, "stone")),
                marker=entry.glyph("marker") if "marker" in entry else "",
                rectangles=tuple(Rect(*numbers) for numbers in rectangles),
                path=entry.path,
            )
        )
    return plans


def _read_spawns(spawns: Table) -> dict[str, str]:
    entrances: dict[str, str] = {}
    for name, entry in spawns.named_tables():
        entry.allow("marker")
        entrances[name] = entry.glyph("marker")
    if not entrances:
        raise MapError(
            "spawns: nobody could enter this map.",
            'Add [spawns.entrance] with marker = "@", and draw @ where people come in.',
        )
    return entrances


def _read_grid(root: Table, text: str) -> _Drawing:
    rows = root.text("grid").removesuffix("\n").split("\n")
    first_line = grid_line(text, rows)
    width = len(rows[0])
    if not 1 <= width <= MAX_SIDE or len(rows) > MAX_SIDE:
        raise MapError(
            f"the grid is {width}×{len(rows)} tiles; 1×1 to {MAX_SIDE}×{MAX_SIDE} are allowed.", line=first_line
        )
    for line, row in enumerate(rows, start=first_line):
        if "\t" in row:
            raise MapError("a tab in the grid.", "Use spaces.", line=line, column=row.index("\t") + 1)
        if len(row) != width:
            raise MapError(
                f"this row has {len(row)} tiles, the first has {width}.",
                "Make all rows equally long; an editor may have cut spaces at the end.",
                line=line,
                column=min(len(row), width) + 1,
            )
    return _Drawing(tuple(rows), first_line)


def _collect_markers(legend: Mapping[str, TileKind], plans: list[_AreaPlan], entrances: Mapping[str, str]) -> set[str]:
    """Every marker in use. Each means one thing, and none of them is in the legend."""
    meanings: dict[str, str] = {}
    claims = [(plan.marker, plan.path) for plan in plans if plan.marker]
    claims += [(marker, f"spawns.{name}") for name, marker in entrances.items()]
    for marker, path in claims:
        if marker in legend:
            raise MapError(f"{path}.marker: {marker!r} is in the legend already.", "Choose another character.")
        if marker in meanings:
            raise MapError(f"{path}.marker: {marker!r} already marks {meanings[marker]}.", "Choose another character.")
        meanings[marker] = path
    return set(meanings)


def _number_tiles(
    drawing: _Drawing, legend: Mapping[str, TileKind], markers: set[str]
) -> tuple[tuple[TileKind, ...], bytes]:
    kinds = tuple(dict.fromkeys(legend.values()))
    numbers = {glyph: kinds.index(kind) for glyph, kind in legend.items()}
    floor = kinds.index(STANDARD_KINDS["floor"])
    numbers |= dict.fromkeys(markers, floor)
    tiles = bytearray()
    for y, row in enumerate(drawing.rows):
        for x, glyph in enumerate(row):
            if glyph not in numbers:
                raise drawing.error(
                    Point(x, y), f"{glyph!r} is not in the legend.", "Add it to [legend], or draw something else here."
                )
            tiles.append(numbers[glyph])
    return kinds, bytes(tiles)


def _marked(drawing: _Drawing, marker: str, path: str) -> tuple[Point, ...]:
    tiles = tuple(drawing.find(marker))
    if not tiles:
        raise MapError(f"{path}.marker: {marker!r} is nowhere in the grid.", "Draw it where it belongs.")
    return tiles


def _place_areas(drawing: _Drawing, plans: list[_AreaPlan], kinds: tuple[TileKind, ...], tiles: bytes) -> bytes:
    """An area number for every tile: what markers enclose, and the rectangles laid over it."""
    size = drawing.size
    divides = [kinds[number].divides for number in tiles]
    enclosed = bytearray(len(tiles))
    for number, plan in enumerate(plans, start=1):
        if plan.marker:
            _flood(drawing, plans, number, divides, enclosed)
    result = bytearray(enclosed)
    laid = bytearray(len(tiles))
    for number, plan in enumerate(plans, start=1):
        for index, rect in enumerate(plan.rectangles):
            path = f"{plan.path}.rectangles[{index}]"
            inside = rect.x >= 0 and rect.y >= 0 and rect.width > 0 and rect.height > 0
            if not inside or rect.x + rect.width > size.width or rect.y + rect.height > size.height:
                raise MapError(f"{path}: it must lie on the map, which has {size.width}×{size.height} tiles.")
            for x, y in rect.points():
                at = y * size.width + x
                if laid[at] not in (NO_AREA, number):
                    raise drawing.error(Point(x, y), f"{path} overlaps {plans[laid[at] - 1].path} here.")
                laid[at] = result[at] = number
    return bytes(result)


def _flood(drawing: _Drawing, plans: list[_AreaPlan], number: int, divides: list[bool], areas: bytearray) -> None:
    """Give `number` to all that is enclosed with the area's markers."""
    width, height = drawing.size
    plan = plans[number - 1]
    frontier = list(_marked(drawing, plan.marker, plan.path))
    while frontier:
        point = frontier.pop()
        x, y = point
        if not (0 <= x < width and 0 <= y < height) or divides[y * width + x] or areas[y * width + x] == number:
            continue
        other = areas[y * width + x]
        if other != NO_AREA:
            raise drawing.error(
                point,
                f"{plan.path} and {plans[other - 1].path} run into each other here.",
                "Part them by walls and doors, or use rectangles for one of them.",
            )
        areas[y * width + x] = number
        frontier += [point.neighbour(direction) for direction in Direction]


def _check_reachable(tilemap: TileMap, drawing: _Drawing) -> None:
    """Raise at the first open tile of an area that nobody can walk to."""
    frontier = [tile for spawn in tilemap.spawns for tile in spawn.tiles]
    reached = set(frontier)
    while frontier:
        point = frontier.pop()
        for direction in Direction:
            there = point.neighbour(direction)
            if there not in reached and tilemap.is_open(there):
                reached.add(there)
                frontier.append(there)
    for y in range(tilemap.height):
        for x in range(tilemap.width):
            point = Point(x, y)
            area = tilemap.area_at(point)
            if area is not None and tilemap.is_open(point) and point not in reached:
                raise drawing.error(
                    point,
                    f"nobody can walk from a spawn to this tile of areas.{area.name}.",
                    "Leave a way in, or draw something solid here.",
                )
