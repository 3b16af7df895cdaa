"""The office from above."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from textual.geometry import Offset

from gathertui.protocol.presence import Avatar
from gathertui.render.cells import Cells
from gathertui.render.colour import mix_many
from gathertui.render.modes import ColourDepth
from gathertui.render.office.camera import Camera
from gathertui.render.office.figures import Figure
from gathertui.render.office.ground import paint_ground
from gathertui.render.office.mappaint import MapPainter
from gathertui.render.office.minimap import LEAST, MiniMap, should_show
from gathertui.render.office.viewport import ZOOMS, CellOffset, fitting_zoom, scroll_cells, tile_cells, tiles_in_view
from gathertui.render.palettes import Palette
from gathertui.terminal.canvas.widget import Canvas
from gathertui.ui.figures import Figures
from gathertui.ui.look import Look
from gathertui.ui.surroundings import Surroundings
from gathertui.ui.widgets.drawn import Drawn
from gathertui.world.geometry import Point, Rect, Size
from gathertui.world.tilemap import TileMap

DIMMED: Final = 0.62
"""How far the map fades into the background while there is no connection."""

SMALL_MAP_SHARE: Final = 3
"""The small map takes no more than this part of the view's columns, and of its rows."""


class SmallMap(Enum):
    """Whether the whole map shows in a corner, and why not."""

    HIDDEN = "hidden"
    SHOWN = "shown"
    NOT_NEEDED = "not needed"
    """All of it is in view."""
    NO_ROOM = "no room"


class Scene(NamedTuple):
    """What the map shows. In `next_in` seconds somebody is drawn elsewhere; None: nobody by time alone."""

    surroundings: Surroundings
    avatars: list[Avatar]
    names: bool
    dimmed: bool
    next_in: float | None
    speaking: frozenset[int] = frozenset()


class MapView(Drawn, Canvas, can_focus=True):
    """Shows the scene that `scene()` returns, None before there is one.

    `looked_at` is called with the part of the map that a picture shows: left, top,
    right and bottom in tiles, the last two excluded.

    While people walk it is painted anew when the next of them is due. Tiles are
    as large as shows the whole map, until somebody chooses otherwise.
    """

    DEFAULT_CSS = """
    MapView { width: 1fr; height: 1fr; background: $background; }
    """

    def __init__(
        self, look: Look, scene: Callable[[], Scene | None], looked_at: Callable[[int, int, int, int], None]
    ) -> None:
        super().__init__(look)
        self._scene = scene
        self._looked_at = looked_at
        self._figures = Figures()
        self._painter_of: tuple[TileMap, Palette, int] | None = None
        self._map_painter: MapPainter | None = None
        self._camera = Camera()
        self._chosen_zoom: int | None = None
        self._zoom = min(ZOOMS)
        self._wants_small_map = False
        self._small_map: tuple[tuple[TileMap, Palette, Size, bool], MiniMap] | None = None
        self._framed: tuple[int, int, int] | None = None
        self._offset: CellOffset | None = None
        self._standing: Point | None = None

    @property
    def offset_in_map(self) -> Point | None:
        """The tile at the top left corner, None before the first picture."""
        if self._offset is None:
            return None
        tile = tile_cells(self._zoom)
        return Point(self._offset.x // tile.width, self._offset.y // tile.height)

    @property
    def zoom(self) -> int:
        """How large the tiles are, one of `viewport.ZOOMS`."""
        return self._zoom

    def change_zoom(self) -> None:
        """Draw the tiles in the next size."""
        self._chosen_zoom = self._zoom = ZOOMS[(ZOOMS.index(self._zoom) + 1) % len(ZOOMS)]
        self.changed()

    def toggle_small_map(self) -> SmallMap:
        """Show the whole map small in a corner where there is reason and room for it, or no longer."""
        self._wants_small_map = not self._wants_small_map
        self.changed()
        scene = self._scene()
        if not self._wants_small_map or scene is None:
            return SmallMap.HIDDEN
        columns, rows = self.outer_size
        if should_show(columns, rows, scene.surroundings.tilemap.size, self._zoom):
            return SmallMap.SHOWN
        return SmallMap.NOT_NEEDED if columns >= LEAST.width and rows >= LEAST.height else SmallMap.NO_ROOM

    def redraw(self) -> None:
        """Draw everything anew, in other colours."""
        self.changed()

    def on_focus(self) -> None:
        """The terminal's own cursor goes where you stand."""
        self._place_cursor()

    def paint(self, now: float) -> Cells | None:
        """The scene as it is now."""
        scene = self._scene()
        if scene is None:
            return None
        columns, rows = self.outer_size
        tilemap = scene.surroundings.tilemap
        self._zoom = self._chosen_zoom or fitting_zoom(columns, rows, tilemap.size)
        painter = self._painter_for(tilemap)
        self._offset = self._look_at(scene.surroundings, now)
        around = scene.surroundings
        talking = {avatar.id for avatar in around.conversation}
        figures = self._figures.of(scene.avatars, you=around.you, speaking=scene.speaking, talking=talking)
        cells = painter.paint(
            figures,
            columns=columns,
            rows=rows,
            offset=self._offset,
            you=scene.surroundings.you,
            earshot=None if scene.dimmed else scene.surroundings.heard,
            show_names=scene.names,
        )
        if self._wants_small_map and should_show(columns, rows, tilemap.size, self._zoom):
            self._lay_small_map(cells, scene.surroundings, figures)
        if scene.dimmed:
            ground = self.look.palette.app
            cells.foreground[:] = mix_many(cells.foreground, ground, DIMMED)
            cells.background[:] = mix_many(cells.background, ground, DIMMED)
        self._place_cursor()
        if scene.next_in is not None:
            self.changes_at(now + scene.next_in)
        glides_on = self._camera.next_due()
        if glides_on is not None:
            self.changes_at(glides_on)
        return cells

    def _painter_for(self, tilemap: TileMap) -> MapPainter:
        palette, ascii_only = self.look.palette, self.look.ascii_only
        before = self._painter_of
        zoom = self._zoom
        if self._map_painter is None or before is None or before[2] != zoom or before[:2] != (tilemap, palette):
            ground = paint_ground(tilemap, palette, ascii_only=ascii_only, zoom=zoom)
            self._map_painter = MapPainter(ground, palette, zoom=zoom, ascii_only=ascii_only)
            self._painter_of = tilemap, palette, zoom
            if before is not None and (before[0] is not tilemap or before[2] != zoom):
                self._camera, self._framed = Camera(), None
        return self._map_painter

    def _lay_small_map(self, cells: Cells, around: Surroundings, figures: list[Figure]) -> None:
        """Lay the whole map, small, on a corner where you are not."""
        size = Size(cells.columns // SMALL_MAP_SHARE, cells.rows // SMALL_MAP_SHARE)
        # Half blocks say nothing without colours.
        ascii_only = self.look.ascii_only or self.depth is ColourDepth.MONO
        wanted = around.tilemap, self.look.palette, size, ascii_only
        if self._small_map is None or self._small_map[0] != wanted:
            small = MiniMap(wanted[0], wanted[1], columns=size.width, rows=size.height, ascii_only=ascii_only)
            self._small_map = wanted, small
        left, top, right, bottom = tiles_in_view(
            self._offset or CellOffset(0, 0), cells.columns, cells.rows, self._zoom
        )
        frame = Rect(left, top, right - left, bottom - top)
        yours = self._place_in_view(around.position)
        self._small_map[1].lay_on(cells, figures, you=around.you, frame=frame, avoid=yours.x)

    def _look_at(self, around: Surroundings, now: float) -> CellOffset:
        """Move the camera so that you stay in sight, and say which tiles show then."""
        columns, rows = self.outer_size
        camera = self._camera
        target = scroll_cells(camera.target, around.position, columns, rows, around.tilemap.size, self._zoom)
        if self._framed == (columns, rows, self._zoom):
            camera.aim(target, now)
        else:
            camera.jump(target)
            self._framed = columns, rows, self._zoom
        self._standing = around.position
        self._looked_at(*tiles_in_view(target, columns, rows, self._zoom))
        return camera.offset(now)

    def _place_cursor(self) -> None:
        if self.has_focus and self._standing is not None and self._offset is not None:
            self.app.cursor_position = self.region.offset + self._place_in_view(self._standing)

    def _place_in_view(self, tile: Point) -> Offset:
        """The first cell of a tile, in the widget; before the first picture, of any."""
        size, offset = tile_cells(self._zoom), self._offset or CellOffset(0, 0)
        return Offset(size.width * tile.x - offset.x, size.height * tile.y - offset.y)
