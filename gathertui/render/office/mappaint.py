"""Paints views of the office: the ground with its light, the people on it and their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from gathertui.render.cells import Cells
from gathertui.render.office.avatars import AWAY_STRENGTH
from gathertui.render.office.backdrop import Backdrop
from gathertui.render.office.crowdlayout import CrowdLayout
from gathertui.render.office.figures import Figure, figure_of
from gathertui.render.office.ground import paint_ground
from gathertui.render.office.stamps import Overlay
from gathertui.render.office.viewport import CellOffset
from gathertui.render.palettes import Palette
from gathertui.world.geometry import Point
from gathertui.world.hearing import REACH
from gathertui.world.room import Avatar

__all__ = ["AWAY_STRENGTH", "MapPainter", "compose_view", "paint_ground"]


class MapPainter:
    """Paints one view of a map again and again, and each time does only what is new.

    `ground` comes from `paint_ground` with the same palette, zoom and
    `ascii_only`; painters may share it. What is painted never depends on what
    was painted before.
    """

    def __init__(self, ground: Cells, palette: Palette, *, zoom: int = 1, ascii_only: bool = False) -> None:
        self.zoom = zoom
        self._backdrop = Backdrop(ground, palette, zoom)
        self._layout = CrowdLayout(palette, zoom, ascii_only=ascii_only)
        self._overlay = Overlay(0, 0)
        self._picture = Cells(0, 0)

    def paint(
        self,
        figures: Iterable[Figure],
        *,
        columns: int,
        rows: int,
        offset: CellOffset,
        you: int | None = None,
        earshot: Mapping[Point, int] | None = None,
        reach: int = REACH,
        show_names: bool = True,
    ) -> Cells:
        """The view of `columns` by `rows` cells that begins at the map's cell `offset`.

        `earshot` (tile to walking distance, `reach` at most) is lit. Without
        `show_names` people have a label only for their marks, and you for
        yourself. The picture belongs to the painter: the next one takes its
        place, whatever was done to it meanwhile.
        """
        if (self._picture.columns, self._picture.rows) != (columns, rows):
            self._picture = Cells(columns, rows)
            self._overlay = Overlay(columns, rows)
        base = self._backdrop.paint(columns, rows, offset, earshot or {}, reach)
        self._layout.show(self._overlay, figures, self._backdrop, you, names=show_names)
        self._overlay.lay_on(base, self._picture)
        return self._picture


def compose_view(
    ground: Cells,
    palette: Palette,
    *,
    columns: int,
    rows: int,
    offset: Point,
    avatars: Iterable[Avatar],
    you: int | None = None,
    earshot: Mapping[Point, int] | None = None,
    speaking: AbstractSet[int] = frozenset(),
    show_names: bool = True,
    ascii_only: bool = False,
    zoom: int = 1,
) -> Cells:
    """One view, painted from scratch, of `columns` by `rows` cells; its top left corner is the tile `offset`.

    `ground` comes from `paint_ground`, and so do `zoom` and `ascii_only`. `you`
    and `speaking` are avatar ids. For the rest see `MapPainter.paint`.
    """
    return MapPainter(ground, palette, zoom=zoom, ascii_only=ascii_only).paint(
        [figure_of(avatar, speaking=avatar.id in speaking) for avatar in avatars],
        columns=columns,
        rows=rows,
        offset=CellOffset(2 * zoom * offset.x, zoom * offset.y),
        you=you,
        earshot=earshot,
        show_names=show_names,
    )
