"""The three lines of the office: where you are, with whom you talk or what is wrong, and which key does what."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from gathertui.client.office import OfficeClient
from gathertui.render.cells import text_width
from gathertui.ui.bumps import Bumps
from gathertui.ui.connection import ConnectionWatch
from gathertui.ui.keys import COMPOSER_HINTS, FULL_PICTURES_HINTS, LIST_HINTS, PICTURES_HINTS, Hint
from gathertui.ui.look import Look
from gathertui.ui.notices import Notices
from gathertui.ui.panes import MEDIUM_COLUMNS, Pane, View
from gathertui.ui.statuslines import TopBar, map_hints, write_company, write_keys, write_top_bar
from gathertui.ui.strips import Line, Span
from gathertui.ui.surroundings import Listener, area_title
from gathertui.ui.tilesigns import OwnWord, own_words
from gathertui.ui.widgets.drawn import Bar


class OfficeBars:
    """Writes the bars from the client's model. The screen places them and says when something changed."""

    def __init__(
        self,
        look: Look,
        client: OfficeClient,
        connection: ConnectionWatch,
        listener: Listener,
        bumps: Bumps,
        notices: Notices,
    ) -> None:
        self.top = Bar(look)
        self.context = Bar(look)
        self.keys = Bar(look)
        self._look = look
        self._client = client
        self._connection = connection
        self._listener = listener
        self._bumps = bumps
        self._notices = notices

    def set_look(self, look: Look) -> None:
        """Use other colours, from the next time something is shown."""
        self._look = look

    def show_top(self, unread: int, width: int, pictures: str) -> None:
        """Show the top bar. `unread` counts messages, `pictures` says how those on the screen are drawn."""
        model = self._client.model
        place = ""
        if model.room:
            title = area_title(model.tilemap, model.me.x, model.me.y)
            place = f" {self._look.signs.dot} ".join(part for part in (model.tilemap.title, title) if part)
        told = TopBar(
            office=self._client.office,
            place=place,
            people=len(model.avatars),
            unread=unread,
            connection=self._connection.status(time.monotonic()),
            online=self._connection.is_online,
            clock=f"{datetime.now():%H:%M}",
            pictures=pictures,
            own=self._own_words(),
        )
        self.top.show(*write_top_bar(self._look, told, width))

    def _own_words(self) -> Sequence[OwnWord]:
        model = self._client.model
        if not model.room:
            return ()
        return own_words(self._client.media.own, model.me.media, online=self._connection.is_online)

    def show_context(self, width: int, *, channel: str, count: int) -> None:
        """Show the context line. `channel` is where somebody writes, or empty; `count` what was typed, or 0."""
        model = self._client.model
        message = self._message(width, channel, count)
        if message or not model.room:
            self.context.show(message)
        else:
            around = self._listener.listen(model)
            self.context.show(*write_company(self._look, around, model.heard, model.in_earshot, width))

    def _message(self, width: int, channel: str, count: int) -> Line:
        """What is more urgent to say than with whom you talk, if anything."""
        look = self._look
        notice = self._notices.notice
        if notice is not None:
            style = look.on_panel(look.palette.red) if notice.is_wrong else look.text
            fits = text_width(notice.text) < width or not notice.short
            return [Span(f" {notice.text if fits else notice.short}", style)]
        if not self._connection.is_online:
            return [Span(f" {self._connection.explanation(time.monotonic())}", look.on_panel(look.palette.amber))]
        if count:
            return [Span(f" {count} steps: which way?", look.text)]
        if channel:
            return [Span(f" Writing to #{channel}, which everybody here can read.", look.dim)]
        if self._bumps.text:
            return [Span(f" {self._bumps.text}", look.dim)]
        return []

    def show_keys(self, view: View, width: int, *, pictures: bool) -> None:
        """Show the keys that do something now, as many as fit. `pictures`: whether there are any to be looked at."""
        hints: Sequence[Hint]
        match view.pane:
            case Pane.MAP:
                hints = map_hints(
                    self._look,
                    walking=self._connection.is_online,
                    narrow=width < MEDIUM_COLUMNS,
                    channels=len(self._client.model.channels),
                    pictures=pictures,
                )
            case Pane.PICTURES:
                hints = FULL_PICTURES_HINTS if view.full else PICTURES_HINTS
            case Pane.CHAT:
                hints = COMPOSER_HINTS
            case Pane.PEOPLE:
                hints = LIST_HINTS
        self.keys.show(write_keys(self._look, hints, width))
