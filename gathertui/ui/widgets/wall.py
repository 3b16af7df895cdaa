"""Where the pictures of a conversation hang."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.containers import Container

from gathertui.ui.look import Look
from gathertui.ui.tilearrangement import Place
from gathertui.ui.widgets.picture import PictureView


class Wall(Container, can_focus=True):
    """Some tiles, each at its place. Another number or other places are a layout; another person or picture is none.

    `move` marks another tile, so many places on; `pick` looks closer at the marked
    one; `mark` is called when the keys come here or go.
    """

    DEFAULT_CSS = """
    Wall { width: 1fr; height: 0; background: $panel; layout: vertical; }
    Wall > PictureView { position: absolute; }
    """

    def __init__(
        self, look: Look, *, move: Callable[[int], None], pick: Callable[[], None], mark: Callable[[], None]
    ) -> None:
        super().__init__()
        self._look = look
        self._move = move
        self._pick = pick
        self._mark = mark
        self._places: tuple[Place, ...] = ()
        self.tiles: list[PictureView] = []
        """One for each place."""
        self.has_keys = False
        """Whether the keys go here."""

    def use_look(self, look: Look) -> None:
        """Hang new tiles in these colours."""
        self._look = look

    def hang(self, places: Sequence[Place], rows: int | None) -> None:
        """Have tiles there. `rows` are those of the wall itself; None: it fills what there is."""
        if tuple(places) != self._places:
            self._fit(places)
        height = self.styles.inline.height
        if rows is None:
            self.styles.height = "1fr"
        elif height is None or height.value != rows or not height.is_cells:
            self.styles.height = rows

    def _fit(self, places: Sequence[Place]) -> None:
        before, self._places = self._places, tuple(places)
        missing = len(places) - len(self.tiles)
        if missing > 0:
            new = [PictureView(self._look, "", initials="", colour=0) for _ in range(missing)]
            self.tiles += new
            self.mount(*new)
        for tile in self.tiles[len(places) :]:
            tile.remove()
        del self.tiles[len(places) :]
        for number, (tile, place) in enumerate(zip(self.tiles, places, strict=True)):
            if number >= len(before) or before[number] != place:
                tile.styles.width, tile.styles.height = place.columns, place.rows
                tile.styles.offset = place.x, place.y

    def on_focus(self) -> None:
        """One of the tiles is marked while the keys go here."""
        self.has_keys = True  # Textual's own `has_focus` is not true yet
        self._mark()

    def on_blur(self) -> None:
        """One of the tiles is marked while the keys go here."""
        self.has_keys = False
        self._mark()

    def on_key(self, event: events.Key) -> None:
        """Mark another tile, or look closer at the marked one."""
        moves = {"left": -1, "up": -1, "h": -1, "k": -1, "right": 1, "down": 1, "l": 1, "j": 1}
        if event.key in moves:
            event.stop()
            self._move(moves[event.key])
        elif event.key == "enter":
            event.stop()
            self._pick()
