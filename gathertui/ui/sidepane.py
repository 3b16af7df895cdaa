"""Beside the map, or below it: the pictures of those you talk with, who is here, and the chat."""

from __future__ import annotations

from typing import Final, NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from gathertui.client.office import OfficeClient
from gathertui.ui.conversation import Conversation, Room, Spread
from gathertui.ui.look import Look
from gathertui.ui.panes import BAR_ROWS, HIGH_ROWS, MEDIUM_COLUMNS, WIDE_COLUMNS, Pane, View
from gathertui.ui.surroundings import Surroundings
from gathertui.ui.widgets.chatpane import ChatPane
from gathertui.ui.widgets.people import PeopleList, people_lines

STRIP_ROWS: Final = 9
"""Of the pictures below the map, at most."""

MAP_ROWS: Final = 8
"""The map keeps so many above them."""

CHAT_ROWS: Final = 9
SHORT_CHAT_ROWS: Final = 6
"""Below the map: where there is room, and beside pictures or in a low terminal."""


class Showing(NamedTuple):
    """What shows, on a screen of what size."""

    size: Size
    view: View


class SidePane(Vertical):
    """Shares its rows among its three parts. None of them is laid out anew unless its share is another."""

    def __init__(self, look: Look, client: OfficeClient, conversation: Conversation) -> None:
        super().__init__(id="side")
        self._client = client
        self._showing = Showing(Size(0, 0), View())
        self.conversation = conversation
        self.people = PeopleList(look)
        self.chat = ChatPane(look, client)

    def compose(self) -> ComposeResult:
        """Pictures over people over chat."""
        yield self.conversation.wall
        yield self.people
        yield self.chat

    def show(self, showing: Showing) -> None:
        """Share the rows for this."""
        self._showing = showing
        self.fit()

    def show_people(self, around: Surroundings) -> None:
        """Show who is here now."""
        self.people.show(people_lines(self._client.model, around, self.conversation.speaking))
        self._fit_people()

    def on_resize(self) -> None:
        """Other tiles fit."""
        self.fit()

    def fit(self) -> None:
        """Give each part its share."""
        self.conversation.use_room(self._room_for_pictures())
        self.fit_others()

    def fit_others(self) -> None:
        """The pictures take more rows than before, or fewer."""
        self._fit_people()
        self._fit_strip()

    def _room_for_pictures(self) -> Room:
        screen, (pane, full, one) = self._showing
        columns = self.size.width
        above = 1 if screen.height >= HIGH_ROWS else 0
        if pane is Pane.PICTURES and (full or screen.width < MEDIUM_COLUMNS):
            return Room(columns, self.size.height, 0, Spread.ONE if one else Spread.GRID)
        body = screen.height - BAR_ROWS
        if full or screen.width < MEDIUM_COLUMNS:
            return Room(columns, 0, 0, Spread.NONE)
        if screen.width >= WIDE_COLUMNS:
            people = min(self.people.wanted_height, self._least_people)
            return Room(columns, body - self._least_chat - people - 2 * above, above, Spread.PART)
        rows = min(STRIP_ROWS, body // 3, body - SHORT_CHAT_ROWS - MAP_ROWS)
        if pane is Pane.PEOPLE or rows < 1:
            return Room(columns, 0, 0, Spread.NONE)
        return Room(columns, rows, 0, Spread.PART)

    @property
    def _least_chat(self) -> int:
        return max(7, self._showing.size.height // 4)

    @property
    def _least_people(self) -> int:
        """The rows that pictures leave to the list of people."""
        return max(3, self._showing.size.height // 7)

    def _people_rows(self) -> int:
        height, pictures = self._showing.size.height, self.conversation.rows
        most = max(4, height // 3)
        if pictures:
            above = 1 if height >= HIGH_ROWS else 0
            left = height - BAR_ROWS - self._least_chat - pictures - 2 * above
            most = max(self._least_people, min(most, left))
        return min(self.people.wanted_height, most)

    def _fit_people(self) -> None:
        """Give the list the rows that it needs and pictures leave, at most a third; a layout only when they change."""
        if self._showing.size.width < WIDE_COLUMNS or self._showing.view.full:
            if self.people.styles.inline.height is not None:
                self.people.styles.height = None
            return
        rows = self._people_rows()
        height = self.people.styles.inline.height
        if height is None or height.value != rows:
            self.people.styles.height = rows

    def _fit_strip(self) -> None:
        """Below the map the pane is as high as what is in it."""
        screen, (pane, full, _) = self._showing
        rows: int | None = None
        pictures = self.conversation.rows
        if MEDIUM_COLUMNS <= screen.width < WIDE_COLUMNS and pictures and not full and pane is not Pane.PEOPLE:
            rows = pictures + (CHAT_ROWS if screen.height - BAR_ROWS >= 2 * CHAT_ROWS + pictures else SHORT_CHAT_ROWS)
        height = self.styles.inline.height
        if (None if height is None else height.value) != rows:
            self.styles.height = rows
