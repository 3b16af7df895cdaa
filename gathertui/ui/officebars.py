"""The three lines of the office: where you are, with whom you talk or what is wrong, and which key does what."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from gathertui.client.office import OfficeClient
from gathertui.ui.bumps import Bumps
from gathertui.ui.connection import ConnectionWatch
from gathertui.ui.keys import Hint
from gathertui.ui.look import Look
from gathertui.ui.statuslines import TopBar, map_hints, write_company, write_keys, write_top_bar
from gathertui.ui.strips import Line, Span
from gathertui.ui.surroundings import Listener, area_title
from gathertui.ui.widgets.drawn import Bar


class OfficeBars:
    """Writes the bars from the client's model. The screen places them and says when something changed."""

    def __init__(
        self, look: Look, client: OfficeClient, connection: ConnectionWatch, listener: Listener, bumps: Bumps
    ) -> None:
        self.top = Bar(look)
        self.context = Bar(look)
        self.keys = Bar(look)
        self._look = look
        self._client = client
        self._connection = connection
        self._listener = listener
        self._bumps = bumps
        self._notice: tuple[str, bool] = ("", False)

    def set_look(self, look: Look) -> None:
        """Use other colours, from the next time something is shown."""
        self._look = look

    def set_notice(self, text: str, *, wrong: bool = False) -> None:
        """Have this in the context line instead of all else; an empty text ends it."""
        self._notice = (text, wrong)

    def end_hint(self) -> None:
        """Take the notice back, unless it says what went wrong: that comes unasked for, at any time."""
        if not self._notice[1]:
            self.set_notice("")

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
        )
        self.top.show(*write_top_bar(self._look, told, width))

    def show_context(self, width: int, *, channel: str, count: int) -> None:
        """Show the context line. `channel` is where somebody writes, or empty; `count` what was typed, or 0."""
        model = self._client.model
        message = self._message(channel, count)
        if message or not model.room:
            self.context.show(message)
        else:
            around = self._listener.listen(model)
            self.context.show(*write_company(self._look, around, model.heard, model.in_earshot, width))

    def _message(self, channel: str, count: int) -> Line:
        """What is more urgent to say than with whom you talk, if anything."""
        look = self._look
        notice, wrong = self._notice
        if notice:
            return [Span(f" {notice}", look.on_panel(look.palette.red) if wrong else look.text)]
        if not self._connection.is_online:
            return [Span(f" {self._connection.explanation(time.monotonic())}", look.on_panel(look.palette.amber))]
        if count:
            return [Span(f" {count} steps: which way?", look.text)]
        if channel:
            return [Span(f" Writing to #{channel}, which everybody here can read.", look.dim)]
        if self._bumps.text:
            return [Span(f" {self._bumps.text}", look.dim)]
        return []

    def show_map_keys(self, width: int, *, narrow: bool) -> None:
        """Show the keys of the map that do something now."""
        channels = len(self._client.model.channels)
        self.show_keys(
            map_hints(self._look, walking=self._connection.is_online, narrow=narrow, channels=channels), width
        )

    def show_keys(self, hints: Sequence[Hint], width: int) -> None:
        """Show these keys, as many as fit."""
        self.keys.show(write_keys(self._look, hints, width))
