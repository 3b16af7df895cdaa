"""The office: the map, the people, the chat, and three lines that say how things are."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

from gathertui.client import events as happened
from gathertui.client.model import ConnectionState, StepOutcome
from gathertui.client.office import OfficeClient
from gathertui.render.office.crowdlayout import names_fit
from gathertui.ui.bumps import Bumps
from gathertui.ui.connection import ConnectionWatch
from gathertui.ui.crowd import Crowd
from gathertui.ui.keyboard import MapKeyboard
from gathertui.ui.keys import COMPOSER_HINTS, LIST_HINTS, WALK_KEYS, Command
from gathertui.ui.look import Look
from gathertui.ui.officebars import OfficeBars
from gathertui.ui.screens.too_small import TOO_SMALL_CSS, TooSmall
from gathertui.ui.surroundings import Listener
from gathertui.ui.walker import Walker
from gathertui.ui.widgets.chatpane import ChatPane
from gathertui.ui.widgets.composer import Composer
from gathertui.ui.widgets.drawn import Drawn
from gathertui.ui.widgets.mapview import MapView, Scene, SmallMap
from gathertui.ui.widgets.people import PeopleList, people_lines
from gathertui.world.geometry import Direction

NOTICE_SECONDS: Final = 6.0
RATE_SECONDS: Final = 1.0
MEDIUM_COLUMNS: Final = 60
WIDE_COLUMNS: Final = 100

_WALKS: Final = {
    "walk-north": Direction.NORTH,
    "walk-east": Direction.EAST,
    "walk-south": Direction.SOUTH,
    "walk-west": Direction.WEST,
}


_COLUMNS: Final = [(0, "-too-narrow"), (20, "-narrow"), (MEDIUM_COLUMNS, "-medium"), (WIDE_COLUMNS, "-wide")]
_ROWS: Final = [(0, "-too-low"), (6, "-low"), (24, "-high")]


SMALL_MAP_WORDS: Final = {
    SmallMap.HIDDEN: "The small map is hidden.",
    SmallMap.SHOWN: "The whole room, small, is in a corner.",
    SmallMap.NOT_NEEDED: "The whole room is in view already.",
    SmallMap.NO_ROOM: "No room for the small map here.",
}


class Pane(Enum):
    """A part of the screen that the keys can go to."""

    MAP = "map"
    PEOPLE = "people"
    CHAT = "chat"


class OfficeScreen(Screen[None]):
    """Shows the model of one client. `take` is told what happened there."""

    HORIZONTAL_BREAKPOINTS = _COLUMNS
    VERTICAL_BREAKPOINTS = _ROWS

    CSS = TOO_SMALL_CSS
    CSS_PATH = "office.tcss"

    class Asked(Message):
        """Something that is the app's to do: the name of a command of `keys.OFFICE_COMMANDS`."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, client: OfficeClient, look: Look) -> None:
        super().__init__()
        self._client = client
        self._pane = Pane.MAP
        self.set_class(look.ascii_only, "-ascii")
        self._names: bool | None = None
        self._listener = Listener()
        self._connection = ConnectionWatch(client)
        self._countdown: Timer | None = None
        self._notice_timer: Timer | None = None
        self.keyboard = MapKeyboard(self)
        self._walker = Walker(self._step, self.set_timer)
        self._bumps = Bumps(client.model, self.set_timer, self._show_context)
        self._bars = OfficeBars(look, client, self._connection, self._listener, self._bumps)
        self._crowd = Crowd(client.model)
        self._map = MapView(look, self._scene, client.look)
        self._people = PeopleList(look)
        self._chat = ChatPane(look, client)
        self._handlers: dict[str, Callable[[], None]] = {
            "write": lambda: self.show_pane(Pane.CHAT),
            "next-channel": lambda: self._chat.next_channel(1),
            "previous-channel": lambda: self._chat.next_channel(-1),
            "older": lambda: self._chat.log_view.scroll_page(1),
            "newer": lambda: self._chat.log_view.scroll_page(-1),
            "people": lambda: self.show_pane(Pane.MAP if self._pane is Pane.PEOPLE else Pane.PEOPLE),
            "names": self._toggle_names,
            "zoom": self._change_zoom,
            "small-map": self._toggle_small_map,
            "next-pane": lambda: self._next_pane(1),
            "previous-pane": lambda: self._next_pane(-1),
            "map": self._back_to_map,
        }

    def compose(self) -> ComposeResult:
        """Three lines, and the panes between them."""
        yield self._bars.top
        with Container(id="body"):
            yield self._map
            with Vertical(id="side"):
                yield self._people
                yield self._chat
        yield self._bars.context
        yield self._bars.keys
        yield TooSmall()

    def on_mount(self) -> None:
        """Show what the model knows already."""
        self.show_pane(Pane.MAP)
        self._show_people()
        self._start_clock()
        self.set_interval(RATE_SECONDS, self._show_picture_rate)

    # ------------------------------------------------------------ what others see of it

    @property
    def client(self) -> OfficeClient:
        """Whose office this is."""
        return self._client

    @property
    def pane(self) -> Pane:
        """The part that the keys go to."""
        return self._pane

    def set_look(self, look: Look) -> None:
        """Use other colours, everywhere."""
        self._bars.set_look(look)
        self._chat.set_look(look)
        for drawn in self.query(Drawn):
            drawn.look = look
        self._show_people()
        self._show_lines()

    def notice(self, text: str, *, wrong: bool = False) -> None:
        """Say something for a while in the context line."""
        self._bars.set_notice(text, wrong=wrong)
        if self._notice_timer is not None:
            self._notice_timer.stop()
        self._notice_timer = self.set_timer(NOTICE_SECONDS, self._end_notice)
        self._show_context()

    def _end_notice(self) -> None:
        self._bars.set_notice("")
        self._notice_timer = None
        self._show_context()

    def show_channel(self, name: str) -> None:
        """Show a channel, ready to write in it."""
        self._chat.show_channel(name)
        self.show_pane(Pane.CHAT)

    # ------------------------------------------------------------ panes

    def show_pane(self, pane: Pane) -> None:
        """Have the keys go to this pane, and show it where just one fits. What was hinted at elsewhere ends."""
        if pane is not self._pane:
            self._bars.end_hint()
        self._pane = pane
        for other in Pane:
            self.set_class(other is pane, f"-pane-{other.value}")
        target = {Pane.MAP: self._map, Pane.PEOPLE: self._people, Pane.CHAT: self._chat.composer}[pane]
        self.set_focus(target, scroll_visible=False)
        self._chat.set_shown(pane is Pane.CHAT or self.size.width >= MEDIUM_COLUMNS)
        self._show_lines()

    def _next_pane(self, by: int) -> None:
        panes = [Pane.MAP, Pane.CHAT, Pane.PEOPLE]
        self.show_pane(panes[(panes.index(self._pane) + by) % len(panes)])

    def _back_to_map(self) -> None:
        if self._pane is Pane.MAP:
            self._walker.stop()
            self.notice("Press Ctrl-Q to leave the office.")
        self.show_pane(Pane.MAP)

    def on_resize(self, event: events.Resize) -> None:
        """Other panes fit, and other words in the lines."""
        self._chat.set_shown(self._pane is Pane.CHAT or event.size.width >= MEDIUM_COLUMNS)
        self._fit_people()
        self.call_after_refresh(self._show_lines)

    # ------------------------------------------------------------ keys

    def on_key(self, event: events.Key) -> None:
        """Keys that no widget wanted: those of the map, and of the list of people."""
        if self._pane is Pane.CHAT and event.key not in ("tab", "shift+tab"):
            return
        if event.key not in WALK_KEYS:
            self._walker.stop()
        if self.keyboard.press(event.key, event.character, event.time):
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """A paste never acts: it is a message that nobody has sent yet."""
        event.stop()
        self.write_text(event.text)
        self.text_ended()

    def write_text(self, text: str) -> None:
        """Put text into the composer, unsent."""
        self._chat.write_text(text)

    def text_ended(self) -> None:
        """Go to the composer, where the text that came in is."""
        self.show_pane(Pane.CHAT)

    def count_changed(self) -> None:
        """Show how many steps the next direction will be."""
        self._show_context()

    def perform(self, command: Command, count: int = 1) -> None:
        """Do what the command says; walks go `count` steps."""
        if command.name in _WALKS:
            self._walker.walk(_WALKS[command.name], count)
        elif command.name in self._handlers:
            self._handlers[command.name]()
        else:
            self.post_message(self.Asked(command.name))

    def on_composer_left(self, event: Composer.Left) -> None:
        """Back to the map; the draft stays."""
        event.stop()
        self.show_pane(Pane.MAP)

    def _step(self, direction: Direction) -> StepOutcome:
        outcome = self._client.step(direction)
        if outcome in (StepOutcome.MOVED, StepOutcome.TURNED):
            self._map.changed()
            self._show_top()
            self._show_context()
            self._show_people()
        elif outcome is StepOutcome.OFFLINE:
            self._show_context()
        self._bumps.take(outcome)
        return outcome

    def _toggle_names(self) -> None:
        self._names = not self._shows_names
        self.notice("Names are shown." if self._names else "Names are hidden.")
        self._map.changed()

    def _change_zoom(self) -> None:
        self._map.change_zoom()
        self.notice("Large tiles." if self._map.zoom > 1 else "Small tiles.")

    def _toggle_small_map(self) -> None:
        self.notice(SMALL_MAP_WORDS[self._map.toggle_small_map()])

    # ------------------------------------------------------------ what happened

    def take(self, event: happened.OfficeEvent) -> None:
        """Show an event of the client."""
        match event:
            case happened.StateChanged():
                self._take_state(event)
            case happened.AvatarsMoved(ids):
                now = time.monotonic()
                self._crowd.move(ids, now)
                self._map.changes_at(now + (self._crowd.wait(now) or 0.0))
                self._show_people()
                self._show_context()
                self._show_top()
            case happened.ConversationChanged():
                self._show_people()
                self._show_context()
            case (
                happened.RoomEntered()
                | happened.AvatarAppeared()
                | happened.AvatarChanged()
                | happened.AvatarDeparted()
            ):
                self._map.changed()
                self._show_people()
                self._show_lines()
            case happened.ChannelsListed():
                self._chat.refresh_channels()
                self._show_keys()
            case happened.MessagePosted():
                self._chat.take_posted(event)
            case happened.PendingChanged(channel):
                self._chat.take_pending(channel)
            case happened.PostFailed():
                self._chat.take_failure(event)

    def _take_state(self, event: happened.StateChanged) -> None:
        if event.state is ConnectionState.OFFLINE:
            self._walker.stop()
            self._connection.lose(event.reason, event.retry_in, time.monotonic())
            if self._countdown is None:
                self._countdown = self.set_interval(1.0, self._show_lines)
        elif event.state is ConnectionState.ONLINE and self._countdown is not None:
            self._countdown.stop()
            self._countdown = None
        self._map.changed()
        self._show_people()
        self._show_lines()

    def on_chat_pane_problem(self, event: ChatPane.Problem) -> None:
        """Something about the chat went wrong."""
        event.stop()
        self.notice(event.text, wrong=True)

    def on_chat_pane_unread_changed(self, event: ChatPane.UnreadChanged) -> None:
        """The top bar counts what nobody has read."""
        event.stop()
        self._show_top()

    # ------------------------------------------------------------ showing

    def _scene(self) -> Scene | None:
        model = self._client.model
        if not model.room:
            return None
        now = time.monotonic()
        people = self._crowd.drawn(now)
        dimmed = not self._connection.is_online
        names = self._shows_names
        return Scene(self._listener.listen(model), people, names, dimmed, self._crowd.wait(now))

    @property
    def _shows_names(self) -> bool:
        """By what was asked for, or else while just a few people are in sight."""
        return names_fit(len(self._client.model.in_sight)) if self._names is None else self._names

    def _show_people(self) -> None:
        model = self._client.model
        if not model.room:
            return
        around = self._listener.listen(model)
        self._people.show(people_lines(model, around))
        self._fit_people()

    def _fit_people(self) -> None:
        """Give the list the rows that it needs, at most a third of the side pane; a layout only when they change."""
        if self.size.width < WIDE_COLUMNS:
            self._people.styles.height = None
            return
        rows = min(self._people.wanted_height, max(4, self.size.height // 3))
        height = self._people.styles.inline.height
        if height is None or height.value != rows:
            self._people.styles.height = rows

    def _show_lines(self) -> None:
        self._show_top()
        self._show_context()
        self._show_keys()

    def _show_top(self) -> None:
        self._picture_words = self._map.painter.picture_words(time.monotonic())
        self._bars.show_top(self._chat.unread, self.size.width, self._picture_words)

    def _show_picture_rate(self) -> None:
        """The rate changes all the time while pictures move, and nothing else tells of it."""
        if self._map.painter.picture_words(time.monotonic()) != self._picture_words:
            self._show_top()

    def _show_context(self) -> None:
        channel = self._chat.channel if self._pane is Pane.CHAT else ""
        self._bars.show_context(self.size.width, channel=channel, count=self.keyboard.count)

    def _show_keys(self) -> None:
        width = self.size.width
        if self._pane is Pane.MAP:
            self._bars.show_map_keys(width, narrow=width < MEDIUM_COLUMNS)
        else:
            self._bars.show_keys(COMPOSER_HINTS if self._pane is Pane.CHAT else LIST_HINTS, width)

    def _start_clock(self) -> None:
        """Show the time, and again when the minute is over."""
        self._show_top()
        self.set_timer(60.5 - datetime.now().second, self._start_clock)
