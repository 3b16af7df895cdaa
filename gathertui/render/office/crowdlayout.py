"""Where people, their names and their marks are drawn in a view, and how they look."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter
from typing import Final, Protocol

from gathertui.render.cells import clip_text, text_width
from gathertui.render.office.avatars import alike_colours, draw_label, draw_tile, dress_of, on_map
from gathertui.render.office.bigavatars import draw_big_tile, on_sprite
from gathertui.render.office.figures import Figure, marks_of
from gathertui.render.office.labels import Labeller
from gathertui.render.office.stamps import Overlay, Placed, Stamp
from gathertui.render.office.standing import Label, Standing
from gathertui.render.office.viewport import CellOffset, tile_cells
from gathertui.render.palettes import Palette

MAX_LABEL: Final = 16
"""Cells of a name on the map; longer ones are cut."""

FEW: Final = 8
"""So many people in view have their names shown without being asked."""

MANY: Final = 3
"""When more than one in so many people is new, to begin anew is quicker than to compare."""

_TOUCHING: Final = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
"""A tile itself and those it touches."""

_REMEMBERED: Final = 4096
"""Stamps that are kept for the next picture; with more than that all are forgotten."""


def names_fit(people: int) -> bool:
    """Whether so few people are in view that their names do not make it restless."""
    return people <= FEW


class View(Protocol):
    """What a layout asks about the view."""

    @property
    def offset(self) -> CellOffset:
        """The map's cell at the view's top left corner."""

    @property
    def columns(self) -> int:
        """Width in cells."""

    @property
    def rows(self) -> int:
        """Height in cells."""

    def is_busy(self, x: int, y: int, columns: int) -> bool:
        """Whether anything but plain floor lies in some cells of a row."""


class CrowdLayout:
    """Arranges the people of a view, and does only what is new since the picture before.

    You come first, then who is here, then who is away, each by id: in that
    order labels choose their room, and who comes first on a tile is named
    first. Who speaks gets no better place than before, so that labels stay
    where they are while people talk.
    """

    def __init__(self, palette: Palette, zoom: int, *, ascii_only: bool) -> None:
        self._palette = palette
        self._zoom = zoom
        self._tile = tile_cells(zoom)
        self._ascii_only = ascii_only
        self._alike = alike_colours(palette.people)
        self._tile_stamps: dict[object, Stamp] = {}
        self._label_stamps: dict[object, Stamp] = {}
        self._seen_from: tuple[object, ...] = ()
        self._begin(0, 0)

    def show(self, overlay: Overlay, figures: Iterable[Figure], view: View, you: int | None, *, names: bool) -> None:
        """Have the figures in the view, each with an id of its own, on the overlay.

        It is the same overlay every time; when the view has another size it may be a new one.
        """
        seen_from = (view.offset, view.columns, view.rows, you, names)
        here = list(figures)
        if seen_from != self._seen_from:
            self._seen_from = seen_from
            self._forget_view(overlay, view)
        came, gone = self._compare(here, view, you, names=names)
        if gone and len(came) * MANY > len(here):
            came, gone = self._begin_anew(overlay, view), []
        if came or gone:
            self._change(overlay, came, gone, view, you)

    def _forget_view(self, overlay: Overlay, view: View) -> None:
        overlay.clear()
        self._begin(view.columns, view.rows)

    def _begin(self, columns: int, rows: int) -> None:
        self._standing: dict[int, Standing] = {}
        self._by_tile: dict[tuple[int, int], list[Standing]] = {}
        self._labeller = Labeller(columns, rows, self._tile)
        self._on_tiles: dict[tuple[int, int], Placed] = {}
        self._on_labels: dict[tuple[int, int], Placed] = {}

    def _begin_anew(self, overlay: Overlay, view: View) -> list[Standing]:
        """As if everybody came just now."""
        everybody = self._standing
        self._forget_view(overlay, view)
        self._standing = everybody
        for one in everybody.values():
            one.forget()
        return [one for one in everybody.values() if one.is_near]

    def _compare(
        self, figures: Iterable[Figure], view: View, you: int | None, *, names: bool
    ) -> tuple[list[Standing], list[Standing]]:
        """Who stands there that didn't, and who did that doesn't: whoever changes leaves and comes."""
        before, now = self._standing, {}
        came, gone = [], []
        for figure in figures:
            number = figure[0]
            one = before.get(number)
            if one is None or (one.figure is not figure and one.figure != figure):
                if one is not None:
                    gone.append(one)
                one = self._stand(figure, view, is_you=number == you, names=names)
                came.append(one)
            now[number] = one
        if len(now) - len(came) != len(before) - len(gone):
            gone += [one for number, one in before.items() if number not in now]
        self._standing = now
        return [one for one in came if one.is_near], [one for one in gone if one.is_near]

    def _stand(self, figure: Figure, view: View, *, is_you: bool, names: bool) -> Standing:
        width, height = self._tile
        (left, top), columns, rows = view.offset, view.columns, view.rows
        x, y = figure.position[0] * width - left, figure.position[1] * height - top
        name, taken = _shown_name("you" if is_you else figure.name if names else "", self._ascii_only)
        order = (not is_you) << 41 | figure.away << 40 | figure.id
        one = Standing(figure, order, x, y, name, taken)
        one.shows = -width < x < columns and -height < y < rows
        # Somebody just outside has a colour that those at the edge are set off from.
        one.is_near = -2 * width < x < columns + width and -2 * height < y < rows + height
        if one.shows:
            self._labeller.watch(one)
        return one

    def _change(
        self, overlay: Overlay, came: list[Standing], gone: list[Standing], view: View, you: int | None
    ) -> None:
        tiles = self._regroup(came, gone)
        for one in gone:
            self._labeller.forget(one)
        if self._zoom > 1:
            self._split_marks(tiles)
        in_order = sorted((one for one in self._standing.values() if one.shows), key=_by_order)
        relabelled = self._labeller.arrange(in_order)
        for label in (*(one.label for one in gone), *(before for _, before in relabelled)):
            if label is not None:
                overlay.take_off(self._on_labels.pop((label.x, label.y)))
        # Who stands on a tile decides on the colours of those beside it.
        touching = {(x + dx, y + dy) for x, y in tiles for dx, dy in _TOUCHING}
        touching.update(one.tile for one, _ in relabelled)
        self._stamp_tiles(overlay, touching)
        for one, _ in relabelled:
            label = one.label
            if label is not None:
                plate = view.is_busy(label.x, label.y, label.width)
                placed = Placed(label.x, label.y, self._label_stamp(one, label, one.figure.id == you, plate))
                self._on_labels[label.x, label.y] = placed
                overlay.put_on(placed)

    def _stamp_tiles(self, overlay: Overlay, tiles: Iterable[tuple[int, int]]) -> None:
        """Draw who is on these tiles now."""
        new = []
        for tile in tiles:
            group = self._by_tile.get(tile)
            stamp = self._tile_stamp(group) if group is not None and group[0].shows else None
            before = self._on_tiles.get(tile)
            if before is not None and before.stamp is not stamp:
                overlay.take_off(self._on_tiles.pop(tile))
                before = None
            if before is None and group is not None and stamp is not None:
                self._on_tiles[tile] = placed = Placed(group[0].x, group[0].y, stamp)
                new.append(placed)
        for placed in new:
            overlay.put_on(placed)

    def _regroup(self, came: list[Standing], gone: list[Standing]) -> set[tuple[int, int]]:
        """Take some people off their tiles and put others on theirs; the tiles concerned."""
        for one in gone:
            group = self._by_tile[one.tile]
            group.remove(one)
            if not group:
                del self._by_tile[one.tile]
                if one.shows:
                    self._labeller.leave(one)
        for one in came:
            beside = self._by_tile.setdefault(one.tile, [])
            if not beside and one.shows:
                self._labeller.enter(one)
            beside.append(one)
            beside.sort(key=_by_order)
        return {one.tile for one in (*gone, *came)}

    def _split_marks(self, tiles: Iterable[tuple[int, int]]) -> None:
        """Put the marks of everybody who has a tile for themselves on their sprite, as far as there is room."""
        for tile in tiles:
            group = self._by_tile.get(tile, ())
            for one in group:
                marks = marks_of(one.figure)
                beside, rest = on_sprite(marks) if len(group) == 1 else ((), marks)
                if rest != one.marks:
                    self._labeller.forget(one)
                one.beside, one.marks = beside, rest

    def _tile_stamp(self, group: list[Standing]) -> Stamp:
        """The picture of those who stand on one tile; of more than two the first and how many they are."""
        shaded = self._is_shaded(group)
        dresses = [dress_of(one.figure, shaded=shaded) for one in group[:2]]
        if len(group) > 1 and self._melt(group[0].figure, group[1].figure):
            dresses[1] = dresses[1]._replace(shaded=not shaded)
        marks = next((one.beside or one.badges for one in group if one.beside or one.badges), ())
        key = (*dresses, len(group), marks)
        stamp = self._tile_stamps.get(key)
        if stamp is None:
            draw = draw_tile if self._zoom == 1 else draw_big_tile
            stamp = draw(self._palette, dresses, len(group), marks, ascii_only=self._ascii_only)
            _remember(self._tile_stamps, key, stamp)
        return stamp

    def _is_shaded(self, group: list[Standing]) -> bool:
        """Whether this tile is the one to be set off, of two that melt together: every other, as on a chessboard."""
        x, y = group[0].tile
        if not (x + y) & 1:
            return False
        beside = [one.figure for dx, dy in _TOUCHING[1:] for one in self._by_tile.get((x + dx, y + dy), ())[:2]]
        return any(self._melt(one.figure, other) for one in group[:2] for other in beside)

    def _melt(self, one: Figure, other: Figure) -> bool:
        """Whether two people who touch would look like one."""
        if one.away or other.away:
            return one.away and other.away
        count = len(self._alike)
        return other.colour % count in self._alike[one.colour % count]

    def _label_stamp(self, one: Standing, label: Label, is_you: bool, plate: bool) -> Stamp:
        colour = self._palette.you if is_you else self._palette.person(one.figure.colour)
        key = (label[3:], colour, plate)
        stamp = self._label_stamps.get(key)
        if stamp is None:
            stamp = draw_label(self._palette, label, colour, plate=plate, ascii_only=self._ascii_only)
            _remember(self._label_stamps, key, stamp)
        return stamp


_by_order = attrgetter("order")


@lru_cache(maxsize=2048)
def _shown_name(name: str, ascii_only: bool) -> tuple[str, int]:
    """A name as a label shows it, and how many cells it takes."""
    shown = clip_text(on_map(name, ascii_only=ascii_only), MAX_LABEL, "~" if ascii_only else "…")
    return shown, text_width(shown)


def _remember(stamps: dict[object, Stamp], key: object, stamp: Stamp) -> None:
    if len(stamps) >= _REMEMBERED:
        stamps.clear()
    stamps[key] = stamp
