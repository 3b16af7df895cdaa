"""Finds room for the names over people's heads.

Who comes first chooses first, and nobody's label depends on people further away
than labels reach: so a label stays where it is until somebody comes near it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gathertui.render.cells import clip_text, text_width
from gathertui.render.office.figures import Mark
from gathertui.render.office.standing import Label, Standing
from gathertui.world.geometry import Size

_MARGIN: Final = 8
"""Columns left of the view, and rows above it, that are kept track of too: sprites begin there."""


def span_of(first: int, count: int) -> int:
    """Some columns of a row, or some rows, as a whole number with a bit each."""
    return ((1 << count) - 1) << (first + _MARGIN)


class LabelSpace:
    """Which cells of a view of `columns` by `rows` cells are free for labels.

    A row is one whole number with a bit a cell: to ask for a span of cells is to shift and to mask.
    """

    __slots__ = ("_columns", "_rows", "_taken")

    def __init__(self, columns: int, rows: int) -> None:
        self._columns = columns
        self._rows = rows
        self._taken = [0] * rows

    def occupy(self, x: int, y: int, columns: int, rows: int = 1) -> None:
        """Keep labels off these cells; they may lie partly outside the view, by `_MARGIN` at most."""
        span = span_of(x, columns)
        for row in range(max(0, y), min(y + rows, self._rows)):
            self._taken[row] |= span

    def occupy_span(self, row: int, span: int) -> None:
        """Keep labels off a span of a row of the view, as `span_of` makes them."""
        self._taken[row] |= span

    def vacate(self, x: int, y: int, columns: int, rows: int = 1) -> None:
        """Give these cells free again."""
        span = span_of(x, columns)
        for row in range(max(0, y), min(y + rows, self._rows)):
            self._taken[row] &= ~span

    def copy(self) -> LabelSpace:
        """A space in which the same is taken."""
        other = LabelSpace(self._columns, 0)
        other._rows, other._taken = self._rows, self._taken.copy()
        return other

    def overlaps(self, x: int, y: int, columns: int, rows: int) -> bool:
        """Whether any of these cells is taken; they may lie outside the view."""
        left = max(0, x + _MARGIN)
        span = (1 << max(0, x + _MARGIN + columns - left)) - 1
        return any(taken >> left & span for taken in self._taken[max(0, y) : max(0, y + rows)])

    def is_free(self, x: int, y: int, width: int) -> bool:
        """Whether a label fits there: inside the view, with a free cell at either end."""
        if not (0 <= y < self._rows and x >= 0 and x + width <= self._columns):
            return False
        return not self._taken[y] >> (x + _MARGIN - 1) & (4 << width) - 1

    def place(self, x: int, y: int, columns: int, rows: int, width: int) -> tuple[int, int] | None:
        """Take room for a label of `width` cells for the sprite at (x, y) of `columns` by `rows` cells.

        Where it begins, or None where there is no room: above, below, right or left of the sprite. Above and
        below it slides along the view's edges.
        """
        centred = min(max(0, x + columns // 2 - width // 2), max(0, self._columns - width))
        # A cell stays free: a label beside its own sprite must not touch it.
        for place in ((centred, y - 1), (centred, y + rows), (x + columns + 1, y), (x - 1 - width, y)):
            if self.is_free(*place, width):
                self._taken[place[1]] |= span_of(place[0], width)
                return place
        return None

    def lengthen(self, x: int, y: int, width: int, by: int) -> int | None:
        """Make a label that was placed at (x, y) longer by some cells, at its right or else at its left end.

        Where it begins now, or None when neither side has room.
        """
        taken = self._taken[y]
        if x + width + by <= self._columns and not taken >> (x + width + _MARGIN) & (2 << by) - 1:
            self._taken[y] |= span_of(x + width, by)
            return x
        if x >= by and not taken >> (x - by - 1 + _MARGIN) & (2 << by) - 1:
            self._taken[y] |= span_of(x - by, by)
            return x - by
        return None


class Labeller:
    """Places the names and the marks of everybody in a view, and again where something changed.

    Names are placed before marks are, so that they stay where they are while
    people talk; and every mark finds a place: beside the name, else over its
    end, or alone where no name is, else on the person.

    The outcome is what placing everybody anew would give. Each choice depends on
    the cells around a person and on those who choose earlier: where none of
    these cells was taken or left since, the choice is the same.
    """

    def __init__(self, columns: int, rows: int, sprite: Size) -> None:
        self._sprite = sprite
        self._people = LabelSpace(columns, rows)
        self._untouched = self._people.copy()
        self._touched = self._people.copy()
        self._touched_rows = 0
        self._is_new = True

    def enter(self, one: Standing) -> None:
        """Somebody stands where nobody stood."""
        self._people.occupy(one.x, one.y, *self._sprite)
        self._touch(one.x, one.y, *self._sprite)

    def leave(self, one: Standing) -> None:
        """Nobody stands there any more."""
        self._people.vacate(one.x, one.y, *self._sprite)
        self._touch(one.x, one.y, *self._sprite)

    def watch(self, one: Standing) -> None:
        """Somebody is new in the view, or shows anew."""
        one.near_rows = span_of(one.y - 1, self._sprite.height + 2)

    def forget(self, one: Standing) -> None:
        """This person's label goes, or has to be placed anew."""
        if one.placed:
            self._touch_name(one)
            self._touch_label(one.label)
            one.placed = False

    def arrange(self, people: Sequence[Standing]) -> list[tuple[Standing, Label | None]]:
        """Place the labels of these people, who show and are in order; return who has another label or
        other badges now, each with their label before.

        Sets their `name_at`, `label`, `badges` and `placed`.
        """
        space = self._people.copy()
        for one in people:
            if not one.placed or (self._touched_rows & one.near_rows and self._is_touched(one)):
                self._place_name(one, space)
            elif one.name_at is not None:
                space.occupy_span(one.name_at[1], one.name_span)
        changed = []
        for one in people:
            if one.placed:
                if not one.marks:
                    continue
                if not (self._touched_rows & one.near_rows and self._is_touched(one)):
                    if one.label is not None:
                        space.occupy(one.label.x, one.label.y, one.label.width)
                    continue
            label, badges = self._place_marks(one, space)
            if not one.placed or label != one.label:
                self._touch_label(one.label)
                self._touch_label(label)
            if label != one.label or badges != one.badges:
                changed.append((one, one.label))
            one.label, one.badges, one.placed = label, badges, True
        self._touched, self._touched_rows = self._untouched.copy(), 0
        self._is_new = False
        return changed

    def _place_name(self, one: Standing, space: LabelSpace) -> None:
        at = space.place(one.x, one.y, *self._sprite, one.width) if one.width else None
        if not one.placed or at != one.name_at:
            self.forget(one)
            one.name_at = at
            one.name_span = 0 if at is None else span_of(at[0], one.width)
            self._touch_name(one)

    def _place_marks(self, one: Standing, space: LabelSpace) -> tuple[Label | None, tuple[Mark, ...]]:
        """Somebody's label with their marks, and the marks for which there is no room outside of them."""
        marks = one.marks
        if one.name_at is None:
            at = space.place(one.x, one.y, *self._sprite, len(marks)) if marks else None
            return (None, marks) if at is None else (Label(*at, len(marks), "", marks), ())
        x, y = one.name_at
        if not marks:
            return Label(x, y, one.width, one.name), ()
        begin = space.lengthen(x, y, one.width, 1 + len(marks))
        if begin is not None:
            return Label(begin, y, one.width + 1 + len(marks), one.name, marks, before=begin < x), ()
        marks = marks[: one.width]
        name = clip_text(one.name, one.width - len(marks), "")
        name += " " * (one.width - len(marks) - text_width(name))
        return Label(x, y, one.width, name, marks, gap=False), ()

    def _is_touched(self, one: Standing) -> bool:
        """Whether any cell that this person's label depends on is different, as far as that is known already."""
        columns, rows = self._sprite
        # A label reaches this far to either side of its person at most, marks and free cells included.
        reach = one.width + len(one.marks) + 4
        return self._touched.overlaps(one.x - reach, one.y - 1, columns + 2 * reach, rows + 2)

    def _touch(self, x: int, y: int, columns: int, rows: int) -> None:
        if self._is_new:
            return  # nobody is placed whom it could concern
        self._touched.occupy(x, y, columns, rows)
        self._touched_rows |= span_of(y, rows)

    def _touch_name(self, one: Standing) -> None:
        if one.name_at is not None:
            self._touch(*one.name_at, one.width, 1)

    def _touch_label(self, label: Label | None) -> None:
        if label is not None:
            self._touch(label.x, label.y, label.width, 1)
