"""People as they stand in a view, with what was found out about them."""

from __future__ import annotations

from typing import NamedTuple

from gathertui.render.office.figures import Figure, Mark, marks_of
from gathertui.world.geometry import Point


class Label(NamedTuple):
    """Where a label begins, how wide it is, and what it says: a name, and marks after it or `before`.

    Between the two is a `gap` or none.
    """

    x: int
    y: int
    width: int
    name: str
    marks: tuple[Mark, ...] = ()
    before: bool = False
    gap: bool = True


class Standing:
    """A figure whose first cell is the view's (x, y), for as long as neither changes.

    `order` is who comes first, the lowest; `name` is what is to be written over
    it, with its `width` in cells. `marks` are those that belong to the label.
    """

    __slots__ = (
        "badges",
        "beside",
        "figure",
        "is_near",
        "label",
        "marks",
        "name",
        "name_at",
        "name_span",
        "near_rows",
        "order",
        "placed",
        "shows",
        "tile",
        "width",
        "x",
        "y",
    )

    def __init__(self, figure: Figure, order: int, x: int, y: int, name: str, width: int) -> None:
        self.figure = figure
        self.order = order
        self.tile: Point = figure.position
        self.x, self.y = x, y
        self.name = name
        self.width = width
        self.marks = marks_of(figure)
        self.beside: tuple[Mark, ...] = ()
        """The other marks: their place is beside the person's head."""
        self.shows = False
        """Whether any cell of it lies in the view."""
        self.is_near = False
        """Whether it lies in the view or just outside."""
        self.near_rows = 0
        """The rows on which a label could lie, as the labeller counts them."""
        self.forget()

    def forget(self) -> None:
        """Know nothing of what a labeller finds out."""
        self.placed = False
        """Whether what follows was found out and still holds."""
        self.name_at: tuple[int, int] | None = None
        """Where the name alone would begin, if there is room for it."""
        self.name_span = 0
        """The cells of its row that the name alone would take, as the labeller counts them."""
        self.label: Label | None = None
        self.badges: tuple[Mark, ...] = ()
        """The marks for which there is no room but on the person."""
