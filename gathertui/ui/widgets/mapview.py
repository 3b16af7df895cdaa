"""The office from above."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from textual import events
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.timer import Timer

from gathertui.protocol.presence import Avatar
from gathertui.render.cells import CONTINUATION, Cells
from gathertui.render.colour import mix_many
from gathertui.render.mappaint import compose_view, paint_ground
from gathertui.render.palettes import Palette
from gathertui.render.viewport import scroll
from gathertui.ui.look import Look
from gathertui.ui.strips import strip_of_cells
from gathertui.ui.surroundings import Surroundings, drawn_avatar
from gathertui.ui.widgets.drawn import Drawn
from gathertui.world.geometry import Point, Size
from gathertui.world.tilemap import TileMap

FRAME_SECONDS: Final = 1 / 30
"""No two pictures come closer to each other than this."""

DIMMED: Final = 0.62
"""How far the map fades into the background while there is no connection."""


class Scene(NamedTuple):
    """What the map shows. In `next_in` seconds somebody is drawn elsewhere; None: nobody by time alone."""

    surroundings: Surroundings
    avatars: list[Avatar]
    names: bool
    dimmed: bool
    next_in: float | None


class MapView(Drawn, can_focus=True):
    """Shows the scene that `scene()` returns, None before there is one.

    `looked_at` is called with the part of the map that a picture shows: left, top,
    right and bottom in tiles, the last two excluded.

    The picture is a buffer of cells; only rows that differ from what was drawn
    before become strips and are repainted. A first change is drawn at once, those
    that follow it together with the next frame, and while people walk a frame when it is due.
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
        self._cells: Cells | None = None
        self._strips: list[Strip] = []
        self._ground: tuple[TileMap, Palette, Cells] | None = None
        self._offset: Point | None = None
        self._standing: Point | None = None
        self._next_frame = 0.0
        self._timer: Timer | None = None
        self._timer_due = 0.0

    @property
    def cells(self) -> Cells | None:
        """The picture as it is shown, None before the first one."""
        return self._cells

    @property
    def offset_in_map(self) -> Point | None:
        """The tile at the top left corner, None before the first picture."""
        return self._offset

    def changed(self) -> None:
        """Something in the scene is different: draw it now, or with the next frame."""
        if time.monotonic() >= self._next_frame:
            self._draw()
        else:
            self._draw_at(self._next_frame)

    def redraw(self) -> None:
        """Draw everything anew, in other colours or another size."""
        self._cells = None
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Another part of the map fits."""
        self.redraw()

    def on_focus(self) -> None:
        """The terminal's own cursor goes where you stand."""
        self._place_cursor()

    def render_line(self, y: int) -> Strip:
        """Textual's way to ask for a line."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self.rich_style)

    def _draw_at(self, due: float) -> None:
        """Draw then, by one timer, unless that rings earlier anyhow."""
        if self._timer is not None:
            if self._timer_due <= due:
                return
            self._timer.stop()
        self._timer_due = due
        self._timer = self.set_timer(max(0.001, due - time.monotonic()), self._draw)

    def _draw(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        columns, rows = self.size
        scene = self._scene()
        if scene is None or not columns or not rows:
            return
        now = time.monotonic()
        self._next_frame = now + FRAME_SECONDS
        if scene.next_in is not None:
            self._draw_at(max(self._next_frame, now + scene.next_in))
        cells = self._paint(scene, columns, rows)
        before, self._cells = self._cells, cells
        self._place_cursor()
        if before is None or before.codepoints.shape != cells.codepoints.shape:
            self._strips = [strip_of_cells(cells, row) for row in range(rows)]
            self.refresh()
            return
        regions = changed_regions(before, cells)
        for region in regions:
            self._strips[region.y] = strip_of_cells(cells, region.y)
        if regions:
            self.refresh(*regions)

    def _paint(self, scene: Scene, columns: int, rows: int) -> Cells:
        around, palette = scene.surroundings, self.look.palette
        tilemap = around.tilemap
        if self._ground is None or self._ground[0] is not tilemap or self._ground[1] is not palette:
            ground = paint_ground(tilemap, palette, ascii_only=self.look.ascii_only)
            if self._ground is not None and self._ground[0] is not tilemap:
                self._offset = None
            self._ground = (tilemap, palette, ground)
        self._offset = scroll(self._offset, around.position, Size(columns // 2, rows), tilemap.size)
        left, top = self._offset
        self._standing = around.position
        self._looked_at(left, top, left + columns // 2 + 1, top + rows)
        cells = compose_view(
            self._ground[2],
            palette,
            columns=columns,
            rows=rows,
            offset=self._offset,
            avatars=[drawn_avatar(avatar) for avatar in scene.avatars],
            you=around.you,
            earshot=None if scene.dimmed else around.heard,
            show_names=scene.names,
            ascii_only=self.look.ascii_only,
        )
        if scene.dimmed:
            cells.foreground[:] = mix_many(cells.foreground, palette.app, DIMMED)
            cells.background[:] = mix_many(cells.background, palette.app, DIMMED)
        return cells

    def _place_cursor(self) -> None:
        if not self.has_focus or self._standing is None or self._offset is None:
            return
        x, y = self._standing
        place = Offset(2 * (x - self._offset.x), y - self._offset.y)
        self.app.cursor_position = self.region.offset + place


def changed_regions(before: Cells, after: Cells) -> list[Region]:
    """The rows, each from its first to its last cell that differs, in pictures of one size."""
    differs = (
        (before.codepoints != after.codepoints)
        | (before.foreground != after.foreground)
        | (before.background != after.background)
        | (before.attributes != after.attributes)
    )
    return [_span(before, after, differs[row], row) for row in np.flatnonzero(differs.any(axis=1)).tolist()]


def _span(before: Cells, after: Cells, differs: NDArray[np.bool_], row: int) -> Region:
    columns = np.flatnonzero(differs)
    left, right = int(columns[0]), int(columns[-1]) + 1
    # Neither end may lie between the halves of a wide character.
    for codes in (before.codepoints[row], after.codepoints[row]):
        if left > 0 and codes[left] == CONTINUATION:
            left -= 1
        if right < len(codes) and codes[right] == CONTINUATION:
            right += 1
    return Region(left, row, right - left, 1)
